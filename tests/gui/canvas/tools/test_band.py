from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def names(editor, view) -> set[str]:
    return {editor.document.node(id).name for id in view.selection}


def test_it_selects_what_it_touches_while_it_is_drawn(editor, view, hand):
    hand.drag((180, -60), (420, 100), let_go=False)
    assert names(editor, view) == {"conv1", "relu1"}
    assert view._band.isVisible()
    hand.release(420, 100)
    assert names(editor, view) == {"conv1", "relu1"}
    assert not view._band.isVisible()
    assert not editor.history.done


def test_backwards_is_the_same(editor, view, hand):
    hand.drag((420, 100), (180, -60))
    assert names(editor, view) == {"conv1", "relu1"}


def test_shift_adds(editor, view, hand):
    view.select([editor.named("flatten1")])
    hand.drag((180, -60), (300, 100), keys=SHIFT)
    assert names(editor, view) == {"flatten1", "conv1"}


def test_ctrl_toggles(editor, view, hand):
    view.select([editor.named("conv1"), editor.named("flatten1")])
    hand.drag((180, -60), (420, 100), keys=CTRL)
    assert names(editor, view) == {"flatten1", "relu1"}


def test_esc_brings_the_selection_back(editor, view, hand):
    view.select([editor.named("flatten1")])
    hand.drag((180, -60), (420, 100), let_go=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    hand.release(420, 100)
    assert names(editor, view) == {"flatten1"}
    assert not view._band.isVisible()


def test_a_click_with_shift_on_nothing_keeps_the_selection(editor, view, hand):
    view.select([editor.named("flatten1")])
    hand.click(500, 300, keys=SHIFT)
    assert names(editor, view) == {"flatten1"}
