"""What a layer keeps of the last run's weights: a badge on its corner, and the words for it.

Told apart by form as well as by colour: a disc is kept, a square resized, a diamond begins anew; a hexagon beside it
is frozen.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from nndesigner.base.text import count, tr
from nndesigner.check.carrying import Fit
from nndesigner.gui.theme import Theme

PLACE = QPointF(4.0, 4.0)
"""the middle of the badge, from the node's top left corner"""
BESIDE = 18.0
"""from one badge to the next"""
RADIUS = 7.5


def fit_words(fit: Fit) -> str:
    """A sentence or two for a tooltip."""
    if fit.layers == 1:
        words = {
            "kept": tr("Keeps its weights from the last run."),
            "resized": tr("Resized: keeps the weights that both sizes have."),
            "fresh": tr("Begins anew: none of the last run's weights fit."),
        }[fit.state]
        return f"{words} {tr('Frozen: they will not learn.')}" if fit.frozen else words
    parts = [
        tr("{n} kept", n=fit.kept) if fit.kept else "",
        tr("{n} resized", n=fit.resized) if fit.resized else "",
        tr("{n} begin anew", n=fit.fresh) if fit.fresh else "",
        tr("{n} frozen", n=fit.frozen) if fit.frozen else "",
    ]
    inside = count(fit.layers, "layer with weights", "layers with weights")
    return tr(
        "{layers} inside, against the last run: {what}.",
        layers=inside,
        what=", ".join(part for part in parts if part),
    )


def draw_fit(painter: QPainter, corner: QPointF, fit: Fit, theme: Theme) -> None:
    """The badges of a node whose top left corner this is."""
    middle = corner + PLACE
    _BADGES[fit.state](painter, middle, theme)
    if fit.frozen:
        _frozen(painter, middle + QPointF(BESIDE, 0.0), theme)


def draw_fit_from_afar(painter: QPainter, corner: QPointF, fit: Fit, theme: Theme) -> None:
    """The form alone, where nothing in it could be made out."""
    _form(painter, fit.state, corner + PLACE, theme)


def _color(state: str, theme: Theme) -> QColor:
    return QColor(
        {"kept": theme.good, "resized": theme.warning, "fresh": theme.accent}.get(state, theme.muted)
    )


def _form(painter: QPainter, state: str, middle: QPointF, theme: Theme) -> None:
    """The filled form in the colour of the state, with an edge in the card's colour so that it stands clear."""
    edge = QPen(
        QColor(theme.node), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )
    painter.setPen(edge)
    painter.setBrush(_color(state, theme))
    x, y, r = middle.x(), middle.y(), RADIUS
    if state == "kept":
        painter.drawEllipse(middle, r, r)
    elif state == "resized":
        painter.drawRoundedRect(QRectF(x - r + 0.5, y - r + 0.5, 2 * r - 1, 2 * r - 1), 2.5, 2.5)
    elif state == "fresh":
        r += 2.0
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)])
        )
    else:
        half = 0.866 * r
        corners = [(0, -r), (half, -r / 2), (half, r / 2), (0, r), (-half, r / 2), (-half, -r / 2)]
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))


def _strokes(
    painter: QPainter, middle: QPointF, theme: Theme, *lines: tuple[float, float, float, float]
) -> None:
    painter.setPen(QPen(QColor(theme.node), 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for line in lines:
        painter.drawLine(QLineF(*line).translated(middle))


def _kept(painter: QPainter, middle: QPointF, theme: Theme) -> None:
    _form(painter, "kept", middle, theme)
    _strokes(painter, middle, theme, (-3.2, 0.2, -0.9, 2.6), (-0.9, 2.6, 3.4, -2.4))


def _resized(painter: QPainter, middle: QPointF, theme: Theme) -> None:
    _form(painter, "resized", middle, theme)
    arrow = ((-3.4, 0, 3.4, 0), (-3.4, 0, -1.4, -2), (-3.4, 0, -1.4, 2), (3.4, 0, 1.4, -2), (3.4, 0, 1.4, 2))
    _strokes(painter, middle, theme, *arrow)


def _fresh(painter: QPainter, middle: QPointF, theme: Theme) -> None:
    _form(painter, "fresh", middle, theme)
    _strokes(painter, middle, theme, (-3, 0, 3, 0), (0, -3, 0, 3))


def _frozen(painter: QPainter, middle: QPointF, theme: Theme) -> None:
    _form(painter, "frozen", middle, theme)
    _strokes(painter, middle, theme, (0, -3.4, 0, 3.4), (-2.9, -1.7, 2.9, 1.7), (-2.9, 1.7, 2.9, -1.7))


_BADGES = {"kept": _kept, "resized": _resized, "fresh": _fresh}
