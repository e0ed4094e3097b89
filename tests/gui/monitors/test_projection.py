"""The plane in which samples differ most: scikit-learn's, and it does not turn over from one look to the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from nndesigner.gui.monitors.projection import PROJECTION_VIEW, class_color, turned
from nndesigner.gui.theme import LIGHT
from nndesigner.measurements.projection import principal, reduced
from nndesigner.training import monitor as monitoring
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_over_time import shown
from tests.measurements.test_measurements import CNN, looked
from tests.training.small import chain, dataset, mlp, trainer


def test_components_are_those_of_scikit_learn() -> None:
    x = np.random.default_rng(0).normal(size=(200, 6)) @ np.diag([9, 4, 1, 1, 0.5, 0.1])
    points, explained = principal(torch.from_numpy(x))
    pca = PCA(2).fit(x)
    assert np.abs(points.numpy()) == pytest.approx(np.abs(pca.transform(x)), abs=1e-6)
    assert explained == pytest.approx(pca.explained_variance_ratio_, rel=1e-6)
    again, _ = principal(torch.from_numpy(x * 1.01))
    assert (np.sign(points.numpy()) == np.sign(again.numpy())).all()


def test_one_feature_and_samples_that_are_all_the_same() -> None:
    points, explained = principal(torch.arange(5.0)[:, None])
    assert points.shape == (5, 2) and explained[0] == pytest.approx(1.0)
    same, shares = principal(torch.ones(4, 3))
    assert not same.any() and max(shares) < 1e-6


def test_every_validation_sample_with_its_class(tmp_path: Path) -> None:
    it = trainer(chain("digits", CNN), tmp_path)
    frame = looked(it, "linear1", "projection")
    split = it.feed.split("validation")
    assert frame.arrays["index"].tolist() == split.indices.tolist()
    assert frame.arrays["codes"].tolist() == split.targets[0].tolist()
    it.compiled.eval()
    with torch.no_grad():
        values = it.compiled(*split.inputs).numpy()
    expected = PCA(2).fit_transform(values)
    assert np.abs(frame.arrays["points"]) == pytest.approx(np.abs(expected), abs=1e-3)
    assert len(looked(it, "linear1", "projection", samples=40).arrays["index"]) == 40


def test_maps_are_averaged_over_space(tmp_path: Path) -> None:
    it = trainer(chain("digits", CNN), tmp_path)
    assert looked(it, "conv1", "projection").meta["features"] == 70
    image = next(n for n in it.checked.nodes if n.name == "image1")
    wide = reduced(torch.rand(3, 1, 40, 40), image)
    assert wide.shape == (3, 256)


def test_numbers_are_told_in_their_own_units(tmp_path: Path) -> None:
    it = trainer(mlp("diabetes", classes=1), tmp_path)
    frame = looked(it, "tanh1", "projection")
    data = dataset(it.run.document())
    target = next(f for f in data.fields.values() if f.role == "target")
    assert frame.arrays["value"] == pytest.approx(
        data.arrays[target.name].reshape(-1)[frame.arrays["index"]], rel=1e-4
    )


def test_a_walk_through_the_samples_that_takes_long_ends_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = trainer(chain("digits", CNN), tmp_path)
    monkeypatch.setattr(monitoring, "LONGEST_WALK", 0.0)
    assert len(looked(it, "linear1", "projection").arrays["index"]) == monitoring.ROWS_AT_ONCE


# -- the view --------------------------------------------------------------------------------------------------------
def test_an_axis_that_turned_over_is_turned_back() -> None:
    before = np.array([[1.0, 2.0], [-3.0, 1.0], [2.0, -4.0]])
    index = np.array([5, 6, 7])
    after = turned(before * [-1.1, 0.9], index, before, index)
    assert after == pytest.approx(before * [1.1, 0.9])
    shuffled = turned((before * [-1, -1])[::-1], index[::-1], before, index)
    assert shuffled == pytest.approx(before[::-1])
    assert turned(-before, index + 100, before, index) == pytest.approx(-before)


def test_points_have_the_colours_of_their_classes(app, qtbot, tmp_path: Path) -> None:
    run = watched(mlp(), tmp_path, ("tanh1", "projection"), steps=1)
    monitor = shown(PROJECTION_VIEW, run, qtbot, "tanh1")
    dots = monitor.chart.dots
    assert set(dots.codes.tolist()) == {0, 1} and len(monitor.legend.entries) == 2
    header, rows = monitor.table()
    assert header == ("sample", "first", "second", "target") and len(rows) == len(dots.x)
    words = monitor.chart.words_at(monitor.chart.place(float(dots.x[0]), float(dots.y[0])))
    assert words.startswith("Sample ")
    assert "16 features" in monitor.words.text()
    first = np.array([dots.x, dots.y])
    frame = next(iter(run.history.frames.values()))
    frame.arrays["points"] = -frame.arrays["points"]
    monitor.refresh()
    assert np.array([monitor.chart.dots.x, monitor.chart.dots.y]) == pytest.approx(first)


def test_a_number_is_a_scale_of_colours(app, qtbot, tmp_path: Path) -> None:
    run = watched(mlp("diabetes", classes=1), tmp_path, ("tanh1", "projection"), steps=1)
    monitor = shown(PROJECTION_VIEW, run, qtbot, "tanh1")
    assert len(monitor.legend.entries) == 2
    frame = next(iter(run.history.frames.values()))
    codes, value = monitor.chart.dots.codes, frame.arrays["value"]
    assert codes[value.argmin()] == 0 and codes[value.argmax()] == 11


def test_colours_that_come_round_are_paler() -> None:
    number = len(LIGHT.plots)
    colors = [class_color(LIGHT, i) for i in range(2 * number)]
    assert len(set(colors)) == 2 * number
