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
        self.setAccessibleName(f"{way}: {problem.message}" if way else problem.message)
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
        words.addWidget(label(problem.message, wrap=True))
        row.addLayout(words, 1)
        self.buttons: list[QPushButton] = []
        for remedy in problem.remedies:
            button = QPushButton(menu_text(remedy.sentence))
            button.setProperty("role", "remedy")
            button.clicked.connect(lambda _=False, remedy=remedy: self.remedied.emit(problem, remedy))
            row.addWidget(button)
            self.buttons.append(button)

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
        self._shown = problems, tuple(ways)
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
        row.addWidget(label(tr("No problems: the network fits together."), "muted"), 1)
        return box


def as_shown(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """What the checker found, as it is told to somebody who draws: that a network is still empty stops training, but
    it is where everyone begins, and no error."""
    return tuple(
        msgspec.structs.replace(problem, severity=Severity.HINT) if problem.code == "empty" else problem
        for problem in problems
    )


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
