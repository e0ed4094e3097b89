"""The items of the scene: one that paints the whole network, and a few real ones for what a gesture is touching."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nndesigner.gui.canvas.cards import MARGIN, Look, Pictures, draw_card
from nndesigner.gui.canvas.geometry import WIDTH, Outline
from nndesigner.gui.canvas.painter import paint
from nndesigner.gui.theme import Theme

if TYPE_CHECKING:
    from nndesigner.gui.canvas.stage import Stage

log = logging.getLogger(__name__)
EXTENT = 200_000.0
"""The canvas reaches this far in every direction: further than any network, so that it never has to grow."""
ABOVE = 10.0


class Content(QGraphicsItem):
    """The network: paints what its view holds, whatever changed. Its bounds never change."""

    def __init__(self, view: Stage) -> None:
        super().__init__()
        self._view = view
        self._pictures = Pictures()
        self._failed = False
        self.milliseconds = 0.0
        """how long the last large painting took"""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def boundingRect(self) -> QRectF:
        return QRectF(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT)

    def forget_pictures(self) -> None:
        self._pictures.clear()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        view, began = self._view, time.perf_counter()
        ratio = painter.device().devicePixelRatioF()
        scale = painter.worldTransform().m11()
        exposed = option.exposedRect
        try:
            for part in view.clipped_parts(painter, exposed):
                paint(
                    painter,
                    view.arrays,
                    view.faces,
                    view.theme,
                    part,
                    scale,
                    view.state,
                    ratio=ratio,
                    pictures=self._pictures,
                )
            self._failed = False
        except Exception:
            # An exception must not leave a paint event: say it once, and keep the window alive.
            if not self._failed:
                log.exception("the canvas could not be painted")
            self._failed = True
        seen = view.visible_bounds()
        if exposed.width() * exposed.height() > 0.5 * (seen[2] - seen[0]) * (seen[3] - seen[1]):
            self.milliseconds = (time.perf_counter() - began) * 1000


class Ghost(QGraphicsItem):
    """The layer that is being dragged in, half there."""

    def __init__(self) -> None:
        super().__init__()
        self._form: Outline | None = None
        self._group = ""
        self._theme: Theme | None = None
        self.setZValue(ABOVE)
        self.setOpacity(0.75)
        self.hide()

    def show_card(self, form: Outline, group: str, theme: Theme) -> None:
        if (form, group, theme) != (self._form, self._group, self._theme):
            self.prepareGeometryChange()
            self._form, self._group, self._theme = form, group, theme
        self.show()

    def boundingRect(self) -> QRectF:
        height = self._form.height if self._form is not None else 0.0
        return QRectF(-MARGIN, -MARGIN, WIDTH + 2 * MARGIN, height + 2 * MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if self._form is not None and self._theme is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_card(painter, self._form, self._group, Look(selected=True), self._theme)


class WirePreview(QGraphicsPathItem):
    def __init__(self) -> None:
        super().__init__()
        self.setZValue(ABOVE)
        self.hide()

    def color(self, theme: Theme, bad: bool) -> None:
        style = Qt.PenStyle.DashLine if bad else Qt.PenStyle.SolidLine
        self.setPen(QPen(QColor(theme.error if bad else theme.accent), 2.5, style, Qt.PenCapStyle.FlatCap))


class SketchPreview(QGraphicsPathItem):
    """What a gesture draws: a stroke, or the outlines of what would come about."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(ABOVE)

    def color(self, color: str, filled: bool) -> None:
        pen = QPen(QColor(color), 2.0)
        pen.setCosmetic(True)
        fill = QColor(color)
        fill.setAlphaF(0.12)
        self.setPen(pen)
        self.setBrush(fill if filled else Qt.BrushStyle.NoBrush)


class BandPreview(QGraphicsRectItem):
    def __init__(self) -> None:
        super().__init__()
        self.setZValue(ABOVE)
        self.hide()

    def color(self, theme: Theme) -> None:
        pen = QPen(QColor(theme.accent), 1.0)
        pen.setCosmetic(True)
        fill = QColor(theme.accent)
        fill.setAlphaF(0.12)
        self.setPen(pen)
        self.setBrush(fill)
