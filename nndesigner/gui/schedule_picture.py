"""The learning rate over a run, as a small curve under the settings that shape it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from nndesigner.base.text import tr
from nndesigner.gui.previews import shown_theme

HEIGHT = 92


class SchedulePicture(QWidget):
    """Points are (epoch, learning rate)."""

    def __init__(self) -> None:
        super().__init__()
        self.points: tuple[tuple[float, float], ...] = ()
        self._remark = ""
        self.setFixedHeight(HEIGHT)

    def show_curve(self, points: Sequence[tuple[float, float]], remark: str = "") -> None:
        """`remark` says what the curve leaves open."""
        self.points, self._remark = tuple(points), remark
        if self.points:
            rates = [rate for _, rate in self.points]
            self.setAccessibleName(
                tr(
                    "Learning rate from {first} over at most {most} to {last}",
                    first=f"{rates[0]:.3g}",
                    most=f"{max(rates):.3g}",
                    last=f"{rates[-1]:.3g}",
                )
            )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, metrics = shown_theme(), self.fontMetrics()
        most = max(rate for _, rate in self.points) or 1.0
        last = max(self.points[-1][0], 1e-9)
        top, foot = f"{most:.3g}", metrics.height() + 4
        left = max(metrics.horizontalAdvance(top), metrics.horizontalAdvance("0")) + 8
        room = QRectF(left, metrics.height() / 2, self.width() - left - 4, self.height() - foot - 10)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.drawLine(room.topLeft(), room.bottomLeft())
        line = QPolygonF(
            [
                QPointF(room.left() + room.width() * x / last, room.bottom() - room.height() * rate / most)
                for x, rate in self.points
            ]
        )
        painter.setPen(QPen(QColor(theme.plot(0)), 2))
        painter.drawPolyline(line)
        painter.setPen(QColor(theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        middle, height = left - 5, float(metrics.height())
        painter.drawText(QRectF(0, room.top() - height / 2, middle, height), int(right), top)
        painter.drawText(QRectF(0, room.bottom() - height / 2, middle, height), int(right), "0")
        below = QRectF(room.left(), room.bottom() + 3, room.width(), height)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), self._remark)
        words = tr("epoch {n}", n=f"{last:,.0f}")
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), words)
        painter.end()
