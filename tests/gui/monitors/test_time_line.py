"""The slider: which look a key or a point means, the newest at its right end, the mark."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from nndesigner.gui.monitors.time_line import TimeLine

STEPS = np.array([10, 20, 40, 80, 160], np.int64)


@pytest.fixture
def line(app, qtbot):
    made = TimeLine()
    qtbot.addWidget(made)
    made.resize(500, 26)
    made.show_steps(STEPS)
    made.show()
    made.setFocus()
    return made


def at(line: TimeLine, step: int | None) -> QPoint:
    return QPoint(round(line.x_of(step)), line.height() // 2)


def test_it_begins_at_the_newest_and_stays_there_when_more_comes(line) -> None:
    assert line.moment is None
    line.show_steps(np.append(STEPS, 320))
    assert line.moment is None and line.value() == 6


def test_keys(line, qtbot) -> None:
    seen = []
    line.moment_changed.connect(lambda: seen.append(line.moment))
    for key in ("Home", "Right", "Right", "Left", "End", "Left", "Left", "Right", "Right"):
        qtbot.keyClick(line, getattr(Qt.Key, f"Key_{key}"))
    assert seen == [10, 20, 40, 20, None, 80, 40, 80, 160]
    qtbot.keyClick(line, Qt.Key.Key_Right)
    assert line.moment is None


def test_one_press_goes_from_the_newest_to_another_picture(line, qtbot) -> None:
    qtbot.keyClick(line, Qt.Key.Key_Left)
    assert line.moment == 80


@pytest.mark.parametrize("step", [10, 40, 160, None])
def test_a_click_goes_to_the_look_that_is_there(line, qtbot, step) -> None:
    line.show_moment(20)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=at(line, step))
    assert line.moment == step


def test_a_drag_goes_through_the_looks(line, qtbot) -> None:
    seen = []
    line.moment_changed.connect(lambda: seen.append(line.moment))
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=at(line, 10))
    for x in range(at(line, 10).x(), at(line, 160).x(), 3):
        qtbot.mouseMove(line, QPoint(x, 13))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=at(line, 160))
    qtbot.mouseMove(line, at(line, 20))  # nothing is held any more
    assert seen == [10, 20, 40, 80, 160]


def test_a_moment_stays_while_the_run_goes_on(line) -> None:
    line.show_moment(40)
    seen = []
    line.moment_changed.connect(lambda: seen.append(line.moment))
    line.show_steps(np.array([10, 40, 160, 640, 1280], np.int64))  # thinned, and longer
    line.show_steps(np.array([10, 160, 640, 1280], np.int64))  # even its own look is gone
    assert line.moment == 40 and seen == []


def test_the_mark_is_dragged_and_moved_by_keys(line, qtbot) -> None:
    line.show_mark(20)
    line.show_moment(160)
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=at(line, 20))
    qtbot.mouseMove(line, at(line, 80))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=at(line, 80))
    assert (line.moment, line.mark) == (160, 80)
    qtbot.keyClick(line, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert (line.moment, line.mark) == (160, 40)
