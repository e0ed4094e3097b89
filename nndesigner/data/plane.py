"""What the sources of points in the plane share: their parameters and the form in which they give points.

Noise comes from NumPy's RandomState, whose stream is frozen for ever: the same seed is the same points everywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Field, FloatField, IntField
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Loaded
from nndesigner.data.splits import SPLIT_FIELDS

SAMPLES = IntField(
    name="samples",
    label="Samples",
    default=500,
    minimum=4,
    maximum=1_000_000,
    help="How many points are made, shared evenly among the classes.",
)
SEED = IntField(
    name="seed",
    label="Seed",
    default=0,
    minimum=0,
    help="Starts the random numbers. The same seed makes the same points.",
)
# The plane is shown as it is drawn: the coordinates are of the size of 1 already.
PLAIN = replace(PREPARATION, default="none")


def noise_field(default: float) -> FloatField:
    return FloatField(
        name="noise",
        label="Noise",
        default=default,
        minimum=0.0,
        maximum=10.0,
        help="Standard deviation of the normal noise that is added to both coordinates; 0 gives exact points.",
    )


def plane_fields(noise: float, *own: Field) -> tuple[Field, ...]:
    """The parameters of a source of points: its own between what all of them have."""
    return (SAMPLES, *own, noise_field(noise), SEED, *SPLIT_FIELDS, PLAIN)


def labelled_points(
    points: npt.NDArray[np.float64],
    codes: npt.NDArray[Any],
    classes: tuple[str, ...],
    noise: float,
    seed: int,
) -> Loaded:
    """Points (N, 2) with class codes (N,), noise of standard deviation `noise` added."""
    if noise > 0:
        points = points + np.random.RandomState(seed).normal(0.0, noise, points.shape)
    return Loaded(
        fields=(
            DataField(
                name="point",
                role="input",
                kind="table",
                element="float",
                axes=(("feature", 2),),
                columns=("x", "y"),
            ),
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={"point": points.astype(np.float32), "class": codes.astype(np.int64)},
    )
