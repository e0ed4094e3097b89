"""Painting of wires and of the shapes that flow along them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from nndesigner.gui.canvas import text
from nndesigner.gui.canvas.bends import Points, curves_through
from nndesigner.gui.canvas.drawing import Drawing
from nndesigner.gui.canvas.geometry import (
    OUTPUT,
    SEGMENTS,
    STEP_TURNS,
    Floats,
    Ints,
    control_points,
    leads_back,
    wire_lines,
)
from nndesigner.gui.canvas.heat import STEPS, heat, step_of
from nndesigner.gui.canvas.primitives import draw_lines, segments

WIDTH = 2.0
HOT_WIDTH = 3.0
WEAKEST, STRONGEST = 1.2, 5.5
"""widths of a wire along which hardly anything flows, and of one with very large values"""
BEND_RADIUS = 4.0
_LABEL_CLEARANCE = 8.0
_FEW, _LARGE = 40, 1.4
"""So few wires at so many pixels per scene unit are stroked as curves: the straight pieces would show."""


def draw_wires(drawing: Drawing) -> None:
    """Every wire in view: ordinary ones first, those with something to say on top."""
    arrays, state, theme = drawing.arrays, drawing.state, drawing.theme
    rows = arrays.edges_within(drawing.bounds)
    if state.hidden_edge in arrays.edge_index:
        rows = rows[rows != arrays.edge_index[state.hidden_edge]]
    if not len(rows):
        return
    bad = _rows(drawing, drawing.faces.bad_edges)
    hot = _rows(drawing, state.selection) | _hovered(drawing)
    kind = np.zeros(len(arrays.edge_ids), np.int8)
    kind[list(bad)] = 1
    kind[list(hot)] = 2
    every, kind = rows, kind[rows]
    if state.flows:
        plain = _draw_flows(drawing, rows, kind == 0)
        rows, kind = rows[plain], kind[plain]
    for value, color, width in (
        (0, theme.wire, WIDTH),
        (1, theme.error, WIDTH),
        (2, theme.accent, HOT_WIDTH),
    ):
        chosen = rows[kind == value]
        if len(chosen):
            _stroke(drawing, chosen, QColor(color), width)
    if hot and arrays.bends and drawing.bodies:
        _draw_bends(drawing, hot)
    if drawing.all_text:
        _draw_shapes(drawing, every)


def _draw_flows(drawing: Drawing, rows: Ints, ordinary: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Ordinary wires with a signal in its colour and width; which of the rows are left to be drawn."""
    index, flows = drawing.arrays.edge_index, drawing.state.flows
    steps = np.full(len(drawing.arrays.edge_ids), -1)
    for id, strength in flows.items():
        if id in index:
            steps[index[id]] = step_of(strength)
    mine = np.where(ordinary, steps[rows], -1)
    for step in np.unique(mine[mine >= 0]).tolist():
        width = WEAKEST + (STRONGEST - WEAKEST) * step / STEPS
        _stroke(drawing, rows[mine == step], heat(drawing.theme, step / STEPS), width)
    return mine < 0


def _rows(drawing: Drawing, ids: frozenset[str] | set[str]) -> set[int]:
    index = drawing.arrays.edge_index
    return {index[id] for id in ids if id in index}


def _hovered(drawing: Drawing) -> set[int]:
    """The hovered wire, or the wires of the hovered port; and the wire on which a dragged layer would land."""
    arrays, found = drawing.arrays, set()
    for thing in (drawing.state.hovered, drawing.state.target):
        if thing.kind in ("edge", "bend") and thing.id in arrays.edge_index:
            found.add(arrays.edge_index[thing.id])
        elif thing.kind == "port" and thing.id in arrays.index:
            node = arrays.index[thing.id]
            names = arrays.outlines[arrays.form[node]].names(thing.side)
            if thing.port in names:
                column = 0 if thing.side == OUTPUT else 2
                ends = arrays.ends
                at = (ends[:, column] == node) & (ends[:, column + 1] == names.index(thing.port))
                found.update(np.flatnonzero(at).tolist())
    return found


def _stroke(drawing: Drawing, rows: Ints, color: QColor, width: float) -> None:
    painter, arrays = drawing.painter, drawing.arrays
    few = len(rows) <= _FEW and drawing.resolution >= _LARGE and not drawing.state.fast
    if drawing.pictures is None or few:
        _stroke_curves(drawing, rows, color, width)
        return
    bent = np.intersect1d(rows, arrays.bent_rows) if arrays.bent else rows[:0]
    lines = arrays.lines[np.setdiff1d(rows, bent) if len(bent) else rows]
    if not drawing.bodies:  # from afar: straight, one pixel
        pen = QPen(color, 1.0 if width <= WIDTH else 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        straight = np.concatenate([lines[:, 0], lines[:, -1]], axis=1)
        draw_lines(painter, np.concatenate([straight, segments(arrays.lines[bent][:, ::4])]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        return
    smooth = not (drawing.state.fast and len(rows) > 20)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    flat = (np.abs(lines[:, 0, 1] - lines[:, -1, 1]) < 0.05) & (lines[:, 0, 0] <= lines[:, -1, 0])
    # by the zoom alone: a strip that a pan uncovers has to continue what is there
    step = 4 if drawing.scale < 0.4 else 2 if drawing.scale < 0.8 else 1
    straight = np.concatenate([lines[flat, 0], lines[flat, -1]], axis=1)
    fine = [segments(arrays.line(row)[None]) for row in bent.tolist()]
    draw_lines(painter, np.concatenate([straight, segments(lines[~flat][:, ::step]), *fine]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def _stroke_curves(drawing: Drawing, rows: Ints, color: QColor, width: float) -> None:
    painter, arrays = drawing.painter, drawing.arrays
    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for row in rows.tolist():
        line = arrays.lines[row]
        painter.drawPath(wire_path(line[0], line[-1], arrays.bends.get(arrays.edge_ids[row], ())))


def _draw_bends(drawing: Drawing, hot: set[int]) -> None:
    """The points of the wires that are selected or under the pointer: what can be dragged."""
    painter, theme, arrays = drawing.painter, drawing.theme, drawing.arrays
    over = drawing.state.hovered
    painter.setPen(QPen(QColor(theme.canvas), 1.5))
    painter.setBrush(QColor(theme.accent))
    for row in hot:
        id = arrays.edge_ids[row]
        for number, (x, y) in enumerate(arrays.bends.get(id, ())):
            near = over.kind == "bend" and (over.id, over.bend) == (id, number)
            radius = BEND_RADIUS + (2.0 if near else 0.0)
            painter.drawEllipse(QPointF(x, y), radius, radius)


def wire_path(
    start: Sequence[float] | Floats, end: Sequence[float] | Floats, bends: Points = ()
) -> QPainterPath:
    """The way from an output to an input, as the preview of a dragged wire and files have it."""
    starts, ends = np.asarray([start], np.float64), np.asarray([end], np.float64)
    path = QPainterPath(QPointF(*starts[0]))
    if bends:
        for piece in curves_through(starts[0].tolist(), bends, ends[0].tolist())[:, 1:].tolist():
            path.cubicTo(*(QPointF(*point) for point in piece))
        return path
    if leads_back(starts, ends)[0]:
        line = wire_lines(starts, ends)[0]
        for first in STEP_TURNS:
            begin, middle, end = line[first], line[first + 2], line[first + 4]
            path.lineTo(QPointF(*begin))
            path.quadTo(QPointF(*(2 * middle - (begin + end) / 2)), QPointF(*end))
        path.lineTo(QPointF(*ends[0]))
        return path
    path.cubicTo(*(QPointF(*point) for point in control_points(starts, ends)[0, 1:].tolist()))
    return path


# -- shapes ----------------------------------------------------------------------------------------------------------
def _draw_shapes(drawing: Drawing, rows: Ints) -> None:
    """The shape on each wire: above a level wire, on a small plate on a slanted one, nowhere where it has no room."""
    painter, arrays, theme, faces = drawing.painter, drawing.arrays, drawing.theme, drawing.faces
    lines = arrays.lines[rows]
    ends = np.concatenate([lines[:, 0], lines[:, -1], lines[:, SEGMENTS // 2]], axis=1)
    level: dict[tuple[bool, text.Style], list[tuple[float, float, str]]] = {}
    slanted: list[tuple[float, float, float, str, bool]] = []
    for row, (x1, y1, x2, y2, x, y) in zip(rows.tolist(), ends.tolist(), strict=True):
        id = arrays.edge_ids[row]
        shown = faces.edge_text(id)
        if not shown:
            continue
        bent = id in arrays.bent
        room, down = x2 - x1, abs(y2 - y1)
        wide = text.width(shown, text.SHAPE)
        if down < 6.0 and not bent:
            style = next((s for s in text.TIGHT_SHAPES if text.width(shown, s) + 2 <= room), None)
            if style is not None:
                x = (x1 + x2 - text.width(shown, style)) / 2
                level.setdefault((id in faces.bad_edges, style), []).append((x, min(y1, y2) - 5.0, shown))
        elif bent or down > 24.0 or room > wide + 2 * _LABEL_CLEARANCE:
            if bent:
                x, y = _clear_of_bends(arrays.bent[id]).tolist()
            slanted.append((x, y, wide, shown, id in faces.bad_edges))
    colors = QColor(theme.muted), QColor(theme.error)
    pens = [QPen(color) for color in colors]
    for (is_bad, style), words in level.items():
        painter.setPen(pens[is_bad])
        painter.setFont(text.font(style))
        for x, y, shown in words:
            painter.drawText(QPointF(x, y), shown)
    if not slanted:
        return
    painter.setFont(text.font(text.SHAPE))
    boxes = np.array([(x - wide / 2 - 4, y - 7, wide + 8, 14) for x, y, wide, _, _ in slanted])
    plate = QColor(theme.canvas)
    for (x, y, wide, shown, bad), box, covered in zip(
        slanted, boxes.tolist(), _over_nodes(drawing, boxes).tolist(), strict=True
    ):
        if covered:
            continue
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(plate)
        painter.drawRoundedRect(QRectF(*box), 5, 5)
        painter.setPen(pens[bad])
        painter.drawText(QPointF(x - wide / 2, text.baseline(text.SHAPE, y)), shown)


def _clear_of_bends(line: Floats) -> Floats:
    """The middle of the longest piece between two bends."""
    corners = line[::SEGMENTS]
    longest = int(np.hypot(*np.diff(corners, axis=0).T).argmax())
    return line[longest * SEGMENTS + SEGMENTS // 2]


def _over_nodes(drawing: Drawing, boxes: Floats) -> NDArray[np.bool_]:
    """Which of K boxes [K, 4] of x, y, width, height touch a node."""
    arrays = drawing.arrays
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    rows = arrays.nodes_within((float(left.min()), float(top.min()), float(right.max()), float(bottom.max())))
    (x, y), (width, height) = arrays.place[rows].T, arrays.size[rows].T
    touched = (x <= right[:, None]) & (x + width >= left[:, None])
    touched &= (y <= bottom[:, None]) & (y + height >= top[:, None])
    return np.asarray(touched.any(axis=1))


def draw_loose_shapes(drawing: Drawing, rows: Ints) -> None:
    """The shape beside an output that no wire carries away yet."""
    arrays, painter = drawing.arrays, drawing.painter
    node, side, index, offset = arrays.ports
    painter.setFont(text.font(text.SHAPE))
    painter.setPen(QColor(drawing.theme.muted))
    for port in rows[(side[rows] == OUTPUT) & ~arrays.wired[rows]].tolist():
        row = int(node[port])
        face = drawing.faces.face(arrays.node_ids[row])
        if index[port] == 0 and face.shape:
            x, y = (arrays.place[row] + offset[port]).tolist()
            painter.drawText(QPointF(x + 10, text.baseline(text.SHAPE, y)), face.shape)
