"""Walking by Tab and Alt, and standing on a port, with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow

from nndesigner.gui.canvas import walk
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import NOTHING, Hit
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import LIGHT

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def window(qtbot, editor):
    """The canvas between two fields."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.before, window.after = QLineEdit(), QLineEdit()
    window.view = CanvasView(editor, LIGHT)
    window.setMenuWidget(window.before)
    window.setCentralWidget(window.view)
    window.statusBar().addWidget(window.after)
    QMainWindow.setTabOrder(window.before, window.view)
    QMainWindow.setTabOrder(window.view, window.after)
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    window.view.setFocus()
    return window


def _at(view, editor) -> str:
    focus = view.state.focus
    return editor.document.node(focus.id).name if focus else ""


def test_tab_walks_the_layers_in_data_order_and_then_leaves(editor, window):
    view = window.view
    view.select([editor.named("image1")])
    seen = []
    while view.hasFocus():
        QTest.keyClick(view, Key.Key_Tab)
        seen.append(_at(view, editor))
    assert seen == ["conv1", "relu1", "flatten1", ""]
    assert window.after.hasFocus()
    assert view.selection == {editor.named("flatten1")}
    assert not editor.history.done


def test_shift_tab_walks_back_and_then_leaves(editor, window):
    view = window.view
    view.select([editor.named("conv1")])
    QTest.keyClick(view, Key.Key_Backtab, SHIFT)
    assert _at(view, editor) == "image1" and view.selection == {editor.named("image1")}
    QTest.keyClick(view, Key.Key_Backtab, SHIFT)
    assert window.before.hasFocus()


def test_with_nothing_selected_tab_leaves_at_once(editor, window):
    QTest.keyClick(window.view, Key.Key_Tab)
    assert window.after.hasFocus() and window.view.selection == frozenset()


def test_coming_in_by_tab_shows_where_the_keyboard_is(editor, window):
    view = window.view
    view.select([editor.named("conv1")])
    window.before.setFocus()
    assert view.state.focus == NOTHING
    QTest.keyClick(window.before, Key.Key_Tab)
    assert view.hasFocus() and _at(view, editor) == "conv1"


def test_a_press_of_the_mouse_takes_the_ring_away(editor, view, hand):
    walk.go(view, editor.named("conv1"))
    hand.click(30, 300)
    assert view.state.focus == NOTHING


def test_walk_along_wires_with_alt_and_arrows(editor, view):
    """Alt+Right follows a wire, Alt+Left goes back along it; with nothing selected they begin at the ends."""
    QTest.keyClick(view, Key.Key_Right, ALT)
    assert _at(view, editor) == "image1"
    QTest.keyClick(view, Key.Key_Right, ALT)
    assert _at(view, editor) == "conv1" and view.selection == {editor.named("conv1")}
    QTest.keyClick(view, Key.Key_Right, ALT)
    QTest.keyClick(view, Key.Key_Right, ALT)
    assert _at(view, editor) == "relu1", "no wire leads on"
    QTest.keyClick(view, Key.Key_Left, ALT)
    assert _at(view, editor) == "conv1"
    assert not editor.history.done and editor.place(editor.named("conv1")) == (200, 0)


def test_alt_up_goes_round_the_branches(editor, view):
    editor.wire(editor.named("conv1"), editor.named("flatten1"))
    walk.go(view, editor.named("relu1"))
    QTest.keyClick(view, Key.Key_Up, ALT)
    assert _at(view, editor) == "flatten1"
    QTest.keyClick(view, Key.Key_Up, ALT)
    assert _at(view, editor) == "relu1"


def test_alt_down_steps_to_a_port_and_arrows_choose_another(editor, view):
    add = editor.add("Add", 600, 0)
    said = []
    view.focusSaid.connect(said.append)
    walk.go(view, add)
    QTest.keyClick(view, Key.Key_Down, ALT)
    assert view.state.focus == Hit("port", add, OUTPUT, "y")
    QTest.keyClick(view, Key.Key_Left)
    first = view.state.focus
    assert first.side == INPUT
    QTest.keyClick(view, Key.Key_Down)
    assert view.state.focus.side == INPUT and view.state.focus.port != first.port
    QTest.keyClick(view, Key.Key_Up)
    assert view.state.focus == first
    QTest.keyClick(view, Key.Key_Right)
    assert view.state.focus.side == OUTPUT
    assert said[-1] == "add1: Output y, not wired yet"
    assert editor.place(add) == (600, 0), "arrows choose ports and nudge nothing"


def test_return_asks_for_targets_and_esc_goes_back_to_the_layer(editor, view):
    asked = []
    view.targetsRequested.connect(asked.append)
    flatten = editor.named("flatten1")
    view.select([flatten])
    QTest.keyClick(view, Key.Key_Down, ALT)
    QTest.keyClick(view, Key.Key_Return)
    assert asked == [Hit("port", flatten, OUTPUT, "y")]
    QTest.keyClick(view, Key.Key_Escape)
    assert view.state.focus == Hit("node", flatten) and view.selection == {flatten}
    QTest.keyClick(view, Key.Key_Escape)
    assert view.selection == frozenset() and view.state.focus == NOTHING


def test_del_on_a_port_takes_its_wires_and_not_the_layer(editor, view):
    conv = editor.named("conv1")
    view.select([conv])
    QTest.keyClick(view, Key.Key_Down, ALT)
    QTest.keyClick(view, Key.Key_Delete)
    assert editor.edges() == {("image1", "y", "conv1", "x")}
    assert len(editor.history.done) == 1 and view.state.focus.kind == "port"
    editor.undo()
    assert len(editor.edges()) == 2


def test_the_focus_is_let_go_where_its_layer_is_gone(editor, view):
    conv = editor.named("conv1")
    view.select([conv])
    QTest.keyClick(view, Key.Key_Down, ALT)
    editor.edit("Remove", "remove", ids=[conv])
    assert view.state.focus == NOTHING
    view.grab()


def test_the_ring_is_painted_where_the_keyboard_is(editor, view):
    conv = editor.named("conv1")
    view.select([conv])
    plain = view.grab().toImage()
    walk.go(view, conv)
    ringed = view.grab().toImage()
    QTest.keyClick(view, Key.Key_Down, ALT)
    assert plain != ringed and view.grab().toImage() not in (plain, ringed)
