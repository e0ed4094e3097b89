"""The whole network small, in a corner of the canvas: the rectangle for what is in view is dragged, a click jumps.

The picture is painted from the canvas's arrays when the network has changed, and only copied while it is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform, QWheelEvent
from PySide6.QtWidgets import QWidget

from nndesigner.base.text import tr
from nndesigner.gui.canvas.primitives import draw_lines, draw_rects
from nndesigner.gui.theme import theme_changed

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

WIDTH, HEIGHT = 220, 150
INSET, BORDER = 12, 8
LARGEST = 0.25
"""Pixels per scene unit: a small network does not fill the map."""


class Minimap(QWidget):
    """Lies over the canvas that it is given and stays in its lower right corner."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._picture: QPixmap | None = None
        self._held: QPointF | None = None
        """while the rectangle is dragged: from its middle to the pointer, in scene units"""
        self.setAccessibleName(tr("Overview of the network"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.contentChanged.connect(self._forget)
        view.zoomChanged.connect(lambda _: self.update())
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(lambda _: self.update())
        view.installEventFilter(self)
        leave = theme_changed.connect(lambda _: self._forget())
        self.destroyed.connect(lambda: leave() and None)
        self._place()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        room = self._view.size()
        self.resize(min(WIDTH, room.width() // 3), min(HEIGHT, room.height() // 3))
        self.move(room.width() - self.width() - INSET, room.height() - self.height() - INSET)
        self._forget()

    def _forget(self) -> None:
        self._picture = None
        self.update()

    # -- where things are --------------------------------------------------------------------------------------------
    def scene_to_map(self) -> QTransform:
        """From scene units to pixels of this widget: everything fits, in the middle."""
        left, top, right, bottom = self._view.arrays.bounds() or (0.0, 0.0, 1.0, 1.0)
        width, height = max(1.0, right - left), max(1.0, bottom - top)
        room_x, room_y = max(1, self.width() - 2 * BORDER), max(1, self.height() - 2 * BORDER)
        scale = min(LARGEST, room_x / width, room_y / height)
        place = QTransform.fromTranslate(self.width() / 2, self.height() / 2)
        place.scale(scale, scale)
        return place.translate(-(left + right) / 2, -(top + bottom) / 2)

    def view_rect(self) -> QRectF:
        """What is in view, in pixels of this widget; at least large enough to be taken hold of."""
        rect = self.scene_to_map().mapRect(self._view.visible_rect())
        grow_x, grow_y = max(0.0, 8 - rect.width()) / 2, max(0.0, 8 - rect.height()) / 2
        return rect.adjusted(-grow_x, -grow_y, grow_x, grow_y)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._picture = self._painted()
        theme = self._view.theme
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setClipRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        fill = QColor(theme.accent)
        fill.setAlphaF(0.10)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(self.view_rect(), 2, 2)
        painter.end()

    def _painted(self) -> QPixmap:
        view, ratio = self._view, self.devicePixelRatioF()
        arrays, theme = view.arrays, view.theme
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = QColor(theme.panel)
        back.setAlphaF(0.94)
        painter.setBrush(back)
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setWorldTransform(self.scene_to_map(), True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for frame in arrays.frames.values():
            tint = QColor(theme.tint(frame.color, theme.accent))
            tint.setAlphaF(0.18)
            painter.fillRect(QRectF(frame.x, frame.y, frame.width, frame.height), tint)
        for note in arrays.notes.values():
            tint = QColor(theme.tint(note.color, theme.warning))
            tint.setAlphaF(0.35)
            painter.fillRect(QRectF(note.x, note.y, note.width, note.height), tint)
        pen = QPen(QColor(theme.wire), 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        draw_lines(painter, np.concatenate([arrays.lines[:, 0], arrays.lines[:, -1]], axis=1))
        painter.setPen(Qt.PenStyle.NoPen)
        rects = np.concatenate([arrays.place, arrays.size], axis=1)
        least = 2.0 / max(1e-9, painter.worldTransform().m11())  # two pixels: a layer can always be seen
        rects[:, 2:] = np.maximum(rects[:, 2:], least)
        for number, name in enumerate(arrays.groups):
            painter.setBrush(QColor(theme.group(name)))
            draw_rects(painter, rects[arrays.group == number])
        painter.end()
        return picture

    # -- the mouse ---------------------------------------------------------------------------------------------------
    def _scene(self, place: QPointF) -> QPointF:
        return self.scene_to_map().inverted()[0].map(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        middle = self._view.visible_rect().center()
        inside = self.view_rect().contains(place)
        self._held = self._scene(place) - middle if inside else QPointF()
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._view.in_motion()
            self._view.centerOn(self._scene(event.position()) - self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms the canvas around the middle of what is in view."""
        turned: QPoint = event.angleDelta()
        self._view.zoom_by(1.0015 ** turned.y())
        event.accept()
