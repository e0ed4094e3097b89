"""Plain values as bars from zero: what a node says of one sample, one bar for each unit."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent

from nndesigner.base.text import tr
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.previews import shown_theme

WIDEST = 34.0
"""pixels of one bar"""


class ValueBars(Picture):
    """`activated` carries the bar that was double-clicked (an int)."""

    activated = Signal(object)
    LEFT, BELOW, ABOVE = 44, 18, 6

    def __init__(self) -> None:
        super().__init__(QSize(120, 90))
        self.values = np.zeros(0, np.float32)

    def show_values(self, values: npt.NDArray[np.float32]) -> None:
        """(units,) float32; those that are not finite are drawn as marks."""
        if values.ndim != 1 or not values.size:
            raise ValueError("values are one row")
        self.values = values
        self.setAccessibleName(tr("{n} values", n=len(values)))
        self.update()

    def _ends(self) -> tuple[float, float]:
        finite = self.values[np.isfinite(self.values)]
        low = min(float(finite.min()), 0.0) if len(finite) else 0.0
        high = max(float(finite.max()), 0.0) if len(finite) else 1.0
        return (low, high) if high > low else (low, low + 1.0)

    def _frame(self) -> QRectF:
        wide = min(self.width() - self.LEFT - 6, WIDEST * max(len(self.values), 1))
        high = self.height() - self.ABOVE - self.BELOW
        return QRectF(self.LEFT, self.ABOVE, max(wide, 10), max(high, 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, frame = shown_theme(), self._frame()
        low, high = self._ends()
        n = len(self.values)
        if n:
            wide = frame.width() / n
            gap = 2.0 if wide >= 8 else 1.0 if wide >= 4 else 0.0
            zero = frame.bottom() + low / (high - low) * frame.height()
            painter.setPen(Qt.PenStyle.NoPen)
            for i, value in enumerate(self.values.tolist()):
                left = frame.left() + i * wide
                if not math.isfinite(value):
                    painter.setBrush(QColor(theme.error))
                    painter.drawRect(QRectF(left, frame.top(), max(wide - gap, 1.0), frame.height()))
                    continue
                end = frame.bottom() - (value - low) / (high - low) * frame.height()
                painter.setBrush(QColor(theme.plot(0) if value >= 0 else theme.plot(1)))
                painter.drawRect(
                    QRectF(QPointF(left, end), QPointF(left + max(wide - gap, 1.0), zero)).normalized()
                )
            painter.setPen(QColor(theme.border))
            painter.drawLine(QPointF(frame.left(), zero), QPointF(frame.right(), zero))
            self._write(painter, frame, low, high, zero)
        painter.end()

    def _write(self, painter: QPainter, frame: QRectF, low: float, high: float, zero: float) -> None:
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        painter.setPen(QColor(shown_theme().muted))
        taken: list[float] = []
        for value, y in ((high, frame.top()), (low, frame.bottom()), (0.0, zero)):
            if all(abs(y - other) >= metrics.height() for other in taken):
                taken.append(y)
                rect = QRectF(0, y - metrics.height() / 2, frame.left() - 6, metrics.height())
                painter.drawText(rect, Qt.AlignmentFlag.AlignRight, short(value))
        below = frame.bottom() + 4 + metrics.ascent()
        painter.drawText(QPointF(frame.left(), below), "0")
        last = str(len(self.values) - 1)
        if len(self.values) > 1 and frame.width() > 40:
            painter.drawText(QPointF(frame.right() - metrics.horizontalAdvance(last), below), last)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        i = self._bar(event.position())
        if event.button() == Qt.MouseButton.LeftButton and i >= 0:
            self.activated.emit(i)

    def _bar(self, point: QPointF) -> int:
        """The bar at a place; -1 for none."""
        frame, n = self._frame(), len(self.values)
        if not n or not frame.contains(point):
            return -1
        return min(int((point.x() - frame.left()) / frame.width() * n), n - 1)

    def words_at(self, point: QPointF) -> str:
        i = self._bar(point)
        if i < 0:
            return ""
        value = float(self.values[i])
        words = f"{value:.5g}" if math.isfinite(value) else tr("not a finite number")
        return tr("Unit {n}: {value}", n=i, value=words)
