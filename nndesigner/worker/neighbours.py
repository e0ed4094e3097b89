"""What a network makes of the training samples: their features, computed once for a checkpoint and kept.

It knows no job. Distances are Euclidean, between the values of one layer for two samples.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.check.checked import Place
from nndesigner.data.dataset import Dataset
from nndesigner.data.stored import release
from nndesigner.training.predict import Predictor

MOST_SAMPLES = 5000
MOST_NUMBERS = 50_000_000
"""of all features together: 200 MB"""
AT_ONCE = 256
"""samples per pass"""


class Features(NamedTuple):
    rows: npt.NDArray[np.int64]
    """numbers in the data of the samples that were looked at"""
    values: npt.NDArray[np.float32]
    """(sample, feature)"""


_kept: tuple[Predictor, str, Place, Features] | None = None


def features_of(
    predictor: Predictor, arrays: dict[str, npt.NDArray[np.generic]], place: Place
) -> npt.NDArray[np.float32]:
    """(sample, feature): the values at `place` for raw samples."""
    inside = predictor.inside
    with torch.no_grad():
        found = inside.run(predictor.prepared(arrays)).values[inside.node(place)]
    made: npt.NDArray[np.float32] = found.float().reshape(len(found), -1).cpu().numpy()
    return made


def training_features(predictor: Predictor, data: Dataset, place: Place, progress: Progress) -> Features:
    """Those of at most 5,000 training samples, evenly spread; at once where they are known already."""
    global _kept
    if _kept is not None and _kept[0] is predictor and _kept[1:3] == (data.fingerprint, place):
        return _kept[3]
    train = data.indices["train"]
    fields = [field.name for field in predictor.fields]
    first = features_of(predictor, {name: data.arrays[name][train[:1]] for name in fields}, place)
    most = max(1, min(MOST_SAMPLES, MOST_NUMBERS // max(first.shape[1], 1), len(train)))
    rows = train[np.unique(np.linspace(0, len(train) - 1, most).astype(np.int64))]
    parts = []
    for start in range(0, len(rows), AT_ONCE):
        progress(start / len(rows), tr("{n:,} of {all:,} training samples", n=start, all=len(rows)))
        part = rows[start : start + AT_ONCE]
        parts.append(features_of(predictor, {name: data.arrays[name][part] for name in fields}, place))
        for name in fields:
            release(data.arrays[name])
    found = Features(rows, np.concatenate(parts))
    _kept = predictor, data.fingerprint, place, found
    return found


def nearest(
    found: Features, to: npt.NDArray[np.float32], most: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Rows and distances of the `most` nearest to the features (feature,), the nearest first."""
    distances = np.empty(len(found.rows))
    for start in range(0, len(found.rows), AT_ONCE):
        part = found.values[start : start + AT_ONCE].astype(np.float64) - to
        distances[start : start + AT_ONCE] = np.sqrt(np.square(part).sum(axis=1))
    order = np.argsort(distances, kind="stable")[:most]
    return found.rows[order], distances[order]


def forget() -> None:
    """Gives the memory back."""
    global _kept
    _kept = None
