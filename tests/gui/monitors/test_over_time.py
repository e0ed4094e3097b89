"""What changes over a run, on networks of which the answer is known: a stack in which the gradient vanishes, a layer
made dead, steps that are too small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from nndesigner.gui.monitors.activation_history import ACTIVATION_HISTORY
from nndesigner.gui.monitors.gradient_history import GRADIENT_HISTORY
from nndesigner.gui.monitors.layers_over_time import LAYERS_OVER_TIME, NUMBERS
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.time_map import TimeMap
from nndesigner.gui.monitors.updates import POWERS, UPDATES
from nndesigner.gui.theme import LIGHT
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import key_of, watched
from tests.training.small import chain, mlp


def sigmoids(depth: int, **plan):
    inner = [x for _ in range(depth) for x in (("Linear", {"out_features": 8}), ("Sigmoid", {}))]
    return chain(
        "moons", [("TableInput", {}), *inner, ("Linear", {"out_features": 2}), ("Output", {})], **plan
    )


def rectified():
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 8}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
    ]
    return chain("moons", [*layers, ("Output", {})])


def kill(it: Trainer) -> None:
    with torch.no_grad():
        it.compiled.get_submodule("linear1").bias.fill_(-99.0)


def shown(view, run, qtbot, node: str = "", size=(420, 300)):
    monitor = view.make()
    qtbot.addWidget(monitor)
    monitor.resize(*size)
    monitor.show_runs([run])
    monitor.show_node(key_of(run, node) if node else "")
    monitor.refresh()
    monitor.show()
    monitor.grab()
    return monitor


def test_a_line_stands_at_the_moment_and_the_words_are_of_then(app, qtbot, tmp_path: Path) -> None:
    run = watched(sigmoids(2), tmp_path, ("", "health"), steps=5)
    monitor = shown(LAYERS_OVER_TIME, run, qtbot)
    monitor.show_moment(2, 4)
    monitor.refresh()
    looks = run.history.trail("", "health")
    assert len(looks) == 5 and monitor.map.steps.tolist() == [1, 2, 3, 4, 5], "the whole stays in sight"
    assert monitor.map.cursors == (2, 4)
    norms = looks[1].arrays["gradient_norm"]
    assert short(float(np.nanmax(norms))) in monitor.words.text()
    image, frame = monitor.map.grab().toImage(), monitor.map.frame()
    x = frame.left() + frame.width() / 4  # of steps 1 to 5, 2 is a quarter on
    y = round(frame.center().y())
    accent = np.array(QColor(LIGHT.accent).getRgb()[:3])
    near = [image.pixelColor(round(x) + d, y).getRgb()[:3] for d in (-1, 0, 1)]
    assert min(np.abs(np.array(c) - accent).max() for c in near) <= 40


# -- the picture -----------------------------------------------------------------------------------------------------
def test_a_map_places_looks_by_their_step_and_says_what_is_there(app, qtbot) -> None:
    picture = TimeMap()
    qtbot.addWidget(picture)
    picture.resize(300, 160)
    shares = np.array([[0.0, 0.5, 1.0], [np.nan, 0.25, 0.25]], np.float32)
    steps = np.array([0, 10, 100], np.int64)
    marks = ((0.5, "a"), (1.5, "b"))
    picture.show_columns(shares, steps, marks, ("0", "1"), lambda row, look: f"{row} {look}", "name")
    frame = picture.frame()
    at = lambda x, y: QPointF(frame.left() + x * frame.width(), frame.top() + y * frame.height())  # noqa: E731
    assert picture.place(at(0.05, 0.2)) == (0, 0)
    assert picture.place(at(0.5, 0.8)) == (1, 1)  # step 50: the last look before it was at step 10
    assert picture.place(QPointF(1, 1)) is None
    assert picture.words_at(at(0.5, 0.2)) == "0 1"
    image = picture.grab().toImage()
    dark, empty = (image.pixelColor(at(0.05, y).toPoint()) for y in (0.25, 0.75))
    assert dark.name() == "#440154" and empty == image.pixelColor(2, 2)
    with qtbot.waitSignal(picture.picked) as told:
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(0.5, 0.8).toPoint())
    assert told.args == [1]
    with pytest.raises(ValueError, match="step"):
        picture.show_columns(shares, steps[:2], (), ("", ""), lambda r, c: "", "")


# -- layers over time ------------------------------------------------------------------------------------------------
def test_a_gradient_that_vanishes_darkens_towards_the_input(app, qtbot, tmp_path: Path) -> None:
    run = watched(sigmoids(12), tmp_path, ("", "health"))
    monitor = shown(LAYERS_OVER_TIME, run, qtbot, "linear5")
    shares = monitor.map.shares
    assert shares.shape == (13, 3)
    assert (
        np.diff(shares[:12].mean(axis=1)) > 0
    ).all()  # every layer has a larger gradient than the one before it
    assert monitor.words.text().startswith("linear1 ")
    assert monitor.map.selected == 4
    assert "linear1 · step 1 · Gradient" in monitor.map.words_at(
        monitor.map.frame().topLeft() + QPointF(2, 2)
    )
    header, rows = monitor.table()
    assert header[:3] == ("step", "linear1", "linear2") and len(rows) == 3
    with qtbot.waitSignal(monitor.node_activated) as told:
        QTest.mouseClick(
            monitor.map,
            Qt.MouseButton.LeftButton,
            pos=(monitor.map.frame().topLeft() + QPointF(20, 3)).toPoint(),
        )
    assert told.args == [key_of(run, "linear1")]
    assert LAYERS_OVER_TIME.opens(run.checked)


def test_dead_units_are_a_light_row_and_only_rectifiers_have_one(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("", "health"), prepare=kill)
    monitor = shown(LAYERS_OVER_TIME, run, qtbot)
    monitor.choice.setCurrentIndex([number.key for number in NUMBERS].index("dead"))
    assert monitor.map.shares.tolist() == [[1.0, 1.0, 1.0]]
    assert monitor.words.text() == "relu1 100 %"
    assert not LAYERS_OVER_TIME.opens(run.checked)
    monitor.choice.setCurrentIndex([number.key for number in NUMBERS].index("saturated"))
    assert monitor.words.text() == "No layer has this number."


def test_updates_are_asked_for_only_while_they_are_shown(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("", "health"), ("", "update_ratio"))
    monitor = shown(LAYERS_OVER_TIME, run, qtbot)
    assert [s.measurement for s in monitor.subscriptions()] == ["health"]
    with qtbot.waitSignal(monitor.subscription_changed):
        monitor.choice.setCurrentIndex([number.key for number in NUMBERS].index("ratio"))
    assert {s.measurement for s in monitor.subscriptions()} == {"health", "update_ratio"}
    assert len(monitor.map.shares) == 2


# -- magnitudes ------------------------------------------------------------------------------------------------------
def test_what_a_dead_layer_gives_is_all_in_the_strip_of_zeros(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("relu1", "activation_magnitudes"), prepare=kill)
    monitor = shown(ACTIVATION_HISTORY, run, qtbot, "relu1")
    assert monitor.words.text() == "relu1: 100 % are zero (below 10⁻¹²)"
    assert (monitor.map.shares[-2:] == 1.0).all() and (monitor.map.shares[:-3] == 0.0).all()
    below = monitor.map.frame().bottomLeft() + QPointF(3, -2)
    assert monitor.map.words_at(below) == "step 1 · 100.0 % are zero"


def test_gradients_of_the_first_layers_lie_powers_of_ten_lower(app, qtbot, tmp_path: Path) -> None:
    wanted = [(name, "gradient_magnitudes") for name in ("linear1", "linear9")]
    run = watched(sigmoids(8), tmp_path, *wanted)

    def middle(name: str) -> float:
        monitor = shown(GRADIENT_HISTORY, run, qtbot, name)
        _, rows = monitor.table()
        assert {row[0] for row in rows} == {1, 2, 3}
        total = sum(row[3] for row in rows)
        return sum(np.log10(row[1]) * row[3] for row in rows) / total

    assert middle("linear9") - middle("linear1") > 3


def test_a_layer_without_weights_has_no_gradients(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("linear1", "gradient_magnitudes"))
    monitor = shown(GRADIENT_HISTORY, run, qtbot, "relu1")
    assert monitor.is_empty and "no weights" in monitor.empty.sentence.text()


# -- updates ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("rate", "said"), [(1e-7, "hardly learns"), (0.3, "steadier")])
def test_steps_that_are_too_small_or_too_large(app, qtbot, tmp_path: Path, rate: float, said: str) -> None:
    document = mlp(optimizer="sgd", learning_rate=rate, momentum=0.0)
    run = watched(document, tmp_path, ("", "update_ratio"), steps=4)
    monitor = shown(UPDATES, run, qtbot, "linear1")
    rows = {row.name: row for row in monitor.numbers.rows}
    assert list(rows) == ["linear1", "linear2"]
    assert all(row.low <= row.now <= row.high for row in rows.values())
    row = list(rows).index("linear2")
    assert said in monitor.numbers.words_at(QPointF(20, 20 + 22 * row + 5))
    header, table = monitor.table()
    assert header == ("node", "ratio", "lowest", "highest") and len(table) == 2


def test_a_ratio_stands_at_its_power_of_ten(app, qtbot, tmp_path: Path) -> None:
    run = watched(mlp(), tmp_path, ("", "update_ratio"))
    monitor = shown(UPDATES, run, qtbot)
    table = monitor.numbers
    scale = table.scale()
    low, high = POWERS
    assert table.x_of(10.0**low) == scale.left() and table.x_of(0.0) == scale.left()
    assert table.x_of(10.0**high) == pytest.approx(scale.right())
    assert table.x_of(1e-3) - table.x_of(1e-4) == pytest.approx(scale.width() / (high - low))
