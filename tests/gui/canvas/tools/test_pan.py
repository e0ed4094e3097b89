from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest


def middle(view) -> tuple[float, float]:
    return view.visible_rect().center().toTuple()


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton])
def test_a_drag_moves_the_view_with_the_pointer(editor, view, hand, button):
    before = middle(view)
    spot = hand.at(400, 100)
    hand.press(400, 100, button)
    viewport_target = spot.x() - 60, spot.y() - 40
    scene = view.mapToScene(*viewport_target)
    hand.to(scene.x(), scene.y(), button)
    hand.release(scene.x(), scene.y(), button)
    assert middle(view) == pytest.approx((before[0] + 60, before[1] + 40), abs=2)
    assert not editor.history.done and not view.selection


def test_space_and_the_left_button_pan_even_over_a_node(editor, view, hand):
    asked = []
    view.addRequested.connect(asked.append)
    before = middle(view)
    QTest.keyPress(view, Qt.Key.Key_Space)
    assert view.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor
    hand.press(270, 15)
    assert view.viewport().cursor().shape() == Qt.CursorShape.ClosedHandCursor
    hand.to(300, 15)
    hand.release(300, 15)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert middle(view)[0] == pytest.approx(before[0] - 30, abs=2)
    assert not view.selection and not asked
    assert view.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


def test_space_alone_asks_for_a_layer(editor, view):
    asked = []
    view.addRequested.connect(asked.append)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert len(asked) == 1 and isinstance(asked[0], QPointF)


def test_a_right_click_that_stays_opens_the_menu_of_what_is_there(editor, view, hand):
    asked = []
    view.contextMenu.connect(lambda under, place: asked.append((under, place)))
    hand.click(270, 15, Qt.MouseButton.RightButton)
    ((under, place),) = asked
    assert (under.kind, under.id) == ("node", editor.named("conv1"))
    assert place == view.viewport().mapToGlobal(hand.at(270, 15))
    assert view.selection == {editor.named("conv1")}


def test_a_right_click_on_nothing_keeps_the_selection(editor, view, hand):
    view.select([editor.named("conv1")])
    asked = []
    view.contextMenu.connect(lambda under, place: asked.append(under))
    hand.click(500, 300, Qt.MouseButton.RightButton)
    assert not asked[0] and view.selection == {editor.named("conv1")}


def test_a_right_drag_opens_no_menu(editor, view, hand):
    asked = []
    view.contextMenu.connect(lambda under, place: asked.append(under))
    hand.drag((500, 300), (520, 300), Qt.MouseButton.RightButton)
    assert not asked
