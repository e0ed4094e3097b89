"""The code panel: the source of the whole network as it is now, beside the canvas.

Layers that are selected on the canvas are marked in the text, and a click into a line selects its layer; both are asked
by signals. The text itself is the session's (`session/printing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.text import count, tr
from nndesigner.gui.code_find import FindBar
from nndesigner.gui.code_text import CodeText
from nndesigner.gui.commands.filing import home_of
from nndesigner.gui.dialogs import tell
from nndesigner.gui.plain import Elided, IconLabel, allow, icon_button
from nndesigner.gui.previews import shown_theme

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

PAUSE_MS = 120
"""after an edit: whoever types a number does not wait for the text at every digit"""
FADE = 0.55
"""how far a text that is no longer true fades into the background"""


class SourceText(CodeText):
    """The text, to be read. `pointed` carries the line, from 1, that the user put the cursor into."""

    pointed = Signal(object)

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []
        self._faded = False
        self._quiet = True
        super().__init__(height=60)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(tr("Source of the network"))
        self._quiet = False
        self.cursorPositionChanged.connect(self._moved)

    def replace_text(self, text: str) -> None:
        """Shows another text: only the lines that differ are touched, and what is in sight stays where it is."""
        old, new = self.toPlainText().split("\n"), text.split("\n")
        if old == new:
            return
        same = _alike(old, new)
        end = min(_alike(old[::-1], new[::-1]), len(old) - same, len(new) - same)
        bars = self.verticalScrollBar(), self.horizontalScrollBar()
        stood = [bar.value() for bar in bars]
        self._quiet = True
        if not same and not end:
            self.setPlainText(text)
        else:
            self._put(same, len(old) - end, new[same : len(new) - end], last=not end)
        self._quiet = False
        for bar, value in zip(bars, stood, strict=True):
            bar.setValue(value)

    def _put(self, first: int, past: int, lines: list[str], *, last: bool) -> None:
        """Lines in the place of those from `first` up to `past`, which is not one of them."""
        document, cursor = self.document(), QTextCursor(self.document())
        if last and first:  # from the end of the line before, since behind the last line there is no other
            block = document.findBlockByNumber(first - 1)
            cursor.setPosition(block.position() + block.length() - 1)
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("".join(f"\n{line}" for line in lines))
            return
        cursor.setPosition(document.findBlockByNumber(first).position())
        if last:
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("\n".join(lines))
            return
        cursor.setPosition(document.findBlockByNumber(past).position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("".join(f"{line}\n" for line in lines))

    def mark_places(self, places: list[tuple[int, int]], *, scroll: bool) -> None:
        """Marks lines, from 1; with `scroll` the first of them comes into sight."""
        self._places = places
        self._show_marks()
        if scroll and places:
            self.bring_into_sight(*places[0])

    @property
    def marked_places(self) -> list[tuple[int, int]]:
        return self._places

    def bring_into_sight(self, first: int, last: int) -> None:
        """Scrolls so that these lines can be read, where they cannot."""
        top = self.firstVisibleBlock().blockNumber() + 1
        room = max(1, self.viewport().height() // max(1, self.fontMetrics().lineSpacing()) - 1)
        if not (top <= first and last < top + room):
            self.verticalScrollBar().setValue(max(0, first - 1 - max(0, (room - (last - first) - 1) // 3)))

    def fade(self, on: bool) -> None:
        """Whether the text is shown as one that is no longer true."""
        self._faded = on
        self.viewport().update()

    @property
    def faded(self) -> bool:
        return self._faded

    def _moved(self) -> None:
        if not self._quiet:
            self.pointed.emit(self.textCursor().blockNumber() + 1)

    def _show_marks(self) -> None:
        super()._show_marks()
        color = QColor(shown_theme().selection)
        found = []
        for first, last in self._places:
            for line in range(first, last + 1):
                mark = QTextEdit.ExtraSelection()
                mark.format.setBackground(color)  # type: ignore[attr-defined]
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # type: ignore[attr-defined]
                mark.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))  # type: ignore[attr-defined]
                found.append(mark)
        self.setExtraSelections([*found, *self.extraSelections()])

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._faded:
            painter = QPainter(self.viewport())
            color = QColor(shown_theme().raised)
            color.setAlphaF(FADE)
            painter.fillRect(event.rect(), color)
            painter.end()

    def paint_numbers(self, painter: QPainter, rect: QRect) -> None:
        painter.setOpacity(1 - FADE if self._faded else 1.0)
        super().paint_numbers(painter, rect)


class CodeView(QWidget):
    """`chosen(ids)` asks to select these layers on the canvas."""

    chosen = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._selection: list[str] = []
        self._own = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.text = SourceText()
        self.text.pointed.connect(self._pointed)
        self.find_bar = FindBar(self.text)
        outer.addWidget(self.find_bar)
        outer.addWidget(self.text, 1)
        outer.addLayout(self._bar())
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.show_printed)
        self._leave = [session.printing.changed.connect(self._pause.start)]

    def event(self, event: QEvent) -> bool:
        """With the keyboard in here, the key for finding is for the text and not for the canvas."""
        override = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if override and event.matches(QKeySequence.StandardKey.Find):  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.find_bar.open()
        else:
            super().keyPressEvent(event)

    def close_down(self) -> None:
        """Listens to nothing any more."""
        self._pause.stop()
        self._session.printing.look(False)
        for leave in self._leave:
            leave()
        self._leave = []

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(10, 5, 8, 5)
        row.setSpacing(8)
        self._warning = IconLabel("warning", "warning", 16)
        row.addWidget(self._warning)
        self.state = Elided()
        row.addWidget(self.state, 1)
        self.find_button = icon_button("search", tr("Find in the code (Ctrl+F)"))
        self.find_button.clicked.connect(self.find_bar.open)
        self.copy_button = icon_button("copy", tr("Copy the code"))
        self.copy_button.clicked.connect(self.copy)
        self.save_button = icon_button("save", tr("Save the code as a file"))
        self.save_button.clicked.connect(self._save)
        for button in (self.find_button, self.copy_button, self.save_button):
            row.addWidget(button)
        return row

    # -- what is shown -------------------------------------------------------------------------------------------------
    def show_printed(self) -> None:
        """Shows the session's text, and whether it is still true."""
        self._pause.stop()
        printing = self._session.printing
        text, problem = printing.printed.text, printing.problem
        first = not self.text.toPlainText()
        self.text.replace_text(text.rstrip("\n"))
        self.text.fade(bool(problem))
        self._warning.setVisible(bool(problem))
        if problem:
            self.state.setText(
                tr("Not up to date: {why}", why=problem) if text else tr("No code yet: {why}", why=problem)
            )
        elif text:
            self.state.setText(count(text.count("\n"), "line", "lines"))
        else:
            self.state.setText(tr("Writing the code…") if printing.waiting else "")
        reason = "" if text else tr("There is no code yet.")
        allow(self.copy_button, reason, tr("Copy the code"))
        allow(self.save_button, reason, tr("Save the code as a file"))
        self.text.mark_places(printing.lines_of(self._selection), scroll=first)

    def look(self, on: bool) -> None:
        """The panel comes into sight, or another one stands before it: what nobody sees is not printed."""
        self._session.printing.look(on)

    # -- selection -----------------------------------------------------------------------------------------------------
    def show_selection(self, ids: Iterable[str]) -> None:
        """Marks the lines of these layers; they come into sight unless the text itself was what selected them."""
        self._selection = list(ids)
        self.text.mark_places(self._session.printing.lines_of(self._selection), scroll=not self._own)

    def _pointed(self, line: int) -> None:
        found = self._session.printing.layers_at(line)
        if found and not self.text.faded and set(found) != set(self._selection):
            self._own = True
            try:
                self.chosen.emit(found)
            finally:
                self._own = False

    # -- taking it elsewhere -------------------------------------------------------------------------------------------
    def copy(self) -> None:
        """Puts the whole text on the clipboard."""
        QGuiApplication.clipboard().setText(self._session.printing.printed.text)

    def save(self, path: Path) -> None:
        """Writes the text to a file. Raises WriteError."""
        write_atomically(path, self._session.printing.printed.text.encode())

    def _save(self) -> None:
        files = self._session.files
        proposed = home_of(files) / f"{Path(files.name).stem.replace('-', '_')}.py"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the code"), str(proposed), tr("Python (*.py)"))
        if not chosen:
            return
        path = Path(chosen)
        try:
            self.save(path if path.suffix else path.with_name(f"{path.name}.py"))
        except WriteError as error:
            tell(self, tr("The file could not be written"), str(error))


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines are the same from the beginning on."""
    number = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        number += 1
    return number


def make(desk: Desk) -> CodeView:
    """The panel on a window's desk, joined to its canvas."""
    panel = CodeView(desk.session)
    canvas = desk.home_canvas

    def select(ids: list[str]) -> None:
        desk.canvas.select(ids)
        desk.show_node(ids[0])

    panel.chosen.connect(select)
    canvas.selectionChanged.connect(panel.show_selection)
    dock = desk.window.docks["code"]
    dock.visibilityChanged.connect(
        panel.look
    )  # a panel behind others counts as visible to Qt, its dock does not
    panel.look(True)
    panel.show_printed()
    panel.show_selection(desk.canvas.selection)
    return panel
