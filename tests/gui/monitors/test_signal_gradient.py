"""The signal forward and the gradient back by layer, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nndesigner.gui.monitors.signal_gradient import SignalGradient, verdict
from tests.check.alarms.networks import sigmoids
from tests.gui.monitors.known import watched
from tests.training.small import mlp


@pytest.fixture
def view(qtbot, tmp_path: Path):
    made = SignalGradient()
    qtbot.addWidget(made)
    made.resize(420, 300)
    made.show()

    def show(document):
        made.show_runs([watched(document, tmp_path, ("", "signal_gradient"))])
        made.refresh()
        return made

    return show


def test_a_gradient_that_vanishes_is_drawn_and_said(view) -> None:
    made = view(sigmoids(20))
    signal, gradient = made.chart.strokes
    assert len(signal.x) == len(gradient.x) == 42 and gradient.y[0] < gradient.y[-1] - 10
    assert made.words.text().startswith("The gradient vanishes: about 10¹")
    assert [row[0] for row in made.table()[1]][:3] == ["table1", "linear1", "sigmoid1"]
    assert made.chart.words_at(made.chart.place(2, signal.y[2])).startswith("sigmoid1: signal")


def test_a_healthy_one_reaches_the_input(view) -> None:
    assert "reaches the input" in view(mlp()).words.text()


def test_a_click_selects_the_layer(view, qtbot) -> None:
    made = view(mlp())
    linear = next(node.id for node in made.run.document.nodes() if node.name == "linear1")
    place = made.chart.place(1, 0).toPoint()
    with qtbot.waitSignal(made.node_activated) as caught:
        QTest.mouseClick(
            made.chart,
            Qt.MouseButton.LeftButton,
            pos=QPoint(place.x(), made.chart.frame().center().toPoint().y()),
        )
    assert caught.args == [linear]


def test_what_is_said_of_sizes() -> None:
    assert "explodes: about 10⁴" in verdict(np.array([1e4, 1.0]))
    assert "vanishes: about 10⁴" in verdict(np.array([np.nan, 1e-4, 1.0]))
    assert "gone before" in verdict(np.array([0.0, 1.0]))
    assert "No gradient comes back" in verdict(np.array([np.nan]))
    assert "No gradient leaves" in verdict(np.array([0.0, 0.0]))
