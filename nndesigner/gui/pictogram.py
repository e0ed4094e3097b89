"""A small picture of a network for cards: a tile with its group's symbol per layer, in data order, chains folded.

At the size of a card the canvas drawing would be unreadable; this shows what kind of network it is.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from nndesigner.check.order import data_order
from nndesigner.document.document import Document
from nndesigner.gui.icons import group_icon_name, paint_icon
from nndesigner.gui.theme import Theme
from nndesigner.layers.catalogue import layer

TILE = 28.0
STEP = 40.0
ROW = 44.0
MOST = 36
"""tiles; a larger network shows its beginning"""


def pictogram(document: Document, theme: Theme, size: QSize, ratio: float) -> QImage:
    """The main network of a document, `size` device-independent pixels large."""
    made = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme.canvas))
    places = _places(document, size)
    if not places:
        return made
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(x for x, _ in places.values()) + TILE
    height = max(y for _, y in places.values()) + TILE
    scale = min(1.0, (size.width() - 20) / width, (size.height() - 16) / height)
    painter.translate(size.width() / 2, size.height() / 2)
    painter.scale(scale, scale)
    painter.translate(-width / 2, -height / 2)
    painter.setPen(QPen(QColor(theme.wire), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for edge in document.edges_in():
        if edge.source in places and edge.target in places:
            painter.drawPath(_wire(places[edge.source], places[edge.target]))
    for id, (x, y) in places.items():
        declared = layer(document.node(id).type)
        group = declared.group if declared is not None else ""
        painter.setPen(QPen(QColor(theme.node_border), 1.0))
        painter.setBrush(QColor(theme.node))
        painter.drawRoundedRect(QRectF(x, y, TILE, TILE), 7, 7)
        inside = QRectF(x, y, TILE, TILE).adjusted(5.5, 5.5, -5.5, -5.5)
        paint_icon(painter, group_icon_name(group), inside, theme.group(group))
    painter.end()
    return made


def _places(document: Document, size: QSize) -> dict[str, tuple[float, float]]:
    """The top left corner of every tile: columns in data order, folded where a row is full."""
    nodes, edges = document.nodes(), document.edges_in()
    order, _ = data_order(nodes, edges)
    depth = dict.fromkeys(order, 0)
    for id in order:
        for edge in document.edges_of(id):
            if edge.source == id and edge.target in depth:
                depth[edge.target] = max(depth[edge.target], depth[id] + 1)
    columns: list[list[str]] = []
    for id in sorted(order, key=lambda id: (depth[id], document.node(id).y))[:MOST]:
        if not columns or depth[columns[-1][0]] != depth[id]:
            columns.append([])
        columns[-1].append(id)
    per_row = max(3, int((size.width() - 20 + STEP - TILE) // STEP))
    if len(columns) > per_row:
        rows = -(-len(columns) // per_row)
        per_row = -(-len(columns) // rows)
    deepest = max((len(column) for column in columns), default=1)
    places: dict[str, tuple[float, float]] = {}
    for number, column in enumerate(columns):
        row, place = divmod(number, per_row)
        for i, id in enumerate(column):
            shift = (i - (len(column) - 1) / 2 + (deepest - 1) / 2) * (TILE + 6)
            places[id] = (place * STEP, row * (ROW + (deepest - 1) * (TILE + 6)) + shift)
    return places


def _wire(start: tuple[float, float], end: tuple[float, float]) -> QPainterPath:
    half = TILE / 2
    path = QPainterPath(QPointF(start[0] + half, start[1] + half))
    if end[0] >= start[0]:
        path.lineTo(end[0] + half, end[1] + half)
        return path
    middle = (start[1] + TILE + end[1]) / 2  # back to the beginning of the next row, between the rows
    for x, y in ((start[0] + half, middle), (end[0] + half, middle), (end[0] + half, end[1] + half)):
        path.lineTo(x, y)
    return path
