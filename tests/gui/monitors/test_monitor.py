"""Every view: a picture from a broken folder is a sentence, its menu exports, its empty state says what to do."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage

from nndesigner.explorations.exploration import explorations
from nndesigner.gui.icons import icon_names
from nndesigner.gui.monitors import export
from nndesigner.gui.monitors.monitor import PLACES, views
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame
from nndesigner.runs.history import RunHistory


@pytest.fixture
def filled(panel, begun, scalars, frames, node):
    worker = begun()
    worker.say(scalars(50))
    for frame in frames():
        worker.say(frame)
    panel.show_selection([node("Conv2d")])
    panel.settle()
    return panel


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_declaration_names_things_that_exist(view) -> None:
    assert view.place in PLACES
    assert view.icon in icon_names()
    assert view.label and view.help
    assert set(view.measurements) <= set(measurements())


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_without_a_run_it_says_what_to_do(view, qtbot, app) -> None:
    monitor = view.make()
    qtbot.addWidget(monitor)
    monitor.refresh()
    assert monitor.is_empty
    assert monitor.empty.sentence.text().endswith(".")
    assert monitor.subscriptions() == ()
    monitor.close_down()


@pytest.mark.parametrize("damage", ["no arrays", "wrong shape", "wrong kind"])
@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_picture_that_makes_no_sense_is_a_sentence(
    view, damage, digits, frames, node, qtbot, caplog
) -> None:
    history = RunHistory()
    for frame in frames():
        arrays = {
            "no arrays": {},
            "wrong shape": {key: value.reshape(-1)[:3] for key, value in frame.arrays.items()},
            "wrong kind": {key: np.array(["x"]) for key in frame.arrays},
        }[damage]
        history.take(Frame(frame.measurement, frame.node, 1, 0.1, arrays, frame.meta))
    monitor = view.make()
    qtbot.addWidget(monitor)
    monitor.show_runs([ShownRun("broken", None, history, digits.document)])
    monitor.show_node(node("Conv2d"))
    with caplog.at_level(logging.WARNING):
        monitor.refresh()
        monitor.grab()
    assert monitor.empty.sentence.text()


ELSEWHERE = ("boundary", "regression", "attention", "unit_maps", "hidden_states", *explorations())
ELSEWHERE += ("spectrum", "time_split", "machine", "overfitting")
ELSEWHERE += ("generated", "discriminator_scores", "reconstructions", "latent_space", "written_text")
"""views that mean nothing for a convolution over images, or of what was not recorded: see test_export.py"""


@pytest.mark.parametrize("name", [view.name for view in views() if view.name not in ELSEWHERE])
def test_numbers_and_picture_can_be_saved(filled, name, tmp_path: Path, app) -> None:
    filled.show_view(name)
    filled.settle()
    app.processEvents()
    monitor = filled.monitors[name]
    assert not monitor.is_empty
    header, rows = monitor.table()
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    export.save_table(tmp_path / "numbers.csv", header, rows)
    lines = (tmp_path / "numbers.csv").read_text().splitlines()
    assert len(lines) == 1 + len(rows)
    export.save_picture(monitor, tmp_path / "picture.png")
    image = QImage(str(tmp_path / "picture.png"))
    assert image.width() == 2 * monitor.width()
    colors = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(colors) > 3  # not blank


def test_the_menu_copies_the_picture(filled, qtbot) -> None:
    monitor = filled.monitors["confusion"]
    menu = monitor.menu()
    actions = {action.text(): action for action in menu.actions()}
    still = "Save the whole run as an animation (GIF)…"
    assert [text for text, action in actions.items() if not action.isEnabled()] == [still]
    assert "only one picture" in actions[still].toolTip()
    actions["Copy the picture"].trigger()
    assert not QGuiApplication.clipboard().image().isNull()
    menu.deleteLater()


def test_an_empty_view_has_nothing_to_export(panel) -> None:
    menu = panel.monitors["confusion"].menu()
    words = ("PNG", "SVG", "CSV", "GIF", "Copy")
    exports = [action for action in menu.actions() if any(word in action.text() for word in words)]
    assert len(exports) == 5
    assert not any(action.isEnabled() for action in exports)
    menu.deleteLater()


def test_save_asks_for_a_name_and_adds_the_suffix(filled, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = str(tmp_path / "matrix")
    monkeypatch.setattr(export.QFileDialog, "getSaveFileName", lambda *_: (chosen, ""))
    monitor = filled.monitors["confusion"]
    menu = monitor.menu()
    for action in menu.actions():
        if "…" in action.text():
            action.trigger()
    menu.deleteLater()
    assert (tmp_path / "matrix.png").stat().st_size > 100
    assert (tmp_path / "matrix.svg").stat().st_size > 100
    assert (tmp_path / "matrix.csv").read_text().startswith("truth,0,1,2")


def test_a_disk_that_refuses_is_said(filled, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        export.QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "x.csv"), "")
    )
    monkeypatch.setattr(export, "tell", lambda parent, title, sentence: said.append(sentence))
    export.ask_and_save_table(filled, "x", ("a",), [(1,)])
    assert "was not written" in said[0]
