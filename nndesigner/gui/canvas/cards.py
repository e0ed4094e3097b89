"""The body of a node: the rounded card, its tile, its outline by state and the badge; and pictures of it.

On the screen a body is drawn once per form, group, look and zoom into a picture and then copied; in files it is
drawn as it is. It knows nothing of texts on it, ports or wires.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import msgspec
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from nndesigner.base.problem import Severity
from nndesigner.gui.canvas.faces import Mark
from nndesigner.gui.canvas.geometry import HEADER, INPUT, OUTPUT, PORT_RADIUS, WIDTH, Outline
from nndesigner.gui.canvas.glyphs import draw_symbol, draw_tile
from nndesigner.gui.theme import Theme

RADIUS = 9.0
TILE = QRectF(9, 9, 26, 26)
TEXT_LEFT = 42.0
STRIPE = 3.5
SHADE = 0.13
"""of a colour that a person gave, behind the title: what is written there stays easy to read"""
PADDING = 11.0
MARGIN = 12.0
"""Room around a body for its shadow and glow."""
BADGE = QPointF(WIDTH - 4.0, 3.0)


class Look(msgspec.Struct, frozen=True):
    """What a body looks like, apart from its form and group."""

    selected: bool = False
    hovered: bool = False
    severity: Severity | None = None
    known: bool = True
    faded: bool = False
    shadow: bool = True
    mark: Mark = Mark()
    tint: str = ""
    """a name in the theme's tints"""
    small: bool = False
    """too small on the screen for words: the type shows by a large symbol on the colour of its group"""


PLAIN = Look()


def draw_card(painter: QPainter, form: Outline, group: str, look: Look, theme: Theme) -> None:
    """One body with its top left corner at the origin, in scene units."""
    body = QRectF(0, 0, WIDTH, form.height)
    if look.faded or look.mark.bypassed:
        painter.setOpacity(0.5)
    if look.shadow:
        _draw_shadow(painter, body, theme)
    accent = QColor(theme.accent)
    if look.selected:
        glow = QColor(accent)
        glow.setAlphaF(0.28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(glow)
        painter.drawRoundedRect(body.adjusted(-3.5, -3.5, 3.5, 3.5), RADIUS + 3.5, RADIUS + 3.5)
    edge = QPen(QColor(theme.node_border), 1.0)
    if look.severity is Severity.ERROR:
        edge = QPen(QColor(theme.error), 1.6)
    if look.hovered:
        edge = QPen(QColor(theme.wire), 1.3)
    if look.selected:
        edge = QPen(accent, 2.0)
    if not look.known:
        edge.setStyle(Qt.PenStyle.DashLine)
        edge.setDashPattern([4, 3])
    if look.mark.stack:
        _draw_stack(painter, body, look.mark.stack, theme)
    inner = body.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(edge)
    painter.setBrush(QColor(theme.node))
    painter.drawRoundedRect(inner, RADIUS, RADIUS)
    if look.tint:
        _draw_tint(painter, inner, QColor(theme.tint(look.tint, theme.muted)))
        painter.setPen(edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner, RADIUS, RADIUS)
    if look.mark.bypassed:
        _draw_through(painter, form, theme)
    if look.small:
        _draw_type(painter, inner, group, bool(look.tint), theme)
    else:
        draw_tile(painter, group, TILE, theme)
    faint = QColor(theme.node_border)
    faint.setAlphaF(0.7)
    painter.setPen(QPen(faint, 1.0))
    for y in ([HEADER + 3.0] if form.rows else []) + ([form.body - 0.5] if form.footer else []):
        painter.drawLine(QLineF(PADDING, y, WIDTH - PADDING, y))
    if form.folded:
        draw_chevron(painter, QPointF(WIDTH - PADDING - 2, HEADER / 2), theme.muted)
    if look.mark.shares and form.footer:
        draw_link(painter, QPointF(WIDTH - PADDING - 7, (form.body + form.height) / 2 - 1), theme.muted)
    if look.severity is not None:
        draw_badge(painter, look.severity, BADGE, theme)


def _draw_tint(painter: QPainter, body: QRectF, color: QColor) -> None:
    """The colour that a person gave: a shade behind the title and a stripe along the upper edge."""
    whole = rounded(body, RADIUS)
    title, stripe = QPainterPath(), QPainterPath()
    title.addRect(QRectF(body.left(), body.top(), body.width(), HEADER - 0.5))
    stripe.addRect(QRectF(body.left(), body.top(), body.width(), STRIPE))
    shade = QColor(color)
    shade.setAlphaF(SHADE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawPath(whole & title)
    painter.setBrush(color)
    painter.drawPath(whole & stripe)


def _draw_type(painter: QPainter, body: QRectF, group: str, tinted: bool, theme: Theme) -> None:
    """The type of a node whose name cannot be read: between its title near by and the rectangle from afar."""
    color = QColor(theme.group(group))
    if not tinted:
        title = QPainterPath()
        title.addRect(QRectF(body.left(), body.top(), body.width(), HEADER - 0.5))
        shade = QColor(color)
        shade.setAlphaF(0.42 if theme.dark else 0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPath(rounded(body, RADIUS) & title)
    side = HEADER - 8
    place = QRectF(body.center().x() - side / 2, body.top() + 4, side, side)
    draw_symbol(painter, group, place, QColor(theme.text), 2.2)


def draw_chevron(painter: QPainter, middle: QPointF, color: str) -> None:
    """Points to the right: there is more to unfold."""
    painter.setPen(
        QPen(QColor(color), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y = middle.x(), middle.y()
    painter.drawPolyline(QPolygonF([QPointF(x - 2, y - 4), QPointF(x + 2, y), QPointF(x - 2, y + 4)]))


def _draw_stack(painter: QPainter, body: QRectF, count: int, theme: Theme) -> None:
    """The lower edges of sheets behind the card: one for a block, two for one that follows itself."""
    edge = QColor(theme.wire)
    edge.setAlphaF(0.6)
    painter.setBrush(QColor(theme.node))
    for sheet in range(count, 0, -1):
        painter.setPen(QPen(edge, 1.0))
        inset = 5.0 * sheet
        painter.drawRoundedRect(body.adjusted(inset + 0.5, 10, -inset - 0.5, 3.6 * sheet), RADIUS, RADIUS)


def _draw_through(painter: QPainter, form: Outline, theme: Theme) -> None:
    """The way of what arrives past a layer that is bypassed: from its first input to its first output."""
    if not form.inputs or not form.outputs:
        return
    start, end = form.port(INPUT, 0), form.port(OUTPUT, 0)
    pen = QPen(QColor(theme.wire), 2.0, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(QLineF(*start, *end))


def draw_link(painter: QPainter, middle: QPointF, color: str) -> None:
    """Two links of a chain: weights that are another layer's."""
    painter.save()
    painter.translate(middle)
    painter.rotate(-35)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(color), 1.4))
    painter.drawRoundedRect(QRectF(-7.5, -2.6, 8.6, 5.2), 2.6, 2.6)
    painter.drawRoundedRect(QRectF(-1.1, -2.6, 8.6, 5.2), 2.6, 2.6)
    painter.restore()


def draw_flake(painter: QPainter, middle: QPointF, color: QColor) -> None:
    """A snow crystal: weights that are frozen."""
    painter.save()
    painter.translate(middle)
    painter.setPen(QPen(color, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for _ in range(6):
        painter.drawLine(QLineF(0, 0, 0, -5.2))
        painter.drawLine(QLineF(0, -3.2, -1.6, -4.8))
        painter.drawLine(QLineF(0, -3.2, 1.6, -4.8))
        painter.rotate(60)
    painter.restore()


def _draw_shadow(painter: QPainter, body: QRectF, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    color = QColor(theme.shadow)
    color.setAlphaF(0.06 if theme.dark else 0.018)
    painter.setBrush(color)
    for spread in (6.0, 4.5, 3.0, 2.0, 1.0):
        painter.drawRoundedRect(
            body.adjusted(-spread, 2 - spread, spread, 2 + spread), RADIUS + spread, RADIUS + spread
        )


def draw_badge(painter: QPainter, severity: Severity, middle: QPointF, theme: Theme) -> None:
    """Told apart by form as well as colour: an error is a disc, a warning a triangle, a hint a smaller disc."""
    color, back = QColor(theme.severity(severity)), QColor(theme.node)
    painter.setPen(QPen(back, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(color)
    if severity is Severity.WARNING:
        triangle = QPolygonF(
            [
                QPointF(middle.x(), middle.y() - 8),
                QPointF(middle.x() + 9, middle.y() + 7),
                QPointF(middle.x() - 9, middle.y() + 7),
            ]
        )
        painter.drawPolygon(triangle)
        top, bottom, dot = -2.6, 1.6, 4.4
    else:
        radius = 8.0 if severity is Severity.ERROR else 6.5
        painter.drawEllipse(middle, radius, radius)
        top, bottom, dot = (-3.8, 0.8, 3.6) if severity is Severity.ERROR else (0.0, 2.8, -2.8)
    painter.setPen(QPen(back, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(QLineF(middle.x(), middle.y() + top, middle.x(), middle.y() + bottom))
    painter.drawPoint(QPointF(middle.x(), middle.y() + dot))


# -- ports ---------------------------------------------------------------------------------------------------------
class PortLook(msgspec.Struct, frozen=True):
    wired: bool = False
    optional: bool = False
    bad: bool = False
    dimmed: bool = False
    hot: bool = False
    """under the pointer, or where the dragged wire would land"""
    lit: bool = False
    """takes what the dragged wire carries"""


def draw_port(painter: QPainter, middle: QPointF, look: PortLook, theme: Theme) -> None:
    """A disc where a wire is, a ring where none is; smaller where none is needed."""
    radius = PORT_RADIUS if look.wired or not look.optional else PORT_RADIUS - 1
    color = QColor(theme.error if look.bad else theme.wire)
    if look.hot:
        radius, color = PORT_RADIUS + 2, QColor(theme.error if look.bad else theme.accent)
    elif look.lit:
        radius, color = PORT_RADIUS + 1, QColor(theme.accent)
        halo = QColor(theme.accent)
        halo.setAlphaF(0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(halo)
        painter.drawEllipse(middle, radius + 3.5, radius + 3.5)
    fill = color if look.wired or look.hot else QColor(theme.node)
    if look.dimmed:
        color.setAlphaF(0.25)
        fill = QColor(theme.node)
    # a ring in the card's colour first, so that a port stands clear of the card's edge
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.node))
    painter.drawEllipse(middle, radius + 1.4, radius + 1.4)
    painter.setPen(QPen(color, 1.6))
    painter.setBrush(fill)
    painter.drawEllipse(middle, radius - 0.8, radius - 0.8)


# -- pictures ------------------------------------------------------------------------------------------------------
class Pictures:
    """Bodies and ports as pictures at one zoom; the least used are forgotten when memory is taken up."""

    LIMIT = 24 * 2**20

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple, QPixmap] = OrderedDict()
        self._bytes = 0

    def card(self, form: Outline, group: str, look: Look, theme: Theme, resolution: float) -> QPixmap:
        """The body with MARGIN around it, at `resolution` pixels per scene unit. Its middle is the body's middle."""
        ways = (len(form.inputs) == 1, len(form.outputs) == 1) if look.mark.bypassed else ()
        key = (
            (form.height, form.body, form.rows > 0, form.footer, form.folded, ways),
            (group, look, theme.name, resolution),
        )
        found = self._find(key)
        if found is None:
            found, painter = _blank(WIDTH + 2 * MARGIN, form.height + 2 * MARGIN, resolution)
            painter.translate(MARGIN, MARGIN)
            draw_card(painter, form, group, look, theme)
            painter.end()
            self._keep(key, found)
        return found

    def port(self, look: PortLook, theme: Theme, resolution: float) -> QPixmap:
        key = (look, theme.name, resolution)
        found = self._find(key)
        if found is None:
            side = 2 * (PORT_RADIUS + 5)
            found, painter = _blank(side, side, resolution)
            draw_port(painter, QPointF(side / 2, side / 2), look, theme)
            painter.end()
            self._keep(key, found)
        return found

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0

    def _find(self, key: tuple) -> QPixmap | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def _keep(self, key: tuple, pixmap: QPixmap) -> None:
        self._kept[key] = pixmap
        self._bytes += pixmap.width() * pixmap.height() * 4
        while self._bytes > self.LIMIT and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.width() * old.height() * 4


def _blank(width: float, height: float, resolution: float) -> tuple[QPixmap, QPainter]:
    """An empty picture of a size in scene units and a painter in scene units, both centred alike."""
    pixels = math.ceil(width * resolution / 2) * 2, math.ceil(height * resolution / 2) * 2
    pixmap = QPixmap(*pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate((pixels[0] - width * resolution) / 2, (pixels[1] - height * resolution) / 2)
    painter.scale(resolution, resolution)
    return pixmap, painter


def rounded(rect: QRectF, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path
