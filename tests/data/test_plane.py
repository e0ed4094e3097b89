"""The sources of points in the plane: moons, circles, spirals, logic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]
PLANE = ("moons", "circles", "spirals", "logic")


@pytest.mark.parametrize("type", PLANE)
def test_points_with_classes_and_a_picture(type: str, load: Load) -> None:
    data = load(type, samples=301, noise=0.05)
    assert data.arrays["point"].shape == (301, 2) and data.arrays["point"].dtype == np.float32
    counts = np.bincount(data.arrays["class"])
    assert len(counts) == len(data.fields["class"].classes) == 2
    assert abs(data.arrays["point"]).max() < 3
    assert data.fields["point"].preparation == {}, "the plane is shown as it is drawn"
    scatter = data.fields["point"].statistics["scatter"]
    assert len(scatter["x"]) == len(scatter["classes"]) == 160
    assert load(type, preparation="standardize").fields["point"].preparation["kind"] == "columns"


@pytest.mark.parametrize("type", PLANE)
def test_the_seed_decides_the_noise(type: str, load: Load) -> None:
    first, again, other = (load(type, noise=0.1, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.arrays["point"], again.arrays["point"])
    assert not np.array_equal(first.arrays["point"], other.arrays["point"])
    exact = load(type, noise=0.0, seed=3)
    assert (first.arrays["point"] - exact.arrays["point"]).std() == pytest.approx(0.1, rel=0.15)


def test_moons_are_half_circles(load: Load) -> None:
    data = load("moons", noise=0.0)
    points, lower = data.arrays["point"], data.arrays["class"] == 1
    assert np.bincount(data.arrays["class"]).tolist() == [250, 250]
    assert np.hypot(*points[~lower].T) == pytest.approx(1, abs=1e-5) and points[~lower, 1].min() > -1e-5
    assert np.hypot(points[lower, 0] - 1, points[lower, 1] - 0.5) == pytest.approx(1, abs=1e-5)


def test_circles_have_their_radii(load: Load) -> None:
    data = load("circles", noise=0.0, ratio=0.3)
    radius = np.hypot(*data.arrays["point"].T)
    assert radius[data.arrays["class"] == 0] == pytest.approx(1, abs=1e-5)
    assert radius[data.arrays["class"] == 1] == pytest.approx(0.3, abs=1e-5)


@pytest.mark.parametrize("arms", [2, 3, 7])
def test_spirals_have_arms_turned_against_each_other(arms: int, load: Load) -> None:
    data = load("spirals", noise=0.0, arms=arms, samples=100 * arms, turns=1.0)
    points, codes = data.arrays["point"].astype(float), data.arrays["class"]
    assert np.bincount(codes).tolist() == [100] * arms
    assert data.fields["class"].classes[-1] == f"arm {arms}"
    turn = 2 * np.pi / arms
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert points[codes == 0] @ rotate.T == pytest.approx(points[codes == 1], abs=1e-5)
    assert np.hypot(*points.T).max() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("gate", "answers"), [("and", "0001"), ("or", "0111"), ("xor", "0110"), ("nand", "1110")]
)
def test_a_gate_is_its_truth_table(gate: str, answers: str, load: Load) -> None:
    data = load("logic", gate=gate, samples=40)
    points = data.arrays["point"]
    table = {
        (x, y): int(answer) for (x, y), answer in zip([(0, 0), (0, 1), (1, 0), (1, 1)], answers, strict=True)
    }
    assert all(
        table[x, y] == label for (x, y), label in zip(points.tolist(), data.arrays["class"], strict=True)
    )
    assert len(np.unique(points, axis=0)) == 4, "without noise there are exactly four points"
    assert data.fields["class"].classes == ("0", "1")


def test_four_samples_can_all_train(load: Load) -> None:
    data = load("logic", samples=4, validation_share=0.0, test_share=0.0)
    assert data.indices["train"].tolist() == [0, 1, 2, 3]
