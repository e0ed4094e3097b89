from __future__ import annotations

import pytest

from nndesigner.document.diff import Diff
from nndesigner.document.records import Frame
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, PORT_Y, WIDTH, handle_places
from nndesigner.gui.canvas.hit import hit, inside_frame, port_at, within


@pytest.fixture
def arrays(editor) -> NetworkArrays:
    editor.edit("Note", "add_note", text="hello", x=600, y=300)
    frame = Frame(id="frame", network=editor.network, x=180, y=150, width=300, height=200)
    editor._apply(Diff(added={"frame": frame}))
    return NetworkArrays.rebuild(editor.document, editor.network)


def name(editor, found) -> str:
    return editor.document.node(found.id).name if found.kind in ("node", "port") else found.kind


@pytest.mark.parametrize("scale", [0.35, 0.7, 1.0, 1.7, 3.0])
def test_what_is_under_a_point_at_any_zoom(editor, arrays, scale):
    pixel = 1 / scale
    assert name(editor, hit(arrays, 270, 15, pixel)) == "conv1"
    out = hit(arrays, 200 + WIDTH + 2, PORT_Y + 1, pixel)
    assert (out.kind, name(editor, out), out.side, out.port) == ("port", "conv1", OUTPUT, "y")
    into = hit(arrays, 400 - 2, PORT_Y - 1, pixel)
    assert (into.kind, name(editor, into), into.side, into.port) == ("port", "relu1", INPUT, "x")
    wire = hit(arrays, 200 + WIDTH + 30, PORT_Y + 1.0, pixel)
    assert wire.kind == "edge"
    assert not hit(arrays, 800, 800, pixel)


def test_a_port_is_generous_outside_its_node_and_small_on_it(arrays):
    assert hit(arrays, 400 - 9, PORT_Y + 4).kind == "port"
    assert hit(arrays, 400 + 9, PORT_Y + 4).kind == "node"
    assert hit(arrays, 400 + 3, PORT_Y).kind == "port"


def test_far_away_there_are_no_ports(arrays):
    assert hit(arrays, 400, PORT_Y, pixel=10).kind != "port"


def test_the_nearest_port_of_a_side_within_reach(editor, arrays):
    assert name(editor, port_at(arrays, 385, PORT_Y, 1.0, INPUT, reach=22)) == "relu1"
    assert not port_at(arrays, 385, PORT_Y, 1.0, OUTPUT, reach=22)


def test_two_inputs_are_told_apart(editor):
    add = editor.add("Add", 700, 0)
    arrays = NetworkArrays.rebuild(editor.document, editor.network)
    for port in ("a", "b"):
        found = hit(arrays, *arrays.port_place(add, INPUT, port))
        assert (found.id, found.port) == (add, port)


def test_a_curved_wire_is_hit_on_its_curve_and_not_in_its_box(editor):
    flat = editor.named("flatten1")
    wire = editor.wire(editor.named("image1"), flat)
    arrays = NetworkArrays.rebuild(editor.document, editor.network)
    line = arrays.lines[arrays.edge_index[wire]]
    for x, y in (line[:-1] + line[1:]) / 2:
        if hit(arrays, x, y).kind not in ("port", "node"):
            assert hit(arrays, x, y).id == wire
    left, top, right, bottom = arrays.boxes[arrays.edge_index[wire]]
    assert not hit(arrays, right - 8, top + 30)
    assert not hit(arrays, left + 8, bottom - 30)


def test_notes_and_frames(arrays):
    assert hit(arrays, 610, 310).kind == "note"
    assert hit(arrays, 190, 160).kind == "frame"
    assert not hit(arrays, 460, 330)


def test_a_band_takes_nodes_and_notes_it_touches_and_frames_it_holds(editor, arrays):
    conv, relu = editor.named("conv1"), editor.named("relu1")
    assert within(arrays, (330, 0, 410, 40)) == {conv, relu}
    assert "frame" in within(arrays, (100, 100, 700, 500))
    assert "frame" not in within(arrays, (190, 140, 700, 500))
    assert len(within(arrays, (590, 290, 610, 310))) == 1


def test_a_band_between_nodes_takes_the_wire(editor, arrays):
    (wire,) = within(arrays, (350, 10, 380, 40))
    assert wire in arrays.edge_index


def test_a_frame_holds_what_lies_in_it(editor, arrays):
    assert inside_frame(arrays, "frame") == {editor.named("flatten1")}


def test_a_frame_is_held_by_its_border_and_not_inside(arrays):
    for x, y in ((180, 300), (480, 300), (300, 350), (181, 349)):
        assert (hit(arrays, x, y).kind, hit(arrays, x, y).id) == ("frame", "frame")
    assert not hit(arrays, 470, 300) and not hit(arrays, 300, 340)
    assert not hit(arrays, 490, 300)


def test_a_frame_in_a_frame_lies_above_it(editor, arrays):
    editor.edit("Frame", "add_frame", title="all", x=160, y=150, width=600, height=400, id="large")
    arrays = NetworkArrays.rebuild(editor.document, editor.network)
    assert hit(arrays, 300, 160).id == "frame"
    assert hit(arrays, 700, 160).id == "large"


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_what_is_selected_is_resized_by_its_handles(arrays, scale):
    (note,) = arrays.notes
    for id, area in (("frame", arrays.frames["frame"]), (note, arrays.notes[note])):
        assert hit(arrays, area.x + area.width, area.y + area.height, 1 / scale).kind != "handle"
        for name, (x, y) in handle_places(area.x, area.y, area.width, area.height, 1 / scale).items():
            found = hit(arrays, x + 2 / scale, y - 2 / scale, 1 / scale, frozenset({id}))
            assert (found.kind, found.id, found.handle) == ("handle", id, name)
        assert {"nw", "ne", "se", "sw"} <= handle_places(area.x, area.y, area.width, area.height, 1).keys()


def test_a_small_note_has_its_corners_only():
    assert set(handle_places(0, 0, 200, 30, 1.0)) == {"nw", "ne", "se", "sw", "n", "s"}
    assert set(handle_places(0, 0, 40, 40, 4.0)) == {"nw", "ne", "se", "sw", "n", "e", "s", "w"}
