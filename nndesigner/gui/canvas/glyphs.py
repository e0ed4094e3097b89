"""The symbol of each layer group, as strokes in a square of 20 units: a second sign beside the colour.

Also for the palette and menus: `draw_tile` paints the rounded tile that stands on the nodes.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from nndesigner.gui.theme import Theme

BOX = 20.0
TILE_RADIUS = 0.27
"""of a tile's side"""


def _lines(*runs: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for run in runs:
        path.moveTo(*run[0])
        for point in run[1:]:
            path.lineTo(*point)
    return path


def _dots(*places: tuple[float, float], radius: float = 1.9) -> QPainterPath:
    path = QPainterPath()
    for x, y in places:
        path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _square(x: float, y: float, width: float, height: float, radius: float = 1.5) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, width, height), radius, radius)
    return path


Symbol = tuple[QPainterPath, QPainterPath]
"""what is stroked, what is filled"""


@lru_cache(maxsize=64)
def symbol(group: str) -> Symbol:
    """The strokes and fills of a group; a group without a symbol of its own gets a plain square, "" a question mark."""
    nothing = QPainterPath()
    if group == "Input and output":
        return _lines(
            ((2.5, 10), (12, 10)), ((8, 5.5), (12.5, 10), (8, 14.5)), ((17, 3.5), (17, 16.5))
        ), nothing
    if group == "Dense":
        wires = _lines(((4.5, 4.5), (15.5, 4.5), (4.5, 15.5), (15.5, 15.5), (4.5, 4.5)))
        return wires, _dots((4.5, 4.5), (15.5, 4.5), (4.5, 15.5), (15.5, 15.5), radius=2.4)
    if group == "Convolution":
        return _square(2.5, 2.5, 15, 15, 2), _square(5.2, 5.2, 6, 6, 1)
    if group == "Pooling":
        return _lines(((3, 3.5), (17, 3.5), (11.8, 10), (11.8, 15), (8.2, 17), (8.2, 10), (3, 3.5))), nothing
    if group == "Activation":
        return _lines(((2.5, 14.5), (9, 14.5), (16.5, 4.5))), nothing
    if group == "Normalization":
        bell = QPainterPath(QPointF(2, 15.5))
        bell.cubicTo(7.5, 15.5, 7, 4.5, 10, 4.5)
        bell.cubicTo(13, 4.5, 12.5, 15.5, 18, 15.5)
        return bell, nothing
    if group == "Regularization":
        return _dots((14.8, 5.2), (5.2, 14.8), radius=2.5), _dots((5.2, 5.2), (14.8, 14.8), radius=3.1)
    if group == "Shape":
        return (
            _lines(
                ((3, 6.5), (16.5, 6.5)),
                ((13, 3), (16.8, 6.5), (13, 10)),
                ((17, 14), (3.5, 14)),
                ((7, 10.5), (3.2, 14), (7, 17.5)),
            ),
            nothing,
        )
    if group == "Merge":
        return _lines(
            ((3, 4), (6, 4), (11, 10), (17, 10)),
            ((3, 16), (6, 16), (11, 10)),
            ((13.5, 6.5), (17, 10), (13.5, 13.5)),
        ), nothing
    if group == "Arithmetic":
        plus_minus = _lines(((6, 2.5), (6, 9.5)), ((2.5, 6), (9.5, 6)), ((11, 14.5), (17.5, 14.5)))
        return plus_minus, _dots((14.2, 11.2), (14.2, 17.8), radius=1.1)
    if group == "Recurrent":
        loop = QPainterPath()
        loop.arcMoveTo(QRectF(3.5, 3.5, 13, 13), 30)
        loop.arcTo(QRectF(3.5, 3.5, 13, 13), 30, 300)
        loop.addPath(_lines(((16.8, 2.8), (15.9, 6.9), (11.7, 6.2))))
        return loop, nothing
    if group == "Attention":
        eye = QPainterPath(QPointF(1.8, 10))
        eye.cubicTo(5.5, 3.4, 14.5, 3.4, 18.2, 10)
        eye.cubicTo(14.5, 16.6, 5.5, 16.6, 1.8, 10)
        return eye, _dots((10, 10), radius=2.8)
    if group == "Embedding":
        rows = _lines(((8.5, 4.5), (17, 4.5)), ((8.5, 10), (17, 10)), ((8.5, 15.5), (17, 15.5)))
        return rows, _dots((4, 4.5), (4, 10), (4, 15.5), radius=1.9)
    if group == "Loss":
        fall = _lines(((3, 3), (3, 17), (17, 17)))
        fall.moveTo(6, 4.5)
        fall.cubicTo(7.5, 11, 10, 13, 16.5, 13.5)
        return fall, nothing
    if group == "Blocks":
        inner = _square(5.6, 5.6, 3.6, 8.8, 1)
        inner.addPath(_square(10.8, 5.6, 3.6, 8.8, 1))
        return _square(2, 2, 16, 16, 3.5), inner
    if group == "Custom":
        return _lines(
            ((6.5, 4.5), (2, 10), (6.5, 15.5)),
            ((13.5, 4.5), (18, 10), (13.5, 15.5)),
            ((11.6, 3.5), (8.4, 16.5)),
        ), nothing
    if group == "":
        mark = QPainterPath(QPointF(6.2, 7))
        mark.cubicTo(6.2, 1.8, 14, 1.8, 14, 7)
        mark.cubicTo(14, 10, 10, 9.6, 10, 12.4)
        return mark, _dots((10, 16.3), radius=1.2)
    return _square(4, 4, 12, 12, 3), nothing


def draw_symbol(painter: QPainter, group: str, box: QRectF, color: QColor, width: float = 1.7) -> None:
    strokes, fills = symbol(group)
    painter.save()
    painter.translate(box.topLeft())
    painter.scale(box.width() / BOX, box.height() / BOX)
    pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(strokes)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    if not fills.isEmpty():  # an empty path is no valid SVG
        painter.drawPath(fills)
    painter.restore()


def draw_tile(painter: QPainter, group: str, box: QRectF, theme: Theme) -> None:
    """The symbol on a rounded square in a light shade of the group's colour."""
    color = QColor(theme.group(group))
    back = QColor(color)
    back.setAlphaF(0.24 if theme.dark else 0.13)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    radius = box.width() * TILE_RADIUS
    painter.drawRoundedRect(box, radius, radius)
    inset = box.width() * 0.19
    draw_symbol(painter, group, box.adjusted(inset, inset, -inset, -inset), color)
