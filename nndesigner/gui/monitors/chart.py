"""A picture with two axes: lines, points and a diagonal, painted with plain Qt. It knows no run and no measurement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.monitors.series import nice_step
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme

Floats = npt.NDArray[np.float64]
LEFT, BELOW = 46, 34
NEAR = 12.0
"""pixels within which a point is the one under the mouse"""


@dataclass(frozen=True)
class Stroke:
    """A line; where it is `faint` others stand in front of it."""

    x: Floats
    y: Floats
    color: str
    faint: bool = False


@dataclass(frozen=True)
class Dots:
    """Points with a colour each: `codes` are places in `colors`, or numbers of the theme's plot colours."""

    x: Floats
    y: Floats
    codes: npt.NDArray[np.int64]
    size: float = 3.0
    colors: tuple[str, ...] = ()


class Chart(Picture):
    """`square` keeps equal units on both axes."""

    def __init__(self, *, square: bool = False) -> None:
        super().__init__(QSize(150, 120))
        self.square = square
        self.strokes: tuple[Stroke, ...] = ()
        self.dots: Dots | None = None
        self.extent = (0.0, 1.0, 0.0, 1.0)
        self.labels = ("", "")
        self.guide: tuple[tuple[float, float], tuple[float, float]] | None = None
        """a dashed line from one point to another: where a perfect (or a blind) network would be"""
        self._words: Callable[[int], str] = lambda dot: ""

    def show_chart(
        self,
        strokes: Sequence[Stroke],
        dots: Dots | None,
        extent: Sequence[float],
        labels: tuple[str, str],
        guide: tuple[tuple[float, float], tuple[float, float]] | None = None,
        words: Callable[[int], str] = lambda dot: "",
    ) -> None:
        """`extent` is (left, right, bottom, top); `words(dot)` is the tooltip of a point."""
        left, right, low, high = map(float, extent)
        if not all(map(np.isfinite, (left, right, low, high))):
            raise ValueError("the ends of an axis are numbers")
        self.strokes, self.dots, self.labels, self.guide = tuple(strokes), dots, labels, guide
        self.extent = (left, max(right, left + 1e-12), low, max(high, low + 1e-12))
        self._words = words
        self.setAccessibleName(" – ".join(label for label in labels if label))
        self.update()

    def frame(self) -> QRectF:
        """Where the axes enclose the picture."""
        room = QRectF(LEFT, 6, max(self.width() - LEFT - 8, 20), max(self.height() - BELOW - 8, 20))
        if not self.square:
            return room
        edge = min(room.width(), room.height())
        made = QRectF(0, room.top(), edge, edge)
        made.moveLeft(room.left() + (room.width() - edge) / 2)
        return made

    def place(self, x: float, y: float) -> QPointF:
        """Where a point stands."""
        frame = self.frame()
        left, right, low, high = self.extent
        return QPointF(
            frame.left() + (x - left) / (right - left) * frame.width(),
            frame.bottom() - (y - low) / (high - low) * frame.height(),
        )

    # What charts of another scale override: places of labels between two ends, at most so many, and their words.
    def across(self, left: float, right: float, most: int) -> list[float]:
        return ticks(left, right, most)

    def words_across(self, value: float) -> str:
        return tick_words(value)

    def up(self, low: float, high: float, most: int) -> list[float]:
        return ticks(low, high, most)

    def words_up(self, value: float) -> str:
        return tick_words(value)

    def _places(self, x: Floats, y: Floats) -> list[QPointF]:
        frame = self.frame()
        left, right, low, high = self.extent
        across = frame.left() + (x - left) / (right - left) * frame.width()
        up = frame.bottom() - (y - low) / (high - low) * frame.height()
        return [QPointF(a, b) for a, b in zip(across.tolist(), up.tolist(), strict=True)]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter, shown_theme())
        painter.end()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """The picture in the colours of a theme, on the screen or in a file, at the size of the widget."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        self._paint_axes(painter, frame, theme)
        painter.setClipRect(frame.adjusted(-1, -1, 1, 1))
        if self.guide is not None:
            painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DashLine))
            painter.drawLine(self.place(*self.guide[0]), self.place(*self.guide[1]))
        for stroke in sorted(self.strokes, key=lambda one: not one.faint):
            color = QColor(stroke.color)
            color.setAlphaF(0.45 if stroke.faint else 1.0)
            painter.setPen(QPen(color, 1.2 if stroke.faint else 2.0))
            painter.drawPolyline(QPolygonF(self._places(stroke.x, stroke.y)))
        if self.dots is not None:
            self._paint_dots(painter, self.dots, theme)
        painter.restore()

    def _paint_dots(self, painter: QPainter, dots: Dots, theme: Theme) -> None:
        """All points of one colour at once: a pen with a round end is far cheaper than circles."""
        places = self._places(dots.x, dots.y)
        for code in np.unique(dots.codes).tolist():
            color = QColor(dots.colors[code] if code < len(dots.colors) else theme.plot(int(code)))
            color.setAlphaF(0.75)
            pen = QPen(color, 2 * dots.size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints([places[i] for i in np.flatnonzero(dots.codes == code).tolist()])

    def _paint_axes(self, painter: QPainter, frame: QRectF, theme: Theme) -> None:
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        left, right, low, high = self.extent
        grid, text = QColor(theme.border), QColor(theme.muted)
        grid.setAlphaF(0.6)
        for value in self.across(left, right, int(max(frame.width() / 42, 2))):
            x = self.place(value, low).x()
            painter.setPen(grid)
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            words = self.words_across(value)
            painter.setPen(text)
            at = min(
                x - metrics.horizontalAdvance(words) / 2, self.width() - metrics.horizontalAdvance(words) - 1
            )
            painter.drawText(QPointF(at, frame.bottom() + 3 + metrics.ascent()), words)
        for value in self.up(low, high, int(max(frame.height() / 30, 2))):
            y = self.place(left, value).y()
            painter.setPen(grid)
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            words = self.words_up(value)
            painter.setPen(text)
            painter.drawText(
                QPointF(frame.left() - 5 - metrics.horizontalAdvance(words), y + metrics.ascent() / 2 - 1),
                words,
            )
        painter.setPen(QColor(theme.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        painter.setPen(text)
        across, up = self.labels
        middle = int(Qt.AlignmentFlag.AlignHCenter)
        painter.drawText(
            QRectF(frame.left(), frame.bottom() + 16, frame.width(), 16),
            middle,
            metrics.elidedText(across, Qt.TextElideMode.ElideRight, int(frame.width())),
        )
        up = metrics.elidedText(up, Qt.TextElideMode.ElideRight, int(frame.height()))
        painter.save()
        painter.translate(
            frame.left() - LEFT + metrics.ascent() + 1,
            frame.center().y() + metrics.horizontalAdvance(up) / 2,
        )
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), up)
        painter.restore()

    def words_at(self, point: QPointF) -> str:
        dot = self.dot_at(point)
        return self._words(dot) if dot is not None else ""

    def dot_at(self, point: QPointF) -> int | None:
        """The number of the dot that is near a point; None where none is."""
        if self.dots is None or not len(self.dots.x) or not self.frame().contains(point):
            return None
        places = self._places(self.dots.x, self.dots.y)
        far = [(p.x() - point.x()) ** 2 + (p.y() - point.y()) ** 2 for p in places]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= NEAR * NEAR else None


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends."""
    step = nice_step((high - low) * 8 / max(most, 1))
    first = np.ceil(low / step - 1e-9) * step
    return [float(round(v / step) * step) + 0.0 for v in np.arange(first, high + step * 1e-6, step)]


def tick_words(value: float) -> str:
    """A round number of an axis, whole where there is room for it."""
    return f"{value:,.10g}" if 1000 <= abs(value) < 1e5 else short(value)


def around(values: Sequence[Floats], margin: float = 0.05) -> tuple[float, float]:
    """The ends of an axis that holds all finite values, with a little room."""
    known = np.concatenate([v[np.isfinite(v)] for v in values]) if values else np.zeros(0)
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    span = (high - low) or max(abs(high), 1.0)
    return low - margin * span, high + margin * span
