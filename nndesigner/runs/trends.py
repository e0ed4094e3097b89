"""What the numbers of a run say about where it goes: overfitting, standing still, weights that do not move, classes
that are rare. Numbers only: whether one is a reason for concern, and what to do, others decide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.runs.history import RunHistory

LOOKS = 3
"""looks in a row in which weights have to stand still to be unchanged"""


@dataclass(frozen=True)
class Overfit:
    """How far training and validation loss have come apart.

    `gap` is validation loss less training loss, as a share of the training loss at the beginning: what is left of the
    way that both set out to go. `rise` is how far the validation loss is above its best, as a share of that best;
    `since` the evaluations since then. Negative losses (a likelihood) have the same meaning: shares are of sizes.
    """

    gap: float
    rise: float
    since: int
    best_step: int


def overfit(history: RunHistory) -> Overfit | None:
    """None before there are two evaluations of both."""
    train, validation = history.series("train", "epoch loss"), history.series("validation", "loss")
    common, at_train, at_validation = np.intersect1d(train.steps, validation.steps, return_indices=True)
    if len(common) < 2:
        return None
    of_train, of_validation = train.values[at_train], validation.values[at_validation]
    if not (np.isfinite(of_train).all() and np.isfinite(of_validation).all()):
        return None
    best = int(of_validation.argmin())
    least = float(of_validation[best])
    return Overfit(
        gap=float(of_validation[-1] - of_train[-1]) / _size(float(of_train[0])),
        rise=(float(of_validation[-1]) - least) / _size(least),
        since=len(common) - 1 - best,
        best_step=int(common[best]),
    )


def improvement(values: npt.NDArray[np.float64], window: int) -> float | None:
    """How much lower the best of the last `window` values is than the best before them, as a share of that; about 0 on
    a plateau, negative where all are worse. None while there are no values before the window."""
    known = values[np.isfinite(values)]
    if window < 1 or len(known) <= window:
        return None
    before, now = float(known[:-window].min()), float(known[-window:].min())
    return (before - now) / _size(before)


def unchanged(history: RunHistory, looks: int = LOOKS) -> tuple[str, ...]:
    """Keys of the nodes whose weights got gradients and yet did not move in the last looks; none before as many."""
    trail = history.trail("", "update_ratio")[-looks:]
    if len(trail) < looks:
        return ()
    nodes = [str(id) for id in trail[-1].meta.get("nodes", ())]
    updates = [frame.arrays["update_norm"] for frame in trail if "update_norm" in frame.arrays]
    if len(updates) < looks or any(len(update) != len(nodes) for update in updates):
        return ()
    still = (np.array(updates) == 0).all(axis=0)
    return tuple(node for node, rests in zip(nodes, still.tolist(), strict=True) if rests)


def imbalance(target: DataField) -> float | None:
    """How many times more often the most frequent class is met than the rarest one of which there are any; None where
    the data's record does not say."""
    counts = target.statistics.get("counts")
    if target.kind != "class" or not isinstance(counts, list | tuple):
        return None
    some = [float(n) for n in counts if isinstance(n, int | float) and n > 0]
    return max(some) / min(some) if len(some) > 1 else None


def _size(value: float) -> float:
    """The size of a loss, never so small that a share of it means nothing."""
    return max(abs(value), 1e-12) if math.isfinite(value) else math.inf
