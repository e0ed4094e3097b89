from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.document.diff import Diff
from nndesigner.document.records import Frame
from nndesigner.gui.canvas.arrays import NetworkArrays


def test_a_drag_snaps_and_is_one_step(editor, view, hand):
    conv = editor.named("conv1")
    hand.drag((270, 15), (270 + 53, 15 + 68))
    assert editor.place(conv) == (260, 60)
    assert len(editor.history.done) == 1
    assert view.selection == {conv}
    editor.undo()
    assert editor.place(conv) == (200, 0)
    np.testing.assert_allclose(
        view.arrays.lines, NetworkArrays.rebuild(editor.document, editor.network).lines
    )


def test_alt_moves_freely(editor, hand):
    hand.drag((270, 15), (273, 22), keys=Qt.KeyboardModifier.AltModifier)
    assert editor.place(editor.named("conv1")) == (203, 7)


def test_many_nodes_keep_their_distance_and_are_one_step(editor, view, hand):
    conv, flat = editor.named("conv1"), editor.named("flatten1")
    editor.edit("off the grid", "move", places={flat: (205, 203)})
    before = len(editor.history.done)
    view.select([conv, flat])
    hand.drag((270, 15), (311, 15))
    assert editor.place(conv) == (240, 0)
    assert editor.place(flat) == (245, 203)
    assert len(editor.history.done) == before + 1
    assert view.selection == {conv, flat}


def test_the_preview_shows_without_touching_the_document(editor, view, hand):
    conv = editor.named("conv1")
    hand.drag((270, 15), (330, 75), let_go=False)
    assert editor.place(conv) == (200, 0) and not editor.history.done
    assert view.arrays.place[view.arrays.index[conv]].tolist() == [260, 60]
    hand.release(330, 75)
    assert editor.place(conv) == (260, 60)


def test_esc_takes_it_back(editor, view, hand):
    conv = editor.named("conv1")
    hand.drag((270, 15), (330, 75), let_go=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.arrays.place[view.arrays.index[conv]].tolist() == [200, 0]
    hand.to(400, 100)
    hand.release(400, 100)
    assert editor.place(conv) == (200, 0) and not editor.history.done
    assert view.selection == {conv}


def test_an_edit_from_elsewhere_ends_the_drag(editor, view, hand):
    conv = editor.named("conv1")
    hand.drag((270, 15), (330, 75), let_go=False)
    editor.edit("Remove", "remove", ids=[conv])
    hand.to(350, 90)
    hand.release(350, 90)
    assert view.gesture is None and conv not in editor.document
    assert len(editor.history.done) == 1


def test_a_shaky_click_moves_nothing(editor, hand):
    hand.drag((270, 15), (271, 15))
    assert not editor.history.done


def test_back_to_where_it_was_is_no_step(editor, hand):
    hand.press(270, 15)
    hand.to(330, 75)
    hand.to(270, 15)
    hand.release(270, 15)
    assert not editor.history.done


def test_a_frame_takes_along_what_lies_in_it(editor, view, hand):
    frame = Frame(id="f", network=editor.network, title="head", x=180, y=160, width=200, height=120)
    editor._apply(Diff(added={"f": frame}))
    hand.drag((300, 170), (340, 210))
    assert editor.place(editor.named("flatten1")) == (240, 240)
    moved = editor.document.get("f")
    assert isinstance(moved, Frame) and (moved.x, moved.y) == (220, 200)


def test_a_note_is_dragged_too(editor, hand):
    editor.edit("Note", "add_note", text="hello", x=420, y=200)
    hand.drag((500, 240), (540, 240))
    (note,) = (r for r in editor.document if r.kind == "note")
    assert (note.x, note.y) == (460, 200)


# -- onto a wire -----------------------------------------------------------------------------------------------------
def test_a_loose_layer_dropped_on_a_wire_goes_in_between_in_one_step(editor, view, hand):
    flat, before = editor.named("flatten1"), editor.edges()
    hand.drag((270, 215), (370, 22), let_go=False)
    assert view.state.target.kind == "edge", "the wire lights up"
    assert editor.edges() == before and not editor.history.done
    _, y = view.arrays.place[view.arrays.index[flat]].tolist()
    hand.release(370, 22)
    assert editor.edges() == {
        ("image1", "y", "conv1", "x"),
        ("conv1", "y", "flatten1", "x"),
        ("flatten1", "y", "relu1", "x"),
    }
    assert editor.place(flat) == (400, y) and view.selection == {flat}
    assert editor.place(editor.named("relu1")) == (600, 0), "the neighbour makes room"
    assert len(editor.history.done) == 1 and not view.state.target
    editor.undo()
    assert editor.edges() == before and editor.place(flat) == (200, 200)


def test_it_goes_in_where_its_middle_is_on_the_wire_too(editor, view, hand):
    """The layer was taken at its left end: the pointer itself is beside the wire, on another layer."""
    size = view.arrays.size[view.arrays.index[editor.named("flatten1")]]
    start = (205 + 10, 200 + float(size[1]) / 2)
    end = (start[0] + 100, start[1] - 200)
    hand.drag(start, end)
    assert ("conv1", "y", "flatten1", "x") in editor.edges()
    assert editor.place(editor.named("flatten1")) == (400, 0)


def test_alt_drops_it_on_top_and_esc_leaves_everything(editor, view, hand):
    before = editor.edges()
    hand.drag((270, 215), (370, 22), keys=Qt.KeyboardModifier.AltModifier)
    assert editor.edges() == before and len(editor.history.done) == 1
    editor.undo()
    hand.drag((270, 215), (370, 22), let_go=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.state.target
    hand.release(370, 22)
    assert editor.edges() == before and not editor.history.done


def test_wired_layers_notes_and_several_at_once_are_only_moved(editor, view, hand):
    before = editor.edges()
    image = editor.named("image1")
    hand.drag((70, 15), (370, 22))
    assert editor.edges() == before and editor.place(image) != (0, 0)
    editor.undo()
    other = editor.add("Dropout", 0, 200)
    view.select([other, editor.named("flatten1")])
    hand.drag((270, 215), (370, 22), let_go=False)
    assert not view.state.target
    hand.release(370, 22)
    assert editor.edges() == before
