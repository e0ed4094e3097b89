"""How wide the columns of the analyzer are: as their longest text asks for, until somebody drags one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QTreeView

from nndesigner.gui.analyzer.model import KEPT, MACS, TYPE, WEIGHTS, AnalysisModel

FITTED = (TYPE, WEIGHTS, MACS, KEPT)
"""the columns whose texts are as long as the network is large"""
AROUND = 26
"""room beside a text"""
WIDEST = 240


class Widths:
    """`usual` are the widths that columns have at least."""

    def __init__(self, table: QTreeView, model: AnalysisModel, usual: Mapping[int, int]) -> None:
        self._table, self._model, self._usual = table, model, usual
        self._dragged: set[int] = set()
        self._fitting = False
        heads = table.header()
        for column, width in usual.items():
            heads.resizeSection(column, width)
        heads.sectionResized.connect(self._resized)

    def fit(self) -> None:
        """The rows are others, or have other texts."""
        metrics = self._table.fontMetrics()
        self._fitting = True
        for column in FITTED:
            if column not in self._dragged:
                rows = self._model.analysis.rows
                texts = (str(self._model.index_of(row.key, column).data() or "") for row in rows)
                wide = metrics.horizontalAdvance(max(texts, key=len, default="")) + AROUND
                self._table.header().resizeSection(column, min(max(self._usual[column], wide), WIDEST))
        self._fitting = False

    def _resized(self, column: int, before: int, after: int) -> None:
        if not self._fitting and before and after:
            self._dragged.add(column)
