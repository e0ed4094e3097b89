from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset
from nndesigner.data.preparation import prepare, restore

Load = Callable[..., Dataset]


def test_windows_slide_by_one_and_the_target_follows(load: Load) -> None:
    data = load("sine", length=300, window=20, horizon=3)
    series, following = data.arrays["series"], data.arrays["next"]
    assert series.shape == (278, 20, 1) and following.shape == (278, 3)
    assert np.array_equal(series[1:, :-1], series[:-1, 1:])
    assert np.array_equal(series[3:, -1, 0], following[:-3, 2]) and np.array_equal(
        series[1:, -1, 0], following[:-1, 0]
    )


def test_no_value_is_in_two_parts(load: Load) -> None:
    window, horizon = 16, 2
    data = load("sine", length=500, window=window, horizon=horizon)
    used = [
        {i + step for i in data.indices[part] for step in range(window + horizon)}
        for part in ("train", "validation", "test")
    ]
    assert max(used[0]) < min(used[1]) and max(used[1]) < min(used[2])
    assert min(used[1]) - max(used[0]) == 1 and min(used[2]) - max(used[1]) == 1, (
        "nothing is left out needlessly"
    )


def test_waves_and_noise_are_as_asked(load: Load) -> None:
    exact = load("sine", noise=0.0, length=5000).arrays["next"]
    assert abs(exact).max() <= 1
    noisy = load("sine", noise=0.2, length=5000).arrays["next"]
    assert (noisy - exact).std() == pytest.approx(0.2, rel=0.05)
    single = load("sine", noise=0.0, waves=1, period=40.0, length=4000).arrays["next"][:, 0]
    crossings = np.count_nonzero(np.diff(np.signbit(single)))
    assert crossings == pytest.approx(2 * 4000 / 40, rel=0.08)


def test_the_answer_comes_back_in_the_series_own_units(load: Load) -> None:
    data = load("sine")
    field, raw = data.fields["next"], data.arrays["next"]
    train = prepare(field, raw[data.indices["train"]])
    assert train.mean() == pytest.approx(0, abs=1e-4) and train.std() == pytest.approx(1, abs=1e-4)
    assert restore(field, prepare(field, raw)) == pytest.approx(raw, abs=1e-5)


def test_too_short_or_too_large_is_said(refused: Callable[..., str]) -> None:
    assert "too short for a window" in refused("sine", length=20, window=30)
    assert "too few to cut" in refused("sine", length=100, window=60)
    assert "do not fit into memory" in refused("sine", length=10_000_000, window=10_000)
