from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.gui import window_state
from nndesigner.gui.commands import overviews
from nndesigner.gui.find_bar import FindBar
from nndesigner.session.session import Session


def test_snapping_and_minimap_are_remembered(window, make_window) -> None:
    desk, made = window.desk, window.actions_.made
    assert made["snapping"].isChecked() and not made["minimap"].isChecked()
    made["snapping"].trigger()
    made["minimap"].trigger()
    assert not desk.canvas.snapping and overviews.has_minimap(desk)
    state = window_state.read()
    assert not state.snapping and state.minimap
    other = make_window(Session())
    overviews.restore(other.desk)
    assert not other.canvas.snapping and overviews.has_minimap(other.desk)
    assert not other.actions_.made["snapping"].isChecked()


def test_the_key_for_finding_is_for_the_code_while_the_keyboard_is_there(window, qtbot) -> None:
    window.activateWindow()
    window.actions_.run("code")
    qtbot.waitUntil(lambda: window.docks["code"].content is not None)
    code = window.docks["code"].content
    qtbot.waitUntil(code.isVisible)
    code.text.setFocus()
    QTest.keyClick(code.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert code.find_bar.isVisible() and window.canvas.findChild(FindBar) is None
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.canvas.findChild(FindBar).isVisible()
