from __future__ import annotations

from typing import Any

import pytest

from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.training.checkpoints import Standing
from nndesigner.training.rate import Rate


def rate(at: Standing, **plan: Any) -> tuple[Rate, list[tuple[int, float]]]:
    """The rate of a run without players, ten batches an epoch; and what it tells."""
    told: list[tuple[int, float]] = []
    values = {field.name: field.default for field in PLAN_FIELDS} | {"learning_rate": 0.1} | plan
    return Rate(values, (), 10, lambda step, value: told.append((step, value))), told


def standing() -> Standing:
    return Standing(learning_rate=0.1, last_epoch=4)


def test_a_constant_rate_is_told_once() -> None:
    at = standing()
    it, told = rate(at)
    it.begin(at)
    for at.step in range(5):
        it.follow(at)
    assert told == [(0, 0.1)] and it.value == 0.1


def test_a_schedule_is_told_where_it_moves_before_the_step_that_has_it() -> None:
    at = standing()
    it, told = rate(at, schedule="step", schedule_every=2, schedule_gamma=0.5)
    it.begin(at)
    for at.step in range(40):
        it.follow(at)
    assert told == [(0, 0.1), (21, 0.05)]


def test_a_wish_stands_and_the_schedule_goes_on_from_it() -> None:
    at = standing()
    it, told = rate(at, schedule="step", schedule_every=2, schedule_gamma=0.5)
    it.begin(at)
    at.step = 25
    it.wish(at, 0.3)
    assert it.value == pytest.approx(0.3) and told[-1] == (25, 0.3)
    assert at.learning_rate == pytest.approx(0.6), "half of it is what is left of the schedule"


def test_on_a_plateau_it_falls_after_the_patience_and_the_standing_remembers() -> None:
    at = standing()
    it, told = rate(at, schedule="plateau", plateau_patience=2, schedule_gamma=0.5)
    it.begin(at)
    for at.step, loss in enumerate([1.0, 1.0, 1.0, 1.0]):
        it.see_plateau(at, loss)
    it.see_plateau(at, None)
    assert told[1:] == [(3, 0.05)] and at.plateau == 0.5
    again, _ = rate(at, schedule="plateau", plateau_patience=2, schedule_gamma=0.5)
    assert again.set(at) == 0.05, "a run that goes on"
