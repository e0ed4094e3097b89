"""Where the keyboard is: a dashed ring around the layer, a double ring around the port, seen at every zoom."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen

from nndesigner.gui.canvas.cards import RADIUS
from nndesigner.gui.canvas.drawing import Drawing
from nndesigner.gui.canvas.geometry import PORT_RADIUS

GAP = 6.0


def draw_focus(drawing: Drawing) -> None:
    focus, arrays, painter = drawing.state.focus, drawing.arrays, drawing.painter
    if focus.id not in arrays.index:
        return
    row = arrays.index[focus.id]
    pen = QPen(QColor(drawing.theme.text), 1.6)
    pen.setCosmetic(True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if focus.kind == "port":
        if focus.port not in arrays.outlines[arrays.form[row]].names(focus.side):
            return
        middle = QPointF(*arrays.port_place(focus.id, focus.side, focus.port))
        least = 7.0 / drawing.scale  # still a ring where ports are too small to be drawn
        for radius, color in ((PORT_RADIUS + 3, drawing.theme.accent), (PORT_RADIUS + 7, drawing.theme.text)):
            pen.setColor(QColor(color))
            pen.setWidthF(2.2)
            painter.setPen(pen)
            painter.drawEllipse(middle, max(radius, least), max(radius, least))
            least += 3.0 / drawing.scale
        return
    (x, y), (width, height) = arrays.place[row].tolist(), arrays.size[row].tolist()
    pen.setStyle(Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([3, 2])
    painter.setPen(pen)
    box = QRectF(x, y, width, height).adjusted(-GAP, -GAP, GAP, GAP)
    painter.drawRoundedRect(box, RADIUS + GAP - 1, RADIUS + GAP - 1)
