"""The confusion matrix: a click on a cell, or the arrow keys, shows the samples that were answered so."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.evaluation.page import Page, Table
from nndesigner.gui.monitors.confusion import Matrix
from nndesigner.gui.monitors.errors import Gallery, Sample
from nndesigner.gui.plain import Elided
from nndesigner.gui.theme import Theme
from nndesigner.runs.evaluations import Evaluation, OutputResult
from nndesigner.runs.metric_table import confusion_rows

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ChoosingMatrix(Matrix):
    """`chosen` carries the cell that was chosen, (truth, answer)."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cell: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def choose(self, row: int, column: int) -> None:
        self.cell = (row, column)
        self.update()
        self.chosen.emit((row, column))

    def forget(self) -> None:
        self.cell = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.choose(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not len(self.counts):
            super().keyPressEvent(event)
            return
        last = len(self.counts) - 1
        row, column = self.cell if self.cell is not None else (-step[0], -step[1])
        self.choose(min(max(row + step[0], 0), last), min(max(column + step[1], 0), last))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        super().paint(painter, theme)
        if self.cell is None or not len(self.counts):
            return
        frame = self.frame()
        cell = frame.width() / len(self.counts)
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.text), 2))
        row, column = self.cell
        place = QRectF(frame.left() + column * cell, frame.top() + row * cell, cell, cell)
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.restore()


class ConfusionPage(Page):
    """`samples_wanted` asks for the samples of a cell, (truth, answer); `show_samples` shows them."""

    name = "confusion"
    label = "Confusion"
    samples_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(14)
        self.matrix = ChoosingMatrix()
        self.matrix.chosen.connect(self._chosen)
        row.addWidget(self.matrix, 3)
        side = QWidget()
        box = QVBoxLayout(side)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.gallery = Gallery()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.gallery)
        box.addWidget(self.area, 1)
        row.addWidget(side, 2)
        self._output: OutputResult | None = None

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        same = self._output is not None and output == self._output
        self._output = output
        scores = output.classes
        assert scores is not None
        counts = np.array(scores.confusion, np.int64).reshape(len(scores.classes), len(scores.classes))
        self.matrix.show_counts(counts, scores.classes)
        if not same:
            self.matrix.forget()
            self.gallery.show_samples(())
            self.words.setText(tr("Click a cell to see its samples."))

    def _chosen(self, cell: tuple[int, int]) -> None:
        truth, answer = cell
        self.gallery.show_samples(())
        number = int(self.matrix.counts[truth, answer])
        self.words.setText(self._what(truth, answer, number))
        if number:
            self.samples_wanted.emit(cell)

    def _what(self, truth: int, answer: int, number: int) -> str:
        names = self.matrix.classes
        if truth == answer:
            return tr("{n} × “{truth}”, answered right", n=f"{number:,}", truth=names[truth])
        return tr(
            "{n} × “{truth}” taken for “{answer}”",
            n=f"{number:,}",
            truth=names[truth],
            answer=names[answer],
        )

    def show_samples(self, truth: int, answer: int, samples: list[Sample]) -> None:
        """The samples of a cell, unless another one has been chosen meanwhile."""
        if self.matrix.cell != (truth, answer):
            return
        self.gallery.show_samples(samples)
        number = int(self.matrix.counts[truth, answer])
        words = self._what(truth, answer, number)
        if len(samples) < number:
            words += "  ·  " + tr("the first {n}", n=len(samples))
        self.words.setText(words)

    def say(self, truth: int, answer: int, sentence: str) -> None:
        if self.matrix.cell == (truth, answer):
            self.words.setText(sentence)

    def table(self) -> Table:
        assert self._output is not None and self._output.classes is not None
        return confusion_rows(self._output.classes)

    def picture(self) -> QWidget:
        return self.matrix
