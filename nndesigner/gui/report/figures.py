"""The figures of a report, drawn by the widgets and painters of the window, in the colours of paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import QWidget

from nndesigner.base.text import tr
from nndesigner.gui.canvas.render import figure as network_figure
from nndesigner.gui.curves_picture import paint_panel, panels
from nndesigner.gui.evaluation import classes as class_pages
from nndesigner.gui.evaluation import numbers as number_pages
from nndesigner.gui.monitors.chart import Chart
from nndesigner.gui.monitors.confusion import Matrix
from nndesigner.gui.monitors.legend import Entry
from nndesigner.gui.monitors.pictures import HistogramPicture
from nndesigner.gui.report.blocks import Figure
from nndesigner.gui.theme import LIGHT, Theme
from nndesigner.runs.evaluations import ClassScores, NumberScores
from nndesigner.session.reporting import Material

PAGE = 658.0
"""CSS pixels that a page of A4 is wide inside its margins"""
HALF = (PAGE - 18) / 2
THIRD = (PAGE - 36) / 3

PAPER: Theme = replace(
    LIGHT,
    name="report",
    window="#ffffff",
    panel="#ffffff",
    raised="#ffffff",
    canvas="#ffffff",
    grid="#e3e7ed",
)


def font(pixels: float, weight: int = 400) -> QFont:
    """In pixels, so that it is as large in a file as on any screen."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(round(pixels))
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def network(material: Material, id: str, title: str) -> Figure:
    """The drawing of one network. Raises Refusal for an empty one."""
    checked = material.checked if id == material.checked.network else None
    size, paint = network_figure(material.document, checked, id, PAPER)
    return Figure(title, size.width(), size.height(), paint, titled=id != material.document.main.id)


def curves(material: Material) -> list[Figure]:
    """Loss and score over the epochs."""
    made = []
    for name, lines in panels(material.history, PAPER):

        def paint(painter: QPainter, name: str = name, lines: list = lines) -> None:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            paint_panel(painter, QRectF(0.5, 0.5, PAGE - 1, 289), name, lines, PAPER)

        made.append(Figure(name, PAGE, 290, paint, titled=False))
    return made


def confusion(scores: ClassScores) -> Figure:
    n = len(scores.classes)
    edge = min(PAGE, max(330.0, 110.0 + 26.0 * n))

    def paint(painter: QPainter) -> None:
        matrix = Matrix()
        matrix.show_counts(np.array(scores.confusion, np.int64), scores.classes)
        _draw(matrix, matrix.paint, painter, edge, edge - 30)

    return Figure(tr("Confusion matrix"), edge, edge - 30, paint, titled=False)


def class_curves(scores: ClassScores) -> list[Figure]:
    """ROC, precision by recall, and calibration."""
    titles = {"roc": tr("ROC"), "precision": tr("Precision and recall"), "calibration": tr("Calibration")}
    made = []
    high = THIRD - 12
    for kind, title in titles.items():
        if kind != "calibration" and not scores.roc:
            continue

        def paint(painter: QPainter, kind: str = kind) -> None:
            chart = Chart(square=True)
            entries, words = class_pages.draw_curves(chart, scores, kind, PAPER)
            _draw(chart, chart.paint, painter, THIRD, high)
            _key(painter, entries, words, QRectF(0, high + 4, THIRD, 60))

        made.append(Figure(title, THIRD, high + 62, paint))
    return made


def residuals(scores: NumberScores, column: int) -> list[Figure]:
    """Answer against truth, what is left over against the answer, its histogram and its Q-Q plot."""
    points, spread = scores.points[column], scores.spreads[column]
    line = scores.lines[column] if column < len(scores.lines) else scores.overall

    def chart(draw: Callable[[Chart], None]) -> Callable[[QPainter], None]:
        def paint(painter: QPainter) -> None:
            made = Chart()
            draw(made)
            _draw(made, made.paint, painter, HALF, 230)

        return paint

    def histogram(painter: QPainter) -> None:
        made = HistogramPicture()
        number_pages.draw_histogram(made, spread, line.bias, PAPER)
        _draw(made, made.paint, painter, HALF, 230)

    found = [
        Figure(
            tr("Answer against truth"),
            HALF,
            230,
            chart(lambda c: number_pages.draw_points(c, points, PAPER)),
        ),
        Figure(
            tr("Residuals against answer"),
            HALF,
            230,
            chart(lambda c: number_pages.draw_left_over(c, points, PAPER)),
        ),
        Figure(tr("How residuals are spread"), HALF, 230, histogram, titled=False),
    ]
    if spread.normal:
        found.append(
            Figure(
                tr("Residuals against a normal distribution"),
                HALF,
                230,
                chart(lambda c: number_pages.draw_qq(c, spread, PAPER)),
            )
        )
    return found


def forecast(scores: NumberScores, column: int) -> Figure:
    points = scores.forecast[column]

    def paint(painter: QPainter) -> None:
        chart = Chart()
        entries = number_pages.draw_forecast(chart, points, PAPER)
        _key(painter, entries, "", QRectF(46, 0, PAGE - 46, 18))
        painter.save()
        painter.translate(0, 20)
        _draw(chart, chart.paint, painter, PAGE, 230)
        painter.restore()

    return Figure(tr("Forecast and truth"), PAGE, 250, paint)


def _draw(
    widget: QWidget, paint: Callable[[QPainter, Theme], None], painter: QPainter, wide: float, high: float
) -> None:
    """A plot of the window, on paper: never shown, gone afterwards."""
    widget.setFont(font(12))
    widget.resize(round(wide), round(high))
    painter.save()
    painter.setFont(font(12))
    paint(painter, PAPER)
    painter.restore()
    widget.deleteLater()


def _key(painter: QPainter, entries: Sequence[Entry], words: str, room: QRectF) -> None:
    """Names and colours of curves, in lines, and what they say in all below."""
    painter.save()
    painter.setFont(font(10))
    metrics = QFontMetricsF(painter.font())
    x, y = room.left(), room.top() + 10
    for entry in entries:
        text = f"{entry.text} {entry.value}".strip()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width() - 20)
        wide = metrics.horizontalAdvance(text) + 26
        if x + wide > room.right() + 8 and x > room.left():
            x, y = room.left(), y + 14
        painter.setPen(QPen(QColor(entry.color), 2))
        painter.drawLine(QPointF(x, y - 4), QPointF(x + 11, y - 4))
        painter.setPen(QColor(PAPER.muted))
        painter.drawText(QPointF(x + 14, y), text)
        x += wide
    if words:
        y += 15 if entries else 0
        painter.setPen(QColor(PAPER.text))
        text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(QPointF(room.left(), y), text)
    painter.restore()
