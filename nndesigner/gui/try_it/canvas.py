"""A canvas to draw on with the mouse: brush, eraser, undo. It knows no network: whoever listens makes pixels of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.previews import shown_theme

MOST_UNDO = 20
EDGE = 204


class Canvas(QWidget):
    """`drawn` is told with every piece of a stroke; `paste` when a picture is pasted."""

    drawn = Signal()
    paste = Signal()

    def __init__(self, height: int, width: int, paper: QColor) -> None:
        super().__init__()
        self.image = QImage(width, height, QImage.Format.Format_RGBX8888)
        self.paper = paper
        self.image.fill(paper)
        self.color = QColor(255 - paper.red(), 255 - paper.green(), 255 - paper.blue())
        self.erasing = False
        self.brush = 40.0
        """width of a stroke, in pixels of `image`"""
        self._before: list[QImage] = []
        self._last: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setFixedHeight(EDGE)
        self.setMinimumWidth(min(EDGE, 120))
        self.setAccessibleName(tr("Canvas: draw with the mouse"))

    def sizeHint(self) -> QSize:
        return QSize(EDGE, EDGE)

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    def pixels(self) -> npt.NDArray[np.uint8]:
        """(height, width, 3) bytes."""
        height, width = self.image.height(), self.image.width()
        flat = np.frombuffer(self.image.constBits(), np.uint8)
        return flat.reshape(height, width, 4)[..., :3]

    def show_image(self, image: QImage, *, smooth: bool = False) -> None:
        """A picture in place of everything, stretched over the canvas."""
        self._keep()
        painter = QPainter(self.image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(QRectF(self.image.rect()), image)
        painter.end()
        self.update()

    def clear(self) -> None:
        """An empty canvas, and nothing to undo."""
        self.image.fill(self.paper)
        self._before.clear()
        self.update()

    def forget(self) -> None:
        """Nothing to undo from here on."""
        self._before.clear()

    def invert(self) -> None:
        self._keep()
        self.image.invertPixels()
        self.update()
        self.drawn.emit()

    def undo(self) -> None:
        if self._before:
            self.image = self._before.pop()
            self.update()
            self.drawn.emit()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def _frame(self) -> QRectF:
        """Where the picture is painted."""
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(0, 0, size.width(), size.height())

    def _to_image(self, point: QPointF) -> QPointF:
        frame = self._frame()
        times = self.image.width() / max(frame.width(), 1.0)
        return QPointF((point.x() - frame.left()) * times, (point.y() - frame.top()) * times)

    def _keep(self) -> None:
        self._before.append(self.image.copy())
        del self._before[:-MOST_UNDO]

    def _stroke(self, start: QPointF, end: QPointF) -> None:
        painter = QPainter(self.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self.paper if self.erasing else self.color
        width = self.brush * (2.0 if self.erasing else 1.0)
        painter.setPen(
            QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        if start == end:
            painter.drawPoint(start)
        else:
            painter.drawLine(start, end)
        painter.end()
        self.update()
        self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._keep()
        self._last = self._to_image(event.position())
        self._stroke(self._last, self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            here = self._to_image(event.position())
            self._stroke(self._last, here)
            self._last = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._last = None
            self.update()

    # -- keys --------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        # Paste and undo mean the drawing while it has the focus.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._mine(event)
        ):
            event.accept()
            return True
        return super().event(event)

    @staticmethod
    def _mine(event: QKeyEvent) -> bool:
        keys = (QKeySequence.StandardKey.Paste, QKeySequence.StandardKey.Undo)
        return any(event.matches(key) for key in keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste.emit()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        frame = self._frame()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, self.image)
        theme = shown_theme()
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.border), 1))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._last is not None:
            at = self.mapFromGlobal(self.cursor().pos())
            radius = self.brush / 2 * frame.width() / self.image.width() * (2.0 if self.erasing else 1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawEllipse(QPointF(QPoint(at)), radius, radius)
        painter.end()
