"""Which samples are watched is chosen at the head of the panel, or at a sample; the run that goes on follows."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMenu

from nndesigner.document.plan import plan_values
from nndesigner.gui.monitors.monitor import views
from nndesigner.gui.monitors.samples import SampleRow
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.watched import WatchedButton
from nndesigner.protocol.controls import Watch
from nndesigner.protocol.messages import Frame
from nndesigner.runs.history import RunHistory


def actions(button: WatchedButton) -> dict[str, object]:
    """Everything in the menu as it opens, by its words."""
    button.menu().aboutToShow.emit()
    found = list(button.menu().actions())
    for menu in button.menu().findChildren(QMenu):
        found += menu.actions()
    return {action.text(): action for action in found if action.text()}


def watches(worker) -> list[Watch]:
    return [control for control in worker.controls if isinstance(control, Watch)]


def test_a_class_is_chosen_and_the_run_follows(panel, begun, digits, app) -> None:
    worker = begun()
    button = panel._head.watched_button
    panel.draw_now()
    assert button.isVisible() and button.text() == ""
    assert actions(button)["Some of every kind"].isChecked()
    actions(button)["7"].trigger()
    assert watches(worker) == [Watch("class", "7")]
    assert button.text() == "Class 7" and "Class 7" in button.accessibleName()
    assert actions(button)["7"].isChecked()
    actions(button)["16 samples"].trigger()
    assert watches(worker)[1:] == [Watch("class", "7", (), 16)]
    actions(button)["Some of every kind"].trigger()
    assert watches(worker)[2:] == [Watch(most=16)] and button.text() == ""
    digits.undo()
    assert button.text() == "Class 7"


def test_samples_are_chosen_by_number(panel, begun, digits, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = begun()
    button = panel._head.watched_button
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("4, 9 and 11", True))
    actions(button)["These samples…"].trigger()
    assert watches(worker) == [Watch("samples", "", (4, 9, 11))] and button.text() == "3 samples"
    assert not actions(button)["How many"].isEnabled()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("", True))
    actions(button)["These samples…"].trigger()
    assert plan_values(digits.document)[0]["watched"] == "evenly"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("5", False))
    actions(button)["These samples…"].trigger()
    assert plan_values(digits.document)[0]["watched"] == "evenly"


def test_a_sample_of_the_errors_is_watched_from_its_menu(panel, begun, frames, app) -> None:
    worker = begun()
    for frame in frames():
        worker.say(frame)
    panel.show_view("errors")
    app.processEvents()
    panel.settle()
    app.processEvents()
    errors = panel.monitors["errors"]
    gallery = errors.gallery
    place = gallery.mapToGlobal(gallery.cells()[1].center().toPoint())
    assert errors.sample_at(place) == 1
    menu = errors.menu(errors.sample_at(place))
    menu.actions()[0].trigger()
    menu.close()
    assert watches(worker) == [Watch("samples", "", (1,))]
    assert panel._head.watched_button.text() == "Sample 1"
    menu = errors.menu(errors.sample_at(gallery.mapToGlobal(gallery.cells()[2].center().toPoint())))
    menu.actions()[0].trigger()
    menu.close()
    assert watches(worker)[1:] == [Watch("samples", "", (2, 1))]
    assert errors.sample_at(QPoint(-500, -500)) is None
    assert not errors.menu(None).actions()[0].text().startswith("Watch")


def test_another_project_has_its_own_choice(panel, digits) -> None:
    digits.edit("", "set_plan", values={"watched": "samples", "watched_samples": "5"})
    assert panel._head.watched_button.text() == "Sample 5"
    digits.files.new()
    assert panel._head.watched_button.text() == ""


def test_where_no_class_is_told_apart_none_can_be_chosen(panel, digits) -> None:
    digits.files.new()
    assert not actions(panel._head.watched_button)["Of one class"].isEnabled()


def test_the_line_of_a_sample_says_how_it_was_chosen_and_ends_with_the_last(qtbot, app) -> None:
    row = SampleRow()
    qtbot.addWidget(row)
    row.show()
    row.say("sample 20", True, {"samples": 2, "watched": {"how": "class", "label": "cat"}})
    assert row.words.text() == "of class cat · sample 20"
    QTest.mouseClick(row.after, Qt.MouseButton.LeftButton)
    assert row.sample == 1
    row.say("sample 21", True, {"samples": 2})
    assert row.words.text() == "sample 21" and not row.after.isEnabled()
    row.say("sample 21", True, {"samples": 1, "watched": {"how": "samples", "label": ""}})
    assert row.words.text() == "chosen · sample 21"


def test_a_sample_under_the_pointer_can_be_watched_wherever_samples_are_dots(
    panel, begun, frames, node, app
) -> None:
    worker = begun()
    sent = frames()
    for frame in sent:
        worker.say(frame)
    conv = node("Conv2d")
    panel.show_selection([conv])
    panel.show_view("projection")
    app.processEvents()
    panel.settle()
    app.processEvents()
    view = panel.monitors["projection"]
    dots = view.chart.dots
    index = next(f for f in sent if (f.node, f.measurement) == (conv, "projection")).arrays["index"]
    place = view.chart.place(float(dots.x[4]), float(dots.y[4]))
    assert view.sample_at(view.chart.mapToGlobal(place).toPoint()) == index[view.chart.dot_at(place)]
    assert view.sample_at(view.mapToGlobal(QPoint(1, 1))) is None


def test_an_answer_under_the_pointer_can_be_watched(qtbot, app) -> None:
    view = {view.name: view for view in views()}["regression"].make()
    qtbot.addWidget(view)
    view.resize(400, 300)
    truth = np.array([0.0, np.nan, 1.0, 2.0], np.float32)
    arrays = {"truth": truth, "answer": truth + 0.1, "index": np.array([10, 11, 12, 13])}
    about = {"columns": 1, "samples": 4, "r2": 1.0, "rmse": 0.1, "bias": 0.1, "name": "y"}
    history = RunHistory()
    history.take(Frame("regression", "", 1, 0.1, arrays, about))
    view.show_runs([ShownRun("known", None, history, None)])
    view.show()
    view.refresh()
    app.processEvents()
    place = view.chart.place(1.0, 1.1)
    assert view.sample_at(view.chart.mapToGlobal(place).toPoint()) == 12
