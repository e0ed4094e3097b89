"""Layers that lay values out along other axes without changing them: flatten, reshape, permute, identity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

from nndesigner.base.expressions import Names, is_expression
from nndesigner.base.fields import BadValue, ChoiceField, IntField, TextField, worked_out
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import WordsField, product, renamed
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


# -- flatten ---------------------------------------------------------------------------------------------------
def _flatten(use: Use) -> dict[str, TensorType]:
    x = use.x
    first, last = _joined(use)
    meaning = "feature" if last == x.rank - 1 else x.meanings[first]
    if first > 1 and "channel" in x.meanings[1:first]:
        meaning = "length"
    if first == last:
        meaning = x.meanings[first] if x.rank > 2 else "feature"
    joined = Axis(meaning, product(x.sizes[first : last + 1]))
    return {"y": TensorType(x.element, (*x.axes[:first], joined, *x.axes[last + 1 :]), x.values)}


def _joined(use: Use) -> tuple[int, int]:
    """The first and the last axis that become one. Raises ShapeError."""
    x = use.x
    if x.rank < 2:
        raise ShapeError(tr("Flatten needs at least one axis besides the batch."), port="x")
    first = int(use["start"])
    last = int(use["end"]) + (x.rank if use["end"] < 0 else 0)
    if not 1 <= first <= last < x.rank:
        raise ShapeError(
            tr(
                "Flatten joins axes {first} to {last}, but {axes} arrives, numbered from 0.",
                first=use["start"],
                last=use["end"],
                axes=" × ".join(x.meanings),
            ),
            port="x",
            parameter="start",
            suggestions=(SetParameter("start", 1, tr("Begin with the first axis")),)
            if first > 1
            else (SetParameter("end", -1, tr("Join up to the last axis")),),
        )
    return first, last


FLATTEN = Layer(
    type="Flatten",
    label="Flatten",
    group="Shape",
    stem="flatten",
    summary="Lays all values of a sample out in one row.",
    help="Joins every axis but the batch into one feature axis, as a Linear layer needs it after convolutions. The"
    " values themselves stay as they are; from axis 2 on, it joins height and width and leaves the channels.",
    formula="N × a × b × … → N × (a·b·…)",
    reference="LeCun et al., Gradient-based learning applied to document recognition, 1998",
    synonyms=("flattenLayer", "vectorize", "ravel"),
    parameters=(
        IntField(
            name="start",
            label="From axis",
            default=1,
            minimum=1,
            maximum=7,
            help="The first axis that is joined; 1 is the one after the batch.",
            advanced=True,
        ),
        IntField(
            name="end",
            label="To axis",
            default=-1,
            minimum=-7,
            maximum=7,
            help="The last axis that is joined; −1 is the last there is.",
            advanced=True,
        ),
    ),
    preserves=True,
    linear=True,
    infer=_flatten,
    lower=lambda use: module(
        "torch.nn.Flatten", {"start_dim": 1, "end_dim": -1}, start_dim=use["start"], end_dim=use["end"]
    ),
    card=lambda values: (
        "" if (values["start"], values["end"]) == (1, -1) else f"{values['start']} … {values['end']}"
    ),
    samples=(
        Sample(inputs={"x": tensor(channel=3, height=4, width=5)}),
        Sample(inputs={"x": tensor(channel=3, height="H", width=2)}, names={"N": 2, "H": 3}),
        Sample(
            values={"start": 2},
            inputs={"x": tensor(channel=3, height="H", width="W")},
            names={"N": 2, "H": 3, "W": 4},
        ),
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
TO = {
    "image": "image (channel × height × width)",
    "volume": "volume or video (channel × depth × height × width)",
    "signal": "signal (channel × length)",
    "sequence": "sequence (time × feature)",
    "row": "row (feature)",
    "own": "axes of your own",
}


def axes_fields(to: str) -> tuple[ChoiceField, WordsField]:
    """What new axes mean: a usual form, or words of one's own."""
    choice = ChoiceField(
        name="to",
        label="Into",
        default=to,
        choices=TO,
        help="What the new axes mean to the layers that follow.",
    )
    words = WordsField(
        name="names",
        label="Axes",
        default="time, head, feature",
        numbers=False,
        help="A word for each new axis, such as time, head, feature.",
        shown_when=lambda values: bool(values["to"] == "own"),
    )
    return choice, words


def wanted_meanings(use: Use) -> tuple[str, ...]:
    """What the new axes mean."""
    if use["to"] == "own":
        return tuple(str(use["names"]).split(", "))
    return MEANINGS[use["to"]]


def numbers(text: str) -> list[int]:
    """The numbers of a WholeNumbersField."""
    return [int(word) for word in text.split(",")]


def _reshape(use: Use) -> dict[str, TensorType]:
    x, meanings, wanted = use.x, wanted_meanings(use), numbers(use["sizes"])
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
    if wanted.count(-1) > 1 or min(wanted) < -1:
        raise ShapeError(
            tr(
                "Sizes are positive numbers, 0 for an axis that stays as it arrives, and at most one −1 for whatever is"
                " left."
            ),
            parameter="sizes",
        )
    kept = {i for i, size in enumerate(wanted) if size == 0}
    if any(i + 1 >= x.rank for i in kept):
        raise ShapeError(
            tr(
                "The 0 at place {place} stands for an axis that does not arrive: {shape} does.",
                place=max(kept) + 1,
                shape=x,
            ),
            parameter="sizes",
        )
    total = product([size for i, size in enumerate(x.sizes[1:]) if i not in kept])
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
    sizes = [
        x.sizes[i + 1] if size == 0 else rest if size == -1 else Size.of(size)
        for i, size in enumerate(wanted)
    ]
    axes = tuple(Axis(meaning, size) for meaning, size in zip(meanings, sizes, strict=True))
    return {"y": TensorType(x.element, (x.axes[0], *axes), x.values)}


def _lower_reshape(use: Use) -> Lowering:
    sizes = _reshape(use)["y"].sizes[1:]
    if all(size.value is not None for size in sizes):
        return function("torch.reshape", Ref("x"), (-1, *(size.value for size in sizes)))
    wanted = numbers(use["sizes"])
    calls = [Call(target=".size", args=(Ref("x"), 0), step="batch")]
    whole: list[Ref | int] = [Ref("batch")]
    for i, size in enumerate(sizes):
        if (
            size.value is None
            and wanted[i] == 0
            and (-1 in wanted or len([s for s in sizes if s.value is None]) > 1)
        ):
            calls.append(Call(target=".size", args=(Ref("x"), i + 1), step=f"size_{i + 1}"))
            whole.append(Ref(f"size_{i + 1}"))
        else:
            whole.append(-1 if size.value is None else size.value)
    return Lowering(calls=(*calls, Call(target="torch.reshape", args=(Ref("x"), tuple(whole)))))


RESHAPE = Layer(
    type="Reshape",
    label="Reshape",
    group="Shape",
    stem="reshape",
    summary="Lays the values of a sample out along other axes.",
    help="The order of the values stays as it is, last axis fastest; only the axes change. It makes images of rows"
    " (1, 28, 28), or steps of a sequence, undoes a Flatten, and splits features into heads of attention.",
    formula="N × a × b × … → N × the given sizes, with the same number of values",
    reference="torch.reshape, ONNX Reshape",
    synonyms=("unflatten", "view", "reshapeLayer", "split heads", "rearrange"),
    parameters=(
        *axes_fields("image"),
        WholeNumbersField(
            name="sizes",
            label="Sizes",
            default="1, 1, -1",
            smallest=-1,
            help="Length of each new axis, such as 1, 28, 28; one −1 takes whatever is left, a 0 keeps the axis at its"
            " place.",
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
        Sample(
            values={"to": "own", "sizes": "0, 2, -1"},
            inputs={"x": tensor(time="T", feature=6)},
            names={"N": 2, "T": 3},
        ),
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
        axes = [Axis(renamed(axis.meaning, i, len(axes)), axis.size) for i, axis in enumerate(axes)]
    return {"y": TensorType(x.element, (x.axes[0], *axes), x.values)}


PERMUTE = Layer(
    type="Permute",
    label="Permute",
    group="Shape",
    stem="permute",
    summary="Changes the order of the axes.",
    help="Turns a sequence (time × feature) into a signal (channel × length) for convolutions, and back. The axes are"
    " numbered from 1; the batch stays first.",
    formula="2, 1:  y[n, j, i] = x[n, i, j]",
    reference="torch.permute, ONNX Transpose",
    synonyms=("transpose", "swap axes", "permuteLayer", "channels last", "movedim"),
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
