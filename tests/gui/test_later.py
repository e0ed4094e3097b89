"""What waits for the first paint: in order, one piece per turn of the event loop, and nothing after closing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from nndesigner.gui.later import Later


@pytest.fixture
def parent(qapp: object) -> QObject:
    return QObject()


def test_nothing_is_made_before_the_first_paint_and_everything_after_it(
    qtbot: QtBot, parent: QObject
) -> None:
    later, made = Later(parent), []
    later.add(lambda: made.append("first"), lambda: made.append("second"))
    qtbot.wait(20)
    assert made == []
    later.begin()
    qtbot.waitUntil(lambda: len(made) == 2)
    later.add(lambda: made.append("third"))
    qtbot.waitUntil(lambda: len(made) == 3)
    assert made == ["first", "second", "third"]


def test_other_events_come_between_two_pieces(qtbot: QtBot, parent: QObject) -> None:
    later, made = Later(parent), []
    later.add(lambda: QTimer.singleShot(0, lambda: made.append("event")), *[lambda: made.append("piece")] * 5)
    later.begin()
    qtbot.waitUntil(lambda: len(made) == 6)
    assert made.index("event") < 5, "an event that was waiting did not have to wait for all pieces"


def test_nothing_is_made_after_closing(qtbot: QtBot, parent: QObject) -> None:
    later, made = Later(parent), []
    later.add(lambda: made.append("first"))
    later.begin()
    later.close_down()
    qtbot.wait(20)
    assert made == []
