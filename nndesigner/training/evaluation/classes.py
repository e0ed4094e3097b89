"""Answers that are classes against the truth, counted batch by batch; the formulas are those of scikit-learn.

Pairs of truth and answer are counted exactly, so that precision, recall, F1 and accuracy are exact whatever the size of
the data. Log loss is the mean of -log p(truth), its exponential the perplexity. The Brier score (Brier, Monthly
Weather Review 78, 1950) is the mean of Σ (p - y)², for two classes of (p - y)² of the second one, as scikit-learn has
it. The expected calibration error takes 15 bins of the answer's probability (Guo et al., On calibration of modern
neural networks, 2017). Curves come from every probability while those fit, afterwards from bins of them (`ranking.py`).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nndesigner.runs.evaluations import Average, Calibration, ClassLine, ClassScores, Curve, Number, number
from nndesigner.training.evaluation.ranking import Ranking

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

MOST_CONFUSED = 256
"""classes of a confusion matrix"""
MOST_LINES = 1000
MOST_PAIRS = 50
MOST_RANKED = 256
"""classes that curves are computed for"""
CALIBRATION_BINS = 15
TOP = 5
_SMALLEST = float(np.finfo(np.float32).eps)


class ClassTally:
    """Counts for classes. With `ranked` the probabilities are kept for curves; `tokens`: the classes are tokens;
    `regions`: there is one at every place, and how far answers and truths overlap is told."""

    def __init__(
        self, names: Sequence[str], *, ranked: bool = True, tokens: bool = False, regions: bool = False
    ) -> None:
        self.names = tuple(names)
        self.tokens, self.regions = tokens, regions
        number = len(self.names)
        self._pairs = np.zeros(0, np.int64)
        self._counts = np.zeros(0, np.int64)
        self._loss = self._square = 0.0
        self._top = 0
        self._certain = np.zeros((3, CALIBRATION_BINS))
        self.judged = 0
        self._ranking = Ranking(number) if ranked and not tokens and number <= MOST_RANKED else None

    def add(self, chances_NC: Floats, answer: Integers, truth: Integers) -> None:
        """One batch: (n, classes) probabilities, (n,) answers and (n,) truths."""
        n, classes = chances_NC.shape
        if not n:
            return
        self.judged += n
        self._count_pairs(truth * classes + answer)
        rows = np.arange(n)
        of_truth = chances_NC[rows, truth].astype(np.float64)
        self._loss += float(-np.log(np.clip(of_truth, _SMALLEST, 1.0)).sum())
        if classes == 2:
            self._square += float(((chances_NC[:, 1].astype(np.float64) - truth) ** 2).sum())
        else:
            squares = (chances_NC.astype(np.float64) ** 2).sum(axis=1)
            self._square += float((squares - 2 * of_truth + 1).sum())
        if classes > TOP:
            self._top += int(((chances_NC > chances_NC[rows, truth][:, None]).sum(axis=1) < TOP).sum())
        certain = chances_NC[rows, answer].astype(np.float64)
        bins = np.clip((certain * CALIBRATION_BINS).astype(np.int64), 0, CALIBRATION_BINS - 1)
        for row, weight in enumerate((np.ones(n), (answer == truth).astype(float), certain)):
            self._certain[row] += np.bincount(bins, weight, CALIBRATION_BINS)
        if self._ranking is not None:
            self._ranking.add(chances_NC, truth)

    def _count_pairs(self, codes: Integers) -> None:
        found, counts = np.unique(codes, return_counts=True)
        both = np.concatenate((self._pairs, found))
        self._pairs, place = np.unique(both, return_inverse=True)
        weight = np.concatenate((self._counts, counts)).astype(np.float64)
        self._counts = np.bincount(place, weight, len(self._pairs)).astype(np.int64)

    # -- what was found ----------------------------------------------------------------------------------------------
    @property
    def accuracy(self) -> Number:
        truth, answer = self._sides
        return number(self._counts[truth == answer].sum() / self.judged) if self.judged else None

    @property
    def occurring(self) -> int:
        """How many classes there are among the truths."""
        return len(np.unique(self._sides[0]))

    @property
    def log_loss(self) -> Number:
        return number(self._loss / self.judged) if self.judged else None

    @property
    def _sides(self) -> tuple[Integers, Integers]:
        classes = max(len(self.names), 1)
        return self._pairs // classes, self._pairs % classes

    def average(self, kind: str) -> Average:
        """Precision, recall and F1 over the classes that occur: the mean ("macro"), or by their counts ("weighted")."""
        from sklearn.metrics import precision_recall_fscore_support

        if not self.judged:
            return Average()
        truth, answer = self._sides
        found = precision_recall_fscore_support(
            truth, answer, sample_weight=self._counts, average=kind, zero_division=0
        )
        return Average(*(number(value) for value in found[:3]))

    def results(self) -> ClassScores:
        if not self.judged:
            return ClassScores(judged=0)
        from sklearn.metrics import balanced_accuracy_score

        truth, answer = self._sides
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of classes that were answered and never true, which count as they should
            balanced = balanced_accuracy_score(truth, answer, sample_weight=self._counts)
        error = float(np.abs(self._certain[1] - self._certain[2]).sum() / self.judged)
        lines, shown = self._lines()
        matrix = self._matrix() if len(self.names) <= MOST_CONFUSED and not self.tokens else None
        roc, pr = self._curves(shown)
        overlaps = self._overlaps()
        log_loss = self._loss / self.judged
        return ClassScores(
            judged=self.judged,
            accuracy=self.accuracy,
            top5=number(self._top / self.judged) if len(self.names) > TOP else None,
            balanced_accuracy=number(balanced),
            mean_iou=number(float(np.nanmean(overlaps))) if self.regions else None,
            log_loss=number(log_loss),
            perplexity=number(math.exp(min(log_loss, 700.0))) if self.tokens else None,
            brier=number(self._square / self.judged),
            calibration_error=number(error),
            macro=self.average("macro"),
            weighted=self.average("weighted"),
            lines=lines,
            classes=self.names if matrix is not None else (),
            confusion=tuple(tuple(row) for row in matrix.tolist()) if matrix is not None else (),
            mistaken=self._mistaken(),
            roc=roc,
            precision_recall=pr,
            calibration=self._calibration(),
            exact=self._ranking is None or self._ranking.exact,
        )

    def _overlaps(self) -> npt.NDArray[np.float64]:
        """(classes,): TP / (TP + FP + FN), NaN for those that are neither true nor answered anywhere."""
        truth, answer = self._sides
        classes, same = len(self.names), truth == answer
        both = np.bincount(truth[same], self._counts[same], classes)
        either = np.bincount(truth, self._counts, classes) + np.bincount(answer, self._counts, classes) - both
        found = np.full(classes, np.nan)
        np.divide(both, either, out=found, where=either > 0)
        return found

    def _matrix(self) -> Integers:
        truth, answer = self._sides
        matrix = np.zeros((len(self.names), len(self.names)), np.int64)
        matrix[truth, answer] = self._counts
        return matrix

    def _lines(self) -> tuple[tuple[ClassLine, ...], list[int]]:
        """A line for each class, and the codes of those classes."""
        from sklearn.metrics import precision_recall_fscore_support

        truth, answer = self._sides
        classes = len(self.names)
        support = np.bincount(truth, self._counts, classes).astype(np.int64)
        answered = np.bincount(answer, self._counts, classes).astype(np.int64)
        shown = list(range(classes))
        if classes > MOST_LINES:
            shown = np.argsort(-(support + answered), kind="stable")[:MOST_LINES].tolist()
        found = precision_recall_fscore_support(
            truth, answer, labels=shown, sample_weight=self._counts, zero_division=np.nan, average=None
        )
        overlaps = self._overlaps()
        lines = []
        for i, code in enumerate(shown):
            auc, average = self._ranking.areas(code) if self._ranking is not None else (None, None)
            lines.append(
                ClassLine(
                    name=self.names[code],
                    precision=number(found[0][i]),
                    recall=number(found[1][i]),
                    f1=number(found[2][i]),
                    support=int(support[code]),
                    answered=int(answered[code]),
                    auc=auc,
                    average_precision=average,
                    iou=number(overlaps[code]) if self.regions else None,
                )
            )
        return tuple(lines), shown

    def _curves(self, shown: Sequence[int]) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
        if self._ranking is None:
            return (), ()
        both = [self._ranking.curves(code) for code in shown[: Ranking.MOST_CURVES]]
        return tuple(a for a, _ in both if a is not None), tuple(b for _, b in both if b is not None)

    def _mistaken(self) -> tuple[tuple[str, str, int], ...]:
        truth, answer = self._sides
        wrong = np.flatnonzero(truth != answer)
        order = wrong[np.argsort(-self._counts[wrong], kind="stable")][:MOST_PAIRS]
        return tuple(
            (self.names[int(truth[i])], self.names[int(answer[i])], int(self._counts[i])) for i in order
        )

    def _calibration(self) -> Calibration:
        answers, right, claimed = self._certain
        some = answers > 0
        return Calibration(
            tuple((claimed[some] / answers[some]).tolist()),
            tuple((right[some] / answers[some]).tolist()),
            tuple(int(n) for n in answers[some]),
        )
