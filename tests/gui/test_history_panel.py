from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.commands import editing
from nndesigner.gui.history_panel import HistoryPanel


@pytest.fixture
def panel(window, qtbot) -> HistoryPanel:
    for type in ("TableInput", "Linear", "Output"):
        editing.append(window.desk, type)
    window.actions_.run("history")
    qtbot.waitUntil(lambda: window.docks["history"].content is not None)
    return window.docks["history"].content


def test_the_dock_is_not_there_before_it_is_asked_for(window) -> None:
    assert window.docks["history"].isHidden() and window.docks["history"].content is None


def test_steps_stand_from_the_oldest_with_the_present_one_marked(window, panel) -> None:
    assert panel.names == ["New project", "Add Table input", "Add Linear", "Add Output"]
    assert panel.list.currentRow() == 3 and panel.list.item(3).font().bold()
    window.session.undo()
    QApplication.processEvents()
    assert panel.names[-1] == "Add Output" and panel.list.currentRow() == 2
    assert panel.list.item(3).font().italic() and panel.state.text() == "2 steps, 1 to redo"


def test_a_new_edit_drops_what_was_taken_back(window, panel) -> None:
    window.session.undo()
    window.session.edit("Add a remark", "add_note", text="x", x=0, y=0)
    QApplication.processEvents()
    assert panel.names == ["New project", "Add Table input", "Add Linear", "Add a remark"]


def test_the_keyboard_goes_there_too(window, panel) -> None:
    panel.list.setFocus()
    panel.list.setCurrentRow(1)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert [node.type for node in window.session.document.nodes()] == ["TableInput"]
    QApplication.processEvents()
    assert panel.list.currentRow() == 1


def test_what_is_in_the_file_is_marked(window, panel, tmp_path) -> None:
    window.session.files.save_as(tmp_path / "p.nnd")
    QApplication.processEvents()
    assert panel.names[3] == "Add Output  ·  saved" and panel.names[0] == "Opened"
    window.session.undo()
    QApplication.processEvents()
    assert panel.names[3] == "Add Output  ·  saved", "the mark stays where it is"


def test_another_project_has_a_history_of_its_own(window, panel) -> None:
    window.session.files.new()
    QApplication.processEvents()
    assert panel.names == ["New project"]
