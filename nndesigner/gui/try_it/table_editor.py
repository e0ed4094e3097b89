"""A row of a table to try: a slider and a field for every number, a list for every category.

Ranges and typical values are those of the training samples, as the field tells them. An empty number is a missing one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.gui.plain import Elided, label, set_tip
from nndesigner.gui.try_it.editor import Editor, Value

STEPS = 200
MOST_ROWS = 60
"""columns with a slider; the others stay as they are in the sample"""


class NumberCell(QWidget):
    """A number of a column: a slider over the range of the data beside a line to type in."""

    changed = Signal()

    def __init__(self, name: str, low: float, high: float, whole: bool, may_miss: bool) -> None:
        super().__init__()
        self._low, self._high, self._may_miss = low, high, may_miss
        self._steps = int(high - low) if whole and 0 < high - low <= 1000 else STEPS
        self._whole = whole
        self.number = math.nan
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, self._steps)
        self.slider.setMinimumWidth(56)
        self.slider.setAccessibleName(tr("{label}, slider", label=name))
        self.slider.valueChanged.connect(self._slid)
        self.slider.setEnabled(high > low)
        row.addWidget(self.slider, 1)
        self.line = QLineEdit()
        self.line.setFixedWidth(76)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.setPlaceholderText(tr("missing") if may_miss else "")
        self.line.setAccessibleName(name)
        set_tip(
            self.line,
            tr("In the data from {low:g} to {high:g}.", low=float(f"{low:.6g}"), high=float(f"{high:.6g}")),
        )
        self.line.editingFinished.connect(self._typed)
        row.addWidget(self.line)

    def show_number(self, number: float) -> None:
        self.number = float(number)
        with QSignalBlocker(self.slider):
            if math.isfinite(self.number) and self._high > self._low:
                share = (self.number - self._low) / (self._high - self._low)
                self.slider.setValue(round(min(max(share, 0.0), 1.0) * self._steps))
        self.line.setText("" if math.isnan(self.number) else f"{self.number:.5g}")

    def _slid(self, step: int) -> None:
        number = self._low + (self._high - self._low) * step / self._steps
        self.number = round(number) if self._whole else number
        self.line.setText(f"{self.number:.5g}")
        self.changed.emit()

    def _typed(self) -> None:
        text = self.line.text().strip().replace(",", ".")
        if text == ("" if math.isnan(self.number) else f"{self.number:.5g}"):
            return
        try:
            number = float(text) if text else math.nan
        except ValueError:
            self.show_number(self.number)
            return
        if not math.isfinite(number) and not (self._may_miss and not text):
            self.show_number(self.number)
            return
        self.show_number(number)
        self.changed.emit()


class CategoryCell(QComboBox):
    changed = Signal()

    def __init__(self, name: str, names: list[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        for code, word in enumerate(names):
            self.addItem(word, float(code))
        self.addItem(tr("(none of them)"), math.nan)
        self.activated.connect(lambda _: self.changed.emit())

    @property
    def number(self) -> float:
        found = self.currentData()
        return float(found) if found is not None else math.nan

    def show_number(self, number: float) -> None:
        known = math.isfinite(number) and 0 <= int(number) < self.count() - 1
        with QSignalBlocker(self):
            self.setCurrentIndex(int(number) if known else self.count() - 1)


class TableEditor(Editor):
    takes = "Tables (*.csv *.tsv *.txt *.npy *.npz)"

    def __init__(self, field: DataField) -> None:
        super().__init__(field)
        described: list[dict[str, Any]] = list(field.statistics.get("columns", ()))
        prepared: list[dict[str, Any]] = list(field.preparation.get("columns", ()))
        count = (
            len(prepared) or len(described) or len(field.columns) or (field.sizes[-1] if field.sizes else 0)
        )
        self._values = np.full(count, math.nan, np.float32)
        self._typical = np.full(count, math.nan if prepared else 0.0, np.float32)
        self.cells: list[NumberCell | CategoryCell] = []
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        for i in range(count):
            told = described[i] if i < len(described) else {}
            how = prepared[i] if i < len(prepared) else {}
            names = field.columns
            name = names[i] if i < len(names) else str(told.get("name") or tr("column {n}", n=i + 1))
            if how.get("kind") == "category":
                words = [str(word) for word in how.get("names", range(int(how.get("size", 0))))]
                counts: dict[str, int] = dict(told.get("counts", {}))
                most = max(counts, key=lambda word: counts[word]) if counts else ""
                self._typical[i] = words.index(most) if most in words else 0
            else:
                self._typical[i] = float(told.get("mean", how.get("fill", 0.0)))
            if i >= MOST_ROWS:
                continue
            if how.get("kind") == "category":
                cell: NumberCell | CategoryCell = CategoryCell(name, words)
            else:
                mean = float(self._typical[i])
                low = float(told.get("minimum", mean - 3 * float(how.get("scale", 1.0))))
                high = float(told.get("maximum", mean + 3 * float(how.get("scale", 1.0))))
                cell = NumberCell(name, low, high, _whole(told), bool(prepared))
                if _whole(told):
                    self._typical[i] = round(mean)
            cell.changed.connect(lambda i=i: self._set(i))
            shown = Elided(name)
            shown.setMinimumWidth(64)
            grid.addWidget(shown, i, 0)
            grid.addWidget(cell, i, 1)
            self.cells.append(cell)
        box.addLayout(grid)
        if count > MOST_ROWS:
            box.addWidget(
                label(
                    tr("{n} further columns stay as they are in the sample.", n=count - MOST_ROWS),
                    role="muted",
                    wrap=True,
                )
            )
        self.typical = QPushButton(tr("Typical values"))
        self.typical.setAutoDefault(False)
        set_tip(
            self.typical,
            tr("The mean of every number and the most frequent category, over the training samples."),
        )
        self.typical.clicked.connect(self.show_typical)
        box.addWidget(self.typical, 0, Qt.AlignmentFlag.AlignLeft)

    def value(self) -> Value | None:
        return self._values.copy()

    def show_value(self, value: Value) -> None:
        self._values = np.asarray(value, np.float32).reshape(-1).copy()
        for cell, number in zip(self.cells, self._values.tolist(), strict=False):
            cell.show_number(number)

    def start(self) -> None:
        self.show_value(self._typical)

    def show_typical(self) -> None:
        self.show_value(self._typical)
        self.changed.emit()

    def _set(self, i: int) -> None:
        self._values[i] = self.cells[i].number
        self.changed.emit()


def _whole(told: dict[str, Any]) -> bool:
    """Whether all values of a column are whole, as far as its histogram tells: such ones have a bin each."""
    histogram = told.get("histogram")
    if not isinstance(histogram, dict) or "minimum" not in told:
        return False
    ends = float(histogram.get("start", 0.0)), float(histogram.get("end", 0.0))
    low, high = float(told["minimum"]), float(told["maximum"])
    return ends == (low - 0.5, high + 0.5) and high > low and low % 1 == 0 and high % 1 == 0
