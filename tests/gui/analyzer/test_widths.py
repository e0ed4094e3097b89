"""No number of the table is cut off, and a column that was dragged stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleOptionViewItem

from nndesigner.gui.analyzer.model import MACS, NAME, WEIGHTS
from nndesigner.gui.analyzer.panel import WIDTHS, AnalyzerPanel
from nndesigner.project.reader import open_project

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture
def panel(window) -> AnalyzerPanel:
    window.actions_.made["analyzer"].trigger()
    return window.docks["analyzer"].content


def _cut_off(panel: AnalyzerPanel) -> list[str]:
    """Texts of the number columns that are not shown whole."""
    table, found = panel.table, []
    for row in panel.analysis.rows:
        for column in (WEIGHTS, MACS):
            option = QStyleOptionViewItem()
            option.font, option.fontMetrics = table.font(), table.fontMetrics()
            text = str(panel.model.index_of(row.key, column).data() or "")
            room = table.columnWidth(column) - 8
            if option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room) != text:
                found.append(text)
    return found


def test_the_numbers_of_a_large_network_are_shown_whole(panel: AnalyzerPanel, session) -> None:
    session.files.new(open_project(EXAMPLES / "architectures" / "vgg16.nnd").document)
    panel.refresh()
    assert len(panel.analysis.rows) > 10 and _cut_off(panel) == []


def test_a_column_that_was_dragged_stays_so_and_small_tables_have_the_usual_widths(
    panel: AnalyzerPanel, session
) -> None:
    panel.refresh()
    assert [panel.table.columnWidth(c) for c in range(NAME, MACS)] == list(WIDTHS[:MACS])
    panel.table.header().resizeSection(WEIGHTS, 60)
    session.files.new(open_project(EXAMPLES / "architectures" / "vgg16.nnd").document)
    panel.refresh()
    assert panel.table.columnWidth(WEIGHTS) == 60 and panel.table.columnWidth(MACS) > WIDTHS[MACS]
