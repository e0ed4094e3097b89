"""The problems panel: what stands in the way, where, and the buttons that mend it.

It shows what the checker found; it neither finds nor mends anything itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import count, listing, tr
from nndesigner.document.blocks import place_words
from nndesigner.document.document import Document
from nndesigner.gui.flow import Flow
from nndesigner.gui.icons import severity_icon_name
from nndesigner.gui.plain import IconLabel, label, menu_text

MOST_SHOWN = 60
"""Rows; further problems are counted in a line below."""


class ProblemRow(QFrame):
    """One problem. A click or Return shows its place, a button runs its remedy."""

    opened = Signal(object)
    remedied = Signal(object, object)

    def __init__(self, problem: Problem, way: str = "") -> None:
        super().__init__()
        self.problem, self.way = problem, way
        self.setProperty("role", "row")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if problem.where.node:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 7, 10, 7)
        row.setSpacing(10)
        name = severity_icon_name(problem.severity)
        row.addWidget(IconLabel(name, role=name, size=18))
        words = QVBoxLayout()
        words.setSpacing(1)
        if way:
            words.addWidget(label(way, "muted", wrap=True))
        self.message = label(wrap=True)
        words.addWidget(self.message)
        row.addLayout(words, 1)
        self.buttons: list[QPushButton] = []
        for number in range(len(problem.remedies)):
            button = QPushButton()
            button.setProperty("role", "remedy")
            button.clicked.connect(lambda _=False, number=number: self._remedied(number))
            self.buttons.append(button)
        place_buttons(row, words, self.buttons)
        self.show_problem(problem)

    def show_problem(self, problem: Problem) -> None:
        """The same problem with other numbers in its words: buttons that are being pressed stay where they are."""
        self.problem = problem
        self.message.setText(problem.message)
        self.setAccessibleName(f"{self.way}: {problem.message}" if self.way else problem.message)
        for button, remedy in zip(self.buttons, problem.remedies, strict=True):
            button.setText(menu_text(remedy.sentence))

    def _remedied(self, number: int) -> None:
        self.remedied.emit(self.problem, self.problem.remedies[number])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.problem)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.problem)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(self, 0, 4)


class ProblemsPanel(QWidget):
    """`opened` carries the problem whose place is asked for, `remedied` a problem and the remedy to run; `counted`
    the line for titles and status bars ("2 errors and 1 warning")."""

    opened = Signal(object)
    remedied = Signal(object, object)
    counted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer.addWidget(self._scroll)
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(6, 6, 6, 6)
        self._rows.setSpacing(2)
        self._scroll.setWidget(self._list)
        self._shown: tuple[tuple[Problem, ...], tuple[str, ...]] | None = None
        self.rows: list[ProblemRow] = []
        self.show_problems(())

    def show_problems(self, problems: Sequence[Problem], ways: Sequence[str] = ()) -> None:
        """Replaces the list; one that is equal to what is shown changes nothing on the screen. `ways` says for each
        problem inside a block where it is ("stage2 › conv1")."""
        problems = tuple(problems)
        if (problems, tuple(ways)) == self._shown:
            return
        before, self._shown = self._shown, (problems, tuple(ways))
        if before is not None and _alike(before[0], problems) and before[1] == tuple(ways):
            for row, problem in zip(self.rows, problems[:MOST_SHOWN], strict=True):
                row.show_problem(problem)
            return
        had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = []
        for number, problem in enumerate(problems[:MOST_SHOWN]):
            way = ways[number] if number < len(ways) else ""
            row = ProblemRow(problem, way)
            row.opened.connect(self.opened)
            row.remedied.connect(self.remedied)
            self._rows.addWidget(row)
            self.rows.append(row)
        if len(problems) > MOST_SHOWN:
            rest = len(problems) - MOST_SHOWN
            more = label(tr("and {what} more", what=count(rest, "problem", "problems")), "muted")
            more.setContentsMargins(38, 4, 0, 4)
            self._rows.addWidget(more)
        if not problems:
            self._rows.addWidget(self._nothing())
        self._rows.addStretch(1)
        if had_focus and self.rows:
            self.rows[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.counted.emit(summary(problems))

    def _nothing(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(10, 10, 10, 10)
        row.setSpacing(10)
        row.addWidget(IconLabel("ok", "good", 18))
        row.addWidget(label(tr("No problems: the network fits together."), "muted", wrap=True), 1)
        return box


def place_buttons(row: QHBoxLayout, words: QVBoxLayout, buttons: Sequence[QPushButton]) -> None:
    """One button beside the words; several below them, so that the words keep their room."""
    if len(buttons) == 1:
        row.addWidget(buttons[0])
    elif buttons:
        line = Flow()
        line.setContentsMargins(0, 4, 0, 0)
        for button in buttons:
            line.addWidget(button)
        words.addLayout(line)


def _alike(before: Sequence[Problem], now: Sequence[Problem]) -> bool:
    """Whether only words differ."""

    def form(problem: Problem) -> tuple[object, ...]:
        return problem.severity, problem.code, problem.where, len(problem.remedies)

    return bool(now) and [form(problem) for problem in before] == [form(problem) for problem in now]


def as_shown(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """What the checker found, as it is told to somebody who draws: that a network is still empty stops training, but
    it is where everyone begins, and no error."""
    return tuple(
        msgspec.structs.replace(problem, severity=Severity.HINT) if problem.code == "empty" else problem
        for problem in problems
    )


def run_words(document: Document, run: str, problem: Problem) -> str:
    """The line above an alarm: in which run it was seen, and where inside blocks."""
    words = tr("Seen in the run {run}", run=run)
    way = place_words(document, problem.where)
    return f"{words} · {way}" if way else words


def summary(problems: Sequence[Problem]) -> str:
    """ "2 errors and 1 warning"; "" where there is nothing to say."""
    words = []
    for severity, one, many in (
        (Severity.ERROR, "error", "errors"),
        (Severity.WARNING, "warning", "warnings"),
        (Severity.HINT, "hint", "hints"),
    ):
        number = sum(problem.severity is severity for problem in problems)
        if number:
            words.append(count(number, one, many))
    return listing(words)
