"""Blocks with a real window: made, entered, left, used, dissolved and undone by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from nndesigner.document.records import Network, Node
from nndesigner.gui.canvas.geometry import HEADER, WIDTH
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.tips import tip
from nndesigner.gui.commands import blocks, editing
from nndesigner.gui.context_menus import show_palette_menu
from nndesigner.gui.inspector.learning_form import LearningForm
from nndesigner.gui.palette import LAYER_MIME


@pytest.fixture
def made(window):
    """table → linear → relu → linear → output, with the keyboard on the canvas."""
    for type in ("TableInput", "Linear", "ReLU", "Linear", "Output"):
        editing.append(window.desk, type)
    table = window.session.document.nodes()[0]
    window.session.edit("", "set_parameter", node=table.id, parameter="features", value=64)
    window.canvas.fit()
    window.canvas.select([])
    window.activateWindow()
    window.canvas.setFocus()
    return window


def _named(window, name: str, network: str | None = None) -> Node:
    found = window.session.document.node_named(name, network)
    assert found is not None, name
    return found


def _middle(window, id: str) -> QPoint:
    node = window.session.document.node(id)
    return window.canvas.mapFromScene(QPointF(node.x + WIDTH / 2, node.y + HEADER / 2 + 4))


def _click(window, name: str, *modifiers: Qt.KeyboardModifier, network: str | None = None) -> str:
    id = _named(window, name, network).id
    held = modifiers[0] if modifiers else Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, held, _middle(window, id))
    return id


def _key(window, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    QTest.keyClick(window.canvas, key, held)
    QApplication.processEvents()


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _block(window) -> Node:
    """Makes a block of the first linear layer and the activation, as a person does."""
    _click(window, "linear1")
    _click(window, "relu1", SHIFT)
    _key(window, Qt.Key.Key_G, CTRL)
    return next(node for node in window.session.document.nodes() if node.type == "Block")


def _steps(window) -> list[str]:
    return [step.text() for step in window.breadcrumb.steps]


def test_made_entered_left_dissolved_and_undone(made) -> None:
    before = made.session.document
    block = _block(made)
    assert made.canvas.selection == {block.id}
    assert made.session.editing.undo_name == "Make a block"
    assert not made.breadcrumb.isVisible()
    weights = made.status.weights.text

    QTest.mouseDClick(
        made.canvas.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        _middle(made, block.id),
    )
    assert made.session.network == block.block == made.canvas.arrays.network
    assert made.breadcrumb.isVisible() and _steps(made)[1:] == [block.name]
    inside = {node.type for node in made.session.document.nodes(block.block)}
    assert inside == {"BlockInput", "Linear", "ReLU", "BlockOutput"}
    assert made.status.weights.text == weights, "counts are of the whole model"

    _key(made, Qt.Key.Key_Escape)
    assert made.session.network == made.session.document.main.id
    assert made.canvas.selection == {block.id}, "the block that was left is selected"
    assert not made.breadcrumb.isVisible()

    _key(made, Qt.Key.Key_G, CTRL, SHIFT)
    assert {n.type for n in made.session.document.nodes()} == {"TableInput", "Linear", "ReLU", "Output"}
    assert len(made.session.document.networks) == 1
    _key(made, Qt.Key.Key_Z, CTRL)
    _key(made, Qt.Key.Key_Z, CTRL)
    assert made.session.document == before


def test_keys_enter_and_leave(made) -> None:
    block = _block(made)
    for enter, leave in (
        (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp),
        (Qt.Key.Key_Return, Qt.Key.Key_PageUp),
        (Qt.Key.Key_Return, Qt.Key.Key_Escape),
    ):
        assert made.canvas.selection == {block.id}
        _key(made, enter)
        assert made.session.network == block.block, enter
        _key(made, leave)
        assert made.session.network == made.session.document.main.id, leave


def test_escape_unwinds_the_selection_before_the_block(made) -> None:
    block = _block(made)
    _key(made, Qt.Key.Key_PageDown)
    linear = _click(made, "linear1", network=block.block)
    assert made.canvas.selection == {linear}
    _key(made, Qt.Key.Key_Escape)
    assert made.canvas.selection == frozenset() and made.session.network == block.block
    _key(made, Qt.Key.Key_Escape)
    assert made.session.network == made.session.document.main.id


def test_the_breadcrumb_leads_back_to_any_step(made) -> None:
    inner = _block(made)
    _key(made, Qt.Key.Key_G, CTRL)
    outer = next(n for n in made.session.document.nodes() if n.type == "Block")
    _key(made, Qt.Key.Key_Return)
    made.canvas.select([inner.id])
    _key(made, Qt.Key.Key_Return)
    assert made.session.network == inner.block
    assert _steps(made) == [
        made.session.document.main.name,
        outer.name,
        made.session.document.node(inner.id).name,
    ]
    QTest.mouseClick(made.breadcrumb.steps[1], Qt.MouseButton.LeftButton)
    assert made.session.network == outer.block and made.canvas.selection == {inner.id}
    QTest.mouseClick(made.breadcrumb.steps[0], Qt.MouseButton.LeftButton)
    assert made.session.network == made.session.document.main.id and made.canvas.selection == {outer.id}


def test_undo_shows_where_it_happened(made) -> None:
    block = _block(made)
    _key(made, Qt.Key.Key_PageDown)
    linear = _named(made, "linear1", block.block)
    made.session.edit("", "set_parameter", node=linear.id, parameter="out_features", value=32)
    _key(made, Qt.Key.Key_PageUp)
    _key(made, Qt.Key.Key_Z, CTRL)
    assert made.session.network == block.block == made.canvas.arrays.network
    assert made.breadcrumb.isVisible()


def test_each_network_is_looked_at_as_before(made, tmp_path) -> None:
    block = _block(made)
    made.canvas.set_zoom(0.8)
    _key(made, Qt.Key.Key_PageDown)
    QApplication.processEvents()
    made.canvas.set_zoom(1.6)
    _key(made, Qt.Key.Key_PageUp)
    assert made.canvas.scale_now == pytest.approx(0.8)
    _key(made, Qt.Key.Key_PageDown)
    assert made.canvas.scale_now == pytest.approx(1.6)
    made.session.files.save_as(tmp_path / "kept.nnd")
    made.keep_view()
    made.session.files.open(tmp_path / "kept.nnd")
    made.show_project()
    assert made.session.network == made.session.document.main.id
    assert made.canvas.scale_now == pytest.approx(0.8)
    made.session.editing.enter(block.id)
    assert made.canvas.scale_now == pytest.approx(1.6)


def test_a_problem_inside_a_block_leads_inside(made) -> None:
    block = _block(made)
    wire = made.session.document.edges_in(block.block)[0]
    made.session.edit("", "remove", ids=[wire.id])
    row = next(row for row in made.problems_panel.rows if row.way)
    assert row.way.startswith(f"{block.name} › ")
    assert block.id in made.canvas.faces.severities, "the block carries the badge"
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert made.session.network == block.block
    assert made.canvas.selection == {row.problem.where.node}
    assert made.actions_.why_not("train")


# -- what a layer means to the model -------------------------------------------------------------------------------
def test_bypass_is_a_switch(made) -> None:
    relu = _click(made, "relu1")
    _key(made, Qt.Key.Key_M)
    assert made.session.document.node(relu).bypass is True
    assert made.canvas.faces.mark(relu).bypassed
    assert made.actions_.made["bypass"].isChecked()
    _key(made, Qt.Key.Key_M)
    assert made.session.document.node(relu).bypass is False
    _click(made, "table1")
    assert "no way through" in made.actions_.why_not("bypass")


def test_the_layer_selected_first_lends_its_weights(made) -> None:
    first = _click(made, "linear2")
    second = _click(made, "linear1", SHIFT)
    made.actions_.run("share-weights")
    assert made.session.document.node(second).shares == first
    assert made.canvas.faces.owner(second) == "linear2"
    assert made.canvas.faces.mark(second).shares
    made.actions_.run("unshare-weights")
    assert made.session.document.node(second).shares == ""
    _click(made, "relu1")
    assert "two or more" in made.actions_.why_not("share-weights")


def test_freezing(made) -> None:
    linear = _click(made, "linear1")
    made.actions_.run("freeze")
    assert made.session.document.node(linear).frozen and made.actions_.made["freeze"].isChecked()
    made.actions_.run("freeze")
    assert not made.session.document.node(linear).learning
    _click(made, "relu1")
    assert "no weights" in made.actions_.why_not("freeze")


def test_grey_commands_say_what_stands_in_the_way(made) -> None:
    _click(made, "table1")
    assert "stays outside" in made.actions_.why_not("make-block")
    assert "block" in made.actions_.why_not("dissolve-block")
    assert "main network" in made.actions_.why_not("leave-block")


# -- the palette ---------------------------------------------------------------------------------------------------
def _item(window, label: str):
    return next(
        child
        for top in window.palette_panel.tree.tops()
        for i in range(top.childCount())
        if (child := top.child(i)) is not None and child.text(0) == label
    )


def test_the_palette_lists_blocks_and_uses_them_by_double_click(made) -> None:
    block = _block(made)
    graph = made.session.document.get(block.block)
    assert isinstance(graph, Network)
    made.canvas.select([_named(made, "linear2").id])
    tree = made.palette_panel.tree
    item = _item(made, graph.name)
    tree.scrollToItem(item)
    at = tree.visualItemRect(item).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    users = [n for n in made.session.document.nodes() if n.block == graph.id]
    assert len(users) == 2
    fresh = next(n for n in users if n.id != block.id)
    assert made.session.document.wire_into(fresh.id, "x").source == _named(made, "linear2").id
    made.session.undo()
    assert len([n for n in made.session.document.nodes() if n.block == graph.id]) == 1, "one step"


def test_a_block_cannot_be_used_inside_itself(made) -> None:
    block = _block(made)
    graph = made.session.document.get(block.block)
    _item(made, graph.name)
    _key(made, Qt.Key.Key_PageDown)
    with pytest.raises(StopIteration):
        _item(made, graph.name)
    assert _item(made, "Block input").text(0) == "Block input"
    assert blocks.add(made.desk, f"block:{graph.id}", 0, 0) == ""
    assert "inside itself" in made.status.sentence


def _drop(window, word: str, scene: QPointF) -> None:
    data = QMimeData()
    data.setData(LAYER_MIME, word.encode())
    place = QPointF(window.canvas.mapFromScene(scene))
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    held = Qt.KeyboardModifier.NoModifier
    window.canvas.dragEnterEvent(QDragEnterEvent(place.toPoint(), actions, data, button, held))
    window.canvas.dropEvent(QDropEvent(place, actions, data, button, held))


def test_a_library_block_dropped_on_a_wire_goes_in_between(made) -> None:
    first, second = _named(made, "table1"), _named(made, "linear1")
    middle = QPointF((first.x + WIDTH + second.x) / 2, first.y + HEADER / 2)
    _drop(made, "library:Conv-norm-activation", middle)
    user = next(n for n in made.session.document.nodes() if n.type == "Block")
    assert made.session.document.wire_into(user.id, "x").source == first.id
    assert made.session.document.wire_into(second.id, "x").source == user.id
    assert made.canvas.selection == {user.id}
    _drop(made, "library:Conv-norm-activation", QPointF(first.x, first.y + 300))
    assert len(made.session.document.networks) == 2, "its network came along once"


def test_a_new_block_from_the_palette(made) -> None:
    made.canvas.select([_named(made, "linear2").id])
    made.palette_panel.chosen.emit("new-block")
    user = next(n for n in made.session.document.nodes() if n.type == "Block")
    assert made.session.document.wire_into(user.id, "x").source == _named(made, "linear2").id
    assert {n.type for n in made.session.document.nodes(user.block)} == {"BlockInput", "BlockOutput"}


def test_the_menu_of_a_block_in_the_palette(made) -> None:
    block = _block(made)
    show_palette_menu(made, f"block:{block.block}", QPoint(10, 10))
    menu = next(m for m in made.findChildren(QMenu) if m.isVisible())
    words = {action.text(): action for action in menu.actions()}
    assert not words["Remove"].isEnabled() and "used at 1 place" in words["Remove"].toolTip()
    words["Enter"].trigger()
    assert made.session.network == block.block
    menu.close()


def test_save_to_the_library_and_find_it_in_the_palette(made) -> None:
    block = _block(made)
    made.session.edit("", "set_network", network=block.block, name="My cell")
    blocks.save_to_library(made.desk, block.block)
    assert "library" in made.status.sentence
    library = next(top for top in made.palette_panel.tree.tops() if top.text(0) == "Block library")
    assert "My cell" in [library.child(i).text(0) for i in range(library.childCount())]


def test_copies_bring_their_networks_into_another_project(made) -> None:
    block = _block(made)
    _key(made, Qt.Key.Key_C, CTRL)
    made.session.files.new()
    made.show_project()
    made.canvas.setFocus()
    _key(made, Qt.Key.Key_V, CTRL)
    pasted = made.session.document.nodes()[0]
    assert pasted.type == "Block" and pasted.block != block.block
    assert len(made.session.document.nodes(pasted.block)) == 4


def test_what_lies_in_a_frame_is_frozen_together_and_thaws_at_an_epoch(made, app: QApplication) -> None:
    """With a frame selected the inspector is about the layers in it, and the menu freezes those with weights."""
    window = made
    inside = [_named(window, name) for name in ("linear1", "relu1")]
    left, top = min(node.x for node in inside) - 20, min(node.y for node in inside) - 60
    right = max(node.x for node in inside) + WIDTH + 20
    window.session.edit(
        "",
        "add_frame",
        title="early",
        x=left,
        y=top,
        width=right - left,
        height=200,
        network=window.session.network,
    )
    app.processEvents()
    (frame,) = window.canvas.arrays.frames
    window.canvas.select([frame])
    app.processEvents()
    assert window.actions_.why_not("freeze") == ""
    window.actions_.run("freeze")
    app.processEvents()
    document = window.session.document
    assert document.node(inside[0].id).frozen and not document.node(inside[1].id).learning
    assert not _named(window, "linear2").frozen
    form = window.inspector.findChild(LearningForm)
    assert form is not None and form.form is not None and not form.form.rows["unfreeze"].isHidden()
    field = form.form.rows["unfreeze"].editor
    field.setFocus()
    line = field.focusProxy()
    line.selectAll()
    QTest.keyClicks(line, "3")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert window.session.document.node(inside[0].id).unfreezes == 3
    mark = window.canvas.faces.mark(inside[0].id)
    assert (mark.frozen, mark.unfreezes) == (True, 3)
    assert "learn after 3 epochs" in tip(window.canvas.faces, Hit("node", inside[0].id))
    window.session.undo()
    window.session.undo()
    assert not window.session.document.node(inside[0].id).frozen
