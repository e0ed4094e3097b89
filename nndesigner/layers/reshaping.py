"""Layers that lay values out along other axes without changing them: flatten, reshape, permute, identity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

from nndesigner.base.expressions import Names, is_expression
from nndesigner.base.fields import BadValue, ChoiceField, TextField, worked_out
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    function,
    module,
)


def _product(sizes: tuple[Size, ...]) -> Size:
    return reduce(lambda a, b: a * b, sizes, Size.of(1))


# -- flatten ---------------------------------------------------------------------------------------------------
def _flatten(use: Use) -> dict[str, TensorType]:
    x = use.x
    if x.rank < 2:
        raise ShapeError(tr("Flatten needs at least one axis besides the batch."), port="x")
    return {"y": TensorType(x.element, (x.axes[0], Axis("feature", _product(x.sizes[1:]))), x.values)}


FLATTEN = Layer(
    type="Flatten",
    label="Flatten",
    group="Shape",
    stem="flatten",
    summary="Lays all values of a sample out in one row.",
    help="Joins every axis but the batch into one feature axis, as a Linear layer needs it after convolutions. The"
    " values themselves stay as they are.",
    formula="N × a × b × … → N × (a·b·…)",
    synonyms=("flattenLayer", "vectorize"),
    preserves=True,
    linear=True,
    infer=_flatten,
    lower=lambda use: module("torch.nn.Flatten"),
    samples=(
        Sample(inputs={"x": tensor(channel=3, height=4, width=5)}),
        Sample(inputs={"x": tensor(channel=3, height="H", width=2)}, names={"N": 2, "H": 3}),
    ),
)


# -- reshape -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class WholeNumbersField(TextField):
    """Whole numbers as text, kept in the form "2, 1"."""

    smallest: int = 1
    kind: ClassVar[str] = "text"

    def settle(self, value: object, names: Names) -> str:
        """Numbers of which each may be an expression, where the text begins with `=`: "=channels, -1"."""
        if isinstance(value, str) and is_expression(value):
            words = [worked_out(self.label, word, names) for word in value[1:].split(",")]
            value = ", ".join(str(word) for word in words)
        return self.check(value)

    def check(self, value: object) -> str:
        text = super().check(value)
        words = [word for word in re.split(r"[\s,×x*()\[\]]+", text) if word]
        if not words or not all(
            re.fullmatch(r"-?\d{1,9}", word) and int(word) >= self.smallest for word in words
        ):
            raise BadValue(
                tr(
                    "{label} is whole numbers such as {default}, not “{value}”.",
                    label=self.label,
                    default=self.default,
                    value=text[:40],
                )
            )
        return ", ".join(str(int(word)) for word in words)


MEANINGS = {
    "image": ("channel", "height", "width"),
    "volume": ("channel", "depth", "height", "width"),
    "signal": ("channel", "length"),
    "sequence": ("time", "feature"),
    "row": ("feature",),
}


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _reshape(use: Use) -> dict[str, TensorType]:
    x, meanings, wanted = use.x, MEANINGS[use["to"]], numbers(use["sizes"])
    if len(wanted) != len(meanings):
        raise ShapeError(
            tr(
                "{axes} has {want} sizes; here are {have}.",
                axes=" × ".join(meanings),
                want=len(meanings),
                have=len(wanted),
            ),
            parameter="sizes",
            suggestions=(
                SetParameter(
                    "sizes", ", ".join(["1"] * (len(meanings) - 1) + ["-1"]), tr("Fill the last axis")
                ),
            ),
        )
    if wanted.count(-1) > 1 or 0 in wanted or min(wanted) < -1:
        raise ShapeError(
            tr("Sizes are positive numbers, and at most one −1 for whatever is left."), parameter="sizes"
        )
    total = _product(x.sizes[1:])
    known = reduce(lambda a, b: a * b, (size for size in wanted if size > 0), 1)
    rest = total
    if -1 in wanted:
        share = total.divided_exactly(known)
        if share is None:
            raise ShapeError(
                tr("{total} values cannot be split evenly into {known} parts.", total=total, known=known),
                parameter="sizes",
            )
        rest = share
    elif total != known:
        raise ShapeError(
            tr(
                "{total} values arrive, but {sizes} holds {known}.",
                total=total,
                sizes=use["sizes"],
                known=known,
            ),
            parameter="sizes",
        )
    axes = tuple(
        Axis(meaning, rest if size == -1 else Size.of(size))
        for meaning, size in zip(meanings, wanted, strict=True)
    )
    return {"y": TensorType(x.element, (x.axes[0], *axes), x.values)}


def _lower_reshape(use: Use) -> Lowering:
    sizes = _reshape(use)["y"].sizes[1:]
    if all(size.value is not None for size in sizes):
        return function("torch.reshape", Ref("x"), (-1, *(size.value for size in sizes)))
    batch = Call(target=".size", args=(Ref("x"), 0), step="batch")
    whole = (Ref("batch"), *(-1 if size.value is None else size.value for size in sizes))
    return Lowering(calls=(batch, Call(target="torch.reshape", args=(Ref("x"), whole))))


RESHAPE = Layer(
    type="Reshape",
    label="Reshape",
    group="Shape",
    stem="reshape",
    summary="Lays the values of a sample out along other axes.",
    help="The order of the values stays as it is, last axis fastest; only the axes change. It makes images of rows"
    " (1, 28, 28), or steps of a sequence, and undoes a Flatten.",
    formula="N × a × b × … → N × the given sizes, with the same number of values",
    synonyms=("unflatten", "view", "reshapeLayer"),
    parameters=(
        ChoiceField(
            name="to",
            label="Into",
            default="image",
            choices={
                "image": "image (channel × height × width)",
                "volume": "volume or video (channel × depth × height × width)",
                "signal": "signal (channel × length)",
                "sequence": "sequence (time × feature)",
                "row": "row (feature)",
            },
            help="What the new axes mean to the layers that follow.",
        ),
        WholeNumbersField(
            name="sizes",
            label="Sizes",
            default="1, 1, -1",
            smallest=-1,
            help="Length of each new axis, such as 1, 28, 28; one −1 takes whatever is left.",
        ),
    ),
    linear=True,
    covers={"Unflatten": tr("Reshape, which gives all axes at once")},
    infer=_reshape,
    lower=_lower_reshape,
    card=lambda values: str(values["sizes"]).replace(", ", " × "),
    samples=(
        Sample(inputs={"x": tensor(feature=6)}),
        Sample(values={"sizes": "2, 3, -1"}, inputs={"x": tensor(feature=12)}),
        Sample(
            values={"to": "sequence", "sizes": "-1, 6"},
            inputs={"x": tensor(channel=2, height=3, width="W")},
            names={"N": 2, "W": 5},
        ),
        Sample(
            values={"to": "volume", "sizes": "2, -1, 3, 2"},
            inputs={"x": tensor(channel=2, height="H", width=6)},
            names={"N": 2, "H": 4},
        ),
        Sample(values={"to": "row", "sizes": "-1"}, inputs={"x": tensor(time=3, feature=4)}),
    ),
)


# -- permute -----------------------------------------------------------------------------------------------------
def _permute(use: Use) -> dict[str, TensorType]:
    x, order = use.x, numbers(use["order"])
    if x.rank < 3:
        raise ShapeError(
            tr("Permute needs at least two axes besides the batch, but {shape} arrives.", shape=x), port="x"
        )
    if sorted(order) != list(range(1, x.rank)):
        backwards = ", ".join(str(i) for i in range(x.rank - 1, 0, -1))
        raise ShapeError(
            tr(
                "The order must name each of the {count} axes ({axes}) once, as numbers from 1.",
                count=x.rank - 1,
                axes=" × ".join(x.meanings[1:]),
            ),
            parameter="order",
            suggestions=(
                SetParameter("order", backwards, tr("Turn the axes around: {order}", order=backwards)),
            ),
        )
    axes = [x.axes[i] for i in order]
    if order != sorted(order):
        axes = [Axis(_renamed(axis.meaning, i, len(axes)), axis.size) for i, axis in enumerate(axes)]
    return {"y": TensorType(x.element, (x.axes[0], *axes), x.values)}


def _renamed(meaning: str, position: int, count: int) -> str:
    """What an axis means at its new place: channels come first, features last."""
    if meaning == "channel" and position == count - 1:
        return "feature"
    if meaning == "feature" and position == 0:
        return "channel"
    if count == 2:
        return {"time": "length", "length": "time"}.get(meaning, meaning)
    return meaning


PERMUTE = Layer(
    type="Permute",
    label="Permute",
    group="Shape",
    stem="permute",
    summary="Changes the order of the axes.",
    help="Turns a sequence (time × feature) into a signal (channel × length) for convolutions, and back. The axes are"
    " numbered from 1; the batch stays first.",
    formula="2, 1:  y[n, j, i] = x[n, i, j]",
    synonyms=("transpose", "swap axes", "permuteLayer"),
    parameters=(
        WholeNumbersField(
            name="order",
            label="Order",
            default="2, 1",
            help="The old number of each axis in its new order: 2, 1 swaps two axes.",
        ),
    ),
    linear=True,
    infer=_permute,
    lower=lambda use: function("torch.permute", Ref("x"), (0, *numbers(use["order"]))),
    card=lambda values: str(values["order"]),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"order": "2, 3, 1"}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)


IDENTITY = Layer(
    type="Identity",
    label="Identity",
    group="Shape",
    stem="identity",
    summary="Passes on what arrives.",
    help="Changes nothing. It holds a place, gives a wire a name, or stands for the layer that a shortcut leaves"
    " out.",
    formula="y = x",
    synonyms=("nothing", "no operation", "shortcut"),
    preserves=True,
    linear=True,
    infer=lambda use: {"y": use.x},
    lower=lambda use: module("torch.nn.Identity"),
    common=False,
    samples=(Sample(inputs={"x": tensor(channel=3, height=4, width=5)}),),
)
