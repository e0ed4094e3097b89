"""Curves with fewer points keep their spikes; smoothing in blocks equals the loop; ranges move seldom."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.gui.monitors.series import (
    MOST_POINTS,
    Peaks,
    Smoother,
    decimated,
    extent,
    nice_above,
    steady_range,
    thinned,
    within,
)


@pytest.mark.parametrize("n", [1, 1999, 2000, 2001, 2500, 54_321, 300_007])
def test_a_decimated_curve_is_short_and_keeps_every_extreme(n: int) -> None:
    generator = np.random.default_rng(n)
    x, y = np.arange(n, dtype=float), generator.normal(size=n)
    y[n // 3], y[n // 2] = 50.0, -50.0
    few_x, few_y = decimated(x, y)
    assert len(few_x) == len(few_y) <= MOST_POINTS
    assert np.all(np.diff(few_x) > 0)
    assert few_y.max() == y.max()
    assert few_y.min() == y.min()
    assert (few_x[-1], few_y[-1]) == (x[-1], y[-1])
    assert np.array_equal(y[few_x.astype(int)], few_y)


def test_a_thinned_line_has_its_ends() -> None:
    x = np.arange(1000.0)
    few, _ = thinned(x, x, 300)
    assert len(few) == 300
    assert (few[0], few[-1]) == (0.0, 999.0)


def test_only_what_is_in_sight_and_its_neighbours() -> None:
    x = np.arange(10.0)
    assert x[within(x, 2.5, 4.5)].tolist() == [2.0, 3.0, 4.0, 5.0]
    assert x[within(x, -5, 100)].tolist() == x.tolist()
    assert x[within(x, 20, 30)].tolist() == [9.0]


def plainly_smoothed(values: np.ndarray, decay: float) -> np.ndarray:
    out = [values[0]]
    for value in values[1:]:
        out.append(decay * out[-1] + (1 - decay) * value)
    return np.array(out)


@pytest.mark.parametrize("decay", [0.001, 0.3, 0.9, 0.99, 0.999])
def test_smoothing_equals_the_plain_loop_however_the_values_arrive(decay: float) -> None:
    values = np.random.default_rng(1).normal(size=3000) + 2
    wanted = plainly_smoothed(values, decay)
    smoother = Smoother(decay)
    for end in (1, 2, 130, 131, 1500, 3000):
        assert np.allclose(smoother(values[:end]), wanted[:end], rtol=1e-9)


def test_smoothing_starts_over_where_a_resume_cut_the_curve() -> None:
    values = np.random.default_rng(2).normal(size=500)
    smoother = Smoother(0.9)
    smoother(values)
    other = np.concatenate((values[:200], values[:250] + 3))
    assert np.allclose(smoother(other), plainly_smoothed(other, 0.9))
    longer = np.concatenate((values[:200] + 1, values))
    assert np.allclose(smoother(longer), plainly_smoothed(longer, 0.9))


def test_no_smoothing_is_the_curve_itself() -> None:
    values = np.array([3.0, 1.0])
    assert Smoother(0.0)(values) is values


def test_a_range_stands_while_it_holds_the_values() -> None:
    first = steady_range(0.1, 2.3)
    assert first[0] == 0.0
    assert first[1] >= 2.3
    assert steady_range(0.05, 2.1, first) == first
    assert steady_range(0.05, 2.9, first) != first
    assert steady_range(0.05, 0.2, first)[1] < 0.5  # far too large: it closes in


@pytest.mark.parametrize("value", [0.0, 1.0, -3.5, 1e-9, 1e9])
def test_a_flat_line_gets_a_range_around_it(value: float) -> None:
    low, high = steady_range(value, value)
    assert low < high
    assert low <= value <= high


def test_round_numbers_above() -> None:
    assert [nice_above(v) for v in (0, 0.7, 1, 1.1, 99, 101, 2880)] == [1, 0.8, 1, 1.25, 100, 125, 3000]


def test_the_extent_can_spare_outliers() -> None:
    values = np.concatenate((np.linspace(0, 1, 1000), [1e6]))
    assert extent([values]) == (0.0, 1e6)
    found = extent([values, np.array([2.0])], spare=0.01)
    assert found is not None
    assert found[1] == 2.0
    assert extent([np.zeros(0)]) is None


def test_peaks_keep_every_peak_and_dip_of_a_growing_curve() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=5_000)
    values[1_234], values[3_333], values[4_999] = 50.0, -50.0, 7.0
    peaks = Peaks()
    for end in (1, 63, 64, 700, 701, 3_340, 5_000):
        places = peaks(values[:end])
        assert np.all(np.diff(places) >= 0) and places[-1] == end - 1
        drawn = values[:end][places]
        assert drawn.min() == values[:end].min() and drawn.max() == values[:end].max()
        assert np.array_equal(places, Peaks()(values[:end])), "as if all had come at once"
    assert len(places) < 5_000 / 30
    assert peaks.finite


def test_peaks_begin_anew_where_a_resumed_run_says_something_else() -> None:
    values = np.arange(1_000.0)
    peaks = Peaks()
    peaks(values)
    other = np.concatenate((values[:100], np.zeros(900)))
    assert np.array_equal(peaks(other), Peaks()(other))
    assert np.array_equal(peaks(other[:90]), Peaks()(other[:90]))


def test_peaks_tell_of_values_that_are_not_finite() -> None:
    values = np.arange(200.0)
    for at in (10, 199):
        broken = values.copy()
        broken[at] = np.nan
        peaks = Peaks()
        assert 198 in peaks(broken) and not peaks.finite
