"""Rows of numbers over the steps of a run, as colours: one picture for a whole trail. It knows no run and no node.

Steps run along evenly, whatever the distance between two looks; a place that nothing is known of stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen

from nndesigner.base.text import tr
from nndesigner.gui.monitors.pictures import Picture, color_scale, small_font
from nndesigner.gui.monitors.plot import number
from nndesigner.gui.monitors.series import nice_step
from nndesigner.gui.previews import shown_theme

MOST_ACROSS = 480
"""columns of the picture; more cannot be told apart"""
BELOW, ABOVE, BAR = 20, 18, 72
LONGEST_MARK = 120


class TimeMap(Picture):
    """`picked` carries the row that was clicked (an int)."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(160, 90))
        self.shares: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self.steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self.marks: tuple[tuple[float, str], ...] = ()
        self.ends = ("", "")
        self.selected = -1
        self.cursors: tuple[int | None, int | None] = (None, None)
        self._words: Callable[[int, int], str] = lambda row, column: ""
        self._image = QImage()

    def show_columns(
        self,
        shares: npt.NDArray[np.float32],
        steps: npt.NDArray[np.int64],
        marks: Sequence[tuple[float, str]],
        ends: tuple[str, str],
        words: Callable[[int, int], str],
        name: str,
    ) -> None:
        """(rows, looks) from 0 (dark) to 1 (light), NaN for nothing, row 0 on top; the step of each look, ascending.

        `marks` are written beside the picture at a height in rows, `ends` say what dark and light mean, and
        `words(row, look)` is the tooltip.
        """
        if shares.ndim != 2 or not shares.size or shares.shape[1] != len(steps):
            raise ValueError("a map over time is (rows, looks) with a step for each look")
        self.shares, self.steps = shares, steps
        self.marks, self.ends, self._words = tuple(marks), ends, words
        self._image = _image(shares, steps)
        self.setAccessibleName(name)
        self.update()

    def select_row(self, row: int) -> None:
        """Frames a row; -1 for none."""
        if row != self.selected:
            self.selected = row
            self.update()

    def show_moments(self, moment: int | None, compared: int | None) -> None:
        """A line at a step, and a pale one at another; None for none."""
        if (moment, compared) != self.cursors:
            self.cursors = moment, compared
            self.update()

    def _paint_cursors(self, painter: QPainter, frame: QRectF) -> None:
        theme = shown_theme()
        first, last = float(self.steps[0]), float(self.steps[-1])
        for step, color in zip(self.cursors, (theme.accent, theme.warning), strict=True):
            if step is None or last <= first:
                continue
            x = frame.left() + min(max((step - first) / (last - first), 0.0), 1.0) * frame.width()
            painter.setPen(QPen(QColor(theme.panel), 4))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            painter.setPen(QPen(QColor(color), 2))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))

    def frame(self) -> QRectF:
        """Where the picture is."""
        left = self._margin()
        return QRectF(
            left, ABOVE, max(self.width() - left - 4, 10), max(self.height() - ABOVE - BELOW - 2, 10)
        )

    def _margin(self) -> float:
        metrics = QFontMetricsF(small_font(self))
        widest = max((metrics.horizontalAdvance(text) for _, text in self.marks), default=0.0)
        return min(widest, LONGEST_MARK, self.width() * 0.4) + 11

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.shares.size:
            frame = self.frame()
            painter.drawImage(frame, self._image)
            painter.setPen(QColor(shown_theme().border))
            painter.drawRect(frame)
            painter.setFont(small_font(self))
            self._paint_marks(painter, frame)
            self._paint_steps(painter, frame)
            self._paint_scale(painter, frame)
            self._paint_cursors(painter, frame)
            if 0 <= self.selected < len(self.shares):
                high = frame.height() / len(self.shares)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(shown_theme().accent), 2))
                painter.drawRect(
                    QRectF(frame.left() - 1, frame.top() + self.selected * high, frame.width() + 2, high)
                )
        painter.end()

    def _paint_marks(self, painter: QPainter, frame: QRectF) -> None:
        theme, metrics = shown_theme(), painter.fontMetrics()
        high = frame.height() / len(self.shares)
        room, last = int(frame.left() - 8), -1e9
        for at, text in self.marks:
            y = frame.top() + at * high
            if y - last < metrics.height() - 2:
                continue
            last = y
            chosen = int(at) == self.selected and at != int(at)
            painter.setPen(QColor(theme.accent if chosen else theme.muted))
            painter.drawText(
                QRectF(0, y - metrics.height() / 2, frame.left() - 5, metrics.height()),
                int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
                metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room),
            )

    def _paint_steps(self, painter: QPainter, frame: QRectF) -> None:
        metrics = painter.fontMetrics()
        first, last = float(self.steps[0]), float(self.steps[-1])
        painter.setPen(QColor(shown_theme().muted))
        y = frame.bottom() + 4 + metrics.ascent()
        if last <= first:
            painter.drawText(QPointF(frame.left(), y), tr("step {n}", n=number(first)))
            return
        step = nice_step((last - first) * 8 / max(frame.width() / 64, 2))
        right = frame.right()
        for value in np.arange(np.ceil(first / step) * step, last + step * 1e-6, step).tolist():
            x = frame.left() + (value - first) / (last - first) * frame.width()
            text = number(value)
            left = min(max(x - metrics.horizontalAdvance(text) / 2, frame.left()), right)
            left = min(left, right - metrics.horizontalAdvance(text))
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + 3))
            painter.drawText(QPointF(left, y), text)

    def _paint_scale(self, painter: QPainter, frame: QRectF) -> None:
        """What the colours mean, above the right end."""
        metrics = painter.fontMetrics()
        low, high = self.ends
        right = frame.right() - metrics.horizontalAdvance(high)
        bar = QRectF(right - BAR - 5, 4, BAR, 8)
        left = bar.left() - metrics.horizontalAdvance(low) - 5
        if left < 0:
            return
        painter.drawImage(bar, _scale_image())
        painter.setPen(QColor(shown_theme().muted))
        y = 8 + metrics.ascent() / 2 - 1
        painter.drawText(QPointF(left, y), low)
        painter.drawText(QPointF(right, y), high)

    def place(self, point: QPointF) -> tuple[int, int] | None:
        """Row and look at a point; None outside."""
        frame = self.frame()
        if not self.shares.size or not frame.contains(point):
            return None
        rows = len(self.shares)
        row = min(int((point.y() - frame.top()) / frame.height() * rows), rows - 1)
        step = float(self.steps[0]) + (point.x() - frame.left()) / frame.width() * float(
            self.steps[-1] - self.steps[0]
        )
        return row, max(int(np.searchsorted(self.steps, step, side="right")) - 1, 0)

    def words_at(self, point: QPointF) -> str:
        place = self.place(point)
        return self._words(*place) if place is not None else ""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.picked.emit(place[0])


def _image(shares: npt.NDArray[np.float32], steps: npt.NDArray[np.int64]) -> QImage:
    """Each column of the picture is the last look at or before its step."""
    across = np.linspace(float(steps[0]), float(steps[-1]), MOST_ACROSS if len(steps) > 1 else 1)
    looks = np.clip(np.searchsorted(steps, across, side="right") - 1, 0, len(steps) - 1)
    known = np.isfinite(shares)
    codes = (np.clip(np.where(known, shares, 0.0), 0.0, 1.0) * 255).round().astype(np.uint8)
    colors = np.concatenate((color_scale()[codes], (known * 255).astype(np.uint8)[..., None]), axis=2)
    data = np.ascontiguousarray(colors[:, looks])
    high, wide = data.shape[:2]
    return QImage(data.data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888).copy()


def _scale_image() -> QImage:
    data = np.ascontiguousarray(color_scale()[None])
    return QImage(data.data, 256, 1, 768, QImage.Format.Format_RGB888).copy()
