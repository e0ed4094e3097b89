"""The curves of a run as a picture file, without a window: loss beside how good the answers are, by epoch.

It knows runs as numbers only, and needs a QGuiApplication, which it makes without a screen where there is none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QImage, QPainter, QPen, QPolygonF

from nndesigner.base.atomic import write_atomically
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.monitors.series import Floats, decimated, extent, nice_step, steady_range
from nndesigner.gui.theme import LIGHT, Theme
from nndesigner.runs.history import RunHistory

WIDTH, HEIGHT = 1120.0, 460.0
SCALE = 2.0
_MARGIN, _GAP, _HEAD = 28.0, 36.0, 62.0
_LEFT, _BOTTOM, _KEY = 52.0, 40.0, 26.0
_SCORES = ("iou", "accuracy", "r2", "rmse")


@dataclass(frozen=True)
class Line:
    """One curve: epochs ascending and values, and how it is drawn. A `level` is a dashed line across the panel."""

    label: str
    x: Floats
    y: Floats
    colour: str
    width: float = 2.0
    faint: bool = False
    level: bool = False


def draw_curves(history: RunHistory, path: Path, title: str, theme: Theme = LIGHT) -> Path:
    """Writes a PNG. Raises Refusal where the run has no numbers yet, WriteError where it cannot be written."""
    shown = panels(history, theme)
    if not shown:
        raise Refusal(tr("There are no curves to draw yet."))
    _application()
    image = QImage(round(WIDTH * SCALE), round(HEIGHT * SCALE), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.panel))
    image.setText("Title", title)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(SCALE, SCALE)
    painter.setFont(_font(17, 600))
    painter.setPen(QColor(theme.text))
    painter.drawText(
        QRectF(_MARGIN, 18, WIDTH - 2 * _MARGIN, 28),
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        title,
    )
    width = (WIDTH - 2 * _MARGIN - _GAP * (len(shown) - 1)) / len(shown)
    for i, (name, lines) in enumerate(shown):
        room = QRectF(_MARGIN + i * (width + _GAP), _HEAD, width, HEIGHT - _HEAD - 18)
        paint_panel(painter, room, name, lines, theme)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return write_atomically(path, bytes(buffer.data().data())).path


def panels(history: RunHistory, theme: Theme) -> list[tuple[str, list[Line]]]:
    """What there is to draw of a run: the name of each panel and its curves."""
    return [panel for panel in (_losses(history, theme), _scores(history, theme)) if panel[1]]


# -- what is drawn -----------------------------------------------------------------------------------------------------
def _losses(history: RunHistory, theme: Theme) -> tuple[str, list[Line]]:
    lines = _line(history, "train", "loss", theme.plot(0), faint=True)
    for split, name, colour in (("train", "epoch loss", 0), ("validation", "loss", 1)):
        lines += _line(history, split, name, theme.plot(colour))
    return tr("Loss"), lines + _level(history, "loss", theme)


def _scores(history: RunHistory, theme: Theme) -> tuple[str, list[Line]]:
    names = [name for _, name in history.curves() if name.split()[0] in _SCORES]
    if not names:
        return "", []
    name = min(names, key=lambda n: (_SCORES.index(n.split()[0]), n))
    lines = [
        line
        for split, colour in (("train", 0), ("validation", 1))
        for line in _line(history, split, name, theme.plot(colour))
    ]
    return {"iou": tr("Mean IoU"), "accuracy": tr("Accuracy"), "r2": "R²", "rmse": "RMSE"}.get(
        name, name
    ), lines + _level(history, name, theme)


def _line(history: RunHistory, split: str, name: str, colour: str, *, faint: bool = False) -> list[Line]:
    series = history.series(split, name)
    finite = np.isfinite(series.values)
    if not finite.any():
        return []
    label, width = (tr("each batch"), 1.0) if faint else (tr(split), 2.0)
    return [Line(label, series.epochs[finite], series.values[finite], colour, width, faint)]


def _level(history: RunHistory, name: str, theme: Theme) -> list[Line]:
    """The test part, measured once, as a level with its number."""
    value = history.last("test", name)
    if value is None or not np.isfinite(value):
        return []
    shown = f"{value:.1%}" if name.startswith("accuracy") else f"{value:.4g}"
    return [
        Line(tr("test {value}", value=shown), np.zeros(1), np.array([value]), theme.plot(2), 1.5, level=True)
    ]


# -- drawing it --------------------------------------------------------------------------------------------------------
def paint_panel(painter: QPainter, room: QRectF, name: str, lines: list[Line], theme: Theme) -> None:
    """One panel: a frame, the key, the axes and the curves."""
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(room, 8, 8)
    area = room.adjusted(_LEFT, _KEY + 22, -18, -_BOTTOM)
    drawn = [line for line in lines if not line.level]
    last = max((float(line.x[-1]) for line in drawn), default=1.0) or 1.0
    solid = extent(line.y for line in lines if not line.faint)
    faint = extent((line.y for line in lines if line.faint), spare=0.01)
    ends = [pair for pair in (solid, faint) if pair is not None]
    low, high = steady_range(min(a for a, _ in ends), max(b for _, b in ends))
    if name == tr("Accuracy"):
        high = min(high, 1.0)
    _key(painter, room, name, lines, theme)
    _grid(painter, area, last, low, high, name == tr("Accuracy"), theme)
    painter.save()
    painter.setClipRect(area.adjusted(0, -1, 1, 1))
    for line in lines:
        colour = QColor(line.colour)
        colour.setAlphaF(0.28 if line.faint else 1.0)
        pen = QPen(colour, line.width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if line.level:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        x, y = (np.array([0.0, last]), np.repeat(line.y, 2)) if line.level else decimated(line.x, line.y)
        across = area.left() + x / last * area.width()
        up = (
            area.bottom()
            - (np.clip(y, low - (high - low), high + (high - low)) - low) / (high - low) * area.height()
        )
        points = [QPointF(a, b) for a, b in zip(across.tolist(), up.tolist(), strict=True)]
        painter.drawPolyline(QPolygonF(points))
        if len(points) == 1:
            painter.setBrush(colour)
            painter.drawEllipse(points[0], 2.5, 2.5)
    painter.restore()


def _key(painter: QPainter, room: QRectF, name: str, lines: list[Line], theme: Theme) -> None:
    """The panel's name, and what each line is, in one row."""
    painter.setFont(_font(13, 600))
    painter.setPen(QColor(theme.text))
    top = room.top() + 12
    painter.drawText(QRectF(room.left() + 16, top, 200, 20), Qt.AlignmentFlag.AlignVCenter, name)
    painter.setFont(_font(11))
    metrics = QFontMetricsF(painter.font())
    x = room.right() - 16
    for line in reversed(lines):
        x -= metrics.horizontalAdvance(line.label)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(x, top + 14), line.label)
        colour = QColor(line.colour)
        colour.setAlphaF(0.4 if line.faint else 1.0)
        pen = QPen(colour, max(line.width, 1.5))
        if line.level:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(x - 24, top + 10), QPointF(x - 6, top + 10))
        x -= 42


def _grid(
    painter: QPainter, area: QRectF, last: float, low: float, high: float, percent: bool, theme: Theme
) -> None:
    painter.setFont(_font(11))
    step = nice_step(high - low) * (1 if (high - low) / nice_step(high - low) <= 6 else 2)
    for value in np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step:
        y = area.bottom() - (value - low) / (high - low) * area.height()
        painter.setPen(QPen(QColor(theme.grid), 1))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(QColor(theme.muted))
        text = f"{100 * value + 0.0:.3g} %" if percent else f"{value + 0.0:.4g}"  # + 0.0: no "-0"
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(area.left() - 60, y - 9, 52, 18), right, text)
    every = max(1.0, nice_step(last))
    middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
    for value in np.arange(0.0, last + every / 2, every):
        x = area.left() + min(value / last, 1.0) * area.width()
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(x - 30, area.bottom() + 5, 60, 16), middle, f"{value:g}")
    painter.drawText(QRectF(area.left(), area.bottom() + 19, area.width(), 16), middle, tr("epoch"))


def _font(pixels: int, weight: int = 400) -> QFont:
    font = QFont(QGuiApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


_own: list[QGuiApplication] = []


def _application() -> None:
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _own.append(QGuiApplication(["nndesigner"]))
