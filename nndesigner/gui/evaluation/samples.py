"""The page of samples worth a look: the largest losses, and wrong answers that were most certain."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.evaluation.page import Page, Table
from nndesigner.gui.monitors.errors import Gallery, Sample, looks
from nndesigner.gui.plain import Elided
from nndesigner.runs.evaluations import Evaluation, OutputResult, SampleLine
from nndesigner.runs.metric_table import sample_rows


class SamplesPage(Page):
    name = "samples"
    label = "Errors"

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 6, 4)
        box.setSpacing(4)
        row = QHBoxLayout()
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.order = QComboBox()
        self.order.addItems([tr("Largest loss"), tr("Most certain and wrong")])
        self.order.setAccessibleName(tr("Which samples come first"))
        self.order.currentIndexChanged.connect(lambda _: self._draw())
        row.addWidget(self.order)
        box.addLayout(row)
        self.gallery = Gallery()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.gallery)
        box.addWidget(area, 1)
        self._output: OutputResult | None = None

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        self._output = output
        self.order.setVisible(output.classes is not None and output.kind == "class")
        self._draw()

    @property
    def _lines(self) -> tuple[SampleLine, ...]:
        if self._output is None:
            return ()
        certain = self.order.currentIndex() == 1 and self._output.kind == "class"
        return self._output.confident if certain else self._output.worst

    def _draw(self) -> None:
        lines = self._lines
        self.gallery.show_samples([sample_of(line) for line in lines])
        self.words.setText(
            tr("{n} samples, the worst first", n=len(lines)) if lines else tr("No answer was wrong.")
        )

    def table(self) -> Table:
        return sample_rows(self._lines)

    def picture(self) -> QWidget:
        return self.gallery


def sample_of(line: SampleLine) -> Sample:
    """As the gallery draws it."""
    return Sample(
        line.index,
        line.loss if line.loss is not None else math.nan,
        line.truth,
        line.answer,
        line.certain if line.certain is not None else math.nan,
        line.wrong,
        **(looks(line.preview) if line.preview else {}),
    )
