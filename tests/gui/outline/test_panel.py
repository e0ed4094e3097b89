"""The outline in a real window: in step with the canvas both ways, and worked by keys."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from nndesigner.document.records import Edge, Node
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.outline.panel import OutlinePanel

SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key
SPOKEN, MORE = Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole


@pytest.fixture
def panel(window: MainWindow, qtbot) -> OutlinePanel:
    window.raise_panel("outline")
    found = window.docks["outline"].fill()
    assert isinstance(found, OutlinePanel)
    window.activateWindow()
    qtbot.waitActive(window)
    qtbot.waitUntil(found.isVisible)
    found.tree.setFocus()
    return found


def _add(window: MainWindow, type: str, x: float, **parameters) -> str:
    done = window.session.edit("", "add_node", type=type, x=x, y=0, parameters=parameters)
    return next(iter(done.added))


def _wire(window: MainWindow, source: str, target: str) -> None:
    window.session.edit("", "connect", source=source, out_port="y", target=target, in_port="x")


@pytest.fixture
def chain(window: MainWindow, panel: OutlinePanel) -> list[str]:
    """Added from the end to the beginning: their order comes from the wires."""
    relu, conv = _add(window, "ReLU", 400), _add(window, "Conv2d", 200)
    image = _add(window, "ImageInput", 0, channels=1, height=8, width=8)
    _wire(window, image, conv)
    _wire(window, conv, relu)
    return [image, conv, relu]


def _top(panel: OutlinePanel) -> list[str]:
    return [panel.model.index(i, 0).data() for i in range(panel.model.rowCount())]


def _below(panel: OutlinePanel, place: int) -> list[str]:
    parent = panel.model.index(place, 0)
    return [panel.model.index(i, 0, parent).data() for i in range(panel.model.rowCount(parent))]


def test_layers_stand_in_data_order_with_their_wires_and_problems(window, panel, chain) -> None:
    assert _top(panel) == ["image1", "conv1", "relu1"]
    assert _below(panel, 1) == ["from image1: images → x", "to relu1: y → x"]
    lines = _below(panel, 2)
    assert "from conv1: y → x" in lines and lines[-1].startswith("Output y, not wired yet")


def test_every_row_has_words_for_a_screen_reader(panel, chain) -> None:
    row = panel.model.index(1, 0)
    assert row.data(SPOKEN) == "conv1, Conv 2-D, gives channel 32 × height 8 × width 8"
    assert "Input x from image1" in row.data(MORE) and "Output y to relu1" in row.data(MORE)
    wire = panel.model.index(0, 0, row)
    assert wire.data(SPOKEN) == "from image1: images into x, channel 1 × height 8 × width 8"


def test_rows_are_high_enough_for_their_words(panel, chain) -> None:
    row = panel.tree.visualRect(panel.model.index(0, 0))
    assert row.height() >= panel.tree.fontMetrics().height() + 10


def test_edits_and_undo_are_followed(window, panel, chain) -> None:
    tester = QAbstractItemModelTester(panel.model, QAbstractItemModelTester.FailureReportingMode.QtTest)
    panel.tree.expand(panel.model.index(1, 0))
    window.session.edit("", "remove", ids=[chain[2]])
    assert _top(panel) == ["image1", "conv1"]
    assert _below(panel, 1)[-1].startswith("Output y, not wired yet")
    assert panel.tree.isExpanded(panel.model.index(1, 0))
    window.session.undo()
    assert _top(panel) == ["image1", "conv1", "relu1"]
    window.session.edit("", "remove", ids=chain)
    assert _top(panel) == []
    window.session.undo()
    assert _top(panel) == ["image1", "conv1", "relu1"]
    tester.deleteLater()


def test_selection_goes_both_ways(window, panel, chain) -> None:
    window.canvas.select([chain[1]])
    assert panel.tree.currentIndex().data() == "conv1"
    QTest.keyClick(panel.tree, Key.Key_Down)
    assert window.canvas.selection == {chain[2]}
    QTest.keyClick(panel.tree, Key.Key_Up, SHIFT)
    assert window.canvas.selection == {chain[1], chain[2]}
    QTest.keyClick(panel.tree, Key.Key_Up)
    window.canvas.select([])
    assert not panel.tree.selectionModel().selectedIndexes()


def test_a_wires_row_is_its_wire_and_return_goes_to_its_other_end(window, panel, chain) -> None:
    panel.tree.setCurrentIndex(panel.model.index(1, 0))
    QTest.keyClick(panel.tree, Key.Key_Right)
    QTest.keyClick(panel.tree, Key.Key_Down)
    (id,) = window.canvas.selection
    assert isinstance(window.session.document.get(id), Edge)
    QTest.keyClick(panel.tree, Key.Key_Return)
    assert panel.tree.currentIndex().data() == "image1" and window.canvas.selection == {chain[0]}


def test_del_removes_the_wire_or_the_layer_as_one_edit(window, panel, chain) -> None:
    panel.tree.setCurrentIndex(panel.model.index(1, 0))
    QTest.keyClick(panel.tree, Key.Key_Right)
    QTest.keyClick(panel.tree, Key.Key_Down)
    depth = window.session.editing.history.depth
    QTest.keyClick(panel.tree, Key.Key_Delete)
    assert len(window.session.document.edges) == 1 and window.session.editing.history.depth == depth + 1
    panel.tree.setCurrentIndex(panel.model.index_of((chain[2],)))
    QTest.keyClick(panel.tree, Key.Key_Delete)
    assert chain[2] not in window.session.document


def test_f2_renames_in_place(window, panel, chain) -> None:
    panel.tree.setCurrentIndex(panel.model.index(1, 0))
    QTest.keyClick(panel.tree, Key.Key_F2)
    line = panel.tree.findChild(QLineEdit)
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "stem")
    QTest.keyClick(line, Key.Key_Return)
    QApplication.processEvents()  # the list enters it a moment later
    assert window.session.document.node(chain[1]).name == "stem"
    assert _top(panel) == ["image1", "stem", "relu1"]


def test_return_opens_the_settings(window, panel, chain) -> None:
    panel.tree.setCurrentIndex(panel.model.index(1, 0))
    QTest.keyClick(panel.tree, Key.Key_Return)
    focused = QApplication.focusWidget()
    assert focused is not None and window.inspector.isAncestorOf(focused)


def test_shift_c_wires_onwards_from_the_outline(window, panel, chain) -> None:
    pool = _add(window, "MaxPool2d", 600)
    panel.tree.setCurrentIndex(panel.model.index_of((chain[2],)))
    QTest.keyClick(panel.tree, Key.Key_C, SHIFT)
    popup = window.asking.target_popup
    assert popup.isVisible()
    QTest.keyClick(popup.search_field, Key.Key_Return)
    wire = window.session.document.wire_into(pool, "x")
    assert wire is not None and wire.source == chain[2]


def test_the_menu_is_the_canvas_menu(window, panel, chain, qtbot) -> None:
    panel.tree.setCurrentIndex(panel.model.index(1, 0))
    panel.tree.menu_wanted.emit(QPoint(10, 10))
    menu = next(m for m in window.findChildren(QMenu) if m.isVisible())
    words = [action.text() for action in menu.actions()]
    assert "Connect to…" in words and "Rename" in words
    menu.close()


def test_a_block_opens_and_what_is_inside_can_be_gone_to(window, panel, chain) -> None:
    window.canvas.select(chain[1:])
    window.actions_.run("make-block")
    block = next(node for node in window.session.document.nodes() if node.type == "Block")
    index = panel.model.index_of((block.id,))
    panel.tree.setCurrentIndex(index)
    panel.tree.expand(index)
    lines = [panel.model.index(i, 0, index) for i in range(panel.model.rowCount(index))]
    inner = next(line for line in lines if str(line.data()).startswith("conv"))
    assert "gives channel 32" in inner.data(SPOKEN)
    panel.tree.setCurrentIndex(inner)
    QTest.keyClick(panel.tree, Key.Key_Return)
    assert window.session.network == block.block
    (chosen,) = window.canvas.selection
    assert isinstance(window.session.document.get(chosen), Node)
    assert "conv1" in _top(panel)


def test_five_thousand_rows_follow_an_edit_within_50_ms(window, panel) -> None:
    from nndesigner.document.diff import Diff
    from nndesigner.document.document import Document

    document = window.session.document
    network = document.main.id
    nodes = [
        Node(id=f"n{i}", network=network, type="ReLU", name=f"relu{i}", x=200.0 * i) for i in range(5000)
    ]
    edges = [
        Edge(id=f"e{i}", source=f"n{i}", out_port="y", target=f"n{i + 1}", in_port="x") for i in range(4999)
    ]
    window.session.editing.replace(Document([*document, *nodes, *edges]), saved=True)
    assert panel.model.rowCount() == 5000
    times = []
    for turn in range(8):
        done: Diff | None = window.session.edit("", "rename", node=f"n{700 * turn}", name=f"x{turn}")
        assert done
        panel.model.refresh()
        began = time.process_time()
        panel.model.refresh()
        panel.show_selection(window.canvas.selection)
        times.append(time.process_time() - began)
    assert sorted(times)[4] < 0.05, times
    window.session.edit("", "remove", ids=["n2500"])
    began = time.process_time()
    panel.model.refresh()
    assert time.process_time() - began < 0.05
