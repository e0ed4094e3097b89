"""The dialog behind every question: a title, a sentence, perhaps details, and buttons that say what they do.

Every text is shown as it is, never as markup. It knows no question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import IconLabel, label, menu_text

if TYPE_CHECKING:
    from nndesigner.gui.dialogs import Choice


class Question(QDialog):
    """Esc and the window's close button give back `cancel`."""

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        sentence: str,
        choices: Sequence[Choice],
        *,
        icon_name: str = "help",
        icon_role: str = "accent",
        detail: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        self.answer = ""
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 22, 24, 20)
        box.setSpacing(16)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(IconLabel(icon_name, icon_role, 32), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(6)
        self.title = label(title, "subtitle")
        self.title.setWordWrap(True)
        words.addWidget(self.title)
        self.sentence = label(sentence, selectable=True)
        self.sentence.setWordWrap(True)
        words.addWidget(self.sentence)
        words.addStretch(1)
        top.addLayout(words, 1)
        box.addLayout(top)
        if detail:
            more = QPlainTextEdit(detail)
            more.setReadOnly(True)
            more.setMinimumHeight(120)
            more.setAccessibleName(tr("Details"))
            box.addWidget(more)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        for choice in choices:
            button = QPushButton(menu_text(choice.text))
            button.setAutoDefault(False)
            # A role of its own: the size of a button knows nothing of the bolder letters of `:default`.
            if choice.main:
                button.setProperty("role", "danger-primary" if choice.danger else "primary")
            elif choice.danger:
                button.setProperty("role", "danger")
            if choice.main:
                button.setDefault(True)
                button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, word=choice.word: self._answered(word))
            row.addWidget(button)
            self.buttons[choice.word] = button
        box.addLayout(row)
        for choice in choices:
            if choice.main:  # once it stands in the dialog: before, the first button would get it
                self.buttons[choice.word].setFocus(Qt.FocusReason.OtherFocusReason)

    def _answered(self, word: str) -> None:
        self.answer = word
        self.accept()
