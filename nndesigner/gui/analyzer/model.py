"""The analysis as a table that opens: rows of the network, those of blocks with their parts below them.

It shows what `check/analysis` says and works nothing out. Sorting keeps parts below their block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from nndesigner.base.text import tr
from nndesigner.check.analysis.table import Analysis, Row
from nndesigner.check.analysis.writing import bytes_words, field_sentence, field_words, grouped, size_value
from nndesigner.gui.canvas.faces import short_shape
from nndesigner.gui.plain import tip
from nndesigner.gui.previews import shown_theme

NAME, TYPE, OUTPUT, WEIGHTS, MACS, KEPT, FIELD, STATE = range(8)
TITLES = (
    "Layer",
    "Type",
    "Output",
    "Parameters",
    "Multiply-adds",
    "Kept per sample",
    "Receptive field",
    "State",
)
HELP = {
    OUTPUT: "What leaves the layer, batch left out",
    WEIGHTS: "Learnable numbers",
    MACS: "Multiplications with an addition, for one sample",
    KEPT: "Memory of one sample that stays taken until the backward pass has read it",
    FIELD: "How far a value of the map looks along each axis of the input",
    STATE: "Whether the weights learn",
}
NUMBERS = frozenset({WEIGHTS, MACS, KEPT})
SHARE = Qt.ItemDataRole.UserRole
"""share of the whole, 0 to 1, for columns of numbers; None elsewhere"""
HEAVY = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class AnalysisModel(QAbstractItemModel):
    """Rows are found by their number in the analysis, which every index carries."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.analysis = Analysis(())
        self._number: dict[str, int] = {}
        self._below: dict[str, list[int]] = {"": []}
        self._place: dict[int, int] = {}
        self._sorted: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    def show_analysis(self, analysis: Analysis) -> None:
        """Takes over new rows. Where they are the same nodes as before, what is selected and open stays so."""
        same = [row.key for row in analysis.rows] == [row.key for row in self.analysis.rows]
        if same:
            self.analysis = analysis
            self.sort(*self._sorted)
            last = len(self._below[""]) - 1
            if last >= 0:
                self.dataChanged.emit(self.index(0, 0), self.index(last, STATE))
                for key, below in self._below.items():
                    if key and below:
                        parent = self.index_of(key)
                        self.dataChanged.emit(
                            self.index(0, 0, parent), self.index(len(below) - 1, STATE, parent)
                        )
            return
        self.beginResetModel()
        self.analysis = analysis
        self._number = {row.key: number for number, row in enumerate(analysis.rows)}
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._sorted
        below: dict[str, list[int]] = {"": []}
        for number, row in enumerate(self.analysis.rows):
            below.setdefault(row.parent, []).append(number)
        if column >= 0:
            value = self._key(column)
            for numbers in below.values():
                numbers.sort(key=lambda number: value(self.analysis.rows[number]))
                if order == Qt.SortOrder.DescendingOrder:
                    numbers.reverse()
        self._below = below
        self._place = {number: place for numbers in below.values() for place, number in enumerate(numbers)}

    def _key(self, column: int) -> Callable[[Row], Any]:
        size = self.analysis.in_data
        keys: dict[int, Callable[[Row], Any]] = {
            NAME: lambda row: row.name.casefold(),
            TYPE: lambda row: row.label.casefold(),
            OUTPUT: lambda row: sum(size(t.numel()) or 0 for t in row.outputs.values()),
            WEIGHTS: lambda row: row.weights,
            MACS: lambda row: size(row.macs) or 0,
            KEPT: lambda row: size(row.kept) or 0,
            FIELD: lambda row: max((reach.size for reach in row.reaches.values()), default=Fraction(0)),
            STATE: lambda row: row.state,
        }
        return keys[column]

    # -- finding rows --------------------------------------------------------------------------------------------------
    def row_at(self, index: Index) -> Row:
        return self.analysis.rows[int(index.internalId())]

    def index_of(self, key: str, column: int = 0) -> QModelIndex:
        """The place of a row; an invalid index where there is none."""
        number = self._number.get(key)
        if number is None:
            return QModelIndex()
        return self.createIndex(self._place[number], column, number)

    # -- what Qt asks --------------------------------------------------------------------------------------------------
    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        key = self.row_at(parent).key if parent.isValid() else ""
        below = self._below.get(key, [])
        if not 0 <= row < len(below) or not 0 <= column < len(TITLES):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]
        return self.index_of(self.row_at(index).parent) if index.isValid() else QModelIndex()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        if parent.isValid() and parent.column() > 0:
            return 0
        key = self.row_at(parent).key if parent.isValid() else ""
        return len(self._below.get(key, ()))

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[section])
        if role == Qt.ItemDataRole.ToolTipRole and section in HELP:
            return tip(tr(HELP[section]))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.row_at(index), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._tip(row, column))
        if role == Qt.ItemDataRole.ForegroundRole:
            quiet = not row.used or column in (TYPE, STATE) or not row.known
            return QColor(shown_theme().muted) if quiet else None
        if role == SHARE:
            return self._share(row, column)
        if role == HEAVY:
            return row.key in self.analysis.heavy
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; −1 is the order of the data."""
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        self._sorted = (column, order)
        self._arrange()
        moved = [
            self.createIndex(self._place[int(index.internalId())], index.column(), int(index.internalId()))
            for index in kept
        ]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    # -- cells ---------------------------------------------------------------------------------------------------------
    def _text(self, row: Row, column: int) -> str:
        if column == NAME:
            around = self._number.get(row.parent) if row.parent else None
            return row.name if around is None else row.name[len(self.analysis.rows[around].name) + 1 :]
        if column == TYPE:
            return row.label
        if column == OUTPUT:
            if not row.outputs:
                return "" if row.known else "?"
            return ", ".join(short_shape(type).replace("×", " × ") for type in row.outputs.values())
        if column == FIELD:
            return field_words(row.reaches)
        if column == STATE:
            return row.state
        if column == WEIGHTS:
            return f"{row.weights:,}" if row.weights else ""
        size = row.macs if column == MACS else row.kept
        if size == 0:
            return ""
        value = self.analysis.in_data(size)
        if value is None:
            return str(size)
        return bytes_words(value) if column == KEPT else f"{value:,}"

    def _tip(self, row: Row, column: int) -> str:
        if column == NAME:
            return row.name
        if column == FIELD and row.reaches:
            return field_sentence(row.reaches)
        if column in (MACS, KEPT):
            size = row.macs if column == MACS else row.kept
            words = grouped(size_value(size)) if size != 0 else ""
            return tr("{n} bytes", n=words) if column == KEPT and words else words
        if column == WEIGHTS and row.weights:
            share = self._share(row, column) or 0.0
            return tr("{share} % of all parameters", share=f"{100 * share:.1f}")
        if column == OUTPUT:
            return row.shape
        return ""

    def _share(self, row: Row, column: int) -> float | None:
        shares: Mapping[str, tuple[float, float]] = self.analysis.shares
        if column in (WEIGHTS, MACS):
            return shares[row.key][0 if column == WEIGHTS else 1]
        if column == KEPT and row.used:
            whole = self.analysis.in_data(self.analysis.kept)
            return (self.analysis.in_data(row.kept) or 0) / whole if whole else None
        return None


def _aligned(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
