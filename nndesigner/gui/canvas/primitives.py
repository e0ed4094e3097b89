"""Many lines, rectangles, dots or pictures in one painter call, straight from numpy arrays.

QPainter's C++ calls take an array of QLineF, QRectF, QPointF or PixmapFragment: rows of doubles, which is what a
numpy array holds. Each function keeps its array alive until the call returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap
from shiboken6 import Shiboken

from nndesigner.gui.canvas.geometry import Floats


def _rows(array: Floats, width: int) -> Floats:
    return np.ascontiguousarray(array, np.float64).reshape(-1, width)


def _first(rows: Floats, kind: type) -> Any:
    """The first row seen as an object of Qt's: what a C++ call takes for the start of its array."""
    return Shiboken.wrapInstance(rows.ctypes.data, kind)


def draw_lines(painter: QPainter, lines: Floats) -> None:
    """Rows of x1, y1, x2, y2."""
    rows = _rows(lines, 4)
    if len(rows):
        painter.drawLines(_first(rows, QLineF), len(rows))


def draw_rects(painter: QPainter, rects: Floats) -> None:
    """Rows of x, y, width, height."""
    rows = _rows(rects, 4)
    if len(rows):
        painter.drawRects(_first(rows, QRectF), len(rows))


def draw_points(painter: QPainter, points: Floats) -> None:
    """Rows of x, y."""
    rows = _rows(points, 2)
    if len(rows):
        painter.drawPoints(_first(rows, QPointF), len(rows))


def draw_pictures(
    painter: QPainter, centers: Floats, pixmap: QPixmap, scale: float = 1.0, opacity: float = 1.0
) -> None:
    """One picture at many places. `centers` rows of x, y; `scale` is painter units per pixel of the picture."""
    centers = _rows(centers, 2)
    if not len(centers):
        return
    rows = np.zeros((len(centers), 10))
    rows[:, 0:2] = centers
    rows[:, 4], rows[:, 5] = pixmap.width(), pixmap.height()
    rows[:, 6] = rows[:, 7] = scale
    rows[:, 9] = opacity
    painter.drawPixmapFragments(_first(rows, QPainter.PixmapFragment), len(rows), pixmap)


def segments(polylines: Floats) -> Floats:
    """Polylines [M, K, 2] as rows of straight pieces [M * (K - 1), 4]."""
    pieces = np.empty((polylines.shape[0], polylines.shape[1] - 1, 4))
    pieces[:, :, :2] = polylines[:, :-1]
    pieces[:, :, 2:] = polylines[:, 1:]
    return pieces.reshape(-1, 4)
