"""A loss that does not fall: told with what it was and is, and only while it is still high."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import raised_by
from nndesigner.check.alarms.measured import Measured
from nndesigner.check.check import check
from nndesigner.document import edits
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, only, run

DOCUMENT = rectified(epochs=12, learning_rate=1e-7, optimizer="sgd")
QUIET = {"run-ratio": {"watch": False}, "run-unchanged": {"watch": False}}


def of(losses: list[float], begun: float = float("nan")) -> list[str]:
    found = Measured(curves={("train", "epoch loss"): np.array(losses)}, begun=begun)
    return [p.code for p in raised_by(Evidence(document=DOCUMENT, checked=check(DOCUMENT), run=found), {})]


def test_a_run_that_stands_still_is_told_so_with_larger_steps(tmp_path: Path) -> None:
    history, result = run(DOCUMENT, tmp_path)
    problem = only(DOCUMENT, alarms_of(DOCUMENT, history, result, QUIET), "run-plateau")
    losses = history.series("train", "epoch loss").values
    assert f"from {losses[:2].min():.3g} to {losses[2:].min():.3g}" in problem.message
    assert "last 10 epochs" in problem.message and "limit: 1 %" in problem.message
    assert problem.remedies[0].arguments == {"values": {"learning_rate": 1e-6}}


def test_steps_that_are_too_small_are_the_cause_where_they_are_measured(tmp_path: Path) -> None:
    history, result = run(DOCUMENT, tmp_path)
    assert only(DOCUMENT, alarms_of(DOCUMENT, history, result), "run-unchanged")


def test_one_that_has_come_far_may_rest_and_one_that_falls_is_not_stuck() -> None:
    assert of([1.0, *[0.9] * 11]) == ["run-plateau"]
    assert of([1.0, *[0.9] * 9]) == [], "too early"
    assert of([1.0, *[0.2] * 30]) == []
    assert of([0.99**i for i in range(30)]) == []


def test_what_was_learned_within_the_first_epoch_counts_as_well() -> None:
    assert of([0.5, *[0.39] * 11], begun=0.7) == []
    assert of([0.5, *[0.39] * 11], begun=0.52) == ["run-plateau"]


def test_stopping_early_is_no_remedy_where_the_plan_does_so_already() -> None:
    for patience, sentences in ((0, 2), (10, 1), (30, 2)):
        document = DOCUMENT.apply(edits.set_plan(DOCUMENT, {"patience": patience}))
        found = Measured(curves={("train", "epoch loss"): np.array([1.0, *[0.9] * 11])})
        (problem,) = raised_by(Evidence(document=document, checked=check(document), run=found), {})
        assert len(problem.remedies) == sentences
