"""What is known of one field of the data, without the data: enough to check, to size layers and to preview."""

from __future__ import annotations

from typing import Any

import msgspec


class DataField(msgspec.Struct, frozen=True, kw_only=True):
    """One column group of the data, as a worker found it.

    `axes` are the axes of one sample (no batch), as (meaning, size) in the order in which the network receives them;
    `element` is "float" or "int". `classes` are the class names of a target, `tokens` the vocabulary of a token field.
    `statistics` holds plain numbers (minimum, maximum, mean, std, missing …; of sounds `seconds`) and `preparation`
    what the model does to raw values first (see `data/preparation.py`).
    """

    name: str
    role: str  # "input", "target" or "either"
    kind: str  # "image", "table", "series", "tokens", "class", "number"
    element: str
    axes: tuple[tuple[str, int], ...] = ()
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    tokenizer: dict[str, Any] = {}
    """how text becomes `tokens` where these are not its characters: see `data/tokens.py`"""
    statistics: dict[str, Any] = {}
    preparation: dict[str, Any] = {}
    thumbnails: tuple[dict[str, Any], ...] = ()
    """a few samples, small, for the data page: see `data/preview.py`"""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of one sample as the network receives it."""
        return tuple(size for _, size in self.axes)
