"""The overview: every metric that is one number, and for classes which are confused most often."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.evaluation.page import NumberTable, Page, Table
from nndesigner.gui.plain import label
from nndesigner.runs.evaluations import Evaluation, OutputResult
from nndesigner.runs.metric_table import how_asked, mistaken_rows, number_rows, summary_rows

MOST_MISTAKEN = 20


class Overview(Page):
    name = "overview"
    label = "Overview"

    def __init__(self) -> None:
        super().__init__()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 6, 10, 6)
        whole.setSpacing(4)
        self.how = label(role="muted", wrap=True)
        whole.addWidget(self.how)
        row = QHBoxLayout()
        row.setSpacing(18)
        whole.addLayout(row, 1)
        self.metrics = NumberTable(tr("Metrics"))
        self.metrics.setMinimumWidth(120)
        row.addWidget(self.metrics, 2)
        self.beside = QWidget()
        box = QVBoxLayout(self.beside)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        self.title = label(role="muted")
        box.addWidget(self.title)
        self.more = NumberTable(tr("Most often confused"))
        box.addWidget(self.more, 1)
        row.addWidget(self.beside, 3)

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        self.how.setText(how_asked(output))
        self.how.setVisible(bool(output.asked))
        self.metrics.show_rows((tr("metric"), tr("value")), summary_rows(output), sortable=False)
        if output.classes is not None:
            self.title.setText(tr("Most often confused"))
            header, rows = mistaken_rows(output.classes)
            self.more.show_rows(header, rows[:MOST_MISTAKEN])
            self.beside.setVisible(bool(rows))
        elif output.numbers is not None:
            self.title.setText(tr("Numbers of the target"))
            header, rows = number_rows(output.numbers)
            self.more.show_rows(header, rows)
            self.beside.setVisible(len(rows) > 1)
        else:
            self.beside.hide()

    def table(self) -> Table:
        return self.metrics.header(), self.metrics.rows()
