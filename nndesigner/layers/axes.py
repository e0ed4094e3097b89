"""Axes that a person chooses: by what they mean, or by their number where meanings do not say enough.

The batch is axis 0 and is never chosen; axis 1 is the first one after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

from nndesigner.base.fields import BadValue, ChoiceField, TextField
from nndesigner.base.shapes import Axis, Size, TensorType
from nndesigner.base.text import tr
from nndesigner.layers.declaration import SPATIAL, SetParameter, ShapeError, Use, class_axis

MEANINGS = {
    "channel": "channels",
    "feature": "features",
    "time": "time",
    "length": "length",
    "depth": "depth",
    "height": "height",
    "width": "width",
}
NUMBERS = {"1": "axis 1", "2": "axis 2", "3": "axis 3", "4": "axis 4", "-2": "last but one", "-1": "last"}
"""Axes by number, counted behind the batch."""

STEPS = ("time", *SPATIAL)


def product(sizes: Sequence[Size]) -> Size:
    return reduce(lambda a, b: a * b, sizes, Size.of(1))


# -- one axis ----------------------------------------------------------------------------------------------------
def axis_field(auto: str, *, name: str = "axis", label: str = "Along", default: str = "auto") -> ChoiceField:
    """A choice of one axis. `auto` says in words which one it is by default; "" offers no automatic choice."""
    automatic = {"auto": f"automatic: {auto}"} if auto else {}
    help = f"The axis, by its meaning or its number behind the batch; by default {auto}."
    return ChoiceField(
        name=name,
        label=label,
        default=default,
        choices={**automatic, **MEANINGS, **NUMBERS},
        help=help if auto else "The axis, by its meaning or its number behind the batch.",
    )


def chosen_axis(
    use: Use, layer: str, auto: tuple[str, ...] = (), *, parameter: str = "axis", port: str = "x"
) -> int:
    """The position of the chosen axis. `auto` gives the meanings that "auto" looks for, in order; where none of them
    is there it takes the class axis (channels of channel-first values, else the last). Raises ShapeError.
    """
    x = use.inputs[port]
    _expect_axes(x, layer, port)
    wanted = str(use[parameter])
    if wanted == "auto":
        found = [i for meaning in auto for i, have in enumerate(x.meanings) if have == meaning and i]
        return found[0] if found else class_axis(x)
    return position_of(x, wanted, layer, parameter=parameter, port=port)


def position_of(x: TensorType, wanted: str, layer: str, *, parameter: str, port: str = "x") -> int:
    """The position of the axis with this meaning or number. Raises ShapeError."""
    if wanted in x.meanings[1:]:
        return x.meanings.index(wanted, 1)
    if re.fullmatch(r"-?\d{1,3}", wanted):
        number = int(wanted)
        if 1 <= number < x.rank or 1 <= number + x.rank < x.rank:
            return number if number > 0 else number + x.rank
    raise ShapeError(
        tr(
            "{layer} finds no axis “{axis}”: {axes} arrives, numbered from 0.",
            layer=layer,
            axis=MEANINGS.get(wanted, wanted),
            axes=" × ".join(x.meanings),
        ),
        port=port,
        parameter=parameter,
        suggestions=(SetParameter(parameter, "-1", tr("Take the last axis")),),
    )


def _expect_axes(x: TensorType, layer: str, port: str) -> None:
    if x.rank < 2:
        raise ShapeError(tr("{layer} needs at least one axis besides the batch.", layer=layer), port=port)


# -- several axes ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class WordsField(TextField):
    """Words and whole numbers, kept in the form "height, width"."""

    words: tuple[str, ...] = ()
    """the words that are known; empty takes every short one"""
    numbers: bool = True
    may_be_empty: bool = False
    kind: ClassVar[str] = "text"

    def check(self, value: object) -> str:
        text = super().check(value)
        found = [word for word in re.split(r"[\s,×()\[\]]+", text.lower()) if word]
        known = all(
            (word in self.words if self.words else re.fullmatch(r"[a-z][a-z0-9_]{0,15}", word))
            or (self.numbers and re.fullmatch(r"-?\d{1,3}", word))
            for word in found
        )
        if not known or not (found or self.may_be_empty) or len(found) > 8:
            raise BadValue(
                tr(
                    "{label} is words such as {example}, not “{value}”.",
                    label=self.label,
                    example=self.default or "height, width",
                    value=text[:40],
                )
            )
        return ", ".join(found)


def axes_field(auto: str, *, name: str = "axes", label: str = "Over") -> WordsField:
    """Several axes as text. `auto` says in words which ones they are by default."""
    return WordsField(
        name=name,
        label=label,
        default="auto",
        words=("auto", "all", *MEANINGS),
        help=f"The axes, by meaning (height, width) or number behind the batch (1, 2, -1); all for every one; auto for"
        f" {auto}.",
    )


def chosen_axes(use: Use, layer: str, auto: tuple[str, ...], *, parameter: str = "axes") -> tuple[int, ...]:
    """The positions of the chosen axes, ascending. Where "auto" finds none of its meanings it takes the class axis.

    Raises ShapeError.
    """
    x = use.x
    _expect_axes(x, layer, "x")
    found: set[int] = set()
    for word in str(use[parameter]).split(", "):
        if word == "all":
            found |= set(range(1, x.rank))
        elif word == "auto":
            automatic = {i for i, meaning in enumerate(x.meanings) if i and meaning in auto}
            found |= automatic or {class_axis(x)}
        else:
            found.add(position_of(x, word, layer, parameter=parameter))
    return tuple(sorted(found))


# -- what axes mean after a change ---------------------------------------------------------------------------------
def without(x: TensorType, positions: tuple[int, ...]) -> TensorType:
    """The type without some axes; a single axis that is left holds features."""
    axes = [axis for i, axis in enumerate(x.axes) if i not in positions]
    return TensorType(x.element, named(axes), x.values)


def named(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The axes under the names by which layers know them: one alone holds features, beside channels lie lengths."""
    if len(axes) == 2 and axes[0].meaning == "batch":
        return (axes[0], Axis("feature", axes[1].size))
    if len(axes) == 3 and axes[1].meaning == "channel" and axes[2].meaning in ("feature", "time", *SPATIAL):
        return (*axes[:2], Axis("length", axes[2].size))
    return tuple(axes)


def resized(x: TensorType, position: int, size: Size | int) -> TensorType:
    """The type with one axis of another length."""
    axes = [Axis(a.meaning, Size.of(size)) if i == position else a for i, a in enumerate(x.axes)]
    return TensorType(x.element, tuple(axes), x.values)


def renamed(meaning: str, position: int, count: int) -> str:
    """What an axis means at a new place among `count`: channels come first, features last."""
    if meaning == "channel" and position == count - 1:
        return "feature"
    if meaning == "feature" and position == 0:
        return "channel"
    if count == 2:
        return {"time": "length", "length": "time"}.get(meaning, meaning)
    return meaning
