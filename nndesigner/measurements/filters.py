"""The filters of a convolution as small pictures: what each of them looks for. Kept over time, to see what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, Measured, Measurement, half

if TYPE_CHECKING:
    from torch import Tensor

MOST_FILTERS = 64
MOST_CELLS = 16_384
"""numbers of all filters of one frame"""
_TYPES = ("Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d")


def _applies(node: CheckedNode) -> bool:
    return node.role == "layer" and node.record.type in _TYPES and node.weights > 0 and not node.passes


def _measure(values: Mapping[str, Tensor], context: Context) -> Measured:
    """{"filters": (filters, height, width) float16 of one channel of what arrives, or (filters, height, width, 3) of
    all three where three arrive}.

    A filter of one dimension is (filters, channels, length): every channel is a row. meta: "input" (which channel),
    "inputs" and "all" (how many channels and filters there are).
    """
    weight = values["weight"].detach()
    transposed = context.node is not None and context.node.record.type.startswith("ConvTranspose")
    groups = (
        int(context.node.use["groups"]) if context.node is not None and context.node.use is not None else 1
    )
    if transposed and groups == 1:
        weight = weight.transpose(0, 1)  # in × out × … → out × in × …
    filters, inputs = weight.shape[:2]
    size = int(np.prod(weight.shape[2:]))
    chosen = min(int(context.options.get("input", 0)), inputs - 1)
    if weight.ndim == 3:
        taken = weight[: min(MOST_FILTERS, max(MOST_CELLS // (inputs * size), 1)), :MOST_FILTERS]
    elif inputs == 3:
        taken = weight[: min(MOST_FILTERS, max(MOST_CELLS // (3 * size), 1))].permute(0, 2, 3, 1)
    else:
        taken = weight[: min(MOST_FILTERS, max(MOST_CELLS // size, 1)), chosen]
    array = np.ascontiguousarray(half(taken.float().cpu().numpy()))
    return {"filters": array}, {"input": chosen, "inputs": int(inputs), "all": int(filters)}


FILTERS = Measurement(
    name="filters",
    label="Filters",
    help="The weights of each filter of this convolution as a small picture: what it looks for, and how far it has"
    " changed since the first look.",
    reads="weights",
    applies=_applies,
    measure=_measure,
    needs_probe=False,
    over_time=True,
    options=(
        IntField(
            name="input",
            label="Channel",
            default=0,
            minimum=0,
            maximum=100_000,
            help="Of which channel of what arrives the weights are shown.",
        ),
    ),
)
