from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

NONE = Qt.KeyboardModifier.NoModifier
NO_PIXELS = QPoint()


def turn(
    view, place: QPoint, notches: float, keys=NONE, pixels=NO_PIXELS, phase=Qt.ScrollPhase.NoScrollPhase
):
    viewport = view.viewport()
    event = QWheelEvent(
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        pixels,
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        keys,
        phase,
        False,
    )
    QApplication.sendEvent(viewport, event)


@pytest.mark.parametrize("notches", [1, -1, 5, -8])
def test_the_wheel_zooms_at_the_pointer(view, hand, notches):
    place = hand.at(470, 40)
    before = view.mapToScene(place)
    turn(view, place, notches)
    assert view.scale_now == pytest.approx(2 ** (notches / 5), rel=1e-3)
    after = view.mapToScene(place)
    assert after.toTuple() == pytest.approx(before.toTuple(), abs=1.5 / view.scale_now)


def test_it_stops_at_both_ends(view, hand):
    for _ in range(40):
        turn(view, hand.at(470, 40), 5)
    assert view.scale_now == 4.0
    for _ in range(80):
        turn(view, QPoint(100, 100), -5)
    assert view.scale_now == 0.02


def test_two_fingers_scroll_and_zoom_with_ctrl(view):
    middle = view.visible_rect().center()
    turn(view, QPoint(100, 100), 0.1, pixels=QPoint(10, 25), phase=Qt.ScrollPhase.ScrollUpdate)
    assert view.scale_now == 1.0
    assert view.visible_rect().center().toTuple() == pytest.approx((middle.x() - 10, middle.y() - 25), abs=1)
    turn(
        view,
        QPoint(100, 100),
        1,
        Qt.KeyboardModifier.ControlModifier,
        QPoint(0, 25),
        Qt.ScrollPhase.ScrollUpdate,
    )
    assert view.scale_now > 1.0


def test_shift_scrolls_sideways(view):
    middle = view.visible_rect().center()
    turn(view, QPoint(100, 100), -1, Qt.KeyboardModifier.ShiftModifier)
    assert view.scale_now == 1.0
    assert view.visible_rect().center().x() == pytest.approx(middle.x() + 60, abs=1)
