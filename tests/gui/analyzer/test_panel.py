"""The analyzer in a real window: rows and canvas select together, the memory follows the batch, tables leave."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from nndesigner.check.analysis.writing import header
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.gui.analyzer.model import NAME, STATE, WEIGHTS
from nndesigner.gui.analyzer.panel import AnalyzerPanel
from nndesigner.gui.main_window import MainWindow
from nndesigner.session.session import Session
from tests.check.test_opened import CONVS, boxed
from tests.networks import DIGIT, DIGIT_IMAGE, chain, digits_cnn

Open = Callable[[Document], tuple[MainWindow, AnalyzerPanel]]


@pytest.fixture
def open_on(make_window: Callable[[Session], MainWindow], session: Session, app: QApplication) -> Open:
    def open_on(document: Document) -> tuple[MainWindow, AnalyzerPanel]:
        session.files.new(document)
        window = make_window(session)
        window.show_project()
        window.actions_.made["analyzer"].trigger()
        app.processEvents()
        panel = window.docks["analyzer"].content
        assert isinstance(panel, AnalyzerPanel) and panel.isVisible()
        return window, panel

    return open_on


def key_of(panel: AnalyzerPanel, name: str) -> str:
    return next(row.key for row in panel.analysis.rows if row.name == name)


def click(
    panel: AnalyzerPanel, name: str, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    index = panel.model.index_of(key_of(panel, name))
    panel.table.scrollTo(index)
    place = panel.table.visualRect(index).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, keys, place)


def selected(panel: AnalyzerPanel) -> list[str]:
    return sorted(row.name for row in panel.selected_rows())


def node(window: MainWindow, name: str) -> str:
    found = window.session.document.node_named(name)
    assert found is not None
    return found.id


def test_a_row_selects_its_node_and_a_node_its_row(open_on: Open) -> None:
    window, panel = open_on(digits_cnn())
    click(panel, "conv1")
    assert window.canvas.selection == {node(window, "conv1")}
    click(panel, "linear1", Qt.KeyboardModifier.ControlModifier)
    assert window.canvas.selection == {node(window, "conv1"), node(window, "linear1")}
    window.canvas.select([node(window, "relu1"), node(window, "pool1")])
    assert selected(panel) == ["pool1", "relu1"]
    window.canvas.select([])
    assert selected(panel) == []


def test_a_click_on_the_canvas_finds_the_row(open_on: Open, app: QApplication) -> None:
    window, panel = open_on(digits_cnn())
    row = window.canvas.arrays.index[node(window, "linear1")]
    x, y = window.canvas.arrays.place[row].tolist()
    window.canvas.fit()
    app.processEvents()
    place = window.canvas.mapFromScene(x + 60, y + 15)
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert selected(panel) == ["linear1"]


def test_a_part_of_a_block_selects_the_block(open_on: Open) -> None:
    document = boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1", "relu1")
    window, panel = open_on(document)
    panel.table.expand(panel.model.index_of(key_of(panel, "part1")))
    click(panel, "part1.norm1")
    assert window.canvas.selection == {node(window, "part1")}
    assert selected(panel) == ["part1.norm1"], "the row that was clicked stays selected"


def test_a_click_on_a_title_sorts_and_the_third_puts_back(open_on: Open) -> None:
    _, panel = open_on(digits_cnn())
    heads = panel.table.header()
    place = QPoint(heads.sectionViewportPosition(WEIGHTS) + 20, heads.height() // 2)
    orders = []
    for _ in range(3):
        QTest.mouseClick(heads.viewport(), Qt.MouseButton.LeftButton, pos=place)
        orders.append([panel.model.index(i, NAME).data() for i in range(panel.model.rowCount())])
    assert {orders[0][-1], orders[1][0]} == {"linear1"}
    assert orders[2] == [row.name for row in panel.analysis.top]


def test_the_memory_follows_the_batch_and_the_plan(open_on: Open) -> None:
    window, panel = open_on(digits_cnn())
    kept = panel.analysis.kept.value
    assert kept and panel.batch.value() == 32
    window.session.edit("", "set_plan", values={"batch_size": 64})
    panel.refresh()
    assert panel.batch.value() == 64 and f"{(16 * 690 + 64 * kept) / 1000:.3g} kB" in panel.memory.text()
    panel.batch.setFocus()
    panel.batch.selectAll()
    QTest.keyClicks(panel.batch, "1000")
    assert f"{(16 * 690 + 1000 * kept) / 1e6:.3g} MB" in panel.memory.text()
    window.session.edit("", "set_plan", values={"batch_size": 8})
    panel.refresh()
    assert panel.batch.value() == 1000, "what was asked here stays"


def test_the_table_follows_edits(open_on: Open, qtbot) -> None:
    window, panel = open_on(digits_cnn())
    window.session.edit("", "set_parameter", node=node(window, "conv1"), parameter="out_channels", value=8)
    qtbot.waitUntil(lambda: panel.analysis.weights == 80 + 8 * 16 * 10 + 10, timeout=3000)
    assert panel.totals.text().startswith("1,370 parameters")


def test_what_differs_from_the_usual_brings_the_column_of_states(open_on: Open) -> None:
    window, panel = open_on(digits_cnn())
    assert panel.table.isColumnHidden(STATE)
    window.session.edit("", "set_learning", ids=[node(window, "conv1")], values={"frozen": True})
    panel.refresh()
    assert not panel.table.isColumnHidden(STATE)
    assert "650 trainable" in panel.totals.text()


def test_heavy_layers_are_marked_and_unmarked(open_on: Open) -> None:
    window, panel = open_on(digits_cnn())
    action = window.actions_.made["mark-heavy"]
    QTest.mouseClick(panel.mark_button, Qt.MouseButton.LeftButton)
    assert set(window.canvas.state.shares) == {node(window, "conv1"), node(window, "linear1")}
    assert action.isChecked()
    action.trigger()
    assert window.canvas.state.shares == {} and not panel.mark_button.isChecked()


def test_marks_follow_edits_while_the_panel_is_out_of_sight(open_on: Open, qtbot) -> None:
    window, panel = open_on(digits_cnn())
    panel.mark_button.click()
    window.raise_panel("problems")
    before = dict(window.canvas.state.shares)
    window.session.edit("", "set_parameter", node=node(window, "conv1"), parameter="out_channels", value=400)
    qtbot.waitUntil(lambda: window.canvas.state.shares != before, timeout=3000)


def test_marks_can_be_asked_for_before_the_panel_was_seen(
    make_window: Callable[[Session], MainWindow], session: Session, app: QApplication
) -> None:
    session.files.new(digits_cnn())
    window = make_window(session)
    window.show_project()
    window.actions_.made["mark-heavy"].trigger()
    assert window.canvas.state.shares


def test_the_table_is_copied_as_spreadsheets_take_it(open_on: Open, app: QApplication) -> None:
    _, panel = open_on(digits_cnn())
    QTest.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    lines = [line.split("\t") for line in app.clipboard().text().splitlines()]
    assert lines[0] == header() and len(lines) == 1 + len(panel.analysis.rows)
    click(panel, "conv1")
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in app.clipboard().text().splitlines()]
    assert [line[0] for line in lines[1:]] == ["conv1"]


def test_export(open_on: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, panel = open_on(digits_cnn())
    chosen = tmp_path / "table"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(chosen), ""))
    panel.csv_action.trigger()
    rows = list(csv.reader(io.StringIO(chosen.with_suffix(".csv").read_text())))
    assert rows[0] == header() and rows[2][0] == "conv1"
    panel.markdown_action.trigger()
    text = chosen.with_suffix(".md").read_text()
    assert text.startswith("| layer |") and "in batches of 32 with Adam" in text


def test_an_empty_project_has_an_empty_table(open_on: Open) -> None:
    _, panel = open_on(edits.new_document())
    assert panel.model.rowCount() == 0 and panel.totals.text().startswith("0 parameters")


def test_the_table_is_of_the_whole_model_wherever_one_looks(window) -> None:
    from nndesigner.gui.commands import editing

    for type in ("TableInput", "Linear", "ReLU", "Output"):
        editing.append(window.desk, type)
    table, linear, relu, _ = window.session.document.nodes()
    window.session.edit("", "set_parameter", node=table.id, parameter="features", value=4)
    window.session.edit("", "make_block", ids=[linear.id, relu.id])
    block = next(node for node in window.session.document.nodes() if node.type == "Block")
    window.raise_panel("analyzer")
    panel = window.docks["analyzer"].fill()
    panel.refresh()
    weights = panel.analysis.weights
    window.session.editing.enter(block.id)
    panel.refresh()
    assert panel.analysis.weights == weights > 0
    window.canvas.select([linear.id])
    assert [row.node for row in panel.selected_rows()] == [linear.id]
    window.session.editing.leave()
    inner = next(row for row in panel.analysis.rows if row.node == linear.id)
    panel._opened_row(panel.model.index_of(inner.key))
    assert window.session.network == block.block and window.canvas.selection == {linear.id}
    top = next(row for row in panel.analysis.rows if row.node == table.id)
    panel.table.selectionModel().clear()
    panel.table.setCurrentIndex(panel.model.index_of(top.key))
    assert window.session.network == window.session.document.main.id
    assert window.canvas.selection == {table.id}
