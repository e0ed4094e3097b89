"""How a node's outputs are spread on the probe batch: dead and saturated units show here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, Measured, Measurement, first_output, histogram

if TYPE_CHECKING:
    from torch import Tensor


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return node.role != "output" and type is not None and type.element == "float"


def _measure(values: Tensor, context: Context) -> Measured:
    return histogram(values)


ACTIVATION_HISTOGRAM = Measurement(
    name="activation_histogram",
    label="Activations",
    help="How the values that leave this node are spread over the probe samples. All at zero: the units are dead; all"
    " at the ends of a sigmoid or tanh: they are saturated and learn slowly.",
    reads="activations",
    applies=_applies,
    measure=_measure,
)
