from __future__ import annotations

import pytest

from nndesigner.protocol.controls import SetBudget, Watch
from nndesigner.protocol.watched import budget_of, sample_numbers, watch_of


def test_a_plan_that_says_nothing() -> None:
    assert watch_of({}) == Watch("evenly", "", (), 64)
    assert budget_of({}) == SetBudget(0.02)


def test_a_plan_that_says_everything() -> None:
    plan = {"watched": "class", "watched_class": "cat", "watched_samples": "3 4", "watched_count": 32}
    assert watch_of(plan) == Watch("class", "cat", (3, 4), 32)
    assert budget_of({"monitor_budget": 5.0}).share == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("", ()), ("5, 17;230", (5, 17, 230)), ("5 5 5", (5,)), ("-1 x 2.5 ² 7", (7,)), ("9" * 20, ())],
)
def test_numbers_in_a_text(text: str, numbers: tuple[int, ...]) -> None:
    assert sample_numbers(text) == numbers


def test_sixty_four_samples_are_the_most() -> None:
    assert sample_numbers(" ".join(map(str, range(100)))) == tuple(range(64))
