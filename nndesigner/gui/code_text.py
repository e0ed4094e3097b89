"""A text of Python to read or to write: fixed-width letters, colours, line numbers, and a line that can be marked.

It shows what it is given and tells when it was typed in. It reads no code and runs none.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontDatabase,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit, QWidget

from nndesigner.gui.plain import tip
from nndesigner.gui.python_colors import PythonColors
from nndesigner.gui.theme import Theme, current_theme

INDENT = "    "


class CodeText(QPlainTextEdit):
    """`typed` after every change by hand, `came` and `left` with the keyboard."""

    typed = Signal()
    came = Signal()
    left = Signal()

    def __init__(self, document: QTextDocument | None = None, height: int = 120) -> None:
        super().__init__()
        if document is not None:
            self.setDocument(document)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(QApplication.font().pointSizeF())
        self.setFont(font)
        self.setStyleSheet(
            f"QPlainTextEdit {{ font-family: '{font.family()}', monospace; padding: 2px; min-height: {height}px; }}"
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabStopDistance(4 * self.fontMetrics().horizontalAdvance(" "))
        self._marked: tuple[int, str] = (0, "")
        self._numbers = _Numbers(self)
        self._colors = PythonColors(self.document(), self._theme()) if document is None else None
        self.blockCountChanged.connect(lambda _: self._make_room())
        self.updateRequest.connect(self._scrolled)
        self.cursorPositionChanged.connect(self._show_marks)
        self.textChanged.connect(self._changed)
        self._shown = self.toPlainText()
        """the text as it was last told, or shown by `show_text`"""
        self._make_room()

    # -- what is shown ---------------------------------------------------------------------------------------------
    def show_text(self, text: str) -> None:
        """Shows another text; the cursor stays in its line."""
        if text == self.toPlainText():
            return
        row = self.textCursor().blockNumber()
        self._shown = text
        self.setPlainText(text)
        self.go_to(row + 1)

    def mark(self, line: int, sentence: str) -> None:
        """Underlines a line (from 1) with the sentence as its tip; 0 for none."""
        self._marked = (line, sentence)
        self.setToolTip(tip(sentence) if line else "")
        self._show_marks()

    @property
    def marked_line(self) -> int:
        return self._marked[0]

    def go_to(self, line: int) -> None:
        """Puts the cursor into a line, counted from 1."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount()) - 1))
        self.setTextCursor(QTextCursor(block))

    def _show_marks(self) -> None:
        theme, found = self._theme(), []
        if not self.isReadOnly():
            here = QTextEdit.ExtraSelection()
            here.format.setBackground(QColor(theme.hover))  # type: ignore[attr-defined]
            here.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # type: ignore[attr-defined]
            here.cursor = self.textCursor()  # type: ignore[attr-defined]
            here.cursor.clearSelection()  # type: ignore[attr-defined]
            found.append(here)
        line = self._marked[0]
        if line:
            wrong = QTextEdit.ExtraSelection()
            style = QTextCharFormat.UnderlineStyle.WaveUnderline
            wrong.format.setUnderlineStyle(style)  # type: ignore[attr-defined]
            wrong.format.setUnderlineColor(QColor(theme.error))  # type: ignore[attr-defined]
            block = self.document().findBlockByNumber(min(line, self.blockCount()) - 1)
            cursor = QTextCursor(block)
            text = block.text()
            cursor.movePosition(
                QTextCursor.MoveOperation.Right,
                QTextCursor.MoveMode.MoveAnchor,
                len(text) - len(text.lstrip()),
            )
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            wrong.cursor = cursor  # type: ignore[attr-defined]
            found.append(wrong)
        self.setExtraSelections(found)
        self._numbers.update()

    def _theme(self) -> Theme:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        return current_theme(app)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange) and hasattr(self, "_shown"):
            if self._colors is not None:
                self._colors.show(self._theme())
            self._show_marks()

    # -- typing ----------------------------------------------------------------------------------------------------
    def _changed(self) -> None:
        text = self.toPlainText()
        if text != self._shown:  # colours are changes to Qt as well
            self._shown = text
            self.typed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cursor = self.textCursor()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if self.isReadOnly():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Tab and plain:
            if cursor.hasSelection():
                self._shift(1)
            else:
                cursor.insertText(" " * (len(INDENT) - cursor.positionInBlock() % len(INDENT)))
        elif event.key() == Qt.Key.Key_Backtab:
            self._shift(-1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            before = cursor.block().text()[: cursor.positionInBlock()]
            indent = before[: len(before) - len(before.lstrip(" "))]
            deeper = INDENT if before.rstrip().endswith(":") else ""
            cursor.insertText("\n" + indent + deeper)
            self.ensureCursorVisible()
        elif event.key() == Qt.Key.Key_Escape:
            self.focusNextChild()  # Tab writes: this is the way out
        else:
            super().keyPressEvent(event)

    def _shift(self, step: int) -> None:
        """Moves the lines of the selection in or out by one indent."""
        cursor = self.textCursor()
        first = self.document().findBlock(cursor.selectionStart())
        last = self.document().findBlock(cursor.selectionEnd()).blockNumber()
        cursor.beginEditBlock()
        block = first
        while block.isValid() and block.blockNumber() <= last:
            edit = QTextCursor(block)
            if step > 0:
                edit.insertText(INDENT)
            else:
                text = block.text()
                extra = min(len(INDENT), len(text) - len(text.lstrip(" ")))
                edit.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, extra)
                edit.removeSelectedText()
            block = block.next()
        cursor.endEditBlock()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.came.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    # -- line numbers ----------------------------------------------------------------------------------------------
    def numbers_width(self) -> int:
        digits = max(2, len(str(self.blockCount())))
        return 14 + self.fontMetrics().horizontalAdvance("9") * digits

    def _make_room(self) -> None:
        self.setViewportMargins(self.numbers_width(), 0, 0, 0)
        self._place_numbers()

    def _place_numbers(self) -> None:
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), self.numbers_width(), inside.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_numbers()

    def _scrolled(self, rect: QRect, dy: int) -> None:
        if dy:
            self._numbers.scroll(0, dy)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())

    def paint_numbers(self, painter: QPainter, rect: QRect) -> None:
        """The numbers of the lines in sight."""
        theme = self._theme()
        painter.setFont(self.font())
        block, here = self.firstVisibleBlock(), self.textCursor().blockNumber()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= rect.bottom():
            height = self.blockBoundingRect(block).height()
            if block.isVisible() and top + height >= rect.top():
                number = block.blockNumber()
                wrong = number + 1 == self._marked[0]
                painter.setPen(
                    QColor(theme.error if wrong else theme.text if number == here else theme.muted)
                )
                place = QRect(0, round(top), self._numbers.width() - 8, round(height))
                painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), str(number + 1))
            top += height
            block = block.next()


class _Numbers(QWidget):
    """The column of line numbers."""

    def __init__(self, text: CodeText) -> None:
        super().__init__(text)
        self._text = text

    def sizeHint(self) -> QSize:
        return QSize(self._text.numbers_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._text.paint_numbers(painter, event.rect())
        painter.end()
