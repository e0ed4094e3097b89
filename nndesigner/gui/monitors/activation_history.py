"""How large the values are that leave the selected node, from the first step of the run to now."""

from __future__ import annotations

from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.magnitudes import Magnitudes
from nndesigner.gui.monitors.monitor import View
from nndesigner.measurements.measurement import no_network


class ActivationHistory(Magnitudes):
    def __init__(self) -> None:
        super().__init__(ACTIVATION_HISTORY)


def _applies(checked: CheckedNetwork) -> bool:
    return True


ACTIVATION_HISTORY = View(
    name="activation_history",
    label="Activations over time",
    icon="history",
    help="How large the values are that leave the selected layer, step by step. A band that sinks: the signal vanishes;"
    " one that rises: it explodes; a bright strip at 0: units die.",
    place="node",
    measurements=("activation_magnitudes",),
    applies=_applies,
    make=ActivationHistory,
    order=30,
    opens=no_network,
)
