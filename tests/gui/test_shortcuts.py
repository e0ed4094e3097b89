from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from nndesigner.gui.action_table import TABLE
from nndesigner.gui.shortcuts import GESTURES, Shortcuts


def test_every_key_and_gesture_is_listed_and_can_be_searched(app, qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = Shortcuts(parent, TABLE)
    dialog.show()
    words = [part.text() for part in dialog.findChildren(QLabel)]
    for action in TABLE:
        if action.keys:
            assert action.text in words
    assert all(what in words for what, _ in GESTURES)
    QTest.keyClicks(dialog.search_field, "undo")
    shown = [part.text() for part in dialog.findChildren(QLabel) if part.isVisible()]
    assert "Undo" in shown and "Zoom" not in shown
    dialog.close()
