"""Layers that move values without changing them: flatten, reshape, permute."""

from __future__ import annotations

from functools import reduce

from nndesigner.base.shapes import Axis, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Layer, Sample, ShapeError, Use, module


def _flatten(use: Use) -> dict[str, TensorType]:
    x = use.x
    if x.rank < 2:
        raise ShapeError(tr("Flatten needs at least one axis besides the batch."), port="x")
    size = reduce(lambda a, b: a * b, x.sizes[1:])
    return {"y": TensorType(x.element, (x.axes[0], Axis("feature", size)), x.values)}


FLATTEN = Layer(
    type="Flatten",
    label="Flatten",
    group="Shape",
    stem="flatten",
    summary="Lays all values of a sample out in one row.",
    help="Joins every axis but the batch into one feature axis, as a Linear layer needs it after convolutions.",
    formula="N × a × b × … → N × (a·b·…)",
    synonyms=("flattenLayer", "vectorize"),
    preserves=True,
    infer=_flatten,
    lower=lambda use: module("torch.nn.Flatten"),
    samples=(Sample(inputs={"x": tensor(channel=3, height=4, width=5)}),),
)
