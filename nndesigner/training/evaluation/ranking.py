"""Probabilities of each class for ROC and precision-recall curves: all of them, or counts in bins once they are many.

Curves and areas are scikit-learn's (`roc_curve`, `roc_auc_score`, `precision_recall_curve`, `average_precision_score`),
of the probabilities or, with counts as weights, of the bins; two in one bin count as equal. The ends of the bins are
quantiles of the first probabilities, so that each holds about as many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.runs.evaluations import Curve, Number, number

Floats = npt.NDArray[np.float32]
Column = npt.NDArray[Any]

MOST_KEPT = 4_000_000
"""probabilities (16 MB)"""
BINS = 2000
MOST_POINTS = 120


class Ranking:
    """Of `classes` classes. `exact` says that every probability is still there."""

    MOST_CURVES = 64
    """classes whose curves are given; areas are given of all"""

    def __init__(self, classes: int, most_kept: int = MOST_KEPT) -> None:
        self._classes = classes
        self._most_kept = most_kept
        self._kept: list[tuple[Floats, npt.NDArray[np.int64]]] = []
        self._values = 0
        self._edges: list[Floats] = []
        self._counts = np.zeros((0, 0, 0), np.int64)

    @property
    def exact(self) -> bool:
        return not self._edges

    def add(self, chances_NC: Floats, truth: npt.NDArray[np.int64]) -> None:
        if self._edges:
            self._count(chances_NC, truth)
            return
        self._kept.append((chances_NC.astype(np.float32), truth.astype(np.int64)))
        self._values += chances_NC.size
        if self._values > self._most_kept:
            self._fold()

    def _fold(self) -> None:
        chances, truth = self._all()
        self._kept = []
        at = np.linspace(0, 1, BINS + 1)[1:-1]
        self._edges = [
            np.unique(np.quantile(chances[:, c], at, method="nearest")) for c in range(self._classes)
        ]
        self._counts = np.zeros((2, self._classes, BINS), np.int64)
        self._count(chances, truth)

    def _count(self, chances: Floats, truth: npt.NDArray[np.int64]) -> None:
        for c, edges in enumerate(self._edges):
            places = np.searchsorted(edges, chances[:, c], side="right")
            for row, mask in enumerate((truth == c, truth != c)):
                self._counts[row, c] += np.bincount(places[mask], minlength=BINS)

    def _all(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        return np.concatenate([c for c, _ in self._kept]), np.concatenate([t for _, t in self._kept])

    def _column(self, code: int) -> tuple[Column, Column, Column | None] | None:
        """Whether it is the class, how probable that is, and weights; None where one side has no samples."""
        if self._edges:
            bins = np.arange(BINS, dtype=np.float64)
            truth = np.repeat([True, False], BINS)
            weight = self._counts[:, code].reshape(-1)
            some = weight > 0
            found: tuple[Column, Column, Column | None] = (
                truth[some],
                np.tile(bins, 2)[some],
                weight[some].astype(np.float64),
            )
        elif self._kept:
            if len(self._kept) > 1:
                self._kept = [self._all()]
            chances, codes = self._kept[0]
            found = codes == code, chances[:, code], None
        else:
            return None
        return found if found[0].any() and not found[0].all() else None

    def areas(self, code: int) -> tuple[Number, Number]:
        """Area under the ROC curve and average precision of a class; None where it, or everything else, is absent."""
        from sklearn.metrics import average_precision_score, roc_auc_score

        column = self._column(code)
        if column is None:
            return None, None
        truth, chance, weight = column
        return (
            number(roc_auc_score(truth, chance, sample_weight=weight)),
            number(average_precision_score(truth, chance, sample_weight=weight)),
        )

    def curves(self, code: int) -> tuple[Curve | None, Curve | None]:
        """ROC (false and true positive rate) and precision by recall, thinned."""
        from sklearn.metrics import precision_recall_curve, roc_curve

        column = self._column(code)
        if column is None:
            return None, None
        truth, chance, weight = column
        false, true, _ = roc_curve(truth, chance, sample_weight=weight)
        precision, recall, _ = precision_recall_curve(truth, chance, sample_weight=weight)
        return _thin(code, false, true), _thin(code, recall[::-1], precision[::-1])


def _thin(code: int, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Curve:
    """Points that are about as far from each other along the curve, both ends among them."""
    way = np.concatenate(([0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))))
    at = np.unique(np.searchsorted(way, np.linspace(0, way[-1], MOST_POINTS)))
    at = np.unique(np.concatenate(([0], at[at < len(x)], [len(x) - 1])))[: MOST_POINTS + 1]
    rounded = [tuple(float(f"{v:.5g}") for v in side[at]) for side in (x, y)]
    return Curve(code, rounded[0], rounded[1])
