"""A sum of sine waves, cut into windows: predict how it goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import FloatField, IntField, Values
from nndesigner.base.progress import Progress
from nndesigner.data.plane import SEED
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.source import Array, Loaded, Source
from nndesigner.data.splits import ORDERED_SPLIT_FIELDS
from nndesigner.data.windows import HORIZON, LENGTH, WINDOW, cut, expect_windows


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    expect_windows(values)
    return cut(_mixture(values), values)


def _mixture(values: Values) -> Array:
    """The series: `waves` sines of unlike periods, added and scaled to amplitude 1 at most, plus noise; (length,)."""
    draw = np.random.RandomState(values["seed"])
    t = np.arange(values["length"])
    total = np.zeros(len(t))
    weight = 0.0
    for i in range(values["waves"]):
        # Each wave is shorter and weaker than the one before, by a factor near the golden ratio: no common period.
        period = values["period"] / 1.618**i * draw.uniform(0.95, 1.05)
        total += np.sin(2 * np.pi * (t / period + draw.uniform())) / (i + 1)
        weight += 1 / (i + 1)
    series: Array = total / weight + draw.normal(0.0, 1.0, len(t)) * values["noise"]
    return series


SINE = Source(
    type="sine",
    label="Sine waves",
    group="Made to measure",
    summary="A sum of sine waves cut into windows; predict the next value from the last ones.",
    help="Makes one long series, and from it a sample for every step: a window of values to look at, and the values"
    " that follow to predict. The parts are cut in time (the network trains on the past and is tested on the"
    " future), with as many windows left out at each cut as would share values with both sides. With noise σ no"
    " model can get a mean squared error below σ².",
    synonyms=("time series", "sequence", "lstm", "forecast", "signal"),
    parameters=(
        LENGTH,
        WINDOW,
        HORIZON,
        IntField(
            name="waves",
            label="Waves",
            default=3,
            minimum=1,
            maximum=20,
            help="How many sines are added; each is shorter and weaker than the one before.",
        ),
        FloatField(
            name="period",
            label="Longest period",
            default=50.0,
            minimum=2.0,
            maximum=1e6,
            unit="steps",
            help="Steps after which the longest wave repeats, give or take 5 %.",
        ),
        FloatField(
            name="noise",
            label="Noise",
            default=0.05,
            minimum=0.0,
            maximum=10.0,
            help="Standard deviation of the normal noise on every value; the waves together reach 1 at most.",
        ),
        SEED,
        *ORDERED_SPLIT_FIELDS,
        PREPARATION,
        TARGET_PREPARATION,
    ),
    load=_load,
)
