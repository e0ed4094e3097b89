from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow

from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import LIGHT

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize(
    ("key", "step"),
    [
        (Qt.Key.Key_Left, (-20, 0)),
        (Qt.Key.Key_Right, (20, 0)),
        (Qt.Key.Key_Up, (0, -20)),
        (Qt.Key.Key_Down, (0, 20)),
    ],
)
def test_arrows_nudge_the_selection_by_the_grid(editor, view, key, step):
    conv, relu = editor.named("conv1"), editor.named("relu1")
    view.select([conv, relu])
    QTest.keyClick(view, key)
    assert editor.place(conv) == (200 + step[0], step[1])
    assert editor.place(relu) == (400 + step[0], step[1])
    assert len(editor.history.done) == 1
    QTest.keyClick(view, key, SHIFT)
    assert editor.place(conv) == (200 + 6 * step[0], 6 * step[1])


def test_arrows_move_the_view_where_nothing_is_selected(editor, view):
    before = view.visible_rect().center()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.visible_rect().center().x() > before.x()
    assert not editor.history.done


def test_arrows_do_nothing_to_a_selected_wire(editor, view):
    view.select([editor.document.edges[0].id])
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert not editor.history.done


def test_letters_with_nothing_selected_open_the_search(editor, view):
    typed = []
    view.searchRequested.connect(typed.append)
    QTest.keyClicks(view, "c")
    view.select([editor.named("conv1")])
    QTest.keyClicks(view, "f")
    assert typed == ["c"]


def test_esc_unwinds_one_level_at_a_time(editor, view, hand):
    conv = editor.named("conv1")
    hand.drag((270, 15), (330, 75), let_go=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection == {conv}
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection == frozenset()


def test_alt_in_the_middle_of_a_drag_frees_it(editor, view, hand):
    conv = editor.named("conv1")
    hand.drag((270, 15), (277, 22), let_go=False)
    assert view.arrays.place[view.arrays.index[conv]].tolist() == [200, 0]
    QTest.keyPress(view, Qt.Key.Key_Alt)
    assert view.arrays.place[view.arrays.index[conv]].tolist() == [207, 7]
    QTest.keyRelease(view, Qt.Key.Key_Alt)
    assert view.arrays.place[view.arrays.index[conv]].tolist() == [200, 0]
    hand.release(277, 22)


@pytest.fixture
def window(qtbot, editor):
    """A window with single-key actions, the canvas and a field."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.view = CanvasView(editor, LIGHT)
    window.done = []
    for key in ("F", "Esc", "Ctrl+D"):
        action = QAction(key, window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda checked=False, key=key: window.done.append(key))
        window.addAction(action)
    window.field = QLineEdit()
    window.setMenuWidget(window.field)
    window.setCentralWidget(window.view)
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    window.view.setFocus()
    return window


def test_single_keys_are_the_windows_while_something_is_selected(editor, window):
    typed = []
    window.view.searchRequested.connect(typed.append)
    QTest.keyClick(window.view, Qt.Key.Key_F)
    assert (typed, window.done) == (["f"], [])
    window.view.select([editor.named("conv1")])
    QTest.keyClick(window.view, Qt.Key.Key_F)
    assert (typed, window.done) == (["f"], ["F"])
    QTest.keyClick(window.view, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert window.done == ["F", "Ctrl+D"]


def test_esc_is_the_windows_once_there_is_nothing_to_unwind(editor, window):
    window.view.select([editor.named("conv1")])
    QTest.keyClick(window.view, Qt.Key.Key_Escape)
    assert window.view.selection == frozenset() and window.done == []
    QTest.keyClick(window.view, Qt.Key.Key_Escape)
    assert window.done == ["Esc"]


def test_tab_goes_to_the_next_widget(window):
    QTest.keyClick(window.view, Qt.Key.Key_Tab)
    assert window.field.hasFocus()
