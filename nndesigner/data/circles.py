"""A circle inside a circle: separable by the distance from the middle alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import FloatField, Values
from nndesigner.base.progress import Progress
from nndesigner.data.plane import labelled_points, plane_fields
from nndesigner.data.source import Loaded, Source


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    outer = values["samples"] // 2
    codes = np.arange(values["samples"]) >= outer
    angle = np.concatenate(
        [2 * np.pi * np.arange(number) / number for number in (outer, values["samples"] - outer)]
    )
    radius = np.where(codes, values["ratio"], 1.0)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return labelled_points(points, codes, ("outer", "inner"), values["noise"], values["seed"])


CIRCLES = Source(
    type="circles",
    label="Circles",
    group="Points in the plane",
    summary="A small circle inside a large one; tell on which a point lies.",
    help="Both circles are centred on the origin; the large one has radius 1. Three hidden units are the least that can"
    " close a boundary around the inner circle.",
    synonyms=("rings", "two-dimensional", "toy", "decision boundary"),
    parameters=plane_fields(
        0.08,
        FloatField(
            name="ratio",
            label="Inner radius",
            default=0.5,
            minimum=0.0,
            maximum=0.99,
            help="Radius of the inner circle; the outer one has radius 1.",
        ),
    ),
    load=_load,
)
