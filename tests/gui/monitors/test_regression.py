"""Answers against the truth: in the units of the data, and flat for a network that always says the mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF

from nndesigner.data.preparation import restore
from nndesigner.gui.monitors.chart import Chart, Dots, Stroke, around, ticks
from nndesigner.gui.monitors.regression import REGRESSION_VIEW
from nndesigner.measurements.measurement import measurements
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_errors import judged
from tests.gui.monitors.test_over_time import shown
from tests.measurements.test_measurements import looked
from tests.training.small import dataset, mlp, trainer


def test_every_sample_in_its_own_units(tmp_path: Path) -> None:
    it = trainer(mlp("diabetes", classes=1), tmp_path)
    frame = looked(it, "", "regression")
    data = dataset(it.run.document())
    target = next(f for f in data.fields.values() if f.role == "target")
    truth = data.arrays[target.name].reshape(-1)[frame.arrays["index"]]
    assert frame.arrays["truth"] == pytest.approx(truth, rel=1e-4)
    values, _ = judged(it)
    answers = restore(it.checked.heads[0].target, values.numpy()).reshape(-1)
    assert frame.arrays["answer"] == pytest.approx(answers, rel=1e-4)
    measured = it.evaluate("validation")
    assert (frame.meta["mae"], frame.meta["rmse"], frame.meta["r2"]) == pytest.approx(
        (measured["mae"], measured["rmse"], measured["r2"]), rel=1e-3
    )


def test_of_many_samples_two_thousand_are_drawn_and_all_are_counted() -> None:
    truth = torch.linspace(0, 1, 5000)[:, None]
    it = measurements()["regression"]

    class Head:
        target = type("Field", (), {"preparation": {}, "name": "y"})()
        loss = None

    class Context:
        head, head_index, options = Head(), 0, {}
        validation = np.arange(5000)

    arrays, meta = it.measure([((truth + 0.5,), (truth,))], Context())  # type: ignore[arg-type]
    assert len(arrays["truth"]) == 2000 and meta["samples"] == 5000
    assert arrays["index"][[0, -1]].tolist() == [0, 4999]
    assert meta["bias"] == pytest.approx(0.5) and meta["rmse"] == pytest.approx(0.5)


def off(it: Trainer) -> None:
    """Answers the mean of the target, always."""
    with torch.no_grad():
        it.compiled.get_submodule("linear2").weight.zero_()
        it.compiled.get_submodule("linear2").bias.zero_()


def test_a_network_that_always_says_the_mean(app, qtbot, tmp_path: Path) -> None:
    document = mlp("diabetes", classes=1, optimizer="sgd", learning_rate=1e-9, momentum=0.0)
    run = watched(document, tmp_path, ("", "regression"), steps=1, prepare=off)
    monitor = shown(REGRESSION_VIEW, run, qtbot)
    dots = monitor.chart.dots
    assert np.ptp(dots.y) < 0.1 and np.ptp(dots.x) > 100
    frame = next(iter(run.history.frames.values()))
    assert abs(frame.meta["r2"]) < 0.1 and monitor.words.text().startswith("R² ")
    place = monitor.chart.place(float(dots.x[0]), float(dots.y[0]))
    assert monitor.chart.words_at(place).startswith("Sample ")
    monitor.kind.setCurrentIndex(1)
    assert monitor.chart.dots.y == pytest.approx(monitor._answer - monitor._truth)
    assert monitor.histogram.counts.sum() == len(dots.x)
    assert monitor.histogram.edges[0] == -monitor.histogram.edges[-1]
    header, rows = monitor.table()
    assert header == ("sample", "truth", "answer", "residual") and len(rows) == len(dots.x)
    monitor.grab()


def test_the_view_is_there_for_numbers_and_opens_first(tmp_path: Path) -> None:
    assert REGRESSION_VIEW.applies(trainer(mlp("diabetes", classes=1), tmp_path / "a").checked)
    assert not REGRESSION_VIEW.applies(trainer(mlp(), tmp_path / "b").checked)


# -- the chart -------------------------------------------------------------------------------------------------------
def test_points_and_lines_stand_where_they_should(app, qtbot) -> None:
    chart = Chart(square=True)
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    line = Stroke(np.array([0.0, 10.0]), np.array([5.0, 5.0]), "#ff0000")
    dots = Dots(np.array([2.5]), np.array([2.5]), np.zeros(1, np.int64), 5.0)
    chart.show_chart([line], dots, (0, 10, 0, 10), ("across", "up"), words=lambda dot: f"dot {dot}")
    frame = chart.frame()
    assert frame.width() == frame.height()
    assert chart.place(0, 0) == frame.bottomLeft() and chart.place(10, 10) == frame.topRight()
    image = chart.grab().toImage()
    assert image.pixelColor(frame.center().toPoint()).red() > 200
    assert image.pixelColor(chart.place(2.5, 2.5).toPoint()).blue() > 120
    assert chart.words_at(chart.place(2.5, 2.5) + QPointF(3, 0)) == "dot 0"
    assert chart.words_at(chart.place(8, 8)) == ""
    with pytest.raises(ValueError, match="ends"):
        chart.show_chart((), None, (0, float("nan"), 0, 1), ("", ""))


def test_ends_and_ticks_of_an_axis() -> None:
    assert around([]) == (0.0, 1.0)
    low, high = around([np.array([0.0, np.nan, 10.0])])
    assert low == pytest.approx(-0.5) and high == pytest.approx(10.5)
    low, high = around([np.array([3.0])])
    assert low < 3 < high
    assert ticks(0, 1, 5) == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert ticks(-0.3, 12, 3) == pytest.approx([0.0, 5.0, 10.0])
