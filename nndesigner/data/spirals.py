"""Spiral arms that wind around each other: the hardest of the sets in the plane."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import FloatField, IntField, Values
from nndesigner.base.progress import Progress
from nndesigner.data.plane import labelled_points, plane_fields
from nndesigner.data.source import Loaded, Source


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    arms, n = values["arms"], values["samples"]
    codes = np.arange(n) % arms
    along = (np.arange(n) // arms + 1) / (np.ceil(n / arms))  # 0 in the middle, 1 at the end of the arm
    angle = 2 * np.pi * (values["turns"] * along + codes / arms)
    points = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    classes = tuple(f"arm {i + 1}" for i in range(arms))
    return labelled_points(points, codes, classes, values["noise"], values["seed"])


SPIRALS = Source(
    type="spirals",
    label="Spirals",
    group="Points in the plane",
    summary="Spiral arms wound around each other; tell on which arm a point lies.",
    help="Each arm goes from the origin to radius 1 while it turns. The task needs two hidden layers or many units, and"
    " training longer than for the other sets; more turns make it harder.",
    synonyms=("swirl", "two-dimensional", "toy", "decision boundary"),
    parameters=plane_fields(
        0.02,
        IntField(
            name="arms",
            label="Arms",
            default=2,
            minimum=2,
            maximum=10,
            help="Number of arms; each is a class.",
        ),
        FloatField(
            name="turns",
            label="Turns",
            default=1.5,
            minimum=0.1,
            maximum=10.0,
            help="How many times an arm goes around the origin.",
        ),
    ),
    load=_load,
)
