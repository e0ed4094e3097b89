"""What a search found stands out: the rest of the canvas lies under a veil, the one that is shown now has a ring.

A real item above the network, there while a search is open. It paints what is in view and knows no search.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nndesigner.gui.canvas.cards import RADIUS
from nndesigner.gui.canvas.content import ABOVE, EXTENT

if TYPE_CHECKING:
    from nndesigner.gui.canvas.stage import Stage

VEIL = 0.68
MOST = 1500
"""Of more in view each would be a dot: then there is no veil."""
_RING = 4.0


class Spotlight(QGraphicsItem):
    def __init__(self, view: Stage) -> None:
        super().__init__()
        self._view = view
        self._lit: frozenset[str] = frozenset()
        self._current = ""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(ABOVE - 1)

    @property
    def lit(self) -> frozenset[str]:
        return self._lit

    @property
    def current(self) -> str:
        return self._current

    def show_nodes(self, lit: Collection[str], current: str = "") -> None:
        """Nodes by id; of none everything stays under the veil."""
        self._lit, self._current = frozenset(lit), current
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        arrays, theme = self._view.arrays, self._view.theme
        bounds = exposed.left(), exposed.top(), exposed.right(), exposed.bottom()
        boxes: dict[str, QRectF] = {}
        for row in arrays.nodes_within(bounds).tolist():
            id = arrays.node_ids[row]
            if id in self._lit:
                (x, y), (width, height) = arrays.place[row].tolist(), arrays.size[row].tolist()
                boxes[id] = QRectF(x, y, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pixel = 1.0 / max(1e-6, painter.worldTransform().m11())
        if len(boxes) <= MOST:
            veil = QPainterPath()
            veil.setFillRule(Qt.FillRule.OddEvenFill)
            veil.addRect(exposed)
            for box in boxes.values():
                veil.addRoundedRect(box.adjusted(-_RING, -_RING, _RING, _RING), RADIUS + 2, RADIUS + 2)
            color = QColor(theme.canvas)
            color.setAlphaF(VEIL)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPath(veil)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for id, box in boxes.items():
            current = id == self._current
            width = max(3.0, 3.0 * pixel) if current else max(1.5, 1.5 * pixel)
            painter.setPen(QPen(QColor(theme.accent), width))
            reach = _RING + width / 2
            painter.drawRoundedRect(box.adjusted(-reach, -reach, reach, reach), RADIUS + 3, RADIUS + 3)
