"""Painting of nodes: bodies, ports and what is written on them; from afar, rectangles in the colour of the group."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nndesigner.base.problem import Severity
from nndesigner.document.records import COLORS
from nndesigner.gui.canvas import text
from nndesigner.gui.canvas.cards import PADDING, TEXT_LEFT, Look, PortLook, draw_card, draw_flake, draw_port
from nndesigner.gui.canvas.drawing import Drawing
from nndesigner.gui.canvas.faces import Face
from nndesigner.gui.canvas.geometry import HEADER, INPUT, OUTPUT, WIDTH, Ints, Outline
from nndesigner.gui.canvas.primitives import draw_rects
from nndesigner.gui.canvas.wires import draw_loose_shapes

TITLE_MIDDLE, TYPE_MIDDLE = 15.0, 30.0
_CHEVRON = 8.0
_FLAKE = 11.0


def draw_nodes(drawing: Drawing) -> None:
    """Every node in view, in the document's order; dragged ones above the others."""
    arrays, raised = drawing.arrays, drawing.state.raised
    rows = arrays.nodes_within(drawing.bounds)
    if not len(rows):
        return
    if not drawing.bodies:
        _draw_from_afar(drawing, rows)
        return
    layers = [rows]
    if raised:
        above = np.array([arrays.node_ids[row] in raised for row in rows.tolist()], bool)
        layers = [rows[~above], rows[above]]
    for layer in layers:
        if len(layer):
            _draw_bodies(drawing, layer)
            _draw_ports(drawing, layer)
            if drawing.titles:
                _draw_texts(drawing, layer)


# -- from afar -----------------------------------------------------------------------------------------------------
def _draw_from_afar(drawing: Drawing, rows: Ints) -> None:
    arrays, painter, theme = drawing.arrays, drawing.painter, drawing.theme
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    rects = np.concatenate([arrays.place[rows], arrays.size[rows]], axis=1)
    groups = arrays.group[rows]
    for number, name in enumerate(arrays.groups):
        painter.setBrush(QColor(theme.group(name)))
        draw_rects(painter, rects[groups == number])
    tints = arrays.tint[rows]
    for tint in sorted(set(tints[tints > 0].tolist())):  # `np.unique` would load masked arrays for it
        painter.setBrush(QColor(theme.tint(COLORS[tint - 1], theme.muted)))
        draw_rects(painter, rects[tints == tint])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wrong = {id for id, severity in drawing.faces.severities.items() if severity is Severity.ERROR}
    for ids, color in ((wrong, theme.error), (drawing.state.selection, theme.accent)):
        chosen = [arrays.index[id] for id in ids if id in arrays.index]
        if chosen:
            pen = QPen(QColor(color), 2.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            edge = 2.0 / drawing.scale
            grown = [arrays.place[chosen] - edge, arrays.size[chosen] + 2 * edge]
            draw_rects(painter, np.concatenate(grown, axis=1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


# -- bodies --------------------------------------------------------------------------------------------------------
def _draw_bodies(drawing: Drawing, rows: Ints) -> None:
    arrays, state, faces = drawing.arrays, drawing.state, drawing.faces
    alike: dict[tuple[int, int, Look], list[int]] = {}
    over = {thing.id for thing in (state.hovered, state.target) if thing.kind == "node"}
    unknown = arrays.groups.index("") if "" in arrays.groups else -1
    small = not drawing.titles
    for row, form, group, tint in zip(
        rows.tolist(),
        arrays.form[rows].tolist(),
        arrays.group[rows].tolist(),
        arrays.tint[rows].tolist(),
        strict=True,
    ):
        id = arrays.node_ids[row]
        overlay = state.overlays.get(id)
        look = Look(
            id in state.selection,
            id in over,
            faces.severities.get(id),
            group != unknown,
            overlay is not None and overlay.muted,
            drawing.shadows,
            faces.mark(id),
            COLORS[tint - 1] if tint else "",
            small,
        )
        alike.setdefault((form, group, look), []).append(row)
    for (form, group, look), chosen in alike.items():
        outline, name = arrays.outlines[form], arrays.groups[group]
        if drawing.pictures is not None:
            picture = drawing.pictures.card(outline, name, look, drawing.theme, drawing.resolution)
            drawing.copy_picture(arrays.place[chosen] + (WIDTH / 2, outline.height / 2), picture)
        else:
            for x, y in arrays.place[chosen].tolist():
                draw_one(drawing.painter, x, y, outline, name, look, drawing)


def draw_one(
    painter: QPainter, x: float, y: float, outline: Outline, group: str, look: Look, drawing: Drawing
) -> None:
    painter.save()
    painter.translate(x, y)
    draw_card(painter, outline, group, look, drawing.theme)
    painter.restore()


# -- ports ---------------------------------------------------------------------------------------------------------
def _draw_ports(drawing: Drawing, rows: Ints) -> None:
    arrays, state, faces, painter = drawing.arrays, drawing.state, drawing.faces, drawing.painter
    node, side, index, offset = arrays.ports
    mine = np.zeros(len(arrays.node_ids), bool)
    mine[rows] = True
    ports = np.flatnonzero(mine[node])
    if not len(ports):
        return
    hot = {
        (thing.id, thing.side, thing.port) for thing in (state.hovered, state.target) if thing.kind == "port"
    }
    alike: dict[PortLook, list[int]] = {}
    wired = arrays.wired
    for port, row, at, place, taken in zip(
        ports.tolist(),
        node[ports].tolist(),
        side[ports].tolist(),
        index[ports].tolist(),
        wired[ports].tolist(),
        strict=True,
    ):
        id = arrays.node_ids[row]
        key = (id, at, arrays.outlines[arrays.form[row]].names(at)[place])
        optional = at == INPUT and not taken and _optional(drawing, id, place)
        look = PortLook(
            taken,
            optional,
            at == INPUT and (id, key[2]) in faces.bad_ports and key not in state.lit,
            key in state.dimmed,
            key in hot,
            key in state.lit,
        )
        alike.setdefault(look, []).append(port)
    for look, chosen in alike.items():
        middles = arrays.place[node[chosen]] + offset[chosen]
        if drawing.pictures is not None:
            drawing.copy_picture(middles, drawing.pictures.port(look, drawing.theme, drawing.resolution))
        else:
            for x, y in middles.tolist():
                draw_port(painter, QPointF(x, y), look, drawing.theme)
    if drawing.all_text:
        draw_loose_shapes(drawing, ports)


def _optional(drawing: Drawing, id: str, place: int) -> bool:
    inputs = drawing.faces.face(id).inputs
    return place < len(inputs) and inputs[place].optional


# -- texts ---------------------------------------------------------------------------------------------------------
def _draw_texts(drawing: Drawing, rows: Ints) -> None:
    """One font after the other: changing the font costs more than the text."""
    arrays, painter, theme = drawing.arrays, drawing.painter, drawing.theme
    faded = {id for id, overlay in drawing.state.overlays.items() if overlay.muted}
    faded |= {id for id, mark in drawing.faces.marks.items() if mark.bypassed}
    shown = [
        (
            *arrays.place[row].tolist(),
            arrays.outlines[arrays.form[row]],
            drawing.faces.face(arrays.node_ids[row]),
        )
        for row in rows.tolist()
    ]
    strong, muted = QColor(theme.text), QColor(theme.muted)
    if faded:
        _draw_faded(drawing, [item for item in shown if item[3].node in faded])
        shown = [item for item in shown if item[3].node not in faded]
    painter.setPen(strong)
    if drawing.all_text:
        _draw_titles(painter, shown)
        painter.setPen(muted)
        _draw_details(painter, shown)
        painter.setPen(strong)
        _draw_cards(painter, shown)
    else:
        _draw_large(painter, shown)


Shown = tuple[float, float, Outline, Face]


def _draw_faded(drawing: Drawing, shown: list[Shown]) -> None:
    painter, color = drawing.painter, QColor(drawing.theme.muted)
    color.setAlphaF(0.7)
    painter.setPen(color)
    if drawing.all_text:
        _draw_titles(painter, shown)
        _draw_details(painter, shown)
        _draw_cards(painter, shown)
    else:
        _draw_large(painter, shown)


def _draw_large(painter: QPainter, shown: list[Shown]) -> None:
    """Where small words could not be read: the title over the whole header, and the key parameters, in larger fonts."""
    titles: dict[text.Style, list[tuple[float, float, str]]] = {}
    room = WIDTH - TEXT_LEFT - PADDING
    for x, y, form, face in shown:
        space = room - (_CHEVRON if form.folded else 0.0)
        style = next((s for s in text.LARGE_TITLES if text.width(face.title, s) <= space), text.TITLE)
        at = (x + TEXT_LEFT, y + text.baseline(style, HEADER / 2))
        titles.setdefault(style, []).append((*at, text.fitted(face.title, style, space)))
    for style, words in titles.items():
        painter.setFont(text.font(style))
        for left, base, title in words:
            painter.drawText(QPointF(left, base), title)
    painter.setFont(text.font(text.LARGE_CARD))
    for x, y, form, face in shown:
        if form.footer and face.card:
            card = text.fitted(face.card, text.LARGE_CARD, WIDTH - 2 * PADDING)
            middle = text.baseline(text.LARGE_CARD, form.body + (form.height - form.body) / 2 - 1)
            painter.drawText(QPointF(x + PADDING, y + middle), card)


def _draw_titles(painter: QPainter, shown: list[Shown]) -> None:
    painter.setFont(text.font(text.TITLE))
    y_title, y_alone = text.baseline(text.TITLE, TITLE_MIDDLE), text.baseline(text.TITLE, HEADER / 2)
    room = WIDTH - TEXT_LEFT - PADDING
    for x, y, form, face in shown:
        at = QPointF(x + TEXT_LEFT, y + (y_alone if form.folded else y_title))
        shown_title = text.fitted(face.title, text.TITLE, room - (_CHEVRON if form.folded else 0.0))
        painter.drawText(at, shown_title)


def _draw_details(painter: QPainter, shown: list[Shown]) -> None:
    """Type, parameter count and the names of ports in rows."""
    painter.setFont(text.font(text.SUBTITLE))
    y_type = text.baseline(text.SUBTITLE, TYPE_MIDDLE)
    room = WIDTH - TEXT_LEFT - PADDING
    for x, y, form, face in shown:
        if form.folded:
            continue
        painter.drawText(
            QPointF(x + TEXT_LEFT, y + y_type), text.fitted(face.type_label, text.SUBTITLE, room)
        )
        if form.footer and face.weights:
            wide = text.width(face.weights, text.SUBTITLE)
            middle = text.baseline(text.SUBTITLE, form.body + (form.height - form.body) / 2 - 1)
            painter.drawText(QPointF(x + WIDTH - PADDING - wide, y + middle), face.weights)
        if form.footer and face.mark.frozen:
            _draw_frozen(painter, x + WIDTH - PADDING - _beside(face), y, form, face.mark.unfreezes)
        if form.rows:
            for side, ports in ((INPUT, face.inputs), (OUTPUT, face.outputs)):
                if len(ports) > 1:
                    _draw_rows(painter, x, y, form, side, tuple(port.label for port in ports))


def _beside(face: Face) -> float:
    """What the count of the weights takes at the right end of the footer, with the room before it."""
    return text.width(face.weights, text.SUBTITLE) + 8.0 if face.weights else 0.0


def _draw_frozen(painter: QPainter, right: float, y: float, form: Outline, epochs: int) -> None:
    """A snow crystal, and after it the number of epochs after which the weights learn."""
    middle = form.body + (form.height - form.body) / 2 - 1
    if epochs:
        wide = text.width(str(epochs), text.SUBTITLE)
        painter.drawText(QPointF(right - wide, y + text.baseline(text.SUBTITLE, middle)), str(epochs))
        right -= wide + 3.0
    draw_flake(painter, QPointF(right - _FLAKE / 2, y + middle), painter.pen().color())


def _draw_rows(
    painter: QPainter, x: float, y: float, form: Outline, side: int, labels: tuple[str, ...]
) -> None:
    both = len(form.inputs) > 1 and len(form.outputs) > 1
    room = (WIDTH - 2 * PADDING) / (2 if both else 1)
    for index, label in enumerate(labels):
        shown = text.fitted(label, text.SUBTITLE, room)
        left, middle = form.port(side, index)
        if side == INPUT:
            left += PADDING
        else:
            left -= PADDING + text.width(shown, text.SUBTITLE)
        painter.drawText(QPointF(x + left, y + text.baseline(text.SUBTITLE, middle)), shown)


def _draw_cards(painter: QPainter, shown: list[Shown]) -> None:
    """The line of key parameters."""
    painter.setFont(text.font(text.SMALL))
    for x, y, form, face in shown:
        if form.footer and face.card:
            taken = _beside(face)
            if face.mark.frozen:
                taken += _FLAKE + 6.0
                taken += (
                    text.width(str(face.mark.unfreezes), text.SUBTITLE) + 3.0 if face.mark.unfreezes else 0.0
                )
            taken = max(taken, 24.0 if face.mark.shares else 0.0)
            card = text.fitted(face.card, text.SMALL, WIDTH - 2 * PADDING - taken)
            middle = text.baseline(text.SMALL, form.body + (form.height - form.body) / 2 - 1)
            painter.drawText(QPointF(x + PADDING, y + middle), card)


def node_rect(drawing: Drawing, id: str) -> QRectF:
    row = drawing.arrays.index[id]
    (x, y), (width, height) = drawing.arrays.place[row].tolist(), drawing.arrays.size[row].tolist()
    return QRectF(x, y, width, height)
