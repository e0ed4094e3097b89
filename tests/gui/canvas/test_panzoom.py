from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from nndesigner.gui.canvas.panzoom import PanZoomView


@pytest.fixture
def board(qtbot) -> PanZoomView:
    board = PanZoomView()
    qtbot.addWidget(board)
    board.resize(600, 400)
    board.show()
    qtbot.waitExposed(board)
    board.centerOn(0, 0)
    return board


def test_zoom_keeps_the_middle_or_the_given_place(board):
    told = []
    board.zoomChanged.connect(told.append)
    board.zoom_by(2.0)
    assert board.scale_now == 2.0 and told == [2.0]
    assert board.visible_rect().center().toTuple() == pytest.approx((0, 0), abs=1)
    corner = board.mapToScene(0, 0)
    board.zoom_by(0.5, QPointF(0, 0))
    assert board.mapToScene(0, 0).toTuple() == pytest.approx(corner.toTuple(), abs=1.5)
    board.reset_zoom()
    assert told == [2.0, 1.0]


def test_a_rectangle_is_shown_whole_and_not_blown_up(board):
    board.show_bounds((-1000, -200, 3000, 800))
    left, top, right, bottom = board.visible_bounds()
    assert left <= -1000 and top <= -200 and right >= 3000 and bottom >= 800
    board.show_bounds((0, 0, 10, 10))
    assert board.scale_now == 1.25
    board.show_bounds(None)
    assert board.scale_now == 1.0 and board.visible_rect().center().toTuple() == pytest.approx((0, 0), abs=1)


def test_panning_has_no_end_within_reach(board):
    for _ in range(50):
        board.pan_by(400, 300)
    assert board.visible_rect().center().toTuple() == pytest.approx((-20_000, -15_000), abs=2)


def test_resizing_keeps_the_middle(board, qtbot):
    board.centerOn(100, 50)
    board.resize(900, 700)
    qtbot.wait(10)
    assert board.visible_rect().center().toTuple() == pytest.approx((100, 50), abs=2)
