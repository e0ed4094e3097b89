"""The view of what each layer costs."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nndesigner.gui.monitors.layer_costs import HEAD, ROW, LayerCosts
from nndesigner.protocol.messages import Done, Frame


def frame(nodes: list[str]) -> Frame:
    arrays = {
        "forward": np.array([0.001, 0.004, 0.0]),
        "backward": np.array([0.002, 0.012, 0.001]),
        "activations": np.array([8_000_000, 2_000_000, 0]),
        "weights": np.array([100, 5000, 0]),
    }
    about = {"nodes": nodes, "names": ["conv1", "linear1", "relu1"], "blocks": []}
    return Frame("layer_costs", "", 30, 3.0, arrays, {**about, "samples": 32, "device": "cpu", "repeats": 10})


def opened(panel, app, pool, nodes: list[str]) -> LayerCosts:
    panel.resize(1200, 420)
    panel.show_view("layer_costs")
    app.processEvents()
    panel.settle()
    view = panel.monitors["layer_costs"]
    assert isinstance(view, LayerCosts)
    QTest.mouseClick(view.button, Qt.MouseButton.LeftButton)
    pool.last.say(frame(nodes))
    pool.last.end(Done({"step": 0, "kept": False}))
    app.processEvents()
    return view


def test_the_most_expensive_layer_is_on_top(panel, app, pool, node) -> None:
    view = opened(panel, app, pool, [node("Conv2d"), node("Linear"), node("ReLU")])
    assert [row.name for row in view.costs.rows] == ["linear1", "conv1", "relu1"]
    assert view.verdict.text() == "linear1 takes 80.0 % of the time"
    assert (
        "5 ms forward, 15 ms backward" in view.words.text() and "10.0 MB of activations" in view.words.text()
    )
    assert view.costs.bars(view.costs.rows[0]) == [(0.25, 0), (0.75, 1)]
    assert view.costs.bars(view.costs.rows[1])[0][0] == 0.0625
    view.order.setCurrentIndex(1)
    assert [row.name for row in view.costs.rows] == ["conv1", "linear1", "relu1"]
    assert view.verdict.text() == "conv1 holds 80.0 % of the activations"
    view.order.setCurrentIndex(2)
    assert view.costs.number(view.costs.rows[0]) == "5.0 kB"


def test_a_click_on_a_line_selects_the_layer(panel, app, pool, node, qtbot) -> None:
    view = opened(panel, app, pool, [node("Conv2d"), node("Linear"), node("ReLU")])
    with qtbot.waitSignal(panel.node_activated) as asked:
        QTest.mouseClick(view.costs, Qt.MouseButton.LeftButton, pos=QPoint(30, HEAD + ROW + ROW // 2))
    assert asked.args == [node("Conv2d")]
    assert "forward 1 ms, backward 2 ms" in view.costs.words_at(QPoint(30, HEAD + ROW + 3))
