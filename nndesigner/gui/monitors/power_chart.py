"""A chart whose axes may count in powers of ten, with marks across it: what explorations are drawn on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from nndesigner.gui.monitors.chart import Chart
from nndesigner.gui.monitors.magnitudes import power_text
from nndesigner.gui.monitors.pictures import small_font
from nndesigner.gui.previews import shown_theme


@dataclass(frozen=True)
class Mark:
    """A dashed line across the chart at a place of one axis, with a few words beside it."""

    at: float
    words: str
    color: str
    across: bool = False
    """whether it lies level, at a place of the other axis"""


class PowerChart(Chart):
    """`powers` says of the level axis and of the upright one whether places on it are exponents of ten."""

    def __init__(self, powers: tuple[bool, bool] = (False, False)) -> None:
        super().__init__()
        self.powers = powers
        self.marks: tuple[Mark, ...] = ()

    def show_marks(self, marks: Sequence[Mark]) -> None:
        self.marks = tuple(marks)
        self.update()

    def across(self, left: float, right: float, most: int) -> list[float]:
        return _whole(left, right, most) if self.powers[0] else super().across(left, right, most)

    def up(self, low: float, high: float, most: int) -> list[float]:
        if self.powers[1] and math.floor(high) - math.ceil(low) >= 1:
            return _whole(low, high, most)
        return super().up(low, high, most)

    def words_across(self, value: float) -> str:
        return power_text(round(value)) if self.powers[0] else super().words_across(value)

    def words_up(self, value: float) -> str:
        if not self.powers[1]:
            return super().words_up(value)
        return power_text(round(value)) if value == round(value) else super().words_up(10.0**value)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(small_font(self))
        frame, metrics = self.frame(), painter.fontMetrics()
        left, right, low, high = self.extent
        taken: list[tuple[float, float, float]] = []
        texts: list[tuple[QPointF, int, Mark]] = []
        for mark in self.marks:
            if not (low <= mark.at <= high if mark.across else left <= mark.at <= right):
                continue
            painter.setPen(QPen(QColor(mark.color), 1.4, Qt.PenStyle.DashLine))
            place = self.place(left, mark.at) if mark.across else self.place(mark.at, low)
            wide = metrics.horizontalAdvance(mark.words)
            if mark.across:
                painter.drawLine(QPointF(frame.left(), place.y()), QPointF(frame.right(), place.y()))
                above = (
                    place.y() - 4
                    if place.y() - metrics.height() > frame.top()
                    else place.y() + metrics.ascent() + 3
                )
                at = QPointF(frame.right() - wide - 4, above)
            else:
                painter.drawLine(QPointF(place.x(), frame.top()), QPointF(place.x(), frame.bottom()))
                x = place.x() + 4 if place.x() + wide + 6 < frame.right() else place.x() - wide - 4
                y = frame.top() + metrics.ascent() + 2
                while any(abs(y - v) < metrics.height() and x < b and x + wide > a for a, b, v in taken):
                    y += metrics.height()
                taken.append((x, x + wide, y))
                at = QPointF(x, y)
            texts.append((at, wide, mark))
        ground = QColor(shown_theme().panel)
        ground.setAlphaF(0.8)
        for at, wide, mark in texts:  # over all lines, so that none runs through a word
            painter.fillRect(
                QRectF(at.x() - 2, at.y() - metrics.ascent(), wide + 4, metrics.height()), ground
            )
            painter.setPen(QColor(mark.color))
            painter.drawText(at, mark.words)
        painter.end()


def _whole(low: float, high: float, most: int) -> list[float]:
    """Whole numbers between two ends, every second or third where there are many."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    every = max(math.ceil((last - first + 1) / max(most, 1)), 1)
    return [float(value) for value in range(first, last + 1) if value % every == 0]
