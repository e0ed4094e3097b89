"""How large the gradients of the selected node's weights are, from the first step of the run to now."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.magnitudes import Magnitudes
from nndesigner.gui.monitors.monitor import View
from nndesigner.measurements.measurement import no_network


class GradientHistory(Magnitudes):
    def __init__(self) -> None:
        super().__init__(GRADIENT_HISTORY)
        self.unsuitable = tr("This layer has no weights of its own, so no gradient is kept for it.")


def _applies(checked: CheckedNetwork) -> bool:
    return True


GRADIENT_HISTORY = View(
    name="gradient_history",
    label="Gradients over time",
    icon="training",
    help="How large the gradients of the selected layer's weights are, step by step. A band much lower than that of"
    " later layers: the gradient vanishes on its way back.",
    place="node",
    measurements=("gradient_magnitudes",),
    applies=_applies,
    make=GradientHistory,
    order=40,
    opens=no_network,
)
