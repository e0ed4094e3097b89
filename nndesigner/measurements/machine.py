"""How busy the machine is: steps a second, memory and processor of the worker, and its device."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.measurements.measurement import Context, Measured, Measurement


def _applies_to(checked: CheckedNetwork) -> bool:
    return bool(checked.heads)


def _measure(values: Mapping[str, float], context: Context) -> Measured:
    """{name: (1,) float64} for every number that is known here: see `training/machine.py`."""
    return {name: np.array([value], np.float64) for name, value in values.items()}, {}


MACHINE = Measurement(
    name="machine",
    label="Machine",
    help="Steps a second, memory and processor of the process that trains, and its device where that tells.",
    reads="machine",
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    over_time=True,
)
