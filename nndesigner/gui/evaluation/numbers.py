"""Pages for numbers: answers against the truth and what is left over, and a forecast against the truth over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.evaluation.page import Page, Table
from nndesigner.gui.monitors.chart import Chart, Dots, Stroke, around
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.pictures import HistogramPicture, short
from nndesigner.gui.plain import Elided
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.runs.evaluations import Evaluation, NumberScores, OutputResult, Points, Spread
from nndesigner.runs.metric_table import point_rows


class _NumberPage(Page):
    """With a choice of the number where a target has several."""

    def __init__(self) -> None:
        super().__init__()
        self._scores: NumberScores | None = None
        self._output: OutputResult | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(10, 6, 10, 6)
        self._box.setSpacing(4)
        row = QHBoxLayout()
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.column = QComboBox()
        self.column.setAccessibleName(tr("Which number of the target"))
        self.column.currentIndexChanged.connect(lambda _: self._draw())
        row.addWidget(self.column)
        self._box.addLayout(row)

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        self._output, self._scores = output, output.numbers
        assert self._scores is not None
        names = [line.name for line in self._scores.lines[: len(self._scores.points)]] or [output.target]
        if [self.column.itemText(i) for i in range(self.column.count())] != names:
            self.column.blockSignals(True)
            self.column.clear()
            self.column.addItems(names)
            self.column.blockSignals(False)
        self.column.setVisible(len(names) > 1)
        self._draw()

    @property
    def at(self) -> int:
        return max(self.column.currentIndex(), 0)

    def _draw(self) -> None:
        """Each kind draws its own."""
        raise NotImplementedError


class Residuals(_NumberPage):
    """Answer against truth, the histogram of what is left over, and its quantiles against a normal distribution's."""

    name = "residuals"
    label = "Residuals"

    def __init__(self) -> None:
        super().__init__()
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._split.setSpacing(12)
        self.scatter, self.left_over, self.qq = Chart(), Chart(), Chart()
        self.histogram = HistogramPicture()
        for widget in (self.scatter, self.left_over, self.histogram, self.qq):
            self._split.addWidget(widget, 1)
        holder = QWidget()
        holder.setLayout(self._split)
        self._split.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(holder)
        self._box.addWidget(area, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 1.2 * self.height()
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def _draw(self) -> None:
        if self._scores is None or self.at >= len(self._scores.points):
            return
        points, spread = self._scores.points[self.at], self._scores.spreads[self.at]
        line = self._scores.lines[self.at] if self.at < len(self._scores.lines) else self._scores.overall
        theme = shown_theme()
        draw_points(self.scatter, points, theme)
        draw_left_over(self.left_over, points, theme)
        draw_histogram(self.histogram, spread, line.bias, theme)
        draw_qq(self.qq, spread, theme)
        self.words.setText(f"R² {_s(line.r2)} · RMSE {_s(line.rmse)} · " + tr("bias {b}", b=_s(line.bias)))

    def table(self) -> Table:
        assert self._scores is not None
        return point_rows(self._scores.points[self.at])


class Forecast(_NumberPage):
    """What was forecast and what came, in the order of time."""

    name = "forecast"
    label = "Forecast"

    def __init__(self) -> None:
        super().__init__()
        self.legend = Legend()
        self._box.addWidget(self.legend)
        self.chart = Chart()
        self._box.addWidget(self.chart, 1)

    def _draw(self) -> None:
        if self._scores is None or self.at >= len(self._scores.forecast):
            return
        points = self._scores.forecast[self.at]
        self.legend.show_entries(draw_forecast(self.chart, points, shown_theme()))
        self.words.setText(tr("the first {n} samples of the part", n=f"{len(points.truth):,}"))

    def table(self) -> Table:
        assert self._scores is not None
        return point_rows(self._scores.forecast[self.at])


# -- drawing ---------------------------------------------------------------------------------------------------------
def draw_points(chart: Chart, points: Points, theme: Theme) -> None:
    truth, answer = np.array(points.truth), np.array(points.answer)
    low, high = around([truth, answer])
    dots = Dots(truth, answer, np.zeros(len(truth), np.int64), 2.2, (theme.plot(0),))
    chart.show_chart(
        (),
        dots,
        (low, high, low, high),
        (tr("truth"), tr("answer")),
        ((low, low), (high, high)),
        lambda dot: _sample(points, dot),
    )


def draw_left_over(chart: Chart, points: Points, theme: Theme) -> None:
    """What is left over against what was answered: a fan or a bend in it is something that could still be learned."""
    answer = np.array(points.answer)
    residual = answer - np.array(points.truth)
    left, right = around([answer])
    low, high = around([residual, np.zeros(1)])
    dots = Dots(answer, residual, np.zeros(len(answer), np.int64), 2.2, (theme.plot(0),))
    chart.show_chart(
        (),
        dots,
        (left, right, low, high),
        (tr("answer"), tr("answer − truth")),
        ((left, 0.0), (right, 0.0)),
        lambda dot: _sample(points, dot),
    )


def draw_histogram(picture: HistogramPicture, spread: Spread, bias: float | None, theme: Theme) -> None:
    picture.show_histogram(
        tr("Residuals"),
        tr("answer − truth; dashed: the mean"),
        np.array(spread.counts, np.int64),
        np.array(spread.edges, np.float32),
        bias,
        theme.plot(0),
    )


def draw_qq(chart: Chart, spread: Spread, theme: Theme) -> None:
    normal, ordered = np.array(spread.normal), np.array(spread.ordered)
    left, right = around([normal])
    low, high = around([ordered])
    dots = Dots(normal, ordered, np.zeros(len(normal), np.int64), 2.0, (theme.plot(0),))
    ends = tuple((x, spread.slope * x + spread.intercept) for x in (left, right))
    labels = (tr("quantiles of a normal distribution"), tr("residuals in order"))
    chart.show_chart((), dots, (left, right, low, high), labels, (ends[0], ends[1]) if spread.slope else None)


def draw_forecast(chart: Chart, points: Points, theme: Theme) -> list[Entry]:
    index, truth, answer = np.array(points.index, float), np.array(points.truth), np.array(points.answer)
    strokes = [Stroke(index, truth, theme.plot(0)), Stroke(index, answer, theme.plot(1))]
    left, right = (float(index[0]), float(index[-1])) if len(index) else (0.0, 1.0)
    low, high = around([truth, answer])
    chart.show_chart(strokes, None, (left, right, low, high), (tr("sample, in order of time"), ""))
    return [
        Entry("truth", tr("truth"), theme.plot(0)),
        Entry("answer", tr("forecast"), theme.plot(1)),
    ]


def _sample(points: Points, dot: int) -> str:
    return tr(
        "Sample {n}: truth {truth}, answered {answer}",
        n=f"{points.index[dot]:,}",
        truth=short(points.truth[dot]),
        answer=short(points.answer[dot]),
    )


def _s(value: float | None) -> str:
    return "–" if value is None else short(value)
