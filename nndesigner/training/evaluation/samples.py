"""Single samples that are worth a look, picked while answers stream by: the worst, the most certain mistakes, and some
of each cell of the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.runs.evaluations import Cells

Integers = npt.NDArray[np.int64]
MOST = 24
MOST_OF_A_CELL = 24
MOST_IN_CELLS = 20_000


@dataclass(frozen=True)
class Judged:
    """Columns of one batch, (n,) each. `truth` and `answer` are NaN for samples of many classes or numbers."""

    position: Integers
    index: Integers
    loss: npt.NDArray[np.float64]
    truth: npt.NDArray[np.float64]
    answer: npt.NDArray[np.float64]
    certain: npt.NDArray[np.float64]
    wrong: npt.NDArray[np.bool_]

    def at(self, places: npt.NDArray[np.int64]) -> Judged:
        return Judged(*(column[places] for column in self.columns))

    @property
    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        return (self.position, self.index, self.loss, self.truth, self.answer, self.certain, self.wrong)


class Foremost:
    """The samples with the greatest rank, earlier ones first where it is equal."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rank: npt.NDArray[np.float64] = np.zeros(0)
        self.kept: Judged | None = None

    def add(self, rank: npt.NDArray[np.float64], judged: Judged) -> None:
        """A sample of rank -inf is not wanted."""
        rank = np.nan_to_num(rank, nan=np.inf, posinf=np.inf, neginf=-np.inf)
        if self.kept is not None:
            both = zip(self.kept.columns, judged.columns, strict=True)
            judged = Judged(*(np.concatenate(pair) for pair in both))
            rank = np.concatenate((self._rank, rank))
        order = np.argsort(-rank, kind="stable")[: self._most]
        order = order[rank[order] > -np.inf]
        self._rank, self.kept = rank[order], judged.at(order)


class CellSamples:
    """The first samples of each cell of a confusion matrix."""

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._seen: dict[int, int] = {}
        self._found: list[Judged] = []
        self._kept = 0

    def add(self, judged: Judged) -> None:
        if self._kept >= MOST_IN_CELLS:
            return
        codes = (judged.truth * self._classes + judged.answer).astype(np.int64)
        order = np.argsort(codes, kind="stable")
        ranked = codes[order]
        first = np.concatenate(([True], ranked[1:] != ranked[:-1])) if len(ranked) else np.zeros(0, bool)
        starts = np.flatnonzero(first)
        place = np.arange(len(ranked)) - np.repeat(starts, np.diff([*starts, len(ranked)]))
        before = np.array([self._seen.get(int(code), 0) for code in ranked[starts]], np.int64)
        place += np.repeat(before, np.diff([*starts, len(ranked)]))
        for code, number in zip(*np.unique(codes, return_counts=True), strict=True):
            self._seen[int(code)] = self._seen.get(int(code), 0) + int(number)
        wanted = np.sort(order[place < MOST_OF_A_CELL])[: MOST_IN_CELLS - self._kept]
        if len(wanted):
            self._kept += len(wanted)
            self._found.append(judged.at(wanted))

    def results(self) -> Cells:
        if not self._found:
            return Cells()
        columns = [
            np.concatenate([getattr(part, name) for part in self._found])
            for name in ("truth", "answer", "position", "index")
        ]
        certain = np.concatenate([part.certain for part in self._found])
        whole = [tuple(int(v) for v in column) for column in columns]
        return Cells(whole[0], whole[1], whole[2], whole[3], tuple(float(f"{v:.4g}") for v in certain))
