"""A small picture of a network for a card, through the painter of the canvas: what the project really looks like.

Drawn in a few milliseconds, so that a page of them is drawn after it is on the screen, one per turn of the event loop.
Notes are left out: nobody could read them.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from nndesigner.document.document import Document
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.cards import Pictures
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.painter import REACH, paint
from nndesigner.gui.theme import Theme

BORDER = 14
"""Pixels around the network."""
LARGEST = 0.75
"""Pixels per scene unit: a network of two layers is no poster."""
FEW = 60
"""Layers; up to so many are drawn with all their words, small as they are."""


def miniature(document: Document, theme: Theme, size: QSize, ratio: float) -> QImage:
    """The main network of a document, `size` device-independent pixels large."""
    made = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme.canvas))
    network = document.main.id
    arrays = NetworkArrays.rebuild(document, network)
    bounds = arrays.bounds_of([*arrays.node_ids, *arrays.edge_ids])
    if bounds is None:
        return made
    arrays.notes.clear()
    left, top, right, bottom = bounds
    room = size.width() - 2 * BORDER, size.height() - 2 * BORDER
    scale = min(room[0] / max(right - left, 1.0), room[1] / max(bottom - top, 1.0), LARGEST)
    painter = QPainter(made)
    painter.translate(size.width() / 2, size.height() / 2)
    painter.scale(scale, scale)
    painter.translate(-(left + right) / 2, -(top + bottom) / 2)
    view = QRectF(left, top, right - left, bottom - top).adjusted(-REACH, -REACH, REACH, REACH)
    pictures = None if len(arrays.node_ids) <= FEW else Pictures()
    paint(painter, arrays, Faces(document, network, None), theme, view, scale, ratio=ratio, pictures=pictures)
    painter.end()
    return made
