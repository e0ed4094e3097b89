"""Samples are picked while they stream by: the foremost of all, and the first of each cell."""

from __future__ import annotations

import numpy as np

from nndesigner.training.evaluation import samples
from nndesigner.training.evaluation.samples import CellSamples, Foremost, Judged


def judged(position: np.ndarray, truth: np.ndarray, answer: np.ndarray) -> Judged:
    n = len(position)
    ones = np.ones(n)
    return Judged(position, position + 10, ones, truth * ones, answer * ones, ones, truth != answer)


def test_the_foremost_are_those_of_everything_at_once() -> None:
    rng = np.random.default_rng(0)
    rank = rng.normal(size=400)
    kept = Foremost(10)
    for start in range(0, 400, 37):
        at = np.arange(start, min(start + 37, 400))
        kept.add(rank[at], judged(at, at * 0, at * 0))
    assert kept.kept is not None
    assert kept.kept.position.tolist() == np.argsort(-rank, kind="stable")[:10].tolist()


def test_what_is_not_wanted_is_not_kept_and_what_is_no_number_comes_first() -> None:
    at = np.arange(4)
    kept = Foremost(3)
    kept.add(np.array([-np.inf, 1.0, np.nan, -np.inf]), judged(at, at, at))
    assert kept.kept is not None and kept.kept.position.tolist() == [2, 1]


def test_each_cell_keeps_its_first_samples() -> None:
    cells = CellSamples(2)
    truth, answer = np.array([0, 1, 0, 1] * 30), np.array([0, 0, 1, 1] * 30)
    for start in range(0, 120, 50):
        at = np.arange(start, min(start + 50, 120))
        cells.add(judged(at, truth[at], answer[at]))
    found = cells.results()
    for row in range(2):
        for column in range(2):
            here = [found.position[i] for i in found.of(row, column)]
            wanted = np.flatnonzero((truth == row) & (answer == column))[: samples.MOST_OF_A_CELL]
            assert here == wanted.tolist()


def test_cells_are_bounded_in_all(monkeypatch) -> None:
    monkeypatch.setattr(samples, "MOST_IN_CELLS", 5)
    cells = CellSamples(100)
    at = np.arange(50)
    cells.add(judged(at, at, at))
    cells.add(judged(at + 50, at + 50, at))
    assert len(cells.results().position) == 5
