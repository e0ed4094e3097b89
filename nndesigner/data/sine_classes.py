"""Made signals: mixtures of sine waves whose class is which waves are in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import FloatField, IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.plane import SEED
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

MOST_VALUES = 200_000_000


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    n, length, classes = values["samples"], values["length"], values["classes"]
    if n * length > MOST_VALUES:
        raise Refusal(
            tr("{n:,} signals of {length:,} steps do not fit into memory: take fewer.", n=n, length=length)
        )
    draw = np.random.RandomState(values["seed"])
    # Each class is a pair of periods, all of them well above two steps and within the signal.
    periods = np.geomspace(4, max(length / 2, 8), 2 * classes)
    pairs = np.stack([periods[:classes], periods[classes:]], axis=1)
    codes = np.arange(n) % classes
    t = np.arange(length)
    signals = np.zeros((n, length))
    for wave in range(2):
        phase, height = draw.uniform(0, 1, (n, 1)), draw.uniform(0.5, 1.0, (n, 1))
        signals += height * np.sin(2 * np.pi * (t / pairs[codes, wave][:, None] + phase))
    signals += draw.normal(0, 1, signals.shape) * values["noise"]
    names = tuple(tr("periods {a:.3g} and {b:.3g}", a=a, b=b) for a, b in pairs)
    return Loaded(
        fields=(
            DataField(
                name="signal",
                role="input",
                kind="series",
                element="float",
                axes=(("time", length), ("feature", 1)),
                columns=("value",),
            ),
            DataField(name="mixture", role="target", kind="class", element="int", classes=names),
        ),
        arrays={"signal": signals[:, :, None].astype(np.float32), "mixture": codes.astype(np.int64)},
    )


SINE_CLASSES = Source(
    type="sine_classes",
    label="Sine mixtures",
    group="Made to measure",
    summary="Signals of two sine waves each; tell which pair of periods a signal is made of.",
    help="Each class is a pair of periods; each signal adds two sines of these periods with random phases and heights,"
    " and noise. A network that looks at single values sees nothing: it has to find the rhythm, with convolutions along"
    " time or with memory.",
    synonyms=("synthetic", "time series", "frequency", "signal classification", "conv1d", "fourier"),
    parameters=(
        IntField(
            name="samples",
            label="Samples",
            default=600,
            minimum=10,
            maximum=1_000_000,
            help="How many signals.",
        ),
        IntField(
            name="length",
            label="Length",
            default=64,
            minimum=16,
            maximum=100_000,
            unit="steps",
            help="Steps of each signal.",
        ),
        IntField(
            name="classes",
            label="Classes",
            default=3,
            minimum=2,
            maximum=50,
            help="How many pairs of periods.",
        ),
        FloatField(
            name="noise",
            label="Noise",
            default=0.2,
            minimum=0.0,
            maximum=10.0,
            help="Standard deviation of the normal noise on every value; each wave reaches 0.5 to 1.",
        ),
        SEED,
        *SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
)
