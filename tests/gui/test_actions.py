from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QToolButton

from nndesigner.base.data_field import DataField
from nndesigner.gui.action_table import MENUS, TABLE
from nndesigner.gui.action_tables.access import SUBMENUS
from nndesigner.gui.commands import editing
from nndesigner.gui.icons import icon_names
from nndesigner.gui.main_window import MainWindow
from nndesigner.protocol.messages import DataFound, Done, State


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
        assert action.menu in (*MENUS, *SUBMENUS), action.id
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


# -- every grey command says why, and what would make it possible ----------------------------------------------------
def _nothing(window: MainWindow, pool) -> None:
    window.show_welcome()


def _empty(window: MainWindow, pool) -> None:
    pass


def _layers(window: MainWindow, pool) -> None:
    editing.append(window.desk, "Linear")
    editing.append(window.desk, "ReLU")
    window.canvas.select([])


def _one(window: MainWindow, pool) -> None:
    editing.append(window.desk, "Linear")


def _several(window: MainWindow, pool) -> None:
    _layers(window, pool)
    editing.select_all(window.desk)
    window.session.undo()


def _a_wire(window: MainWindow, pool) -> None:
    _layers(window, pool)
    window.canvas.select([window.session.document.edges[0].id])


def _unread(window: MainWindow, pool) -> None:
    window.session.edit("", "set_data", type="iris")


def _reading(window: MainWindow, pool) -> None:
    window.data_page.view.chosen.emit("iris")


def _broken(window: MainWindow, pool) -> None:
    _read(window, pool)
    editing.append(window.desk, "Output")


def _read(window: MainWindow, pool) -> None:
    field = DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 4),))
    target = DataField(name="y", role="target", kind="class", element="int", classes=("a", "b", "c"))
    window.data_page.view.chosen.emit("iris")
    pool.last.say(DataFound((field, target), {"all": 150, "train": 100, "test": 50}, "f"))
    pool.last.end(Done())


def _ready(window: MainWindow, pool) -> None:
    _read(window, pool)
    for type in ("TableInput", "Linear", "Output"):
        editing.append(window.desk, type)
    linear = next(node.id for node in window.session.document.nodes() if node.type == "Linear")
    window.session.edit("", "set_parameter", node=linear, parameter="out_features", value=3)


def _running(window: MainWindow, pool) -> None:
    _ready(window, pool)
    window.actions_.run("train")
    pool.last.say(State("running"))


def _stopping(window: MainWindow, pool) -> None:
    _running(window, pool)
    window.actions_.run("stop")
    pool.last.say(State("stopping"))


def _over(window: MainWindow, pool) -> None:
    _running(window, pool)
    pool.last.end(Done({"state": "stopped"}))


STATES = (
    _nothing, _empty, _layers, _one, _several, _a_wire, _unread, _reading, _broken, _read, _ready, _running,
    _stopping, _over,
)  # fmt: skip
ASKS = re.compile(r"^(Open|Select|Copy|First mend)\b|: \w|\. [A-Z]")
"""A sentence that begins with what to do, or goes on with it."""


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("_"))
def test_every_grey_command_says_why_and_what_would_make_it_possible(
    staffed: MainWindow, pool, state: Callable[..., None]
) -> None:
    state(staffed, pool)
    staffed.actions_.refresh()
    grey = 0
    for action in TABLE:
        made, reason = staffed.actions_.made[action.id], staffed.actions_.why_not(action.id)
        assert made.isEnabled() == (not reason), action.id
        if reason:
            grey += 1
            assert reason.endswith(".") and ASKS.search(reason), f"{action.id}: {reason}"
            assert reason in _tip(made.toolTip()), action.id
    assert grey
    for button in staffed.findChildren(QAbstractButton):
        alone = button.parentWidget() is None or button.isEnabledTo(button.parentWidget())
        named = button.accessibleName() or button.text() or button.objectName()
        if not alone and not named.startswith("Scroll "):  # the arrows of a tab bar are Qt's own
            assert _tip(button.toolTip()).endswith("."), f"{named}: {button.toolTip()}"
