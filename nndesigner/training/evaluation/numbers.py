"""Answers that are numbers against the truth, in the data's own units, summed batch by batch.

MAE, RMSE, R² = 1 - Σ(y - t)² / Σ(t - mean t)² and MAPE as in scikit-learn (`sklearn.metrics`), but MAPE over truths
that are not zero. Squares around the mean are merged as in Chan, Golub and LeVeque, Algorithms for computing the sample
variance (1983). Quantiles, histogram and Q-Q points come from at most 200,000 samples, evenly spread.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nndesigner.runs.evaluations import NumberLine, NumberScores, Points, Spread, number

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_LINES = 64
MOST_DRAWN = 8
"""numbers of a target whose points and spread are given"""
MOST_POINTS = 2000
MOST_RANKED = 200_000
MOST_QQ = 400
BINS = 40
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class NumberSums:
    """Sums over (n, k) answers and truths, for each of the k numbers."""

    def __init__(self) -> None:
        self.samples = 0
        self._sums: Floats = np.zeros((0, 0))
        self._mean: Floats = np.zeros(0)
        self._around: Floats = np.zeros(0)

    def add(self, answer: Floats, truth: Floats) -> None:
        n, k = truth.shape
        if not n:
            return
        if not self.samples:
            self._sums, self._mean, self._around = np.zeros((5, k)), np.zeros(k), np.zeros(k)
        error = answer - truth
        some = truth != 0
        share = np.abs(np.divide(error, truth, out=np.zeros_like(error), where=some))
        self._sums += np.stack(
            (np.abs(error).sum(0), (error**2).sum(0), error.sum(0), share.sum(0), some.sum(0))
        )
        mean = truth.mean(axis=0)
        apart = mean - self._mean
        whole = self.samples + n
        self._around += ((truth - mean) ** 2).sum(axis=0) + apart**2 * self.samples * n / whole
        self._mean += apart * n / whole
        self.samples = whole

    def line(self, name: str, column: int | None = None) -> NumberLine:
        """The metrics of one number, or of all values together."""
        if not self.samples:
            return NumberLine(name=name)
        at = slice(None) if column is None else slice(column, column + 1)
        absolute, square, signed, share, some = (float(row[at].sum()) for row in self._sums)
        means = self._mean[at]
        values = self.samples * len(means)
        around = float(self._around[at].sum()) + self.samples * float(((means - means.mean()) ** 2).sum())
        tiny = 1e-12 * values * max(float((means**2).max()), 1e-300)
        return NumberLine(
            name=name,
            samples=self.samples,
            mae=number(absolute / values),
            rmse=number((square / values) ** 0.5),
            r2=number(1 - square / around) if around > tiny else None,
            mape=number(share / some) if some else None,
            bias=number(signed / values),
        )


class NumberTally:
    """Everything that is told of an output whose target is numbers, over `samples` samples of a part in order."""

    def __init__(self, name: str, columns: Sequence[str], samples: int, in_time: bool) -> None:
        self.name, self.columns = name, tuple(columns)
        self.sums = NumberSums()
        self._in_time = in_time
        self._drawn = np.unique(
            np.linspace(0, max(samples - 1, 0), min(MOST_POINTS, samples)).astype(np.int64)
        )
        self._step = max(1, -(-samples // MOST_RANKED))
        self._points: list[tuple[Integers, Integers, Floats, Floats]] = []
        self._first: list[tuple[Integers, Integers, Floats, Floats]] = []
        self._residuals: list[Floats] = []

    def add(self, answer: Floats, truth: Floats, position: Integers, index: Integers) -> None:
        """One batch: (n, k) answers and truths, (n,) positions within the part, (n,) numbers in the data."""
        known = np.isfinite(answer).all(axis=1) & np.isfinite(truth).all(axis=1)
        answer, truth, position, index = answer[known], truth[known], position[known], index[known]
        self.sums.add(answer, truth)
        ranked = position % self._step == 0
        self._residuals.append((answer - truth)[ranked, :MOST_DRAWN])
        self._keep(self._points, np.isin(position, self._drawn), answer, truth, position, index)
        if self._in_time:
            self._keep(self._first, position < MOST_POINTS, answer, truth, position, index)

    @staticmethod
    def _keep(
        store: list[tuple[Integers, Integers, Floats, Floats]],
        mask: npt.NDArray[np.bool_],
        answer: Floats,
        truth: Floats,
        position: Integers,
        index: Integers,
    ) -> None:
        few = slice(0, MOST_DRAWN)
        store.append((index[mask], position[mask], truth[mask, few], answer[mask, few]))

    def results(self) -> NumberScores:
        overall = self.sums.line(self.name)
        if not self.sums.samples:
            return NumberScores(judged=0, overall=overall)
        residuals = np.concatenate(self._residuals)
        width = len(self.sums._mean)
        names = [self.columns[i] if i < len(self.columns) else f"{self.name} {i + 1}" for i in range(width)]
        lines = []
        for i in range(width if width <= MOST_LINES else 0):
            line = self.sums.line(names[i] if width > 1 else self.name, i)
            if i < residuals.shape[1]:
                found = tuple(float(v) for v in np.quantile(residuals[:, i], QUANTILES))
                line = NumberLine(**{f: getattr(line, f) for f in _FIELDS}, quantiles=found)
            lines.append(line)
        if width == 1:
            overall = lines[0]
        drawn = range(residuals.shape[1] if width <= MOST_LINES else 1)
        return NumberScores(
            judged=self.sums.samples,
            overall=overall,
            lines=tuple(lines),
            spreads=tuple(spread(residuals[:, i]) for i in drawn),
            points=tuple(_points(self._points, i) for i in drawn),
            forecast=tuple(_points(self._first, i) for i in drawn) if self._in_time else (),
        )


_FIELDS = ("name", "samples", "mae", "rmse", "r2", "mape", "bias")


def spread(residual: Floats) -> Spread:
    """Histogram and Q-Q points of what is left over (`scipy.stats.probplot`)."""
    from scipy.stats import probplot

    low, high = float(residual.min()), float(residual.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(residual, BINS, (low, high))
    if len(residual) < 3 or residual.std() == 0:
        return Spread(tuple(counts.tolist()), tuple(edges.tolist()))
    normal, ordered = probplot(residual, fit=False)
    lower, upper = np.quantile(ordered, (0.25, 0.75))
    slope = (upper - lower) / (2 * 0.6744897501960817)  # the quartiles of a normal distribution
    at = np.unique(np.linspace(0, len(normal) - 1, min(MOST_QQ, len(normal))).astype(np.int64))
    return Spread(
        tuple(counts.tolist()),
        tuple(edges.tolist()),
        tuple(float(f"{v:.5g}") for v in normal[at]),
        tuple(float(f"{v:.6g}") for v in ordered[at]),
        float(slope),
        float((lower + upper) / 2),
    )


def _points(store: Sequence[tuple[Integers, Integers, Floats, Floats]], column: int) -> Points:
    index, position = (np.concatenate([part[i] for part in store]) for i in (0, 1))
    truth, answer = (np.concatenate([part[i][:, column] for part in store]) for i in (2, 3))
    return Points(
        tuple(index.tolist()),
        tuple(position.tolist()),
        tuple(float(f"{v:.7g}") for v in truth),
        tuple(float(f"{v:.7g}") for v in answer),
    )
