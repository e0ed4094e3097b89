"""The metrics of groups of samples, beside each other: where a network is weaker than its mean says."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from nndesigner.base.text import tr
from nndesigner.gui.evaluation.page import NumberTable, Page, Table
from nndesigner.gui.plain import label
from nndesigner.runs.evaluations import Evaluation, OutputResult
from nndesigner.runs.metric_table import group_rows


class GroupsPage(Page):
    name = "groups"
    label = "Groups"

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 6)
        self.hint = label(
            tr("Choose what to group the samples by, and evaluate: each group gets its own metrics."),
            "muted",
            wrap=True,
        )
        box.addWidget(self.hint)
        self.numbers = NumberTable(tr("Metrics of each group"))
        box.addWidget(self.numbers, 1)
        self._lines: Table = ((), ())

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        self._lines = group_rows(output, evaluation.group_label)
        self.hint.setVisible(not output.groups)
        self.numbers.setVisible(bool(output.groups))
        self.numbers.show_rows(*self._lines)

    def table(self) -> Table:
        return self._lines
