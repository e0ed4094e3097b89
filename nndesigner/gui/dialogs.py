"""Questions and messages in plain words: one dialog with a title, a sentence and buttons that say what they do.

Every text is shown as it is, never as markup. It decides nothing: it gives back which button was pressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import IconLabel, label, menu_text


@dataclass(frozen=True)
class Choice:
    """A button: the word that comes back, its text, and whether it is the one that Return presses."""

    word: str
    text: str
    main: bool = False
    danger: bool = False


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
            if choice.danger:
                button.setProperty("role", "danger")
            if choice.main:
                button.setDefault(True)
                button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, word=choice.word: self._answered(word))
            row.addWidget(button)
            self.buttons[choice.word] = button
            if choice.main:
                button.setFocus(Qt.FocusReason.OtherFocusReason)
        box.addLayout(row)

    def _answered(self, word: str) -> None:
        self.answer = word
        self.accept()


def ask(parent: QWidget | None, title: str, sentence: str, choices: Sequence[Choice], **more: str) -> str:
    """Shows a question and waits; the word of the button, or "" where it was left."""
    question = Question(parent, title, sentence, choices, **more)  # type: ignore[arg-type]
    try:
        question.exec()
        return question.answer
    finally:
        question.deleteLater()


def tell(parent: QWidget | None, title: str, sentence: str, detail: str = "") -> None:
    """Something could not be done: says so and waits until it was read."""
    close = (Choice("ok", tr("OK"), main=True),)
    ask(parent, title, sentence, close, icon_name="warning", icon_role="warning", detail=detail)


# -- the questions that the window asks ---------------------------------------------------------------------------
def ask_unsaved(parent: QWidget | None, name: str) -> str:
    """ "save", "discard", or "" to go on editing."""
    return ask(
        parent,
        tr("Save the changes to “{name}”?", name=name),
        tr("If you do not save, the changes since the last save are lost."),
        (
            Choice("discard", tr("Do not save"), danger=True),
            Choice("", tr("Cancel")),
            Choice("save", tr("Save"), main=True),
        ),
        icon_name="save",
    )


def ask_running(parent: QWidget | None, runs: str) -> str:
    """What becomes of training when the window closes: "detach", "stop", or "" to stay."""
    return ask(
        parent,
        tr("Training is still running"),
        tr(
            "{runs} can go on without the window, and you can watch it again when you open the project next time."
            " Or it can stop now: a checkpoint is written first, so that it can be continued later.",
            runs=runs,
        ),
        (
            Choice("stop", tr("Stop and close")),
            Choice("", tr("Cancel")),
            Choice("detach", tr("Go on without the window"), main=True),
        ),
        icon_name="training",
    )


def ask_recovered(parent: QWidget | None, name: str, edits: str) -> str:
    """A journal with unsaved edits was found: "restore", "discard", or "" for later."""
    return ask(
        parent,
        tr("Restore unsaved work?"),
        tr(
            "nndesigner was not closed properly. {edits} of “{name}” had not been saved.",
            edits=edits,
            name=name,
        ),
        (
            Choice("discard", tr("Discard"), danger=True),
            Choice("", tr("Decide later")),
            Choice("restore", tr("Restore"), main=True),
        ),
        icon_name="history",
    )
