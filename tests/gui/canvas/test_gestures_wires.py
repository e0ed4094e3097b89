"""The rows of the gestures that are about wires: cut, moved, bent. Real events on a canvas and its plain editor."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.gui.canvas.geometry import INPUT, OUTPUT

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def _edge(editor, target: str):
    return editor.document.wire_into(editor.named(target), "x")


# -- cutting -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("button", "keys"), [(RIGHT, CTRL), (LEFT, ALT | SHIFT)])
def test_cut_wires_by_a_stroke(editor, view, hand, button, keys):
    hand.drag((170, -40), (170, 60), button, keys, let_go=False)
    assert view._sketch.isVisible()
    hand.to(370, 90, button, keys)
    hand.to(370, -40, button, keys)
    assert len(editor.edges()) == 2, "only shown until it is let go"
    hand.release(370, -40, button, keys)
    assert editor.edges() == set() and len(editor.history.done) == 1
    assert not view._sketch.isVisible()
    editor.undo()
    assert len(editor.edges()) == 2


def test_cut_wires_leaves_alone_what_is_not_crossed(editor, hand):
    hand.drag((170, -40), (170, 60), RIGHT, CTRL)
    assert editor.edges() == {("conv1", "y", "relu1", "x")}
    hand.drag((500, 200), (600, 240), RIGHT, CTRL)
    assert len(editor.history.done) == 1


def test_cut_wires_that_are_bent(editor, hand):
    editor.edit("", "set_bends", edge=_edge(editor, "relu1").id, bends=[(370, 150)])
    before = len(editor.history.done)
    hand.drag((300, 140), (440, 140), RIGHT, CTRL)
    assert editor.edges() == {("image1", "y", "conv1", "x")} and len(editor.history.done) == before + 1


def test_cut_wires_by_alt_and_a_click_on_the_port(editor, hand, port):
    editor.wire(editor.named("conv1"), editor.named("flatten1"))
    before = len(editor.history.done)
    hand.click(*port("conv1", OUTPUT), keys=ALT)
    assert editor.edges() == {("image1", "y", "conv1", "x")} and len(editor.history.done) == before + 1
    hand.click(*port("conv1", INPUT), keys=ALT)
    assert editor.edges() == set()
    hand.click(*port("conv1", INPUT), keys=ALT)
    assert len(editor.history.done) == before + 2, "a port without wires has none to take off"
    editor.undo()
    hand.press(*port("conv1", INPUT), keys=ALT)
    hand.release(300, 300, keys=ALT)
    assert editor.edges(), "let go elsewhere, it was no click"


def test_cut_wires_by_selecting_one_and_deleting_it(window, qtbot):
    from tests.gui.canvas.bench_window import Bench

    bench = Bench(window)
    bench.hand.click(370, 22)
    bench.key(Qt.Key.Key_Delete)
    assert bench.wires == {("table1", "linear1")}
    bench.one_step()


# -- moving ends ---------------------------------------------------------------------------------------------
def test_move_wire_end_by_dragging_it_off(editor, hand, port):
    wire = _edge(editor, "relu1").id
    hand.drag(port("relu1", INPUT), port("flatten1", INPUT))
    assert editor.document.wire_into(editor.named("flatten1"), "x").id == wire
    editor.undo()
    hand.drag(port("relu1", INPUT), (600, 250))
    assert editor.edges() == {("image1", "y", "conv1", "x")}


def test_move_wire_ends_of_a_port_all_together(editor, view, hand, port):
    conv, flat = editor.named("conv1"), editor.named("flatten1")
    tanh = editor.add("Tanh", 400, 200)
    editor.wire(conv, tanh)
    wires = {edge.id for edge in editor.document.edges}
    before = len(editor.history.done)
    hand.drag(port("conv1", OUTPUT), port("flatten1", OUTPUT), keys=CTRL, let_go=False)
    assert view._sketch.isVisible() and view.state.target.id == flat
    hand.release(*port("flatten1", OUTPUT), keys=CTRL)
    assert {(s, t) for s, _, t, _ in editor.edges()} == {
        ("image1", "conv1"),
        ("flatten1", "relu1"),
        ("flatten1", "tanh1"),
    }
    assert {edge.id for edge in editor.document.edges} == wires, "they are the same wires"
    assert len(editor.history.done) == before + 1
    editor.undo()
    hand.drag(port("conv1", OUTPUT), (600, 300), keys=CTRL)
    assert len(editor.history.done) == before, "let go over nothing, they stay"


def test_move_wire_ends_where_they_cannot_go(editor, hand, port):
    said = []
    editor.refused.connect(said.append)
    before = editor.edges()
    hand.drag(port("image1", OUTPUT), port("conv1", OUTPUT), keys=CTRL)
    assert editor.edges() == before and "feed itself" in said[0]


def test_a_click_with_ctrl_on_a_port_toggles_its_layer(editor, view, hand, port):
    hand.click(*port("conv1", OUTPUT), keys=CTRL)
    assert view.selection == {editor.named("conv1")}


# -- bends ---------------------------------------------------------------------------------------------------
def _double_click(view, hand, x, y):
    QTest.mouseDClick(view.viewport(), LEFT, pos=hand.at(x, y))


def test_reroute_point_by_a_double_click(editor, view, hand):
    _double_click(view, hand, 370, 22)
    assert _edge(editor, "relu1").bends == ((370.0, 22.0),)
    hand.drag((370, 22), (372, 119))
    assert _edge(editor, "relu1").bends == ((380.0, 122.0),), "on the grid, level with ports"
    hand.drag((380, 122), (375, 119), keys=ALT)
    assert _edge(editor, "relu1").bends == ((375.0, 119.0),)
    assert len(editor.history.done) == 3
    _double_click(view, hand, 375, 119)
    assert _edge(editor, "relu1").bends == ()
    editor.undo()
    hand.click(375, 119, keys=ALT)
    assert _edge(editor, "relu1").bends == ()
    editor.undo()
    hand.click(375, 119)
    assert view.selection == {_edge(editor, "relu1").id}


def test_reroute_point_by_a_stroke(editor, hand):
    hand.drag((170, -40), (170, 60), RIGHT, SHIFT, let_go=False)
    hand.to(370, 60, RIGHT, SHIFT)
    hand.to(370, -40, RIGHT, SHIFT)
    hand.release(370, -40, RIGHT, SHIFT)
    assert [_edge(editor, name).bends for name in ("conv1", "relu1")] == [((170.0, 22.0),), ((370.0, 22.0),)]
    assert len(editor.history.done) == 1


def test_reroute_points_keep_their_order_along_the_wire(editor, view, hand):
    editor.edit("", "set_bends", edge=_edge(editor, "relu1").id, bends=[(370, 150)])
    (x, y), line = (370, 150), view.arrays.line(view.arrays.edge_index[_edge(editor, "relu1").id])
    early = min(line.tolist(), key=lambda point: abs(point[1] - 80) + (0 if point[0] < x else 1e6))
    _double_click(view, hand, *early)
    bends = _edge(editor, "relu1").bends
    assert len(bends) == 2 and bends[1] == (x, y) and bends[0][1] < y


def test_reroute_point_dragged_and_taken_back_by_esc(editor, view, hand):
    editor.edit("", "set_bends", edge=_edge(editor, "relu1").id, bends=[(370, 150)])
    before = len(editor.history.done)
    hand.drag((370, 150), (500, 250), let_go=False)
    assert view.arrays.bends[_edge(editor, "relu1").id] != ((370, 150),)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    hand.release(500, 250)
    assert _edge(editor, "relu1").bends == ((370, 150),) and len(editor.history.done) == before


# -- sizes ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("corner", "to", "after"),
    [
        ((560, 240), (623, 281), (400, 160, 220, 120)),
        ((400, 160), (380, 140), (380, 140, 180, 100)),
        ((560, 240), (300, 100), (400, 160, 40, 40)),
    ],
)
def test_frame_and_note_are_resized_by_their_corners(editor, view, hand, corner, to, after):
    done = editor.edit("", "add_frame", title="", x=400, y=160, width=160, height=80)
    (frame,) = done.added
    view.select([frame])
    hand.drag(corner, to, let_go=False)
    record = editor.document.get(frame)
    assert (record.width, record.height) == (160, 80), "only shown until it is let go"
    hand.release(*to)
    record = editor.document.get(frame)
    assert (record.x, record.y, record.width, record.height) == after
    assert len(editor.history.done) == 2


def test_frames_in_a_frame_are_carried_along(editor, view, hand):
    outer = editor.edit("", "add_frame", title="", x=160, y=140, width=400, height=300)
    inner = editor.edit("", "add_frame", title="", x=180, y=260, width=200, height=100)
    hand.drag((500, 150), (540, 150))
    xs = {id: editor.document.get(id).x for diff in (outer, inner) for id in diff.added}
    assert list(xs.values()) == [200, 220]
    assert editor.place(editor.named("flatten1")) == (240, 200)
