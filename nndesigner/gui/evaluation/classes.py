"""Pages for classes: a table that sorts, and the curves (ROC, precision by recall, calibration)."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from nndesigner.base.text import tr
from nndesigner.gui.evaluation.page import NumberTable, Page, Table
from nndesigner.gui.monitors.chart import Chart, Stroke
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.plain import Elided
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.runs.evaluations import ClassScores, Curve, Evaluation, OutputResult
from nndesigner.runs.metric_table import average_rows, class_rows, curve_rows

COLORED = 6
"""classes that have a colour of their own: those that are told apart worst"""
KINDS = ("roc", "precision", "calibration")


class ClassTable(Page):
    """Precision, recall and F1 of every class, the means below."""

    name = "classes"
    label = "Classes"

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.numbers = NumberTable(tr("Metrics of each class"))
        box.addWidget(self.numbers, 1)
        self.means = Elided(role="muted")
        box.addWidget(self.means)
        self._scores: ClassScores | None = None

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        assert output.classes is not None
        self._scores = output.classes
        self.numbers.show_rows(*class_rows(output.classes))
        self.numbers.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        parts = []
        for name, mean in (
            (tr("macro mean"), output.classes.macro),
            (tr("weighted mean"), output.classes.weighted),
        ):
            if mean.f1 is not None:
                values = (mean.precision or 0.0, mean.recall or 0.0, mean.f1)
                parts.append(tr("{name}: precision {p}, recall {r}, F1 {f}", name=name, **_digits(values)))
        self.means.setText("  ·  ".join(parts))

    def table(self) -> Table:
        averages = average_rows(self._scores) if self._scores is not None else []
        header = self.numbers.header()
        padded = [[*row, *[None] * (len(header) - len(row))] for row in averages]
        return header, [*self.numbers.rows(), *padded]


def _digits(values: tuple[float, float, float]) -> dict[str, object]:
    return dict(zip("prf", (f"{value:.3f}" for value in values), strict=True))


class Curves(Page):
    """One kind of curve at a time."""

    name = "curves"
    label = "Curves"

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        row = QHBoxLayout()
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.kind = QComboBox()
        self.kind.addItems([tr("ROC"), tr("Precision – recall"), tr("Calibration")])
        self.kind.setAccessibleName(tr("Which curve"))
        self.kind.currentIndexChanged.connect(lambda _: self._draw())
        row.addWidget(self.kind)
        box.addLayout(row)
        self.legend = Legend()
        self.legend.toggled.connect(self._toggled)
        box.addWidget(self.legend)
        self.chart = Chart(square=True)
        box.addWidget(self.chart, 1)
        self._hidden: set[str] = set()
        self._scores: ClassScores | None = None

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        self._scores = output.classes
        self._draw()

    def _toggled(self, key: str) -> None:
        self._hidden ^= {key}
        self._draw()

    def _draw(self) -> None:
        if self._scores is None:
            return
        kind = KINDS[self.kind.currentIndex()]
        entries, words = draw_curves(self.chart, self._scores, kind, shown_theme(), frozenset(self._hidden))
        self.legend.show_entries(entries)
        self.words.setText(words)

    def table(self) -> Table:
        assert self._scores is not None
        return curve_rows(self._scores, KINDS[self.kind.currentIndex()])


def draw_curves(
    chart: Chart, scores: ClassScores, kind: str, theme: Theme, hidden: frozenset[str] = frozenset()
) -> tuple[list[Entry], str]:
    """Puts "roc", "precision" or "calibration" into a chart; the key to its colours, and one line on what it says."""
    if kind == "calibration":
        return [], _draw_calibration(chart, scores, theme)
    curves = scores.roc if kind == "roc" else scores.precision_recall
    if len(scores.lines) == 2:
        curves = (
            tuple(c for c in curves if c.code == 1) or curves
        )  # the curves of two classes mirror each other

    def quality(curve: Curve) -> float:
        line = scores.lines[curve.code]
        value = line.auc if kind == "roc" else line.average_precision
        return 2.0 if value is None else value

    ranked = sorted(curves, key=quality)
    strokes, entries = [], []
    for place, curve in enumerate(ranked):
        key = str(curve.code)
        color = theme.plot(place) if place < COLORED else theme.muted
        if key not in hidden:
            strokes.append(Stroke(np.array(curve.x), np.array(curve.y), color, faint=place >= COLORED))
        if place < COLORED:
            value = f"{quality(curve):.3f}"
            entries.append(Entry(key, scores.lines[curve.code].name, color, value, key in hidden))
    mean = float(np.mean([quality(curve) for curve in curves])) if curves else float("nan")
    if kind == "roc":
        labels, guide = (tr("false positive rate"), tr("true positive rate")), ((0.0, 0.0), (1.0, 1.0))
        words = tr("mean area under the curve {value}", value=f"{mean:.3f}")
    else:
        labels, guide = (tr("recall"), tr("precision")), None
        words = tr("mean of the average precisions {value}", value=f"{mean:.3f}")
    if not scores.exact:
        words += "  ·  " + tr("from 2,000 bins")
    chart.show_chart(strokes, None, (0, 1, 0, 1.005), labels, guide)
    return entries, words if curves else tr(
        "There are no curves: one class has all samples, or there are many."
    )


def _draw_calibration(chart: Chart, scores: ClassScores, theme: Theme) -> str:
    claimed, right = np.array(scores.calibration.claimed), np.array(scores.calibration.right)
    answers = np.array(scores.calibration.answers, float)
    gaps = [
        Stroke(np.array([a, a]), np.array([a, b]), theme.plot(1), faint=True)
        for a, b in zip(claimed.tolist(), right.tolist(), strict=True)
    ]
    labels = (tr("probability claimed"), tr("share that is right"))
    line = Stroke(claimed, right, theme.plot(0))
    chart.show_chart([*gaps, line], None, (0, 1, 0, 1.005), labels, ((0.0, 0.0), (1.0, 1.0)))
    over = float(((claimed - right) * answers).sum() / max(answers.sum(), 1))
    verdict = (
        tr("too sure of itself")
        if over > 0.02
        else tr("too modest")
        if over < -0.02
        else tr("well calibrated")
    )
    error = scores.calibration_error or 0.0
    return tr("off by {error} %", error=f"{100 * error:.1f}") + "  ·  " + verdict
