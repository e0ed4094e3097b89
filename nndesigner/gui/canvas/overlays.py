"""Painting of what a run has to say about nodes: a value with its colour and line under each, and alarms.

From afar, where no plate could be read, the node itself has the colour, and an edge where there is an alarm.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from nndesigner.base.problem import Severity
from nndesigner.gui.canvas import text
from nndesigner.gui.canvas.cards import draw_badge
from nndesigner.gui.canvas.drawing import Drawing
from nndesigner.gui.canvas.heat import STEPS, heat, step_of
from nndesigner.gui.canvas.nodes import node_rect
from nndesigner.gui.canvas.primitives import draw_rects
from nndesigner.gui.canvas.state import Overlay
from nndesigner.gui.theme import Theme

PLATE_BELOW, PLATE_HEIGHT = 5.0, 16.0
_SPARK = 40.0
_DOT = 4.0
_STRIP = 7.0
"""height of the colour below a node where no plate could be read"""
_BADGE = 18.0
"""room that an alarm takes on a plate"""
_ALARM_EDGE = 2.5
"""pixels"""


def draw_overlays(drawing: Drawing) -> None:
    here = {id: overlay for id, overlay in drawing.state.overlays.items() if id in drawing.arrays.index}
    if not here:
        return
    if not drawing.bodies:
        _draw_from_afar(drawing, here)
        return
    for id, overlay in here.items():
        box = node_rect(drawing, id)
        if drawing.in_view(box):
            _draw_overlay(drawing, box, overlay)


def _draw_from_afar(drawing: Drawing, overlays: dict[str, Overlay]) -> None:
    arrays, painter = drawing.arrays, drawing.painter
    alike: dict[int, list[int]] = {}
    alarmed: dict[str, list[int]] = {}
    for id, overlay in overlays.items():
        row, step = arrays.index[id], step_of(overlay.heat)
        if step >= 0:
            alike.setdefault(step, []).append(row)
        if overlay.alarm:
            alarmed.setdefault(overlay.alarm, []).append(row)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    if alike:  # colours of groups would be taken for those of the scale
        heated = {row for rows in alike.values() for row in rows}
        rest = [row for row in arrays.nodes_within(drawing.bounds).tolist() if row not in heated]
        painter.setBrush(QColor(drawing.theme.node_border))
        draw_rects(painter, np.concatenate([arrays.place[rest], arrays.size[rest]], axis=1))
    for step, rows in alike.items():
        painter.setBrush(heat(drawing.theme, step / STEPS))
        draw_rects(painter, np.concatenate([arrays.place[rows], arrays.size[rows]], axis=1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for alarm, rows in alarmed.items():
        pen = QPen(QColor(drawing.theme.severity(Severity(alarm))), _ALARM_EDGE)
        pen.setCosmetic(True)
        painter.setPen(pen)
        edge = 2.0 / drawing.scale
        grown = [arrays.place[rows] - edge, arrays.size[rows] + 2 * edge]
        draw_rects(painter, np.concatenate(grown, axis=1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def _draw_overlay(drawing: Drawing, node: QRectF, overlay: Overlay) -> None:
    painter, theme = drawing.painter, drawing.theme
    color = QColor(
        {"good": theme.good, "warning": theme.warning, "error": theme.error}.get(overlay.level, theme.muted)
    )
    warm = overlay.heat is not None
    if not drawing.all_text:
        painter.setPen(Qt.PenStyle.NoPen)
        corner = QPointF(node.left() + 4, node.bottom() - 4)
        if warm:
            painter.setBrush(heat(theme, overlay.heat))
            strip = QRectF(node.left() + 2, node.bottom() + 3, node.width() - 4, _STRIP)
            painter.drawRoundedRect(strip, _STRIP / 2, _STRIP / 2)
        elif overlay.level:
            painter.setBrush(color)
            painter.drawEllipse(corner, 5, 5)
        if overlay.alarm:
            draw_badge(painter, Severity(overlay.alarm), corner, theme)
        return
    values = [value for value in overlay.spark if math.isfinite(value)]
    spark = _SPARK if len(values) > 1 else 0.0
    dot = 2 * _DOT + 4 if warm else 0.0
    badge = _BADGE if overlay.alarm else 0.0
    wide = text.width(overlay.text, text.SHAPE) if overlay.text else 0.0
    if not (spark or wide or badge):
        return
    between = 6.0 if spark and wide else 0.0
    left, top = node.left() + 8, node.bottom() + PLATE_BELOW
    inside = dot + spark + between + wide
    plate = QRectF(left, top, badge + inside + (14 if inside else 2), PLATE_HEIGHT)
    edge = QColor(theme.severity(Severity(overlay.alarm)) if overlay.alarm else color)
    edge.setAlphaF(0.9 if overlay.alarm else 0.5)
    painter.setPen(QPen(edge, 1.0))
    painter.setBrush(QColor(theme.node))
    painter.drawRoundedRect(plate, 8, 8)
    if badge:
        draw_badge(painter, Severity(overlay.alarm), QPointF(left + badge / 2, plate.center().y()), theme)
    at = left + badge + 7
    if warm:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(heat(theme, overlay.heat))
        painter.drawEllipse(QPointF(at + _DOT - 1, plate.center().y()), _DOT, _DOT)
        at += dot
    if spark:
        _draw_spark(painter, QRectF(at, plate.bottom() - 12, spark, 8), values, color)
    if overlay.text:
        painter.setFont(text.font(text.SHAPE))
        painter.setPen(_written(overlay, theme, color))
        baseline = text.baseline(text.SHAPE, plate.center().y())
        painter.drawText(QPointF(at + spark + between, baseline), overlay.text)


def _written(overlay: Overlay, theme: Theme, color: QColor) -> QColor:
    return color if overlay.level or overlay.muted else QColor(theme.text)


def _draw_spark(painter: QPainter, box: QRectF, values: list[float], color: QColor) -> None:
    low, high = min(values), max(values)
    tall = (high - low) or 1.0
    points = [
        QPointF(
            box.left() + box.width() * i / (len(values) - 1),
            box.bottom() - box.height() * (value - low) / tall,
        )
        for i, value in enumerate(values)
    ]
    painter.setPen(QPen(color, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))
