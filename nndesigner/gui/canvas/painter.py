"""The one painter of a network, for the screen and for files.

It reads arrays, faces, a theme and a `PaintState`, and changes none of them. What is drawn depends on the scale: all
text near by, titles further away, rectangles and straight lines from afar.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nndesigner.gui.canvas import text
from nndesigner.gui.canvas.areas import draw_frame_plates, draw_frames, draw_handles, draw_notes
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.cards import RADIUS, Pictures
from nndesigner.gui.canvas.drawing import Drawing
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.fits import draw_fit, draw_fit_from_afar
from nndesigner.gui.canvas.focus_ring import draw_focus
from nndesigner.gui.canvas.geometry import GRID
from nndesigner.gui.canvas.nodes import draw_nodes, node_rect
from nndesigner.gui.canvas.overlays import draw_overlays
from nndesigner.gui.canvas.primitives import draw_points
from nndesigner.gui.canvas.state import NO_STATE, PaintState
from nndesigner.gui.canvas.wires import draw_wires
from nndesigner.gui.theme import Theme

REACH = 40.0
"""Scene units that shadows, labels and overlays may stand out beyond a node."""
_DOT_PIXELS = 16.0


def paint(
    painter: QPainter,
    arrays: NetworkArrays,
    faces: Faces,
    theme: Theme,
    view: QRectF,
    scale: float,
    state: PaintState = NO_STATE,
    *,
    ratio: float = 1.0,
    pictures: Pictures | None = None,
    shadows: bool = True,
) -> None:
    """Paints what lies in `view` (scene units) with a painter whose transform is `scale` pixels per scene unit.

    Without `pictures` everything is drawn as vectors and in full detail, whatever the scale.
    """
    drawing = Drawing(
        painter=painter,
        arrays=arrays,
        faces=faces,
        theme=theme,
        bounds=(view.left() - REACH, view.top() - REACH, view.right() + REACH, view.bottom() + REACH),
        scale=scale,
        state=state,
        ratio=ratio,
        pictures=pictures,
        shadows=shadows,
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    draw_frames(drawing)
    draw_notes(drawing)
    draw_wires(drawing)
    draw_nodes(drawing)
    _draw_shares(drawing)
    _draw_fits(drawing)
    _draw_flashes(drawing)
    draw_overlays(drawing)
    draw_frame_plates(drawing)
    draw_handles(drawing)
    draw_focus(drawing)
    painter.restore()


def draw_background(painter: QPainter, view: QRectF, scale: float, theme: Theme) -> None:
    """The canvas colour and a dot per grid step; when zoomed out, per two, four, … steps."""
    painter.fillRect(view, QColor(theme.canvas))
    step = GRID
    while step * scale < _DOT_PIXELS:
        step *= 2
    xs = np.arange(math.floor(view.left() / step), math.ceil(view.right() / step) + 1) * step
    ys = np.arange(math.floor(view.top() / step), math.ceil(view.bottom() / step) + 1) * step
    pen = QPen(QColor(theme.grid), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    draw_points(painter, np.stack(np.meshgrid(xs, ys), axis=-1))


# -- on top ----------------------------------------------------------------------------------------------------------
def _draw_shares(drawing: Drawing) -> None:
    """Heavy nodes: a tint, stronger the more they have of the whole, a bar of their share and the number above."""
    painter, theme = drawing.painter, drawing.theme
    for id, share in drawing.state.shares.items():
        if id not in drawing.arrays.index:
            continue
        box = node_rect(drawing, id)
        if not drawing.in_view(box):
            continue
        share = max(0.0, min(1.0, share))
        color = QColor(theme.warning)
        tint = QColor(color)
        tint.setAlphaF(0.05 + 0.15 * share)
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(tint)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if not drawing.bodies:
            continue
        bar = QRectF(box.left() + RADIUS, box.bottom() - 4.5, box.width() - 2 * RADIUS, 3.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.node_border))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()), 1.5, 1.5)
        if drawing.all_text:
            painter.setFont(text.font(text.SHAPE))
            painter.setPen(color)
            words = f"{100 * share:.0f} %"
            painter.drawText(QPointF(box.left() + 2, text.baseline(text.SHAPE, box.top() - 9)), words)


def _draw_fits(drawing: Drawing) -> None:
    if not drawing.bodies:
        return
    draw = draw_fit if drawing.titles else draw_fit_from_afar
    for id, fit in drawing.state.fits.items():
        if id in drawing.arrays.index:
            box = node_rect(drawing, id)
            if drawing.in_view(box):
                draw(drawing.painter, box.topLeft(), fit, drawing.theme)


def _draw_flashes(drawing: Drawing) -> None:
    painter = drawing.painter
    for id, strength in drawing.state.flashes.items():
        if id not in drawing.arrays.index:
            continue
        color = QColor(drawing.theme.accent)
        color.setAlphaF(max(0.0, min(1.0, strength)))
        spread = 4.0 + 6.0 * (1.0 - strength)
        painter.setPen(QPen(color, 4.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(
            node_rect(drawing, id).adjusted(-spread, -spread, spread, spread),
            RADIUS + spread,
            RADIUS + spread,
        )
