"""Samples in rows: each as it is, then as it was drawn several times. It paints what a worker sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme

TILE = 92
"""smallest edge of a tile for which another column is worth it"""
LARGEST = 200
GAP = 8
HEAD = 22
WORDS = 20
MOST_ROWS, MOST_COLUMNS = 6, 7
MASK_ALPHA = 120


class DrawsGrid(QWidget):
    """`room_changed` carries for how many samples and draws there is room."""

    room_changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(2 * TILE + GAP, HEAD + TILE + WORDS)
        self.tiles: list[list[QImage]] = []
        self.masks: list[list[npt.NDArray[np.uint8]]] = []
        self.lines: list[list[npt.NDArray[np.float32]]] = []
        self.words: list[list[str]] = []
        self._room = (0, 0)

    def sizeHint(self) -> QSize:
        return QSize(4 * (TILE + GAP), HEAD + 2 * (TILE + WORDS + GAP))

    def show_result(self, result: Mapping[str, Any]) -> None:
        """What `worker/jobs/augment.py` gives; {} for nothing."""
        self.tiles, self.masks, self.lines = [], [], []
        self.words = [list(map(str, row)) for row in result.get("words", [])]
        pictures, series, masks = (result.get(key) for key in ("pictures", "series", "masks"))
        if isinstance(pictures, np.ndarray) and pictures.ndim == 5:
            self.tiles = [[_image(each) for each in row] for row in pictures]
        if isinstance(masks, np.ndarray) and masks.ndim == 4:
            self.masks = [list(row) for row in masks]
        if isinstance(series, np.ndarray) and series.ndim == 4:
            self.lines = [list(row) for row in series]
        rows, columns = self.shape
        self.setAccessibleName(tr("Samples as they are and as training sees them"))
        self.setAccessibleDescription(
            tr(
                "{rows} samples; each as it is, and {draws} times changed",
                rows=rows,
                draws=max(columns - 1, 0),
            )
        )
        self.update()

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, columns) of what is shown."""
        shown: Sequence[Sequence[Any]] = self.tiles or self.lines
        return len(shown), len(shown[0]) if shown else 0

    def cell(self, row: int, column: int) -> QRectF:
        """Where a tile lies, without its words."""
        edge = self._edge()
        return QRectF(
            column * (edge + GAP) + (GAP if column else 0),
            HEAD + row * (edge + WORDS + GAP),
            edge,
            edge,
        )

    def _edge(self) -> float:
        rows, columns = self.shape
        rows, columns = max(rows, 1), max(columns, 2)
        wide = (self.width() - GAP * columns - 2) / columns
        high = (self.height() - HEAD) / rows - WORDS - GAP
        return max(min(wide, max(high, TILE * 0.6), LARGEST), 32)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = max(2, min(MOST_COLUMNS, (self.width() - GAP) // (TILE + GAP)))
        edge = (self.width() - GAP * columns) / columns
        rows = max(1, min(MOST_ROWS, int((self.height() - HEAD) // (min(edge, LARGEST) + WORDS + GAP))))
        if (rows, columns - 1) != self._room:
            self._room = rows, columns - 1
            self.room_changed.emit(*self._room)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        rows, columns = self.shape
        if not rows:
            return
        painter = QPainter(self)
        theme = shown_theme()
        painter.setPen(QColor(theme.muted))
        for column in range(columns):
            cell = self.cell(0, column)
            head = tr("As it is") if column == 0 else tr("Draw {n}", n=column)
            painter.drawText(QRectF(cell.left(), 0, cell.width(), HEAD - 4), _CENTRE, head)
        for row in range(rows):
            for column in range(columns):
                self._paint_tile(painter, theme, row, column)
        painter.end()

    def _paint_tile(self, painter: QPainter, theme: Theme, row: int, column: int) -> None:
        cell = self.cell(row, column)
        if self.tiles:
            image = self.tiles[row][column]
            size = image.size().scaled(cell.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(cell.center())
            painter.drawImage(place, image)  # without smoothing: a pixel of the data is a pixel
            if self.masks:
                painter.drawImage(place, _mask_image(self.masks[row][column], theme))
        else:
            place = cell
            self._paint_lines(painter, theme, row, column, cell)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent if column == 0 else theme.border), 1.0))
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
        if row < len(self.words) and column < len(self.words[row]):
            painter.setPen(QColor(theme.muted))
            text = painter.fontMetrics().elidedText(
                self.words[row][column], Qt.TextElideMode.ElideRight, int(cell.width())
            )
            painter.drawText(QRectF(cell.left(), cell.bottom() + 1, cell.width(), WORDS), _CENTRE, text)

    def _paint_lines(self, painter: QPainter, theme: Theme, row: int, column: int, cell: QRectF) -> None:
        """All tiles of a row over one range, so that they can be compared."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRect(cell)
        whole = np.stack(self.lines[row])
        low, high = float(whole.min()), float(whole.max())
        inside = cell.adjusted(4, 6, -4, -6)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        steps = self.lines[row][column].shape[0]
        x = inside.left() + inside.width() * np.arange(steps) / max(steps - 1, 1)
        for number, line in enumerate(self.lines[row][column].T):
            y = inside.bottom() - inside.height() * (line - low) / ((high - low) or 1.0)
            painter.setPen(QPen(QColor(theme.plot(number)), 1.3))
            painter.drawPolyline(
                QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
            )
        painter.restore()

    def words_at(self, point: QPointF) -> str:
        """What is told of the tile under a point."""
        rows, columns = self.shape
        for row in range(rows):
            for column in range(columns):
                inside = self.cell(row, column).adjusted(0, 0, 0, WORDS).contains(point)
                if inside and row < len(self.words) and column < len(self.words[row]):
                    return self.words[row][column]
        return ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(self.words_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)


_CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)


def _image(planes: npt.NDArray[np.uint8]) -> QImage:
    """(1 or 3, height, width) as a picture."""
    _, height, width = planes.shape
    if len(planes) == 3:
        rgb = np.ascontiguousarray(np.moveaxis(planes, 0, -1))
        return QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    gray = np.ascontiguousarray(planes[0])
    return QImage(gray.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()


def _mask_image(codes: npt.NDArray[np.uint8], theme: Theme) -> QImage:
    """Each class but the first in its colour, to be laid over the picture."""
    table = np.zeros((int(codes.max(initial=0)) + 1, 4), np.uint8)
    for code in range(1, len(table)):
        colour = QColor(theme.plot(code - 1))
        table[code] = colour.red(), colour.green(), colour.blue(), MASK_ALPHA
    rgba = np.ascontiguousarray(table[codes])
    height, width = codes.shape
    return QImage(rgba.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
