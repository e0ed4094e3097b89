"""What the tests of the whole program share: a themed application, and somebody who answers questions."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.gui import dialogs
from nndesigner.gui.theme import choose_theme


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    choose_theme(qapp, "light")
    return qapp


class Answers:
    """What the user will answer to questions, in order, and what was asked."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.asked: list[tuple[str, str, str]] = []

    def give(self, *answers: str) -> None:
        self.waiting += answers


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Every question is answered at once: with what the test gives, else with "" (cancel)."""
    found = Answers()

    def ask(parent: object, title: str, sentence: str, choices: object, **more: str) -> str:
        found.asked.append((title, sentence, more.get("detail", "")))
        return found.waiting.pop(0) if found.waiting else ""

    monkeypatch.setattr(dialogs, "ask", ask)
    return found
