"""What the colours on the canvas mean while a run is shown: a bar for each scale, in a corner, taking no clicks."""

from __future__ import annotations

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
_SHARE = 2.5
"""how many times as large the canvas has to be: the network comes first"""


class CanvasLegend(QWidget):
    """Stays in a corner of its parent (not of a viewport, whose children scroll with it): the lower left one, or the
    first in which it covers nothing, as `covers` tells of a rectangle of the parent."""

    def __init__(self, parent: QWidget, covers: Callable[[QRect], bool] = lambda place: False) -> None:
        super().__init__(parent)
        self._covers = covers
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.scales: tuple[Scale, ...] = ()
        parent.installEventFilter(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._place)
        self.hide()

    def show_scales(self, scales: Sequence[Scale]) -> None:
        self.scales = tuple(scales)
        self.setAccessibleName("; ".join(f"{s.label}: {s.ends[0]} – {s.ends[1]}" for s in scales))
        self._place()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
            self.place_again()  # once the network has found its place in it
        return False

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(scale.label) for scale in self.scales), default=0)
        line = metrics.height() + _HIGH + metrics.height() + 2
        return QSize(
            max(widest, _BAR) + 2 * _PADDING, len(self.scales) * (line + _GAP) - _GAP + 2 * _PADDING - 2
        )

    def place_again(self) -> None:
        """Another part of the network comes into view."""
        if self.isVisible():
            self._soon.start(0)

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setFont(small_font(parent))
        size = self.sizeHint()
        roomy = _SHARE * size.height() <= parent.height() and _SHARE * size.width() <= parent.width()
        self.setVisible(bool(self.scales) and roomy)
        self.resize(size)
        right, bottom = parent.width() - size.width() - _MARGIN, parent.height() - size.height() - _MARGIN
        corners = [QPoint(x, y) for y in (bottom, _MARGIN) for x in (_MARGIN, right)]
        self.move(next((at for at in corners if self._is_free(QRect(at, size))), corners[0]))

    def _is_free(self, place: QRect) -> bool:
        """Neither the network nor what else lies over the canvas (minimap, search) is there."""
        parent = self.parentWidget()
        parts = parent.children() if parent is not None else []
        below = parent.viewport() if isinstance(parent, QAbstractScrollArea) else None
        others = (part for part in parts if isinstance(part, QWidget) and part not in (self, below))
        over = (part for part in others if part.isVisible() and not part.objectName().startswith("qt_"))
        return not self._covers(place) and not any(part.geometry().intersects(place) for part in over)

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
        y = float(_PADDING)
        for scale in self.scales:
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(_PADDING, y + metrics.ascent()), scale.label)
            y += metrics.height() + 2
            self._paint_bar(painter, scale, y)
            y += _HIGH
            painter.setPen(QColor(theme.muted))
            low, high = scale.ends
            painter.drawText(QPointF(_PADDING, y + metrics.ascent()), low)
            right = _PADDING + _BAR - metrics.horizontalAdvance(high)
            painter.drawText(QPointF(right, y + metrics.ascent()), high)
            y += metrics.height() + _GAP
        painter.end()

    def _paint_bar(self, painter: QPainter, scale: Scale, y: float) -> None:
        """The colours from small to large; of wires, as wide as they are drawn."""
        first = STEPS // 2 if scale.half else 0
        number = STEPS + 1 - first
        wide = _BAR / number
        painter.setPen(Qt.PenStyle.NoPen)
        middle = y + _HIGH / 2
        for place, step in enumerate(range(first, STEPS + 1)):
            painter.setBrush(heat(shown_theme(), step / STEPS))
            left, right = _PADDING + place * wide, _PADDING + (place + 1) * wide
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
                painter.drawRect(QRectF(left, y + 1, wide + 0.5, _HIGH - 2))
