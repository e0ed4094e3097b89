"""Where the time of a training step goes: waiting for data, forward, backward, the optimizer, and looking itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.measurements.measurement import Context, Measured, Measurement

PHASES = ("data", "to_device", "forward", "backward", "optimizer", "monitoring", "other")


def _applies_to(checked: CheckedNetwork) -> bool:
    return bool(checked.heads)


def _measure(values: Mapping[str, float], context: Context) -> Measured:
    """{"seconds": (7,) float32}, one per phase of meta["phases"], of one step. "monitoring" is what looking took since
    the look before, per step: a step that is looked at stands for all those that are not."""
    seconds = np.array([values.get(phase, 0.0) for phase in PHASES], np.float32)
    return {"seconds": seconds}, {"phases": list(PHASES)}


TIME_SPLIT = Measurement(
    name="time_split",
    label="Time of a step",
    help="How long a training step waits for data, computes forward and backward, and moves the weights.",
    reads="laps",
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    over_time=True,
)
