from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
CONV, RELU, WIRE, EMPTY = (270, 15), (470, 15), (370, 22), (500, 300)


def test_a_click_selects_one_thing(editor, view, hand, qtbot):
    told = []
    view.selectionChanged.connect(told.append)
    hand.click(*CONV)
    hand.click(*RELU)
    assert view.selection == {editor.named("relu1")}
    assert told == [{editor.named("conv1")}, {editor.named("relu1")}]


@pytest.mark.parametrize("key", [SHIFT, CTRL])
def test_shift_and_ctrl_add_and_take_away(editor, view, hand, key):
    hand.click(*CONV)
    hand.click(*RELU, keys=key)
    assert view.selection == {editor.named("conv1"), editor.named("relu1")}
    hand.click(*CONV, keys=key)
    assert view.selection == {editor.named("relu1")}


def test_a_click_on_one_of_many_selects_it_alone(editor, view, hand):
    view.select([editor.named("conv1"), editor.named("relu1")])
    hand.press(*CONV)
    assert len(view.selection) == 2  # it could become a drag of both
    hand.release(*CONV)
    assert view.selection == {editor.named("conv1")}


def test_a_wire_can_be_selected(editor, view, hand):
    hand.click(*WIRE)
    (wire,) = view.selection
    assert editor.document.get(wire).kind == "edge"


def test_a_click_on_nothing_selects_nothing(editor, view, hand):
    hand.click(*CONV)
    hand.click(*EMPTY)
    assert view.selection == frozenset()


def test_selecting_edits_nothing(editor, view, hand):
    hand.click(*CONV)
    hand.click(*WIRE)
    assert not editor.history.done
