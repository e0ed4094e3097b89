"""A made series like sunspots: its cycles have the promised length, shape and noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def series(load: Load, **parameters: float) -> np.ndarray:
    """The series itself, without the first window."""
    return load("sunspots", **parameters).arrays["next"][:, 0]


def peaks(counts: np.ndarray) -> np.ndarray:
    """Months that are the highest of the four years around them, in a smooth series."""
    return np.array(
        [i for i in range(48, len(counts) - 48) if counts[i] == counts[i - 48 : i + 49].max() > 20]
    )


def test_cycles_come_back_after_the_period_and_differ(load: Load) -> None:
    counts = series(load, noise=0.0, length=13_100)
    found = peaks(counts)
    distances = np.diff(found)
    assert distances.mean() == pytest.approx(131, rel=0.05)
    assert 4 < distances.std() < 30
    heights = counts[found]
    assert 50 < heights.min() < 130 < heights.max() < 320
    assert peaks(series(load, noise=0.0, length=13_100, period=200.0)).size < 0.75 * found.size


def test_a_cycle_rises_faster_than_it_falls_and_strong_ones_sooner() -> None:
    from nndesigner.data.sunspots import _cycle

    months = np.arange(-20, 180, dtype=float)
    weak, strong = _cycle(months, 0.0015), _cycle(months, 0.005)
    assert not weak[months <= 0].any()
    for cycle in (weak, strong):
        above = np.flatnonzero(cycle > cycle.max() / 2)
        assert cycle.argmax() - above[0] < above[-1] - cycle.argmax()
    assert strong.max() > 2 * weak.max() and strong.argmax() < weak.argmax()


def test_counts_are_not_negative_and_the_noise_grows_with_them(load: Load) -> None:
    smooth, noisy = series(load, noise=0.0), series(load, noise=0.15)
    assert noisy.min() == 0.0
    high = smooth > 100
    error = (noisy - smooth)[high] / smooth[high]
    assert error.std() == pytest.approx(0.15, rel=0.15)
    low = (smooth > 20) & (smooth < 50)
    assert (noisy - smooth)[low].std() < 0.5 * (noisy - smooth)[high].std()


def test_the_same_seed_is_the_same_series(load: Load) -> None:
    marks = [load("sunspots", **more).fingerprint for more in ({}, {"seed": 0}, {"seed": 1})]
    assert marks[0] == marks[1] != marks[2]


def test_windows_are_cut_in_time(load: Load, refused: Callable[..., str]) -> None:
    data = load("sunspots", horizon=12)
    assert data.arrays["series"].shape == (3300 - 36 - 12 + 1, 36, 1)
    assert np.array_equal(data.arrays["series"][12:, -12:, 0], data.arrays["next"][:-12])
    assert data.indices["train"].max() + 36 + 12 == data.indices["validation"].min()
    assert "too short for a window" in refused("sunspots", length=40, window=50)
