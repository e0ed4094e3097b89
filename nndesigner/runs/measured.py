"""The history of a run as the alarms read it: small arrays over looks and epochs, and nothing of files or messages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nndesigner.check.alarms.measured import Looks, Measured
from nndesigner.protocol.messages import Frame
from nndesigner.runs.history import RunHistory

HEALTH = ("gradient_norm", "dead", "saturated", "zero_gradient", "largest_weight")
UPDATES = ("ratio",)
CURVES = (("train", "epoch loss"), ("validation", "loss"))
WATCHED = ("health", "update_ratio", "confusion_matrix")
"""the measurements of the whole network that the alarms need"""
LAST_EVALUATIONS = 4


def measured(history: RunHistory, blamed: str = "", blame: str = "") -> Measured:
    """What a run has measured so far; `blame` and `blamed` are how it diverged, where it did."""
    steps = history.series("train", "loss").values
    return Measured(
        health=_looks(history.trail("", "health"), HEALTH),
        updates=_looks(history.trail("", "update_ratio"), UPDATES),
        curves={key: history.series(*key).values.copy() for key in CURVES},
        begun=float(steps[0]) if len(steps) else float("nan"),
        confusion=_confusion(history),
        blamed=blamed,
        blame=blame,
    )


def stamp(history: RunHistory) -> tuple[int, ...]:
    """Another value whenever `measured` would give something else."""
    newest = (history.frames.get(("", name)) for name in WATCHED)
    return (
        *(frame.step if frame is not None else -1 for frame in newest),
        *(len(history.series(*key)) for key in CURVES),
    )


def _confusion(history: RunHistory) -> tuple[npt.NDArray[np.int64], ...]:
    """The matrices of the last looks at an evaluation, with as many classes as the newest."""
    newest = history.trail("", "confusion_matrix")[-LAST_EVALUATIONS:]
    found = [np.asarray(f.arrays["counts"], np.int64) for f in newest if "counts" in f.arrays]
    same = [m for m in found if m.ndim == 2 and m.shape == found[-1].shape and m.shape[0] == m.shape[1]]
    return tuple(same)


def _looks(frames: Sequence[Frame], numbers: Sequence[str]) -> Looks:
    if not frames:
        return Looks()
    nodes = tuple(str(key) for key in frames[-1].meta.get("nodes", ()))
    same = [f for f in frames if len(f.meta.get("nodes", ())) == len(nodes)]
    arrays = {
        name: np.array([f.arrays[name] for f in same], np.float64)
        for name in numbers
        if all(f.arrays.get(name) is not None and len(f.arrays[name]) == len(nodes) for f in same)
    }
    return Looks(tuple(f.step for f in same), nodes, arrays)
