"""Free names for many new layers at once, each the first that is free, without counting from the start each time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nndesigner.base.names import free_name, is_name


class Names:
    """The names of one network. `take` gives a free one and remembers it."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, str] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    def take(self, wanted: str, stem: str = "") -> str:
        """`wanted` itself where it is free, else a number is counted up on `stem` (on `wanted` without one)."""
        if is_name(wanted) and wanted not in self._taken:
            name = wanted
        else:
            base = re.sub(r"\d+$", "", stem or wanted) or "node"
            name = self._last[base] = free_name(self._last.get(base, base), self._taken)
        self._taken.add(name)
        return name
