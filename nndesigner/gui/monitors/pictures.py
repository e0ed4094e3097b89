"""Pictures of arrays, painted with plain Qt: histograms, a grid of maps, a heat map. They know no run and no node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.protocol.messages import Frame

Bytes = npt.NDArray[np.uint8]

_SCALE = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Five colours from dark to light that stay apart without red and green, and in grey."""


@lru_cache(maxsize=1)
def color_scale() -> Bytes:
    """(256, 3) uint8: the colour of each byte value, dark for small."""
    places = np.linspace(0, 255, len(_SCALE))
    channels = [np.interp(np.arange(256), places, [c[i] for c in _SCALE]) for i in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def signed_scale(theme: Theme) -> Bytes:
    """(256, 3) uint8: the colour of each byte value where 128 stands for zero, which is the ground of the panel."""
    ends = ((33, 102, 172), (214, 96, 22)) if not theme.dark else ((92, 172, 238), (244, 150, 70))
    ground = QColor(theme.raised)
    middle = (ground.red(), ground.green(), ground.blue())
    places = (0.0, 127.5, 255.0)
    channels = [np.interp(np.arange(256), places, (ends[0][i], middle[i], ends[1][i])) for i in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def colored(values: Bytes) -> QImage:
    """A (height, width) uint8 array as a picture in the colour scale."""
    return rgb_image(color_scale()[values])


def rgb_image(rgb: Bytes) -> QImage:
    """(height, width, 3) uint8 as a picture, row 0 on top."""
    data = np.ascontiguousarray(rgb)
    height, width = data.shape[:2]
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def short(value: float) -> str:
    """Three significant digits."""
    if not math.isfinite(value):
        return "–"
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")
    return f"{value:.3g}"


def small_font(widget: QWidget) -> QFont:
    font = QFont(widget.font())
    if font.pixelSize() > 0:  # for a file: sizes do not depend on the screen
        font.setPixelSize(max(round(font.pixelSize() * 0.88), 8))
    else:
        font.setPointSizeF(max(font.pointSizeF() * 0.88, 7.0))
    return font


class Picture(QWidget):
    """A painted widget that takes the room there is."""

    def __init__(self, minimum: QSize) -> None:
        super().__init__()
        self.setMinimumSize(minimum)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)

    def words_at(self, point: QPointF) -> str:
        """What the picture shows at a place, for a tooltip."""
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if QToolTip.isVisible():
            self._show_words(event.position(), event.globalPosition())

    def event(self, event) -> bool:
        if isinstance(event, QHelpEvent):
            self._show_words(QPointF(event.pos()), QPointF(event.globalPos()))
            return True
        return super().event(event)

    def _show_words(self, point: QPointF, place: QPointF) -> None:
        QToolTip.showText(place.toPoint(), tip(self.words_at(point)), self)


Histogram = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
"""counts and edges"""


class HistogramPicture(Picture):
    """One histogram as touching bars with its ends, zero and the mean below; another one to compare as an outline."""

    BELOW, ABOVE, LINE = 20, 40, 15

    def __init__(self) -> None:
        super().__init__(QSize(120, 96))
        self.title, self.words = "", ""
        self.counts = np.zeros(0, np.int64)
        self.edges = np.zeros(0, np.float32)
        self.before: Histogram | None = None
        self.mean: float | None = None
        self.color = ""

    def show_histogram(
        self,
        title: str,
        words: str,
        counts: npt.NDArray[np.int64],
        edges: npt.NDArray[np.float32],
        mean: float | None,
        color: str,
        before: Histogram | None = None,
    ) -> None:
        """`before` is the one of another moment: both are drawn over one range, by the share of values in it."""
        if counts.ndim != 1 or edges.shape != (len(counts) + 1,):
            raise ValueError("a histogram has one edge more than bins")
        self.title, self.words, self.counts, self.edges = title, words, counts, edges
        if before is not None and before[1].shape != (len(before[0]) + 1,):
            raise ValueError("a histogram has one edge more than bins")
        self.mean, self.color, self.before = mean, color, before
        self.setAccessibleName(f"{title}. {words}")
        self.update()

    def _frame(self) -> QRectF:
        above = self.ABOVE + self.LINE * (len(self._lines()) - 1)
        return QRectF(4, above, self.width() - 8, max(self.height() - above - self.BELOW, 10))

    def _lines(self) -> list[str]:
        """The words below the title: on one line where it is wide enough, else one part a line."""
        # Numbers that come and go by a digit must not make the bars jump.
        wide = QFontMetricsF(small_font(self)).horizontalAdvance(self.words + " 0000")
        return [self.words] if wide <= self.width() - 8 else self.words.split(" · ")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter, shown_theme())
        painter.end()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """The picture in the colours of a theme, on the screen or in a file, at the size of the widget."""
        painter.save()
        metrics = self.fontMetrics()
        painter.setPen(QColor(theme.text))
        title = metrics.elidedText(self.title, Qt.TextElideMode.ElideRight, self.width() - 8)
        painter.drawText(QPointF(4, 4 + metrics.ascent()), title)
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.muted))
        for i, line in enumerate(self._lines()):
            words = metrics.elidedText(line, Qt.TextElideMode.ElideRight, self.width() - 8)
            painter.drawText(QPointF(4, 21 + i * self.LINE + metrics.ascent()), words)
        frame = self._frame()
        painter.setPen(QColor(theme.border))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        if len(self.counts) and self.counts.max() > 0:
            self._paint_bars(painter, frame, theme)
        painter.restore()

    def _paint_bars(self, painter: QPainter, frame: QRectF, theme: Theme) -> None:
        low, high_edge = self._ends()
        span = (high_edge - low) or 1.0
        density = _density(self.counts, self.edges)
        most = float(density.max())
        outline = None
        if self.before is not None and self.before[0].sum() > 0:
            outline = _density(*self.before)
            most = max(most, float(outline.max()))
        heights = density / most
        n = len(heights)
        lefts = frame.left() + (self.edges - low) / span * frame.width()
        wide = float(lefts[-1] - lefts[0]) / n
        gap = 1.0 if wide >= 4 else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.color or theme.accent))
        for i in np.flatnonzero(heights).tolist():
            high = max(frame.height() * float(heights[i]), 1.5)
            painter.drawRect(QRectF(float(lefts[i]), frame.bottom() - high, max(wide - gap, 1.0), high))
        if outline is not None and self.before is not None:
            _paint_outline(painter, frame, outline / most, (self.before[1] - low) / span, theme)
        metrics = painter.fontMetrics()
        taken: list[tuple[float, float]] = []
        marks = [(low, theme.muted), (high_edge, theme.muted)]
        if low < 0 < high_edge:
            marks.append((0.0, theme.muted))
        for value, color in marks:
            x = frame.left() + (value - low) / span * frame.width()
            text = short(value)
            wide = metrics.horizontalAdvance(text)
            left = min(max(x - wide / 2, frame.left()), frame.right() - wide)
            if any(left < b + 6 and left + wide > a - 6 for a, b in taken):
                continue
            taken.append((left, left + wide))
            painter.setPen(QColor(theme.border))
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + 3))
            painter.setPen(QColor(color))
            painter.drawText(QPointF(left, frame.bottom() + 4 + metrics.ascent()), text)
        if self.mean is not None and low <= self.mean <= high_edge:
            x = frame.left() + (self.mean - low) / span * frame.width()
            painter.setPen(QPen(QColor(theme.text), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))

    def _ends(self) -> tuple[float, float]:
        """What is at the left and at the right end."""
        low, high = float(self.edges[0]), float(self.edges[-1])
        if self.before is not None:
            low, high = min(low, float(self.before[1][0])), max(high, float(self.before[1][-1]))
        return low, high

    def words_at(self, point: QPointF) -> str:
        frame = self._frame()
        n = len(self.counts)
        if not n or not frame.contains(point):
            return ""
        low, high = self._ends()
        value = low + (point.x() - frame.left()) / frame.width() * (high - low)
        if not self.edges[0] <= value <= self.edges[-1]:
            return ""
        i = min(max(int(np.searchsorted(self.edges, value, side="right")) - 1, 0), n - 1)
        return tr(
            "{low} to {high}: {n} values",
            low=short(float(self.edges[i])),
            high=short(float(self.edges[i + 1])),
            n=f"{int(self.counts[i]):,}",
        )


def _density(counts: npt.NDArray[np.int64], edges: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The share of all values in each bin by its width."""
    widths = np.maximum(np.diff(edges.astype(np.float64)), 1e-30)
    shares: npt.NDArray[np.float64] = counts / max(int(counts.sum()), 1) / widths
    return shares


def _paint_outline(
    painter: QPainter,
    frame: QRectF,
    heights: npt.NDArray[np.float64],
    places: npt.NDArray[np.float32],
    theme: Theme,
) -> None:
    """Bins as one line of steps; heights and places are shares of the frame."""
    xs = (frame.left() + np.repeat(places, 2) * frame.width()).tolist()
    ys = (frame.bottom() - np.concatenate(([0.0], np.repeat(heights, 2), [0.0])) * frame.height()).tolist()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.warning), 1.4))
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs, ys, strict=True)]))
    painter.setPen(Qt.PenStyle.NoPen)


_HAIR = 1e-3
"""how far three channels may leave 0 to 1 and are still shown as a picture in colours"""


class MapGrid(Picture):
    """Small pictures in a grid as large as fits, pixels as they are. `activated` carries the one that was
    double-clicked (an int)."""

    GAP = 4.0
    activated = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(120, 90))
        self.maps = np.zeros((0, 1, 1), np.uint8)
        self.low = self.high = np.zeros(0, np.float32)
        self.differ = False
        """whether differences are shown"""
        self._images: list[QImage] = []
        """of each map; and one more of the colours, where three maps are one picture"""

    def show_changes(self, changes: npt.NDArray[np.float32]) -> None:
        """(maps, height, width) differences: one sign blue, the other orange, all maps by the same scale."""
        most = float(np.abs(changes).max(initial=0.0)) or 1.0
        codes = np.clip((changes / most + 1) * 127.5, 0, 255).round().astype(np.uint8)
        flat = changes.reshape(len(changes), -1)
        self.show_maps(codes, flat.min(axis=1), flat.max(axis=1))
        self.differ = True
        scale = signed_scale(shown_theme())
        self._images = [rgb_image(scale[one]) for one in codes]
        self.setAccessibleName(tr("Changes of {n} feature maps", n=len(changes)))

    def show_maps(self, maps: Bytes, low: npt.NDArray[np.float32], high: npt.NDArray[np.float32]) -> None:
        """(maps, height, width) uint8, and what 0 and 255 stand for in each."""
        self.differ = False
        if maps.ndim != 3 or not maps.size or len(low) != len(maps) or len(high) != len(maps):
            raise ValueError("maps are (maps, height, width), each with its ends")
        self.maps, self.low, self.high = maps, low, high
        self._images = [colored(one) for one in maps]
        if len(maps) == 3 and low.min() >= -_HAIR and high.max() <= 1 + _HAIR:
            ends = (low[:, None, None], high[:, None, None])
            shares = ends[0] + maps.astype(np.float32) / 255 * (ends[1] - ends[0])
            self._images.append(rgb_image(np.clip(shares * 255, 0, 255).astype(np.uint8).transpose(1, 2, 0)))
        self.setAccessibleName(tr("{n} feature maps", n=len(maps)))
        self.update()

    def layout_cells(self) -> list[QRectF]:
        """Where each map stands, and after them the picture in colours where there is one."""
        n = len(self._images)
        if not n:
            return []
        height, width = self.maps.shape[1:]
        best, columns = 0.0, 1
        for candidate in range(1, n + 1):
            rows = -(-n // candidate)
            scale = min(
                (self.width() - (candidate - 1) * self.GAP) / (candidate * width),
                (self.height() - (rows - 1) * self.GAP) / (rows * height),
            )
            if scale > best:
                best, columns = scale, candidate
        w, h = max(best * width, 1.0), max(best * height, 1.0)
        return [
            QRectF((i % columns) * (w + self.GAP), (i // columns) * (h + self.GAP), w, h) for i in range(n)
        ]

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        for i, cell in enumerate(self.layout_cells()[: len(self.maps)]):
            if event.button() == Qt.MouseButton.LeftButton and cell.contains(event.position()):
                self.activated.emit(i)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for cell, image in zip(self.layout_cells(), self._images, strict=True):
            painter.drawImage(cell, image)
        painter.end()

    def words_at(self, point: QPointF) -> str:
        for i, cell in enumerate(self.layout_cells()):
            if cell.contains(point):
                if i == len(self.maps):
                    return tr("The three channels together, as red, green and blue")
                low, high = short(float(self.low[i])), short(float(self.high[i]))
                if self.differ:
                    return tr("Channel {n}: changed by {low} to {high}", n=i, low=low, high=high)
                return tr("Channel {n}: {low} (dark) to {high} (light)", n=i, low=low, high=high)
        return ""


class HeatMap(Picture):
    """One array as colours with a word for each axis and what the ends of the scale mean. `activated` carries the row
    that was double-clicked (an int)."""

    LEFT, BELOW = 20, 20
    activated = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(140, 90))
        self.values = np.zeros((1, 1), np.uint8)
        self.low = self.high = 0.0
        self.across = self.up = ""
        self._image = QImage()

    def show_map(self, values: Bytes, low: float, high: float, across: str, up: str) -> None:
        """(rows, columns) uint8 with row 0 on top; what 0 and 255 stand for; what runs along and what down."""
        if values.ndim != 2 or not values.size:
            raise ValueError("a heat map is (rows, columns)")
        self.values, self.low, self.high, self.across, self.up = values, low, high, across, up
        self._image = colored(values)
        self.setAccessibleName(f"{across}, {up}")
        self.update()

    def _frame(self) -> QRectF:
        return QRectF(
            self.LEFT, 2, max(self.width() - self.LEFT - 2, 10), max(self.height() - self.BELOW - 4, 10)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        frame = self._frame()
        painter.drawImage(frame, self._image)
        painter.setPen(QColor(theme.border))
        painter.drawRect(frame)
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.muted))
        y = frame.bottom() + 4 + metrics.ascent()
        painter.drawText(QPointF(frame.left(), y), self.across)
        scale = tr("{low} dark, {high} light", low=short(self.low), high=short(self.high))
        painter.drawText(QPointF(frame.right() - metrics.horizontalAdvance(scale), y), scale)
        painter.save()
        painter.translate(4 + metrics.ascent(), frame.center().y() + metrics.horizontalAdvance(self.up) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), self.up)
        painter.restore()
        painter.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        frame, point = self._frame(), event.position()
        if event.button() == Qt.MouseButton.LeftButton and frame.contains(point):
            rows = len(self.values)
            self.activated.emit(min(int((point.y() - frame.top()) / frame.height() * rows), rows - 1))

    def words_at(self, point: QPointF) -> str:
        frame = self._frame()
        if not frame.contains(point):
            return ""
        rows, columns = self.values.shape
        row = min(int((point.y() - frame.top()) / frame.height() * rows), rows - 1)
        column = min(int((point.x() - frame.left()) / frame.width() * columns), columns - 1)
        value = self.low + float(self.values[row, column]) / 255 * (self.high - self.low)
        return f"{self.across} {column}, {self.up} {row}: {short(value)}"


def histogram_of(frame: Frame | None, name: str = "") -> Histogram | None:
    """Counts and edges of a frame, of one of its tensors where it has several; None where it has none."""
    prefix = f"{name}." if name else ""
    if frame is None or f"{prefix}counts" not in frame.arrays:
        return None
    return frame.arrays[f"{prefix}counts"], frame.arrays[f"{prefix}edges"]


def moments_words(meta: dict[str, object], compared: Frame | None = None) -> str:
    """ "mean 0.12 · spread 0.5 · 34 % are zero" from what a histogram's measurement says; and whose the outline is."""
    parts = []
    for key, words in (("mean", tr("mean {value}")), ("std", tr("spread {value}"))):
        value = meta.get(key)
        if isinstance(value, int | float):
            parts.append(words.format(value=short(float(value))))
    zero = meta.get("zero_share")
    if isinstance(zero, int | float) and zero >= 0.005:
        parts.append(tr("{share} % are zero", share=f"{100 * zero:.0f}"))
    lost = meta.get("not_finite")
    if isinstance(lost, int) and lost:
        parts.append(tr("{n} are no numbers any more", n=f"{lost:,}"))
    if compared is not None:
        parts.append(tr("outline: step {n}", n=f"{compared.step:,}"))
    return " · ".join(parts)


def listed(values: Sequence[object]) -> str:
    return " × ".join(str(value) for value in values)
