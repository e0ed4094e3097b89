from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from nndesigner.check.analysis.table import analyze
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.gui.analyzer.model import (
    HEAVY,
    KEPT,
    MACS,
    NAME,
    OUTPUT,
    SHARE,
    STATE,
    WEIGHTS,
    AnalysisModel,
)
from tests.check.test_opened import CONVS, boxed
from tests.networks import DIGIT, DIGIT_IMAGE, chain, digits_cnn

DOWN, UP = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder


@pytest.fixture
def model(app: QApplication) -> AnalysisModel:
    made = AnalysisModel()
    made.tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    document = boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1", "relu1", repeat=2)
    document = document.apply(
        edits.set_parameter(document, document.node_named("linear1").id, "out_features", 10)
    )
    made.show_analysis(analyze(check(document)))
    return made


def column(model: AnalysisModel, which: int = NAME, below: str = "") -> list[str]:
    parent = model.index_of(below) if below else QModelIndex()
    return [model.index(i, which, parent).data() for i in range(model.rowCount(parent))]


def block(model: AnalysisModel) -> str:
    return next(row.key for row in model.analysis.rows if row.block)


def test_blocks_open(model: AnalysisModel) -> None:
    assert column(model)[:4] == ["image1", "part1", "pool1", "conv2"]
    key = block(model)
    assert column(model, below=key) == ["0.conv1", "0.norm1", "0.relu1", "1.conv1", "1.norm1", "1.relu1"]
    assert model.index(0, 0, model.index_of(key)).parent() == model.index_of(key)


def test_sorting_keeps_parts_below_their_block(model: AnalysisModel) -> None:
    model.sort(WEIGHTS, DOWN)
    weights = [row.weights for row in model.analysis.top]
    shown = [model.row_at(model.index(i, 0)).weights for i in range(model.rowCount())]
    assert shown == sorted(weights, reverse=True)
    inside = [model.row_at(model.index(i, 0, model.index_of(block(model)))) for i in range(6)]
    assert [row.weights for row in inside] == sorted((row.weights for row in inside), reverse=True)
    model.sort(-1)
    assert column(model)[:3] == ["image1", "part1", "pool1"]


def test_what_is_held_moves_with_its_row(model: AnalysisModel) -> None:
    held = QPersistentModelIndex(model.index_of(block(model)))
    model.sort(NAME, UP)
    assert held.data() == "part1" and held.row() == column(model).index("part1")


def test_cells(app: QApplication) -> None:
    model = AnalysisModel()
    model.show_analysis(analyze(check(digits_cnn())))
    conv = next(row.key for row in model.analysis.rows if row.name == "conv1")
    shown = {c: model.index_of(conv, c).data() for c in range(model.columnCount())}
    assert (shown[OUTPUT], shown[WEIGHTS], shown[MACS]) == ("4 × 8 × 8", "40", "2,304")
    assert (shown[KEPT], shown[STATE]) == ("", "trainable")
    assert model.index_of(conv, WEIGHTS).data(SHARE) == pytest.approx(40 / 690)
    linear = next(row.key for row in model.analysis.rows if row.name == "linear1")
    assert model.index_of(linear).data(HEAVY) is True


def test_the_same_layers_with_other_numbers_change_in_place(model: AnalysisModel) -> None:
    resets = []
    model.modelReset.connect(lambda: resets.append(1))
    held = QPersistentModelIndex(model.index_of(block(model)))
    model.show_analysis(model.analysis)
    assert held.isValid() and not resets
    model.show_analysis(analyze(check(digits_cnn())))
    assert resets and model.rowCount() == 7
