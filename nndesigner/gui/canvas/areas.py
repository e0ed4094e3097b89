"""Painting of notes and frames: tinted rectangles with words, and the handles by which they are resized.

What stands on them is drawn with the words of the zoom: a frame's title grows as the network shrinks, until it is a
plate on top of it.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from nndesigner.document.records import Frame, Note
from nndesigner.gui.canvas import text
from nndesigner.gui.canvas.cards import RADIUS
from nndesigner.gui.canvas.drawing import Drawing
from nndesigner.gui.canvas.geometry import FRAME_TITLE, handle_places, handle_size
from nndesigner.gui.canvas.hit import frames_in_order
from nndesigner.gui.stylesheet import mixed

_ROUND = RADIUS + 3
_LEAST_TITLE = 0.8
"""Below this zoom a frame's title is drawn larger than the rest, by at most _MOST_GROWN."""
_MOST_GROWN = 1.45
PLATE = 18.0
"""Pixels: how high a plate with a title is."""
_PLATE_PIXELS = 90.0
"""From afar, a frame at least as wide on the screen has its title on a plate."""


def draw_frames(drawing: Drawing) -> None:
    if drawing.arrays.frames:
        for frame in frames_in_order(drawing.arrays):
            if drawing.in_view(box_of(frame)):
                _draw_frame(drawing, frame)


def _draw_frame(drawing: Drawing, frame: Frame) -> None:
    painter, theme = drawing.painter, drawing.theme
    color, box = theme.tint(frame.color, theme.accent), box_of(frame)
    whole, bar = QPainterPath(), QPainterPath()
    whole.addRoundedRect(box, _ROUND, _ROUND)
    bar.addRect(QRectF(box.left(), box.top(), box.width(), min(FRAME_TITLE, box.height())))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faint(color, 0.09 if theme.dark else 0.06))
    painter.drawPath(whole)
    painter.setBrush(faint(color, 0.22 if theme.dark else 0.15))
    painter.drawPath(whole & bar)
    chosen = frame.id in drawing.state.selection
    hovered = drawing.state.hovered.kind == "frame" and drawing.state.hovered.id == frame.id
    edge = QColor(theme.accent) if chosen else faint(color, 0.9 if hovered else 0.5)
    painter.setPen(QPen(edge, drawing.at_least_pixels(2.0 if chosen else 1.2, 1.0)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(whole)
    if not drawing.titles or not frame.title:
        return
    grown = 1.0 if drawing.pictures is None else min(_MOST_GROWN, max(1.0, _LEAST_TITLE / drawing.scale))
    painter.save()
    painter.translate(box.left() + 12, box.top() + FRAME_TITLE / 2)
    painter.scale(grown, grown)
    painter.setFont(text.font(text.HEADING))
    painter.setPen(QColor(theme.text))
    shown = text.fitted(frame.title, text.HEADING, max(0.0, box.width() - 24) / grown)
    painter.drawText(QPointF(0, text.baseline(text.HEADING, 0)), shown)
    painter.restore()


def draw_frame_plates(drawing: Drawing) -> None:
    """From afar: the titles of the frames, on their title bars and above them, as large as they are near by."""
    if drawing.titles or drawing.pictures is None:
        return
    painter, theme = drawing.painter, drawing.theme
    for frame in frames_in_order(drawing.arrays):
        box = box_of(frame).adjusted(0, -PLATE / drawing.scale, 0, 0)
        if not frame.title or frame.width * drawing.scale < _PLATE_PIXELS or not drawing.in_view(box):
            continue
        painter.save()
        painter.translate(frame.x, frame.y)
        painter.scale(1 / drawing.scale, 1 / drawing.scale)
        shown = text.fitted(frame.title, text.PLATE, frame.width * drawing.scale - 20)
        bottom = min(FRAME_TITLE, frame.height) * drawing.scale
        plate = QRectF(0, bottom - PLATE, text.width(shown, text.PLATE) + 12, PLATE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mixed(theme.canvas, theme.tint(frame.color, theme.accent), 0.2)))
        painter.drawRoundedRect(plate, 5, 5)
        painter.setFont(text.font(text.PLATE))
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(6, text.baseline(text.PLATE, plate.center().y())), shown)
        painter.restore()


def draw_notes(drawing: Drawing) -> None:
    for note in drawing.arrays.notes.values():
        if drawing.in_view(box_of(note)):
            _draw_note(drawing, note)


def _draw_note(drawing: Drawing, note: Note) -> None:
    painter, theme = drawing.painter, drawing.theme
    color, box = theme.tint(note.color, theme.warning), box_of(note)
    chosen = note.id in drawing.state.selection
    hovered = drawing.state.hovered.kind == "note" and drawing.state.hovered.id == note.id
    edge = QColor(theme.accent) if chosen else faint(color, 0.75 if hovered else 0.4)
    painter.setPen(QPen(edge, drawing.at_least_pixels(2.0 if chosen else 1.0, 1.0)))
    painter.setBrush(QColor(mixed(theme.node, color, 0.16)))
    painter.drawRoundedRect(box, 6, 6)
    if drawing.titles:
        painter.setFont(text.font(text.NOTE))
        painter.setPen(QColor(theme.text))
        inner = box.adjusted(10, 8, -10, -6)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        lines = text.line_height(text.NOTE)
        whole = max(1, int(inner.height() / lines)) * lines  # no line is cut in half
        painter.save()
        clip = QRectF(inner.left(), inner.top(), inner.width(), min(whole, inner.height()))
        painter.setClipRect(clip.adjusted(-2, -1, 2, 1), Qt.ClipOperation.IntersectClip)
        painter.drawText(inner, int(flags), note.text)
        painter.restore()


def draw_handles(drawing: Drawing) -> None:
    """On the selected notes and frames, as large on the screen at every zoom."""
    painter, theme, arrays = drawing.painter, drawing.theme, drawing.arrays
    chosen = [
        areas[id] for areas in (arrays.frames, arrays.notes) for id in drawing.state.selection & areas.keys()
    ]  # type: ignore[index]
    if not chosen:
        return
    pixel = 1 / drawing.scale
    painter.setPen(QPen(QColor(theme.accent), 1.5 * pixel))
    painter.setBrush(QColor(theme.node))
    for area in chosen:
        side = handle_size(area.width, area.height, pixel)
        for x, y in handle_places(area.x, area.y, area.width, area.height, pixel).values():
            painter.drawRect(QRectF(x - side / 2, y - side / 2, side, side))


def box_of(area: Note | Frame) -> QRectF:
    return QRectF(area.x, area.y, area.width, area.height)


def faint(color: str, strength: float) -> QColor:
    made = QColor(color)
    made.setAlphaF(strength)
    return made
