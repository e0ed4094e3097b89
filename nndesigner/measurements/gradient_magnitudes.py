"""How large the gradients of a node's weights are, on a scale that is the same for the whole run: kept over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, Measured, Measurement, magnitudes

if TYPE_CHECKING:
    from torch import Tensor


def _applies(node: CheckedNode) -> bool:
    return node.role == "layer" and node.weights > 0 and not node.rounds


def _measure(values: Mapping[str, Tensor], context: Context) -> Measured:
    """All of the node's gradient tensors together, as many values of each."""
    return magnitudes(list(values.values()))


GRADIENT_MAGNITUDES = Measurement(
    name="gradient_magnitudes",
    label="Gradients over time",
    help="How large the gradients of this node's weights are, from the first step to now. A band that sinks from"
    " layer to layer towards the input: the gradient vanishes on its way back.",
    reads="gradients",
    applies=_applies,
    measure=_measure,
    needs_probe=False,
    over_time=True,
)
