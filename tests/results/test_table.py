"""The table of results: means, deviations, verdicts."""

from __future__ import annotations

import pytest

from tests.results.table import Line, cells, lines, markdown, page
from tests.results.tasks import R2, TASKS, accuracy, rmse

IRIS = TASKS["iris-mlp"]
ACCURACY = accuracy()


def line(ours: tuple[float, ...], by_hand: tuple[float, ...], metric=ACCURACY) -> Line:
    return Line(IRIS, metric, ours, by_hand)


def test_a_line_holds_within_one_standard_deviation_of_both_sides() -> None:
    # by hand 96 ± 1 and ours ± 1: together ± 1
    assert line((94.1, 95.1, 96.1), (95.0, 96.0, 97.0)).holds
    assert not line((93.9, 94.9, 95.9), (95.0, 96.0, 97.0)).holds
    assert line((99.0, 99.0, 99.0), (95.0, 96.0, 97.0)).holds
    assert line((95.0,), (95.0,)).holds and not line((94.0,), (95.0,)).holds


def test_of_an_error_less_is_better() -> None:
    assert not line((2.0, 2.1), (1.0, 1.1), rmse()).holds
    assert line((1.0, 1.1), (2.0, 2.1), rmse()).holds


def test_a_bar_has_to_be_reached_too() -> None:
    assert not line((98.4, 98.4), (98.4, 98.4), accuracy(bar=98.5)).holds
    assert line((98.5, 98.5), (98.4, 98.4), accuracy(bar=98.5)).holds


def test_metrics_are_read_from_what_was_measured() -> None:
    found = lines(TASKS["diabetes-regression"], [{"r2": 0.5, "rmse": 50.0}], [{"r2": 0.4, "rmse": 55.0}])
    assert [(one.metric.name, one.ours, one.by_hand) for one in found] == [
        ("R²", (0.5,), (0.4,)),
        ("RMSE", (50.0,), (55.0,)),
    ]
    (right, surprise) = lines(
        TASKS["characters-transformer"],
        [{"accuracy": 0.4, "loss": 0.0}],
        [{"accuracy": 0.5, "loss": 1.0}],
    )
    assert right.ours == (40.0,) and surprise.ours == (1.0,)
    assert surprise.by_hand == pytest.approx((2.718281828,)) and surprise.holds and not right.holds


def test_the_cells_say_mean_deviation_and_verdict() -> None:
    found = cells(line((96.0, 97.0), (98.0, 99.0), accuracy(bar=98.5)))
    assert found[3:] == ("accuracy", "96.50 ± 0.71 %", "98.50 ± 0.71 %", "≥ 98.5 %", "**no**")
    assert cells(line((0.5,), (0.4,), R2))[4:] == ("0.500 ± 0.000", "0.400 ± 0.000", "", "yes")


def test_the_page_names_what_fails_and_a_template_only_once() -> None:
    good, bad = line((96.0,), (96.0,)), line((9.0,), (1.0,), rmse())
    text = page([good, bad], (7, 8), {"Command": "`make results`"})
    assert "seeds\n7, 8." in text and "- Command: `make results`" in text
    assert "1 of 2 lines do not hold: iris-mlp (RMSE)." in text
    assert "Every line holds." in page([good], (7,), {})
    rows = markdown([good, bad]).splitlines()
    assert len({row.count("|") for row in rows}) == 1
    assert rows[2].startswith("| iris-mlp |") and rows[3].startswith("|  |  |  | RMSE")
