"""What the colours on the canvas mean while a run is shown: a bar for each scale, in a corner, taking no clicks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from nndesigner.gui.canvas.heat import STEPS, heat
from nndesigner.gui.canvas.wires import STRONGEST, WEAKEST
from nndesigner.gui.monitors.on_canvas import Scale
from nndesigner.gui.monitors.pictures import small_font
from nndesigner.gui.previews import shown_theme

_BAR, _HIGH, _GAP, _MARGIN = 120, 8, 8, 10
_PADDING = 8
_FOLDED_BAR, _BESIDE = 56, 5
_SHARE = 2.5
"""how many times as large the canvas has to be: the network comes first"""


class CanvasLegend(QWidget):
    """Stays in a corner of its parent (not of a viewport, whose children scroll with it): the lower left one, or the
    first in which it covers nothing, as `covers` tells of a rectangle of the parent (how much it would cover, 0 for
    nothing). Where something is in every corner it folds to a line for each scale, in the corner where it covers
    least."""

    def __init__(self, parent: QWidget, covers: Callable[[QRect], float] = lambda place: 0.0) -> None:
        super().__init__(parent)
        self._covers = covers
        self.folded = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.scales: tuple[Scale, ...] = ()
        parent.installEventFilter(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._place)
        self.hide()

    def show_scales(self, scales: Sequence[Scale]) -> None:
        self.scales = tuple(scales)
        self.setAccessibleName("; ".join(_said(scale) for scale in scales))
        self._place()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
            self.place_again()  # once the network has found its place in it
        return False

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        if self.folded:
            widths = [self._folded_width(scale) for scale in self.scales]
            high = len(self.scales) * (metrics.height() + 2) - 2 + _PADDING
            return QSize(max(widths, default=0) + 2 * _PADDING, high)
        widest = max((metrics.horizontalAdvance(scale.label) for scale in self.scales), default=0)
        line = metrics.height() + _HIGH + metrics.height() + 2
        high = sum((metrics.height() + 2 if scale.bare else line) + _GAP for scale in self.scales)
        return QSize(max(widest, _BAR) + 2 * _PADDING, high - _GAP + 2 * _PADDING - 2)

    def _folded_width(self, scale: Scale) -> int:
        metrics = self.fontMetrics()
        if scale.bare:
            return metrics.horizontalAdvance(scale.label)
        return sum(metrics.horizontalAdvance(end) for end in scale.ends) + _FOLDED_BAR + 2 * _BESIDE

    def place_again(self) -> None:
        """Another part of the network comes into view."""
        if self.isVisible():
            self._soon.start(0)

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setFont(small_font(parent))
        self.folded = False
        size = self.sizeHint()
        roomy = _SHARE * size.height() <= parent.height() and _SHARE * size.width() <= parent.width()
        self.setVisible(bool(self.scales) and roomy)
        covered, at = self._best(size)
        if covered:
            self.folded = True
            size = self.sizeHint()
            _, at = self._best(size)
        self.resize(size)
        self.move(at)
        self.update()

    def _best(self, size: QSize) -> tuple[float, QPoint]:
        """How much is covered in the corner where that is least, the first one of several; and that corner."""
        parent = self.parentWidget()
        assert parent is not None
        right, bottom = parent.width() - size.width() - _MARGIN, parent.height() - size.height() - _MARGIN
        corners = [QPoint(x, y) for y in (bottom, _MARGIN) for x in (_MARGIN, right)]
        covered = [self._covered(QRect(at, size)) for at in corners]
        least = min(range(len(corners)), key=covered.__getitem__)
        return covered[least], corners[least]

    def _covered(self, place: QRect) -> float:
        """How much of the network is there, and without end where something else lies over the canvas (minimap,
        search)."""
        parent = self.parentWidget()
        parts = parent.children() if parent is not None else []
        below = parent.viewport() if isinstance(parent, QAbstractScrollArea) else None
        others = (part for part in parts if isinstance(part, QWidget) and part not in (self, below))
        over = (part for part in others if part.isVisible() and not part.objectName().startswith("qt_"))
        if any(part.geometry().intersects(place) for part in over):
            return math.inf
        return float(self._covers(place))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, metrics = shown_theme(), self.fontMetrics()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        back = QColor(theme.panel)
        back.setAlphaF(0.92)
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.setBrush(back)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self.folded:
            self._paint_lines(painter)
            painter.end()
            return
        y = float(_PADDING)
        for scale in self.scales:
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(_PADDING, y + metrics.ascent()), scale.label)
            y += metrics.height() + 2
            if scale.bare:
                y += _GAP
                continue
            self._paint_bar(painter, scale, QRectF(_PADDING, y, _BAR, _HIGH))
            y += _HIGH
            painter.setPen(QColor(theme.muted))
            low, high = scale.ends
            painter.drawText(QPointF(_PADDING, y + metrics.ascent()), low)
            right = _PADDING + _BAR - metrics.horizontalAdvance(high)
            painter.drawText(QPointF(right, y + metrics.ascent()), high)
            y += metrics.height() + _GAP
        painter.end()

    def _paint_lines(self, painter: QPainter) -> None:
        """Each scale in one line: its ends, and the colours between them."""
        theme, metrics = shown_theme(), self.fontMetrics()
        y = _PADDING / 2
        for scale in self.scales:
            painter.setPen(QColor(theme.muted))
            base = y + metrics.ascent()
            if scale.bare:
                painter.drawText(QPointF(_PADDING, base), scale.label)
            else:
                low, high = scale.ends
                left = _PADDING + metrics.horizontalAdvance(low) + _BESIDE
                painter.drawText(QPointF(_PADDING, base), low)
                painter.drawText(QPointF(left + _FOLDED_BAR + _BESIDE, base), high)
                bar = QRectF(left, y + (metrics.height() - _HIGH) / 2, _FOLDED_BAR, _HIGH)
                self._paint_bar(painter, scale, bar)
            y += metrics.height() + 2

    def _paint_bar(self, painter: QPainter, scale: Scale, place: QRectF) -> None:
        """The colours from small to large; of wires, as wide as they are drawn."""
        first = STEPS // 2 if scale.half else 0
        number = STEPS + 1 - first
        wide = place.width() / number
        painter.setPen(Qt.PenStyle.NoPen)
        middle = place.center().y()
        for i, step in enumerate(range(first, STEPS + 1)):
            painter.setBrush(heat(shown_theme(), step / STEPS))
            left, right = place.left() + i * wide, place.left() + (i + 1) * wide
            if scale.widths:
                half = [(WEAKEST + (STRONGEST - WEAKEST) * at / STEPS) / 2 for at in (step, step + 1)]
                corners = (
                    (left, middle - half[0]),
                    (right, middle - half[1]),
                    (right, middle + half[1]),
                    (left, middle + half[0]),
                )
                painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
            else:
                painter.drawRect(QRectF(left, place.top() + 1, wide + 0.5, place.height() - 2))


def _said(scale: Scale) -> str:
    return scale.label if scale.bare else f"{scale.label}: {scale.ends[0]} – {scale.ends[1]}"
