"""Summed in batches, the metrics of numbers are those that scikit-learn computes of everything at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from nndesigner.training.evaluation.numbers import NumberSums, NumberTally, spread


def tallied(answer, truth, in_time: bool = False, step: int = 83):
    n = len(truth)
    tally = NumberTally("price", (), n, in_time)
    for start in range(0, n, step):
        at = np.arange(start, min(start + step, n))
        tally.add(answer[at], truth[at], at, at + 1000)
    return tally.results()


def test_streamed_in_odd_batches_all_is_as_scikit_learn_has_it() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(1e4, 30.0, size=(1000, 2))  # a large level: squares must not be taken of it
    answer = truth + rng.normal(2.0, 5.0, size=(1000, 2))
    found = tallied(answer, truth)
    assert found.judged == 1000 and len(found.lines) == 2
    for i, line in enumerate(found.lines):
        t, a = truth[:, i], answer[:, i]
        assert line.mae == pytest.approx(metrics.mean_absolute_error(t, a))
        assert line.rmse == pytest.approx(metrics.root_mean_squared_error(t, a))
        assert line.r2 == pytest.approx(metrics.r2_score(t, a), rel=1e-9)
        assert line.mape == pytest.approx(metrics.mean_absolute_percentage_error(t, a))
        assert line.bias == pytest.approx((a - t).mean())
        assert line.quantiles == pytest.approx(np.quantile(a - t, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert found.overall.r2 == pytest.approx(metrics.r2_score(truth.ravel(), answer.ravel()), rel=1e-9)


def test_a_planted_bias_is_found_and_a_truth_of_zero_left_out_of_mape() -> None:
    truth = np.array([[0.0], [10.0], [20.0], [40.0]])
    found = tallied(truth + 3.0, truth)
    assert found.overall.bias == pytest.approx(3.0) and found.overall.mae == pytest.approx(3.0)
    assert found.overall.mape == pytest.approx((0.3 + 0.15 + 0.075) / 3)
    assert found.overall.quantiles == pytest.approx((3.0,) * 5)
    assert tallied(np.ones((5, 1)), np.zeros((5, 1))).overall.mape is None


def test_a_target_that_never_changes_has_no_r2() -> None:
    assert tallied(np.ones((9, 1)), np.full((9, 1), 7.0)).overall.r2 is None


def test_points_are_bounded_and_evenly_spread_and_a_forecast_is_in_order() -> None:
    truth = np.arange(9000, dtype=float)[:, None]
    found = tallied(truth, truth, in_time=True, step=1000)
    (points,), (forecast,) = found.points, found.forecast
    assert len(points.truth) == 2000 and points.position[0] == 0 and points.position[-1] == 8999
    assert forecast.position == tuple(range(2000)) and forecast.index[0] == 1000
    assert tallied(truth, truth, step=1000).forecast == ()


def test_normal_residuals_lie_on_the_line_of_the_qq_plot() -> None:
    found = spread(np.random.default_rng(0).normal(2.0, 3.0, 5000))
    assert sum(found.counts) == 5000 and len(found.edges) == len(found.counts) + 1
    assert found.slope == pytest.approx(3.0, rel=0.05) and found.intercept == pytest.approx(2.0, abs=0.15)
    x, y = np.array(found.normal), np.array(found.ordered)
    middle = np.abs(x) < 2
    assert np.abs(y[middle] - (found.slope * x[middle] + found.intercept)).max() < 0.3
    assert spread(np.zeros(10)).normal == ()  # no spread, no plot


def test_sums_of_two_halves_are_those_of_the_whole() -> None:
    rng = np.random.default_rng(3)
    truth, answer = rng.normal(5, 2, (400, 3)), rng.normal(5, 2, (400, 3))
    halves, whole = NumberSums(), NumberSums()
    halves.add(answer[:150], truth[:150])
    halves.add(answer[150:], truth[150:])
    whole.add(answer, truth)
    for column in (None, 0, 2):
        a, b = halves.line("x", column), whole.line("x", column)
        assert (a.mae, a.rmse, a.r2, a.bias) == pytest.approx((b.mae, b.rmse, b.r2, b.bias))
