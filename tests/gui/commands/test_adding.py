"""Wires that are let go over nothing, and layers that are replaced: with the mouse, in a real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from nndesigner.document.records import Node
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.main_window import MainWindow

TYPE = Qt.ItemDataRole.UserRole


def _add(window: MainWindow, type: str, x: float, y: float, **parameters) -> str:
    done = window.session.edit("", "add_node", type=type, x=x, y=y, parameters=parameters)
    return next(iter(done.added))


def _wire(window: MainWindow, source: str, target: str, in_port: str = "x") -> None:
    window.session.edit("", "connect", source=source, out_port="y", target=target, in_port=in_port)


def _at(window: MainWindow, x: float, y: float) -> QPoint:
    return window.canvas.mapFromScene(QPointF(x, y))


def _drag(window: MainWindow, start: QPoint, end: QPoint) -> None:
    port = window.canvas.viewport()
    QTest.mouseMove(port, start)
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.2, 0.5, 0.8, 1.0):
        step = QPointF(start) + (QPointF(end) - QPointF(start)) * share
        QTest.mouseMove(port, step.toPoint())
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)


def _pull(window: MainWindow, node: str, side: int, port: str, by: tuple[float, float]) -> None:
    """Drags a wire from a port by so many scene units, to where nothing is."""
    x, y = window.canvas.arrays.port_place(node, side, port)
    _drag(window, _at(window, x, y), _at(window, x + by[0], y + by[1]))


def _rows(window: MainWindow) -> list[str]:
    rows = window.asking.popup.list
    return [rows.item(i).data(TYPE) for i in range(rows.count()) if rows.item(i).data(TYPE)]


def _click_row(window: MainWindow, type: str) -> None:
    rows = window.asking.popup.list
    item = rows.item(_rows(window).index(type))
    rows.scrollToItem(item)
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(item).center())


def _named(window: MainWindow, type: str) -> Node:
    return next(node for node in window.session.document.nodes() if node.type == type)


@pytest.fixture
def small_image(window: MainWindow) -> str:
    """An image of 2 × 2 on the canvas, in sight."""
    id = _add(window, "ImageInput", 0, 0, channels=3, height=2, width=2)
    window.canvas.centerOn(200, 60)
    return id


def test_a_wire_let_go_brings_what_fits_with_settings_that_suit(window, small_image) -> None:
    depth = window.session.editing.history.depth
    _pull(window, small_image, OUTPUT, "y", (160, 40))
    assert window.asking.popup.isVisible()
    assert _rows(window)[:3] == ["Conv2d", "MaxPool2d", "BatchNorm2d"]
    assert "Linear" not in _rows(window) and "TableInput" not in _rows(window)
    _click_row(window, "Conv2d")
    conv = _named(window, "Conv2d")
    assert conv.parameters == {"kernel_size": [2, 2]}
    assert window.session.document.wire_into(conv.id, "x").source == small_image
    assert window.session.checked.node(conv.id).outputs, "it fits at once"
    assert window.session.editing.history.depth == depth + 1


def test_what_does_not_fit_is_found_and_says_why(window, small_image) -> None:
    _pull(window, small_image, OUTPUT, "y", (160, 40))
    QTest.keyClicks(window.asking.popup.search_field, "linear")
    assert "Linear" in _rows(window) and "N × 3 × 2 × 2" in window.asking.popup.said
    _click_row(window, "Linear")
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Return)
    assert len(window.session.document.nodes()) == 1 and window.asking.popup.isVisible()
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Escape)
    assert not window.asking.popup.isVisible()


def test_a_wire_to_an_input_brings_what_can_feed_it(window) -> None:
    linear = _add(window, "Linear", 0, 0)
    window.canvas.centerOn(0, 0)
    _pull(window, linear, INPUT, "x", (-160, 40))
    assert "Output" not in _rows(window) and "TableInput" in _rows(window)
    _click_row(window, "TableInput")
    assert window.session.document.wire_into(linear, "x").source == _named(window, "TableInput").id


def test_a_layer_is_replaced_from_its_menu_and_keeps_wires_and_settings(window, qtbot) -> None:
    start = _add(window, "SequenceInput", 0, 0, features=30)
    lstm = _add(window, "LSTM", 200, 0, hidden_size=9)
    end = _add(window, "Linear", 400, 0)
    _wire(window, start, lstm)
    _wire(window, lstm, end)
    window.canvas.centerOn(250, 40)
    depth = window.session.editing.history.depth
    place = _at(window, 260, 14)
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.RightButton, pos=place)
    menus = [menu for menu in window.findChildren(QMenu) if menu.isVisible()]
    assert len(menus) == 1
    swap = window.actions_.made["swap"]
    assert swap in menus[0].actions() and swap.isEnabled()
    QTest.mouseClick(menus[0], Qt.MouseButton.LeftButton, pos=menus[0].actionGeometry(swap).center())
    assert window.asking.popup.isVisible()
    assert _rows(window)[0] == "GRU", "of its group, with the same result"
    _click_row(window, "GRU")
    after = window.session.document.node(lstm)
    assert (after.type, after.parameters["hidden_size"]) == ("GRU", 9)
    wires = {(edge.source, edge.target) for edge in window.session.document.edges}
    assert wires == {(start, lstm), (lstm, end)}
    assert window.session.editing.history.depth == depth + 1
    assert window.canvas.selection == {lstm} and window.inspector.form.rows["hidden_size"].editor is not None
    window.session.undo()
    assert window.session.document.node(lstm).type == "LSTM"


def test_a_replacement_for_a_merge_takes_all_its_wires(window) -> None:
    left = _add(window, "TableInput", 0, 0, features=6)
    right = _add(window, "TableInput", 0, 200, features=6)
    add = _add(window, "Add", 240, 80)
    _wire(window, left, add, "a")
    _wire(window, right, add, "b")
    window.activateWindow()
    window.canvas.select([add])
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert _rows(window)[:2] == ["Multiply", "Subtract"] and "Concatenate" in _rows(window)
    QTest.keyClicks(window.asking.popup.search_field, "relu")
    assert "2 arrive" in window.asking.popup.said
    window.asking.popup.search_field.clear()
    _click_row(window, "Concatenate")
    assert window.session.document.wire_into(add, "b").source == right


def test_an_input_is_replaced_by_an_input(window) -> None:
    table = _add(window, "TableInput", 0, 0)
    window.activateWindow()
    window.canvas.select([table])
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    there = {"ImageInput", "SequenceInput", "TokensInput", "ClassInput", "NoiseInput"}
    assert there == set(_rows(window)) - {"Constant", "Parameter"}


def test_without_a_layer_or_with_several_it_says_what_to_select(window) -> None:
    assert window.actions_.why_not("swap") == "Select a layer on the canvas first."
    window.canvas.select([_add(window, "ReLU", 0, 0), _add(window, "ReLU", 0, 100)])
    assert "only one" in window.actions_.why_not("swap")


def test_space_lists_blocks_too_and_uses_one(window: MainWindow, app) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    assert window.asking.popup.isVisible()
    assert "library:Residual" in _rows(window) or any(r.startswith("library:") for r in _rows(window))
    name = next(row for row in _rows(window) if row.startswith("library:"))
    depth = window.session.editing.history.depth
    _click_row(window, name)
    (node,) = window.session.document.nodes(window.session.network)
    assert node.type == "Block" and window.session.editing.history.depth == depth + 1


def test_a_wire_let_go_lists_blocks_behind_the_layers_that_fit(window: MainWindow) -> None:
    image = _add(window, "ImageInput", 0, 0, channels=3, height=16, width=16)
    window.canvas.centerOn(100, 50)
    _pull(window, image, OUTPUT, "y", (60, 90))
    rows = _rows(window)
    library = [row for row in rows if row.startswith("library:")]
    assert library and rows.index(library[0]) > rows.index("Conv2d")
    QTest.keyClicks(window.asking.popup.search_field, "conv-norm")
    assert _rows(window)[0] == "library:Conv-norm-activation"
    depth = window.session.editing.history.depth
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Return)
    (block,) = (n for n in window.session.document.nodes(window.session.network) if n.type == "Block")
    wire = window.session.document.edges_of(block.id)[0]
    assert wire.source == image and wire.target == block.id
    assert window.session.editing.history.depth == depth + 1
