"""Inside a block: expressions in fields, the page of the block, how layers learn."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QToolButton

from nndesigner.base.fields import BadValue
from nndesigner.document.records import Network, Node
from nndesigner.gui.commands import editing
from nndesigner.gui.inspector.expressions import typed
from nndesigner.layers.catalogue import layer


@pytest.fixture
def inside(window):
    """A block with the parameter `width` = 16 around linear → relu, used with 24, and entered."""
    for type in ("TableInput", "Linear", "ReLU", "Linear", "Output"):
        editing.append(window.desk, type)
    table, linear, relu, *_ = window.session.document.nodes()
    window.session.edit("", "set_parameter", node=table.id, parameter="features", value=64)
    window.session.edit("", "make_block", ids=[linear.id, relu.id], name="cell")
    block = next(n for n in window.session.document.nodes() if n.type == "Block")
    parameters = [{"name": "width", "default": 16, "minimum": 1}]
    window.session.edit("", "set_network", network=block.block, parameters=parameters)
    window.session.edit("", "set_parameter", node=block.id, parameter="width", value=24)
    window.activateWindow()
    window.session.editing.enter(block.id)
    window.linear, window.block = linear.id, block.id
    return window


def _type(line, text: str) -> None:
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    QApplication.processEvents()


def _hint(window, name: str) -> str:
    found = window.inspector.form.rows[name].findChild(QLabel, f"hint:{name}")
    return found.text() if found.isVisible() else ""


# -- what is typed -------------------------------------------------------------------------------------------------
def test_what_a_text_means() -> None:
    units = layer("Linear").field("out_features")
    kernel = layer("Conv2d").field("kernel_size")
    mode = layer("Conv2d").field("padding_mode")
    names = {"width": 8, "kernel": 3, "mode": "reflect"}
    assert typed(units, "12", names) == 12
    assert typed(units, "width*4", names) == typed(units, "=width*4", names) == "=width*4"
    assert typed(kernel, "kernel", names) == "=kernel"
    assert typed(kernel, "kernel, 1", names) == ["=kernel", 1]
    assert typed(kernel, "3 x 5", names) == (3, 5)
    assert typed(mode, "mode", names) == "=mode" and typed(mode, "zeros", names) == "zeros"
    with pytest.raises(BadValue, match="“widht” is not known here"):
        typed(units, "widht * 2", names)
    with pytest.raises(BadValue, match="whole number"):
        typed(units, "2 +", names)
    with pytest.raises(BadValue, match="lies between"):
        typed(units, "=width - 8", names)
    with pytest.raises(BadValue, match="whole number"):
        typed(units, "width", None)


def test_an_expression_is_typed_and_says_what_it_comes_to(inside) -> None:
    inside.canvas.select([inside.linear])
    _type(inside.inspector.form.rows["out_features"].editor.line, "width*2")
    assert inside.session.document.node(inside.linear).parameters["out_features"] == "=width*2"
    assert inside.inspector.form.rows["out_features"].editor.line.text() == "=width*2"
    assert _hint(inside, "out_features") == "= 48", "as it is in the use that was entered"
    inside.session.edit("", "set_parameter", node=inside.block, parameter="width", value=5)
    assert _hint(inside, "out_features") == "= 10"
    inside.inspector.form.rows["out_features"].back.click()
    assert "out_features" not in inside.session.document.node(inside.linear).parameters
    assert _hint(inside, "out_features") == ""


def test_an_unknown_name_is_said_and_changes_nothing(inside) -> None:
    inside.canvas.select([inside.linear])
    before = inside.session.document
    row = inside.inspector.form.rows["out_features"]
    _type(row.editor.line, "breadth * 2")
    assert "“breadth” is not known here" in row.sentence.text() and "width" in row.sentence.text()
    assert inside.session.document is before


def test_names_are_completed(inside) -> None:
    inside.canvas.select([inside.linear])
    editor = inside.inspector.form.rows["out_features"].editor
    editor.line.setFocus()
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "2 * wi")
    popup = editor._completion.completer.popup()
    assert popup.isVisible()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert editor.line.text() == "2 * width"
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert inside.session.document.node(inside.linear).parameters["out_features"] == "=2 * width"


def test_a_tick_can_be_said_by_an_expression(inside) -> None:
    inside.canvas.select([inside.linear])
    inside.inspector.form.open_more(True)
    row = inside.inspector.form.rows["bias"]
    switch = row.findChild(QToolButton, "formula:bias")
    assert switch.isVisible()
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    _type(row._formula.line, "width > 20")
    assert inside.session.document.node(inside.linear).parameters["bias"] == "=width > 20"
    assert _hint(inside, "bias") == "= yes"
    inside.session.undo()
    assert row.findChild(QCheckBox).isVisible() and not switch.isChecked()


def test_the_main_network_takes_no_expressions(inside) -> None:
    inside.session.editing.leave()
    last = next(n for n in inside.session.document.nodes() if n.type == "Linear")
    inside.canvas.select([last.id])
    row = inside.inspector.form.rows["out_features"]
    _type(row.editor.line, "2*3")
    assert "whole number" in row.sentence.text()
    inside.inspector.form.open_more(True)
    assert not inside.inspector.form.rows["bias"].findChild(QToolButton, "formula:bias").isVisible()


# -- the page of a block -------------------------------------------------------------------------------------------
def _page(window):
    window.canvas.select([])
    page = window.inspector.widget()
    assert page.block is not None
    return page.block


def _network(window) -> Network:
    found = window.session.document.get(window.session.network)
    assert isinstance(found, Network)
    return found


def test_name_and_help_are_entered(inside) -> None:
    page = _page(inside)
    _type(page.name, "Better cell")
    assert _network(inside).name == "Better cell"
    page.help.setFocus()
    QTest.keyClicks(page.help, "What it does.")
    inside.canvas.setFocus()
    assert _network(inside).help == "What it does."
    _type(page.name, inside.session.document.main.name)
    assert "already named" in page.sentence.text() and _network(inside).name == "Better cell"


def test_parameters_are_added_changed_reordered_and_removed(inside) -> None:
    page = _page(inside)
    QTest.mouseClick(page.parameters.add, Qt.MouseButton.LeftButton)
    assert [p.name for p in _network(inside).parameters] == ["width", "channels"]
    _type(page.form.rows["name"].editor.line, "depth")
    assert [p.name for p in _network(inside).parameters] == ["width", "depth"]
    _type(page.form.rows["minimum"].editor.line, "2")
    assert "does not fit" in page.sentence.text(), "its default is 1"
    _type(page.form.rows["default"].editor.line, "6")
    _type(page.form.rows["minimum"].editor.line, "2")
    depth = _network(inside).parameters[1]
    assert (depth.default, depth.minimum) == (6, 2.0) and page.sentence.text() == ""
    page.form.rows["sort"].editor.combo.setCurrentIndex(3)
    depth = _network(inside).parameters[1]
    assert (depth.sort, depth.choices, depth.minimum) == ("choice", ("a", "b"), None)
    _type(page.form.rows["choices"].editor.line, "relu, gelu")
    assert _network(inside).parameters[1].choices == ("relu", "gelu")
    assert _network(inside).parameters[1].default == "relu"
    QTest.mouseClick(page.parameters.up, Qt.MouseButton.LeftButton)
    assert [p.name for p in _network(inside).parameters] == ["depth", "width"]
    assert page.parameters.list.currentRow() == 0
    QTest.mouseClick(page.parameters.remove, Qt.MouseButton.LeftButton)
    assert [p.name for p in _network(inside).parameters] == ["width"]


def test_a_renamed_parameter_keeps_its_meaning(inside) -> None:
    inside.session.edit("", "set_parameter", node=inside.linear, parameter="out_features", value="=width + 1")
    weights = inside.session.whole.weights
    page = _page(inside)
    page.parameters.list.setCurrentRow(0)
    depth = inside.session.editing.history.depth
    _type(page.form.rows["name"].editor.line, "units")
    assert inside.session.document.node(inside.linear).parameters["out_features"] == "=units + 1"
    assert inside.session.document.node(inside.block).parameters == {"units": 24}
    assert inside.session.whole.weights == weights
    assert inside.session.editing.history.depth == depth + 1
    _type(page.form.rows["name"].editor.line, "index")
    assert "cannot name a parameter" in page.sentence.text()


def test_ports_are_reordered(inside) -> None:
    inside.session.edit("", "add_node", type="BlockInput", network=inside.session.network, name="skip")
    page = _page(inside)
    lines = [page.inputs.list.item(i).text() for i in range(page.inputs.list.count())]
    assert sorted(lines) == ["skip", "x"]
    page.inputs.list.setCurrentRow(1)
    QTest.mouseClick(page.inputs.up, Qt.MouseButton.LeftButton)
    assert [page.inputs.list.item(i).text() for i in range(2)] == lines[::-1]
    inside.session.editing.leave()
    outline = inside.canvas.arrays.outlines[
        inside.canvas.arrays.form[inside.canvas.arrays.index[inside.block]]
    ]
    assert list(outline.inputs) == lines[::-1]


def test_the_page_of_a_use_follows_the_block(inside) -> None:
    inside.session.editing.leave()
    inside.canvas.select([inside.block])
    assert list(inside.inspector.form.rows) == ["width", "repeat"]
    block = inside.session.document.node(inside.block).block
    parameters = [{"name": "width", "default": 16}, {"name": "deep", "sort": "bool", "default": False}]
    inside.session.edit("", "set_network", network=block, parameters=parameters)
    assert list(inside.inspector.form.rows) == ["width", "deep", "repeat"]
    _type(inside.inspector.form.rows["repeat"].editor.line, "3")
    assert inside.session.document.node(inside.block).parameters["repeat"] == 3
    assert inside.canvas.faces.mark(inside.block).stack == 2
    assert inside.canvas.faces.face(inside.block).card.startswith("× 3")


# -- how it learns -------------------------------------------------------------------------------------------------
def test_learning_is_set_where_there_are_weights(inside) -> None:
    inside.canvas.select([inside.linear])
    form = inside.inspector.widget().learning.form
    form.rows["frozen"].editor.box.setFocus()
    QTest.keyClick(form.rows["frozen"].editor.box, Qt.Key.Key_Space)
    assert inside.session.document.node(inside.linear).learning == {"frozen": True}
    form.open_more(True)
    form.rows["weight"].editor.combo.setCurrentIndex(form.rows["weight"].editor.combo.findData("orthogonal"))
    assert inside.session.document.node(inside.linear).learning["weight"] == "orthogonal"
    relu = next(n for n in inside.session.document.nodes(inside.session.network) if n.type == "ReLU")
    inside.canvas.select([relu.id])
    assert list(inside.inspector.widget().learning.form.rows) == ["bypass"]


def test_bypass_by_an_expression(inside) -> None:
    relu = next(n for n in inside.session.document.nodes(inside.session.network) if n.type == "ReLU")
    inside.canvas.select([relu.id])
    form = inside.inspector.widget().learning.form
    form.open_more(True)
    row = form.rows["bypass"]
    QTest.mouseClick(row.switch, Qt.MouseButton.LeftButton)
    _type(row._formula.line, "width < 30")
    assert inside.session.document.node(relu.id).bypass == "=width < 30"
    assert row.hint.text() == "= yes" and inside.canvas.faces.mark(relu.id).bypassed


def test_an_expression_that_is_shown_takes_no_keyboard(inside, qtbot) -> None:
    relu = next(n for n in inside.session.document.nodes(inside.session.network) if n.type == "ReLU")
    inside.raise_panel("inspector")
    inside.activateWindow()
    inside.canvas.select([relu.id])
    form = inside.inspector.widget().learning.form
    form.open_more(True)
    row = form.rows["bypass"]
    qtbot.waitUntil(row.isVisible)
    inside.canvas.setFocus()
    inside.session.edit("", "set_bypass", ids=[relu.id], bypass="=width < 30")
    assert row._formula.isVisible() and row.switch.isChecked()
    assert inside.canvas.hasFocus()


def test_whose_weights_a_layer_uses_is_chosen(inside) -> None:
    inside.session.editing.leave()
    last = next(n for n in inside.session.document.nodes() if n.type == "Linear")
    copy = next(
        r for r in inside.session.edit("", "add_node", type="Linear", network=last.network).added.values()
    )
    assert isinstance(copy, Node)
    inside.canvas.select([copy.id])
    form = inside.inspector.widget().learning.form
    form.open_more(True)
    combo = form.rows["shares"].editor.combo
    assert [combo.itemText(i) for i in range(combo.count())] == ["its own", last.name]
    combo.setCurrentIndex(1)
    assert inside.session.document.node(copy.id).shares == last.id
