from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.check.check import check
from nndesigner.document.blocks import BLOCK
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.commands import editing
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.split_view import SplitView
from nndesigner.protocol.messages import Frame
from nndesigner.runs.history import RunHistory


@pytest.fixture
def desk(window):
    ids = [
        editing.append(window.desk, type) for type in ("ImageInput", "Conv2d", "ReLU", "Flatten", "Output")
    ]
    window.activateWindow()
    window.canvas.setFocus()
    size = {"channels": 1, "height": 28, "width": 28}
    window.session.edit("", "set_parameters", node=ids[0], values=size)
    window.session.edit("", "make_block", ids=ids[1:3], name="stem")
    QApplication.processEvents()
    return window.desk


@pytest.fixture
def split(desk) -> SplitView:
    desk.window.actions_.made["split"].trigger()
    found = desk.window.findChild(SplitView)
    assert found is not None and found.isVisible()
    QApplication.processEvents()
    return found


def block(desk):
    (node,) = (node for node in desk.session.document.nodes() if node.type == BLOCK)
    return node


def click(canvas: CanvasView) -> None:
    """On empty canvas, in the corner."""
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(15, 15))
    QApplication.processEvents()


def test_the_keyboard_stays_and_the_whole_network_stays_in_sight(desk, qtbot) -> None:
    desk.canvas.fit()
    desk.canvas.setFocus()
    QTest.keyClick(desk.canvas, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    split = desk.window.findChild(SplitView)
    first, second = (pane.canvas for pane in split.panes)
    assert first.hasFocus()
    qtbot.waitUntil(lambda: first.shows_all() and second.shows_all())
    QTest.keyClick(first, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert first.hasFocus()
    first.set_zoom(3.0)
    QTest.keyClick(first, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert first.scale_now == 3.0, "what was looked at closely is looked at closely"


def test_both_show_every_edit_each_with_its_own_zoom(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    first.set_zoom(0.5)
    second.set_zoom(2.0)
    id = editing.add_at(desk, "ReLU", first.mapToScene(50, 50))
    assert id in first.arrays.index and id in second.arrays.index
    assert first.scale_now == 0.5 and second.scale_now == 2.0
    desk.session.undo()
    assert id not in second.arrays.index


def test_the_one_that_is_clicked_is_the_one_that_commands_are_about(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    first.select([])
    second.fit()
    assert desk.canvas is first
    click(second)
    assert desk.canvas is second and second.hasFocus()
    QTest.keyClick(second, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert second.selection and not first.selection
    assert desk.selected_nodes(), "the inspector and the actions know it"
    assert desk.window.actions_.made["delete"].isEnabled()
    first.setFocus()
    assert desk.canvas is first and not desk.window.actions_.made["delete"].isEnabled()


def test_one_looks_into_a_block_while_the_other_stays(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    second.setFocus()
    inside = block(desk).block
    desk.session.editing.enter(block(desk).id)
    assert second.arrays.network == inside and first.arrays.network == desk.session.document.main.id
    assert (
        split.panes[1].name.text() == "stem" and split.panes[0].name.text() == desk.session.document.main.name
    )
    first.setFocus()
    assert desk.session.network == desk.session.document.main.id
    assert second.arrays.network == inside, "and stays there while the other is in use"
    (conv,) = (n for n in desk.session.document.nodes(inside) if n.type == "Conv2d")
    assert second.faces.face(conv.id).shape, "with the shapes that arrive there"
    before = second.faces.face(conv.id).shape
    image = desk.session.document.node_named("image1").id
    desk.session.edit("", "set_parameter", node=image, parameter="height", value=64)
    assert second.faces.face(conv.id).shape != before, "and an edit outside changes them"
    second.setFocus()
    assert desk.session.network == inside and desk.session.editing.trail == (block(desk).id,)


def test_edits_with_the_mouse_in_the_second_view(desk, split) -> None:
    second = split.panes[1].canvas
    second.fit()
    node = desk.session.document.node_named("image1")
    start = second.mapFromScene(node.x + 70, node.y + 10)
    QTest.mousePress(second.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 30, 60):
        QTest.mouseMove(second.viewport(), start + type(start)(0, step))
    QTest.mouseRelease(second.viewport(), Qt.MouseButton.LeftButton, pos=start + type(start)(0, 60))
    assert desk.session.document.node(node.id).y != node.y
    assert split.panes[0].canvas.arrays.place.tolist() == second.arrays.place.tolist()


def test_a_block_that_is_gone_is_left_by_the_view_that_showed_it(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    second.setFocus()
    inside = block(desk).block
    desk.session.editing.enter(block(desk).id)
    first.setFocus()
    while desk.session.document.get(inside) is not None:
        desk.session.undo()
    assert second.arrays.network == desk.session.document.main.id


def test_a_selection_lost_in_the_other_view_leaves_this_one_alone(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    image, output = (desk.session.document.node_named(name).id for name in ("image1", "output1"))
    first.select([output])
    second.setFocus()
    second.select([image])
    desk.session.edit("", "remove", ids=[output])
    assert [node.id for node in desk.selected_nodes()] == [image]
    assert desk.in_order() == [image]


def test_closing_gives_the_first_canvas_its_place_back(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    second.setFocus()
    split.close_second()
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert desk.canvas is first and first.isVisible() and first.hasFocus()
    assert desk.window.findChildren(CanvasView) == [first]
    id = editing.add_at(desk, "ReLU", first.mapToScene(50, 50))
    assert id in first.arrays.index
    desk.window.actions_.made["split"].trigger()
    assert len(desk.window.findChildren(CanvasView)) == 2, "and again"


def test_another_project_is_shown_in_both(desk, split) -> None:
    split.panes[1].canvas.setFocus()
    desk.session.editing.enter(block(desk).id)
    desk.session.files.new()
    desk.window.show_project()
    main = desk.session.document.main.id
    assert [pane.canvas.arrays.network for pane in split.panes] == [main, main]


def test_a_panel_made_while_the_second_view_is_in_use_outlives_it(desk, split, qtbot) -> None:
    split.panes[1].canvas.setFocus()
    desk.window.actions_.run("code")
    code = desk.window.docks["code"]
    qtbot.waitUntil(lambda: code.content is not None and bool(desk.session.printing.printed))
    split.close_second()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    image = desk.session.document.node_named("image1").id
    code.content.chosen.emit([image])
    assert desk.canvas.selection == {image}


def test_a_tab_belongs_to_the_first_view(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    second.setFocus()
    desk.canvas.select([block(desk).id])
    desk.window.actions_.run("open-tab")
    assert desk.canvas is first and first.arrays.network == block(desk).block
    assert second.arrays.network == desk.session.document.main.id
    second.setFocus()
    desk.window.actions_.run("next-tab")
    assert desk.canvas is first and first.arrays.network == desk.session.document.main.id


# -- the run --------------------------------------------------------------------------------------------------------
def shown_run(desk) -> None:
    """The panel shows a run with a number for every layer, those inside the block too."""
    checked = check(desk.session.document)
    keys = [inner.key for inner in checked.walk()]
    numbers = np.linspace(0.1, 1.0, len(keys)).astype(np.float32)
    health = dict.fromkeys(("gradient_norm", "weight_norm", "mean", "std", "active"), numbers)
    history = RunHistory()
    history.take(Frame("health", "", 5, 0.1, health, {"nodes": keys}))
    panel = desk.window.docks["monitors"].fill()
    panel.on_canvas.show_run(ShownRun("known", None, history, desk.session.document, True, "running"))
    panel.on_canvas.show()


def numbered(canvas: CanvasView) -> set[str]:
    """The layers that have a number of the run under them."""
    return {id for id, overlay in canvas.state.overlays.items() if overlay.text}


def test_both_canvases_show_the_run_each_of_what_it_looks_at(desk, split) -> None:
    first, second = (pane.canvas for pane in split.panes)
    shown_run(desk)
    outside = {node.id for node in desk.session.document.nodes(desk.session.document.main.id)}
    assert numbered(first) == numbered(second) == outside & numbered(first) and numbered(first)
    assert second.state.flows == first.state.flows and first.state.flows
    click(second)
    desk.session.editing.enter(block(desk).id)
    QApplication.processEvents()
    inside = {node.id for node in desk.session.document.nodes(desk.session.network)}
    assert numbered(second) == inside and numbered(first) <= outside
    click(first)
    assert numbered(second) == inside and numbered(first) <= outside
    desk.window.docks["monitors"].content.overlay_button.click()
    assert not numbered(first) and not numbered(second)


def test_a_canvas_that_comes_later_shows_the_run_and_one_that_is_gone_is_left_alone(desk) -> None:
    shown_run(desk)
    panel = desk.window.docks["monitors"].content
    desk.window.actions_.made["split"].trigger()
    QApplication.processEvents()
    split = desk.window.findChild(SplitView)
    first, second = (pane.canvas for pane in split.panes)
    assert numbered(second) == numbered(first) and numbered(first)
    split.close_second()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    panel.overlay_button.click()
    panel.overlay_button.click()
    assert numbered(first) and desk.canvases == (first,)
