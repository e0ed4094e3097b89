"""Two half moons that reach into each other: no straight line separates them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.data.plane import labelled_points, plane_fields
from nndesigner.data.source import Loaded, Source


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    upper = values["samples"] // 2
    t = np.linspace(0, np.pi, upper)
    u = np.linspace(0, np.pi, values["samples"] - upper)
    points = np.concatenate(
        [np.stack([np.cos(t), np.sin(t)], axis=1), np.stack([1 - np.cos(u), 0.5 - np.sin(u)], axis=1)]
    )
    codes = np.arange(values["samples"]) >= upper
    return labelled_points(points, codes, ("upper", "lower"), values["noise"], values["seed"])


MOONS = Source(
    type="moons",
    label="Moons",
    group="Points in the plane",
    summary="Two half moons that reach into each other; tell to which a point belongs.",
    help="The upper moon is the half circle (cos t, sin t), the lower one (1 − cos t, ½ − sin t), with t from 0 to π. A"
    " network without a hidden layer gets about 85 % right; one hidden layer of a few units bends the boundary.",
    synonyms=("half moons", "two-dimensional", "toy", "decision boundary"),
    parameters=plane_fields(0.15),
    load=_load,
)
