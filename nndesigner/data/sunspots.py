"""A made series like the monthly counts of sunspots: cycles of some eleven years that are never alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.base.fields import FloatField, Values
from nndesigner.base.progress import Progress
from nndesigner.data.plane import SEED
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import ORDERED_SPLIT_FIELDS
from nndesigner.data.windows import cut, expect_windows, window_fields

PERIOD_SPREAD = 12.0
"""months, standard deviation: about a year from one cycle to the next, as since 1749"""
STRENGTH, STRENGTH_SPREAD = 0.0032, 0.0011
"""of a cycle, in counts per cubed month: peaks from some 60 to some 270, most near 150"""
FLOOR = 4.0
"""counts: the noise that is left between the cycles, for a noise of 1"""


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    expect_windows(values)
    return cut(_counts(values), values)


def _counts(values: Values) -> npt.NDArray[np.float64]:
    """Counts of so many months, none below 0; (length,)."""
    draw = np.random.RandomState(values["seed"])
    t = np.arange(values["length"], dtype=np.float64)
    total = np.zeros(len(t))
    start = -values["period"] * (0.5 + draw.uniform())  # the series begins somewhere in a cycle
    while start < len(t):
        strength = np.clip(draw.normal(STRENGTH, STRENGTH_SPREAD), 0.0012, 0.0065)
        total += _cycle(t - start, strength)
        start += max(draw.normal(values["period"], PERIOD_SPREAD), values["period"] / 2)
    spread = values["noise"] * (FLOOR + total)
    counts: npt.NDArray[np.float64] = np.maximum(total + spread * draw.normal(0.0, 1.0, len(t)), 0.0)
    return counts


def _cycle(months: npt.NDArray[np.float64], strength: float) -> npt.NDArray[np.float64]:
    """One cycle, so many months after its beginning: f(t) = a t³ / (exp(t² / b²) - 0.71), with
    b = 27.12 + 25.15 / (1000 a)^(1/4) months: the stronger it is, the sooner it peaks.

    Hathaway, Wilson and Reichmann, The shape of the sunspot cycle, Solar Physics 151, 1994.
    """
    width = 27.12 + 25.15 / (1000.0 * strength) ** 0.25
    t = np.maximum(months, 0.0)
    shape: npt.NDArray[np.float64] = strength * t**3 / (np.exp(np.minimum((t / width) ** 2, 500.0)) - 0.71)
    return shape


SUNSPOTS = Source(
    type="sunspots",
    label="Cycles like sunspots",
    group="Made to measure",
    summary="A made series like the monthly counts of sunspots, cut into windows; predict how it goes on.",
    help="Cycles of some eleven years, each of another strength and length: it rises fast and falls slowly, strong"
    " cycles peak sooner, and the noise grows with the count. The numbers are drawn, not observed; the shape of a"
    " cycle is that of Hathaway, Wilson and Reichmann (1994). The parts are cut in time: the network trains on the"
    " past and is tested on cycles that it has never seen.",
    synonyms=("time series", "sequence", "lstm", "forecast", "sun", "cycle", "monthly"),
    parameters=(
        *window_fields(3300, 36, "months"),
        FloatField(
            name="period",
            label="Period",
            default=131.0,
            minimum=20.0,
            maximum=10_000.0,
            unit="months",
            help="From the beginning of one cycle to the next, on average; it differs by about a year.",
        ),
        FloatField(
            name="noise",
            label="Noise",
            default=0.15,
            minimum=0.0,
            maximum=2.0,
            help="Standard deviation of the normal noise on every count, as a share of the count. 0 gives smooth"
            " cycles.",
        ),
        SEED,
        *ORDERED_SPLIT_FIELDS,
        PREPARATION,
        TARGET_PREPARATION,
    ),
    load=_load,
)
