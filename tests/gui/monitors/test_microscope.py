"""The microscope on networks of which the answer is known: what it writes, what it asks for, what a click chooses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from nndesigner.gui.monitors.activations import ACTIVATIONS
from nndesigner.gui.monitors.attention import ATTENTION
from nndesigner.gui.monitors.filters import FILTERS_VIEW
from nndesigner.gui.monitors.hidden_states import HIDDEN_STATES_VIEW
from nndesigner.gui.monitors.microscope import MICROSCOPE, tiled
from nndesigner.gui.monitors.unit_maps import UNIT_MAPS_VIEW
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import key_of, watched
from tests.gui.monitors.test_over_time import shown
from tests.training.small import chain, mlp

WANTED = ("unit", "unit_samples")


def rectified():
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 3}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
    ]
    return chain("moons", [*layers, ("Output", {})])


def known(it: Trainer) -> None:
    """Unit 0 weighs both columns, unit 1 is dead, unit 2 gives what it is given. The layer does not learn."""
    module = it.compiled.get_submodule("linear1")
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.5, -2.0], [0.0, 0.0], [1.0, 0.0]]))
        module.bias.copy_(torch.tensor([0.25, -9.0, 0.0]))
    for p in module.parameters():
        p.requires_grad_(False)


def microscope(qtbot, tmp_path: Path, *more: tuple[str, str], steps: int = 2):
    run = watched(
        rectified(), tmp_path, *(("linear1", name) for name in WANTED), *more, prepare=known, steps=steps
    )
    return run, shown(MICROSCOPE, run, qtbot, "linear1", (360, 700))


def click(picture, rect) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=rect.center().toPoint())


def test_the_equation_is_that_of_the_unit_with_the_names_of_the_columns(app, qtbot, tmp_path: Path) -> None:
    run, monitor = microscope(qtbot, tmp_path)
    frame = run.history.frames[key_of(run, "linear1"), "unit"]
    x, y = frame.arrays["inputs"][0, 0].tolist()
    lines = monitor.equation.lines
    assert "0.5·x" in lines[0] and "2·y" in lines[0] and lines[0].startswith("z₀ = ")
    total = 0.5 * x - 2 * y + 0.25
    assert float(lines[1].rpartition("= ")[2].replace("−", "-")) == pytest.approx(total, abs=0.006)
    assert lines[3].startswith("ReLU(z₀) = ") and "relu1" in lines[3]
    assert monitor.weights.values.tolist() == [[[0.5, -2.0]]] and monitor.weights.bars
    assert monitor.weights.words_at(QPointF(6, monitor.weights.height() - 12)).startswith("x: 0.5")


def test_another_unit_of_a_small_layer_is_there_at_once_and_asked_for(app, qtbot, tmp_path: Path) -> None:
    _, monitor = microscope(qtbot, tmp_path)
    with qtbot.waitSignal(monitor.subscription_changed):
        click(monitor.units_strip, monitor.units_strip.cells()[2])
    assert monitor.unit_box.value() == 2 and monitor.equation.lines[0].startswith("z₂ = 1·x")
    assert {s.measurement: s.options["unit"] for s in monitor.subscriptions() if s.options} == dict.fromkeys(
        WANTED, 2
    )
    monitor.unit_box.setFocus()
    QTest.keyClick(monitor.unit_box, Qt.Key.Key_Down)
    assert monitor.unit == 1 and monitor.units_strip.selected == 1


def test_a_dead_unit_is_said_to_be_dead(app, qtbot, tmp_path: Path) -> None:
    _, monitor = microscope(qtbot, tmp_path)
    assert not monitor.warning.isVisibleTo(monitor)
    monitor.show_unit(1)
    assert monitor.warning.isVisibleTo(monitor) and monitor.warning.text().startswith("Dead: ")
    assert "above zero for 0 % of" in monitor.warning.text()


def test_the_most_exciting_samples_come_first_and_a_click_chooses_one(app, qtbot, tmp_path: Path) -> None:
    _, monitor = microscope(qtbot, tmp_path)
    monitor.show_unit(2)
    most, least = monitor.excited["most"], monitor.excited["least"]
    assert most.samples[0].loss >= most.samples[-1].loss > least.samples[0].loss
    sample = most.samples[1].index
    monitor.grab()
    with qtbot.waitSignal(monitor.subscription_changed):
        click(most, most.cells()[1])
    wanted = {s.measurement: s.options for s in monitor.subscriptions()}
    assert wanted["unit"]["number"] == sample and monitor.number == sample
    monitor.samples.show_sample(3)
    assert monitor.number == -1 and monitor.options("unit")["sample"] == 3


def test_a_run_that_is_over_shows_what_it_kept_and_its_past(app, qtbot, tmp_path: Path) -> None:
    run, monitor = microscope(qtbot, tmp_path, steps=4)
    run.live = False
    monitor.show_moment(2)
    monitor.refresh()
    assert not monitor.is_empty and monitor.looks() == (1, 2, 3, 4)
    monitor.show_unit(1)
    assert monitor.equation.lines[0].startswith("z₁ = "), "all units of a small layer are in the picture"
    header, rows = monitor.table()
    assert header == ("sum", "input", "weight", "inputs") and [row[1] for row in rows] == ["x", "y"]


def images(channels: int = 3):
    layers = [("ImageInput", {}), ("Conv2d", {"out_channels": channels, "kernel_size": [3, 3]}), ("ReLU", {})]
    return chain("digits", [*layers, ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})])


def test_a_click_into_the_map_of_a_filter_looks_there(app, qtbot, tmp_path: Path) -> None:
    run = watched(images(), tmp_path, *(("conv1", name) for name in WANTED))
    monitor = shown(MICROSCOPE, run, qtbot, "conv1", (420, 900))
    frame = run.history.frames[key_of(run, "conv1"), "unit"]
    assert monitor.map.place == int(frame.arrays["places"][0])
    height, width = frame.meta["size"]
    cell = monitor.map.cells()[0]
    at = QPointF(cell.left() + cell.width() * 2.5 / width, cell.top() + cell.height() * 4.5 / height)
    with qtbot.waitSignal(monitor.subscription_changed):
        QTest.mouseClick(monitor.map, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert monitor.options("unit")["place"] == 4 * width + 2 and monitor.strongest.isVisibleTo(monitor)
    QTest.mouseClick(monitor.strongest, Qt.MouseButton.LeftButton)
    assert monitor.options("unit")["place"] == -1
    again = watched(
        images(), tmp_path / "b", ("conv1", "unit"), options={"place": 4 * width + 2}, steps=1
    ).history.frames
    assert {int(p) for p in next(iter(again.values())).arrays["places"]} == {4 * width + 2}


def test_numbers_of_a_unit_have_the_shape_of_what_they_weigh() -> None:
    assert tiled(np.zeros((1, 18), np.float32), [2, 3, 3]).shape == (2, 3, 3)
    assert tiled(np.zeros((1, 6), np.float32), [6]).shape == (1, 1, 6)
    assert tiled(np.zeros((1, 6), np.float32), [2, 3]).shape == (1, 2, 3)
    assert tiled(np.zeros((4, 6), np.float32), [6]).shape == (1, 4, 6)
    assert tiled(np.zeros((3, 8), np.float32), [2, 4]).shape == (3, 2, 4)


# -- the way in --------------------------------------------------------------------------------------------------------
def double_click(picture, at) -> None:
    QTest.mouseDClick(picture, Qt.MouseButton.LeftButton, pos=at.toPoint())


def test_a_double_click_on_a_unit_elsewhere_asks_for_the_microscope(app, qtbot, tmp_path: Path) -> None:
    run = watched(images(), tmp_path, ("conv1", "filters"), ("conv1", "feature_maps"))
    for view, grid in ((FILTERS_VIEW, "grid"), (ACTIVATIONS, "maps")):
        monitor = shown(view, run, qtbot, "conv1")
        picture = getattr(monitor, grid)
        with qtbot.waitSignal(monitor.unit_activated) as told:
            double_click(picture, picture.layout_cells()[1].center())
        assert told.args == [1]


def test_the_panel_opens_the_microscope_on_that_unit(panel, begun, frames, node, app) -> None:
    worker = begun()
    for frame in frames():
        worker.say(frame)
    panel.show_selection([node("Conv2d")])
    panel.show_view("filters")
    panel.settle()
    panel.draw_now()
    app.processEvents()
    grid = panel.monitors["filters"].grid
    double_click(grid, grid.layout_cells()[1].center())
    app.processEvents()
    microscope = panel.monitors["microscope"]
    assert microscope.isVisible() and microscope.unit == 1
    assert microscope.equation.lines[0].startswith("z₁ = 0.25·x[-1, -1]")


def test_nothing_is_measured_for_a_microscope_out_of_sight(panel, begun, frames, node, app) -> None:
    begun()
    panel.show_selection([node("Conv2d")])
    panel.show_view("microscope")
    panel.settle()
    assert {"unit", "unit_samples"} <= {s.measurement for s in panel.subscribed}
    panel.show_view("weights")
    panel.settle()
    assert not {"unit", "unit_samples"} & {s.measurement for s in panel.subscribed}


# -- other pictures of units -------------------------------------------------------------------------------------------
def test_a_map_for_each_unit_and_a_click_looks_closely(app, qtbot, tmp_path: Path) -> None:
    run = watched(mlp(width=5), tmp_path, ("", "unit_maps"))
    monitor = shown(UNIT_MAPS_VIEW, run, qtbot, "linear1")
    assert len(monitor.maps.cells()) == 5 and "5 units" in monitor.words.text()
    assert [s.measurement for s in monitor.subscriptions()] == ["unit_maps"] and len(monitor.looks()) == 3
    bounds = monitor.maps.rect().toRectF()
    assert all(bounds.contains(cell) for cell in monitor.maps.cells())
    with qtbot.waitSignal(monitor.unit_activated) as told:
        click(monitor.maps, monitor.maps.cells()[3])
    assert told.args == [3]
    monitor.show_node(key_of(run, "output1"))
    monitor.refresh()
    assert monitor.is_empty
    closely = shown(MICROSCOPE, run, qtbot, "linear1")
    assert "unit_maps" in {s.measurement for s in closely.subscriptions()}


def test_the_state_over_time_with_the_gates_of_the_unit_clicked(app, qtbot, tmp_path: Path) -> None:
    layers = [
        ("SequenceInput", {}),
        ("LSTM", {"hidden_size": 6}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    run = watched(chain("sine", layers), tmp_path, ("lstm1", "hidden_states"))
    monitor = shown(HIDDEN_STATES_VIEW, run, qtbot, "lstm1", (420, 380))
    frame = run.history.frames[key_of(run, "lstm1"), "hidden_states"]
    states = monitor.map.frames()[0]
    assert monitor.map.states.shape == (6, 32) and monitor.map.names == ("i", "f", "g", "o")
    at = QPointF(states.center().x(), states.top() + states.height() * 4.5 / 6)
    QTest.mouseClick(monitor.map, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert monitor.unit == 4 and np.allclose(monitor.map.gates, frame.arrays["gates"][4].astype(np.float32))
    assert monitor.map.words_at(at).startswith("Unit 4 after step 16")
    with qtbot.waitSignal(monitor.unit_activated) as told:
        double_click(monitor.map, at)
    assert told.args == [4]
    monitor.cell.setChecked(True)
    assert np.allclose(monitor.map.states, frame.arrays["cell"].astype(np.float32))
    header, rows = monitor.table()
    assert header == ("unit", "step", "state") and len(rows) == 6 * 32


def test_a_head_under_the_microscope(app, qtbot, tmp_path: Path) -> None:
    layers = [
        ("SequenceInput", {}),
        ("Linear", {"out_features": 8}),
        ("MultiheadAttention", {"num_heads": 2}),
        ("LSTM", {"hidden_size": 3}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    run = watched(
        chain("sine", layers),
        tmp_path,
        ("attention1", "unit"),
        ("attention1", "attention_maps"),
        options={"unit": 1},
    )
    heads = shown(ATTENTION, run, qtbot, "attention1")
    with qtbot.waitSignal(heads.unit_activated) as told:
        double_click(heads.heads, heads.heads.cells()[1][1].center())
    assert told.args == [1]
    monitor = shown(MICROSCOPE, run, qtbot, "attention1", (380, 700))
    monitor.show_unit(1)
    assert "q·k / √4" in monitor.equation.lines[0] and monitor.weights.values.shape == (3, 4, 8)
    assert [s.measurement for s in monitor.subscriptions()] == ["unit"]
