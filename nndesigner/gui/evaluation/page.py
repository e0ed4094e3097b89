"""What a page of the evaluation panel is: it shows one output, and gives what it shows as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from nndesigner.gui.monitors.pictures import short
from nndesigner.runs.evaluations import Evaluation, OutputResult

Table = tuple[Sequence[str], Sequence[Sequence[object]]]


class Page(QWidget):
    """`name` is part of the names of files that are saved. What raises here its kinds give (Qt's classes take no
    abstract methods)."""

    name = ""
    label = ""

    def show_output(self, evaluation: Evaluation, output: OutputResult) -> None:
        raise NotImplementedError

    def table(self) -> Table:
        """What is shown as numbers, for a CSV file."""
        raise NotImplementedError

    def picture(self) -> QWidget:
        """What is saved as a picture."""
        return self


class Cell(QTableWidgetItem):
    """A cell that sorts by its value; one without a value sorts last."""

    def __init__(self, value: object, words: str) -> None:
        super().__init__(words)
        self.value = value
        self.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        if isinstance(value, int | float) or value is None:
            self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        mine, theirs = self.value, getattr(other, "value", None)
        if mine is None or theirs is None:
            return theirs is None and mine is not None
        if isinstance(mine, int | float) and isinstance(theirs, int | float):
            return mine < theirs
        return str(mine) < str(theirs)


class NumberTable(QTableWidget):
    """Rows of numbers under a header; a click on a header sorts by it."""

    def __init__(self, accessible: str) -> None:
        super().__init__()
        self.setAccessibleName(accessible)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(16)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setHighlightSections(False)

    def show_rows(
        self, header: Sequence[str], rows: Sequence[Sequence[object]], *, sortable: bool = True
    ) -> None:
        self.setSortingEnabled(False)
        self.clear()
        self.setColumnCount(len(header))
        self.setRowCount(len(rows))
        for i, name in enumerate(header):
            item = QTableWidgetItem(name)
            numbers = any(isinstance(row[i], int | float) for row in rows if i < len(row))
            side = Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(i, item)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                self.setItem(i, j, Cell(value, said(value)))
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(sortable)
        self.horizontalHeader().setSortIndicatorShown(sortable)

    def rows(self) -> list[list[object]]:
        """The values as they stand now, sorted as they are."""
        return [
            [getattr(self.item(i, j), "value", None) for j in range(self.columnCount())]
            for i in range(self.rowCount())
        ]

    def header(self) -> list[str]:
        found = (self.horizontalHeaderItem(i) for i in range(self.columnCount()))
        return [item.text() if item is not None else "" for item in found]


def said(value: object) -> str:
    """A value as a person reads it: whole numbers in groups of three, others in four digits or so."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if value and not 1e-3 <= abs(value) < 1e6:
        return short(value)
    digits = next(d for d, end in ((4, 10.0), (3, 100.0), (2, 1000.0), (1, 1e6)) if abs(value) < end)
    return f"{value:,.{digits}f}"
