"""A gradient made to vanish in thirty layers of sigmoids, and the remedies that bring it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.check.check import check
from nndesigner.document import edits
from tests.check.alarms.networks import rectified, sigmoids
from tests.check.alarms.runs import alarms_of, mended, name_at, only, run


def test_in_thirty_layers_of_sigmoids_it_vanishes_and_either_remedy_mends_it(tmp_path: Path) -> None:
    document = sigmoids(30, epochs=1)
    history, result = run(document, tmp_path / "a")
    problem = only(document, alarms_of(document, history, result), "run-vanishing")
    assert name_at(document, problem) == "linear1"
    norms = dict(
        zip(
            history.frames["", "health"].meta["names"],
            history.frames["", "health"].arrays["gradient_norm"],
            strict=True,
        )
    )
    assert f"at linear1 and {norms['linear31']:.3g} at linear31" in problem.message, "the measured numbers"
    assert "1000 times, below 0.0001" in problem.message, "and the limits"
    assert len(problem.remedies) == 2
    better = mended(document, problem)
    assert not [node for node in better.nodes() if node.type == "Sigmoid"]
    better = better.apply(edits.set_plan(better, {"epochs": 15}))
    assert check(better).ok
    history, result = run(better, tmp_path / "b")
    assert alarms_of(better, history, result) == []
    assert (
        history.series("train", "epoch loss").values[-1]
        < 0.5 * history.series("train", "epoch loss").values[0]
    )
    normalized = mended(document, problem, 1)
    assert sum(node.type == "BatchNorm1d" for node in normalized.nodes()) == 30
    assert check(normalized).ok
    history, result = run(normalized, tmp_path / "c")
    assert "run-vanishing" not in {p.code for p in alarms_of(normalized, history, result)}


@pytest.mark.parametrize("depth", [1, 3])
def test_a_few_sigmoids_let_enough_through(tmp_path: Path, depth: int) -> None:
    document = sigmoids(depth, epochs=2)
    assert alarms_of(document, *run(document, tmp_path)) == []


def test_rectifiers_that_learn_have_no_alarm(tmp_path: Path) -> None:
    document = rectified(epochs=3)
    assert alarms_of(document, *run(document, tmp_path)) == []
