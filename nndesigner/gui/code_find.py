"""A bar to find words in a text that is read: next, previous, how many there are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import icon_button, label


class FindBar(QWidget):
    """Hidden until `open`; Esc closes it and gives the keyboard back to the text."""

    def __init__(self, text: QPlainTextEdit) -> None:
        super().__init__()
        self._text = text
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        self.words = QLineEdit()
        self.words.setPlaceholderText(tr("Find in the code"))
        self.words.setAccessibleName(tr("Find in the code"))
        self.words.textChanged.connect(lambda _: self._typed())
        row.addWidget(self.words, 1)
        self.count = label(role="muted")
        row.addWidget(self.count)
        self.before = icon_button("arrow-up", tr("Previous (Shift+Enter)"))
        self.before.clicked.connect(lambda: self.step(-1))
        self.after = icon_button("arrow-down", tr("Next (Enter)"))
        self.after.clicked.connect(lambda: self.step(1))
        self.close_button = icon_button("close", tr("Close (Esc)"))
        self.close_button.clicked.connect(self.shut)
        for button in (self.before, self.after, self.close_button):
            row.addWidget(button)
        self.hide()

    def open(self) -> None:
        """Shows the bar, with the words that are selected in the text."""
        selected = self._text.textCursor().selectedText()
        self.show()
        if selected and "\u2029" not in selected:
            self.words.setText(selected)
        self.words.setFocus()
        self.words.selectAll()
        self._tell()

    def shut(self) -> None:
        self.hide()
        self._text.setFocus()

    def step(self, way: int) -> None:
        """Selects the next place (1) or the one before (-1), round the ends; nothing where there is none."""
        words = self.words.text()
        if not words:
            return
        flags = QTextDocument.FindFlag.FindBackward if way < 0 else QTextDocument.FindFlag(0)
        if not self._text.find(words, flags):
            cursor = self._text.textCursor()
            end = QTextCursor.MoveOperation.End if way < 0 else QTextCursor.MoveOperation.Start
            cursor.movePosition(end)
            found = self._text.document().find(words, cursor, flags)
            if not found.isNull():
                self._text.setTextCursor(found)
        self._tell()

    def _typed(self) -> None:
        """What is typed is looked for from where the selection begins, so that more letters do not move it on."""
        cursor = self._text.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._text.setTextCursor(cursor)
        self.step(1)
        self._tell()

    def _tell(self) -> None:
        words, whole = self.words.text().lower(), self._text.toPlainText().lower()
        total = whole.count(words) if words else 0
        cursor = self._text.textCursor()
        here = whole.count(words, 0, cursor.selectionEnd()) if total and cursor.hasSelection() else 0
        if not words:
            self.count.setText("")
        else:
            self.count.setText(tr("{here} of {total}", here=here, total=total) if total else tr("not found"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)
