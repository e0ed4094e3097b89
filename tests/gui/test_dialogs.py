"""Questions: the main answer is under the Enter key and under Space, and every button shows its whole word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.dialogs import Choice
from nndesigner.gui.question import Question
from nndesigner.gui.theme import choose_theme

RESTORE = (
    Choice("discard", "Discard", danger=True),
    Choice("", "Later"),
    Choice("restore", "Restore", main=True),
)
DELETE = (Choice("", "Cancel"), Choice("delete", "Delete everything", main=True, danger=True))


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, app: QApplication) -> Iterator[QApplication]:
    choose_theme(app, request.param)
    yield app
    choose_theme(app, "system")


@pytest.mark.parametrize("choices", [RESTORE, DELETE])
def test_the_main_answer_has_the_keyboard_and_room_for_its_word(themed: QApplication, choices) -> None:
    question = Question(None, "What now?", "Something is to be decided.", choices)
    question.show()
    QTest.qWaitForWindowExposed(question)
    main = next(choice.word for choice in choices if choice.main)
    assert question.focusWidget() is question.buttons[main]
    for button in question.buttons.values():
        bold = QFont(button.font())
        bold.setWeight(QFont.Weight.DemiBold)
        words = QFontMetrics(bold if button.isDefault() else button.font()).horizontalAdvance(button.text())
        assert button.width() >= words + 24
    QTest.keyClick(question.focusWidget(), Qt.Key.Key_Space)
    assert question.answer == main
    question.deleteLater()
