from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from nndesigner.gui.action_table import MENUS, TABLE
from nndesigner.gui.icons import icon_names


def _tip(text: str) -> str:
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


def test_the_table_is_sound() -> None:
    ids = [action.id for action in TABLE]
    assert len(ids) == len(set(ids))
    keys = [QKeySequence(key).toString() for action in TABLE for key in action.keys]
    assert all(keys), "every key is one that Qt understands"
    assert len(keys) == len(set(keys)), "no key means two things"
    for action in TABLE:
        assert not action.icon or action.icon in icon_names(), action.id
        assert action.menu in MENUS, action.id
        assert action.text[0].isupper()


def test_what_cannot_be_done_says_why(window) -> None:
    made = window.actions_.made
    for id in ("undo", "train", "export", "delete", "paste", "arrange", "pause", "stop", "continue"):
        assert not made[id].isEnabled(), id
        reason = window.actions_.why_not(id)
        assert reason.endswith(".") and reason in _tip(made[id].toolTip()), id
    assert "data" in window.actions_.why_not("train")


def test_rules_follow_the_document_and_the_selection(window) -> None:
    made = window.actions_.made
    done = window.session.edit("Add a layer", "add_node", type="Linear")
    assert made["undo"].isEnabled() and made["undo"].text() == "Undo Add a layer"
    assert made["arrange"].isEnabled() and not made["delete"].isEnabled()
    window.canvas.select(list(done.added))
    assert made["delete"].isEnabled()
    window.session.undo()
    assert not made["undo"].isEnabled() and made["redo"].text() == "Redo Add a layer"


def test_keys_work_where_they_should(window, qtbot) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    window.session.edit("", "add_node", type="Linear")
    QTest.keyClick(window.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(window.canvas.selection) == 1
    QTest.keyClick(window.canvas, Qt.Key.Key_Delete)
    assert window.session.document.nodes() == ()
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(window.session.document.nodes()) == 1


def test_a_key_for_the_canvas_does_nothing_to_it_while_typing(window) -> None:
    done = window.session.edit("", "add_node", type="Linear")
    window.activateWindow()
    window.canvas.select(list(done.added))
    window.inspector.focus_field("out_features")
    box = window.inspector.form.rows["out_features"].editor.box
    QTest.keyClick(box, Qt.Key.Key_Delete)
    QTest.keyClick(box, Qt.Key.Key_Backspace)
    assert len(window.session.document.nodes()) == 1


def test_an_action_that_cannot_be_done_says_so_when_asked(window) -> None:
    window.actions_.run("train")
    assert window.status.sentence == window.actions_.why_not("train")


def test_the_toolbar_has_one_button_that_stands_out(window) -> None:
    buttons = [b for b in window.toolbar.findChildren(QToolButton) if b.property("role") == "primary"]
    assert [b.objectName() for b in buttons] == ["tool:train"]


def test_every_action_is_found_in_a_menu(window) -> None:
    titles = {menu.title() for menu in window.menuBar().findChildren(type(window.menuBar().addMenu("x")))}
    assert set(MENUS) <= titles
