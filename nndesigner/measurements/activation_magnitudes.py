"""How large the values are that leave a node, on a scale that is the same for the whole run: kept over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, Measured, Measurement, first_output, magnitudes

if TYPE_CHECKING:
    from torch import Tensor


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return node.role not in ("output", "input") and type is not None and type.element == "float"


def _measure(values: Tensor, context: Context) -> Measured:
    return magnitudes([values])


ACTIVATION_MAGNITUDES = Measurement(
    name="activation_magnitudes",
    label="Activations over time",
    help="How large the values are that leave this node, from the first step to now. A band that sinks: the signal"
    " vanishes; one that rises: it explodes; values that turn to zero: units die.",
    reads="activations",
    applies=_applies,
    measure=_measure,
    over_time=True,
)
