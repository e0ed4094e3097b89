"""What a network answered for one sample: a bar per class with the truth marked, or a number against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import paint_icon
from nndesigner.gui.previews import shown_theme

ROW = 24
MOST_ROWS = 12


@dataclass(frozen=True)
class Chance:
    """One class: its probability, whether it is the right one, and whether it was answered."""

    name: str
    share: float
    right: bool = False
    answered: bool = False


def visible(name: str) -> str:
    """The name of a class; a character that leaves no trace on paper by its sign."""
    return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(name, name)


def chances(names: Sequence[str], shares: Sequence[float], truth: int | None) -> tuple[list[Chance], int]:
    """The classes to show, in their order, and how many are left out: of many, the likeliest and the right one."""
    answered = max(range(len(shares)), key=lambda i: shares[i]) if len(shares) else -1
    every = [
        Chance(visible(names[i]) if i < len(names) else str(i), float(share), i == truth, i == answered)
        for i, share in enumerate(shares)
    ]
    if len(every) <= MOST_ROWS:
        return every, 0
    order = sorted(range(len(every)), key=lambda i: (not every[i].right, -every[i].share))[:MOST_ROWS]
    order.sort(key=lambda i: -every[i].share)
    return [every[i] for i in order], len(every) - MOST_ROWS


class AnswerBars(QWidget):
    """Bars of one output."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Chance, ...] = ()
        self._left_out = 0
        self.setMinimumWidth(180)

    def show_chances(self, rows: Sequence[Chance], left_out: int = 0) -> None:
        self.rows, self._left_out = tuple(rows), left_out
        self.setFixedHeight(ROW * (len(self.rows) + bool(left_out)) + 2)
        self.setAccessibleName(", ".join(f"{row.name}: {100 * row.share:.1f} %" for row in self.rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, metrics = shown_theme(), self.fontMetrics()
        widest = max((metrics.horizontalAdvance(row.name) for row in self.rows), default=0)
        left = min(widest, int(self.width() * 0.36)) + 36
        number = metrics.horizontalAdvance("100.0 %")
        room = max(self.width() - left - number - 12, 24)
        told = any(row.right for row in self.rows)
        right_aligned = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for i, row in enumerate(self.rows):
            y = i * ROW
            if row.right:
                paint_icon(painter, "check", QRectF(0, y + 4, 16, 16), theme.good)
            painter.setPen(QColor(theme.text if row.right or row.answered else theme.muted))
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, left - 28)
            painter.drawText(QRectF(20, y, left - 27, ROW), right_aligned, name)
            track = QRectF(left, y + 6, room, ROW - 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(track, 4, 4)
            share = min(max(row.share, 0.0), 1.0)
            color = theme.wire
            if row.answered:
                color = theme.good if row.right else theme.error if told else theme.accent
            painter.setBrush(QColor(color))
            if share > 0.002:
                painter.drawRoundedRect(
                    QRectF(track.left(), track.top(), max(room * share, 3.0), track.height()), 4, 4
                )
            painter.setPen(QColor(theme.text if row.answered else theme.muted))
            painter.drawText(
                QRectF(self.width() - number - 4, y, number + 4, ROW),
                right_aligned,
                f"{100 * row.share:.1f} %",
            )
        if self._left_out:
            painter.setPen(QColor(theme.muted))
            line = QRectF(20, len(self.rows) * ROW, self.width() - 20, ROW)
            painter.drawText(
                line, int(Qt.AlignmentFlag.AlignVCenter), tr("and {n} less likely", n=self._left_out)
            )
        painter.end()
