from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shiboken6 import isValid

from nndesigner.base.folders import state_folder
from nndesigner.gui import key_bindings
from nndesigner.gui.key_presets import PRESETS
from nndesigner.gui.keys_dialog import KeysDialog

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def dialog(window):
    (state_folder() / "keys.json").unlink(missing_ok=True)
    window.actions_.run("keys")
    found = window.findChild(KeysDialog)
    yield found
    if isValid(found):
        found.close()
    (state_folder() / "keys.json").unlink(missing_ok=True)


def _press(dialog: KeysDialog, button: str) -> None:
    QTest.mouseClick(dialog.buttons[button], Qt.MouseButton.LeftButton)


def _rows(dialog: KeysDialog) -> list[str]:
    found = []
    for number in range(dialog.list.topLevelItemCount()):
        menu = dialog.list.topLevelItem(number)
        found += [menu.child(i).text(0) for i in range(menu.childCount()) if not menu.child(i).isHidden()]
    return found


def _back_to_the_canvas(dialog: KeysDialog, window, qtbot) -> None:
    dialog.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.canvas.setFocus()


def test_a_key_is_pressed_and_works_at_once(dialog, window, qtbot) -> None:
    done = window.session.edit("", "add_node", type="Linear")
    dialog.choose("collapse")
    _press(dialog, "change")
    QTest.keyClick(dialog.field, Qt.Key.Key_J, SHIFT)
    assert window.actions_.keys["collapse"] == ("Shift+J",)
    assert key_bindings.read().keys == {"collapse": ("Shift+J",)}
    window.canvas.select(list(done.added))
    _back_to_the_canvas(dialog, window, qtbot)
    QTest.keyClick(window.canvas, Qt.Key.Key_H)
    node = next(iter(done.added))
    assert not window.session.document.node(node).collapsed, "the old key is gone"
    QTest.keyClick(window.canvas, Qt.Key.Key_J, SHIFT)
    assert window.session.document.node(node).collapsed
    assert "Shift+J" in window.actions_.made["collapse"].toolTip()


def test_one_more_key_and_none(dialog, window) -> None:
    dialog.choose("collapse")
    _press(dialog, "add")
    QTest.keyClick(dialog.field, Qt.Key.Key_Tab)
    assert window.actions_.keys["collapse"] == ("H", "Tab"), "Tab is a key like any other here"
    _press(dialog, "remove")
    assert window.actions_.keys["collapse"] == () and not dialog.buttons["remove"].isEnabled()
    _press(dialog, "reset")
    assert window.actions_.keys["collapse"] == ("H",) and not dialog.buttons["reset"].isEnabled()


def test_a_conflict_is_named_and_asked_about(dialog, window) -> None:
    dialog.choose("collapse")
    _press(dialog, "change")
    QTest.keyClick(dialog.field, Qt.Key.Key_D, CTRL)
    assert "Duplicate" in dialog.said.text() and "Fold up" in dialog.said.text()
    assert window.actions_.keys["collapse"] == ("H",), "nothing is taken before it is asked"
    QTest.mouseClick(dialog.leave, Qt.MouseButton.LeftButton)
    assert window.actions_.keys["duplicate"] == ("Ctrl+D", "Shift+D") and not dialog.give.isVisible()
    _press(dialog, "change")
    QTest.keyClick(dialog.field, Qt.Key.Key_D, CTRL)
    QTest.mouseClick(dialog.give, Qt.MouseButton.LeftButton)
    assert window.actions_.keys["collapse"] == ("Ctrl+D",)
    assert window.actions_.keys["duplicate"] == ("Shift+D",)
    _press(dialog, "reset-all")
    assert window.actions_.keys["duplicate"] == ("Ctrl+D", "Shift+D")


def test_esc_leaves_it_and_keys_of_the_canvas_stay_there(dialog, window) -> None:
    dialog.choose("collapse")
    _press(dialog, "change")
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert dialog.isVisible() and not dialog.field.isVisible()
    assert window.actions_.keys["collapse"] == ("H",)
    _press(dialog, "change")
    QTest.keyClick(dialog.field, Qt.Key.Key_Space)
    assert "cannot be given away" in dialog.said.text() and window.actions_.keys["collapse"] == ("H",)


def test_a_preset_is_chosen_and_what_was_changed_stays(dialog, window, qtbot) -> None:
    assert [dialog.preset_box.itemText(i) for i in range(dialog.preset_box.count())] == list(PRESETS)
    dialog.choose("collapse")
    _press(dialog, "change")
    QTest.keyClick(dialog.field, Qt.Key.Key_J, SHIFT)
    dialog.preset_box.setCurrentText("NodeGraphQt")
    dialog.preset_box.activated.emit(dialog.preset_box.currentIndex())
    assert window.actions_.keys["add"][0] == "Tab" and window.actions_.keys["collapse"] == ("Shift+J",)
    _back_to_the_canvas(dialog, window, qtbot)
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    assert window.asking.popup.isVisible(), "Tab searches, in this preset"
    window.asking.popup.hide()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_H)
    assert not window.asking.popup.isVisible(), "and H is no search"


def test_actions_and_keys_are_searched(dialog) -> None:
    every = _rows(dialog)
    assert "Undo" in every and "Frame the selection" in every
    dialog.filter_field.setText("ctrl+j")
    assert _rows(dialog) == ["Frame the selection"]
    dialog.filter_field.setText("fold")
    assert _rows(dialog) == ["Fold up"]


def test_it_is_used_by_keyboard_alone(dialog, window) -> None:
    dialog.choose("collapse")
    dialog.list.setFocus()
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert dialog.field.hasFocus()
    QTest.keyClick(dialog.field, Qt.Key.Key_F11)
    assert window.actions_.keys["collapse"] == ("F11",) and dialog.list.hasFocus()
    assert dialog.chosen == "collapse", "the same row is still at hand"
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert window.actions_.keys["collapse"] == ()
