"""Wires through points: they pass through every bend, leave and arrive level, and stay in step with the document."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.bends import curves_through, line_through, resampled, where_on
from nndesigner.gui.canvas.hit import hit

from .test_arrays import rebuilt, same

BENDS = ((250.0, 120.0), (330.0, 120.0), (360.0, -60.0))
START, END = (200.0, 22.0), (400.0, 22.0)


def test_it_passes_through_every_bend_and_turns_nowhere_sharply():
    line = line_through(START, BENDS, END)
    assert line[0].tolist() == list(START) and line[-1].tolist() == list(END)
    for x, y in BENDS:
        assert np.hypot(line[:, 0] - x, line[:, 1] - y).min() < 1e-9
    steps = np.diff(line, axis=0)
    units = steps / np.hypot(*steps.T)[:, None]
    assert (units[:-1] * units[1:]).sum(1).min() > np.cos(np.radians(35))
    assert units[0] == pytest.approx((1, 0), abs=0.2) and units[-1] == pytest.approx((1, 0), abs=0.2)


@pytest.mark.parametrize(
    "bends", [(START,), (START, START), (END, START), ((300.0, 22.0),), ((100.0, 22.0), (500.0, 22.0))]
)
def test_points_in_awkward_places_give_finite_curves(bends):
    assert np.isfinite(curves_through(START, bends, END)).all()


def test_a_resampled_line_keeps_its_ends_and_lies_on_the_line():
    line = line_through(START, BENDS, END)
    coarse = resampled(line, 25)
    assert len(coarse) == 25
    assert coarse[0].tolist() == list(START) and coarse[-1].tolist() == list(END)
    gaps = np.hypot(*np.diff(coarse, axis=0).T)
    assert gaps.max() < 1.3 * gaps.mean()


def test_a_new_bend_belongs_between_its_neighbours():
    assert [where_on(BENDS, START, END, x, y) for x, y in ((225, 80), (290, 125), (350, 30), (385, 0))] == [
        0,
        1,
        2,
        3,
    ]
    assert where_on((), START, END, 300, 22) == 0


@pytest.fixture
def wire(editor) -> str:
    return next(e.id for e in editor.document.edges if e.target == editor.named("relu1"))


def test_bends_come_and_go_with_edits_undo_and_moves(editor, wire):
    arrays = rebuilt(editor)
    editor.changed.connect(lambda diff: arrays.update(editor.document, diff))
    editor.edit("Bend", "set_bends", edge=wire, bends=BENDS)
    same(arrays, rebuilt(editor))
    assert arrays.bends[wire] == BENDS
    conv, relu = editor.named("conv1"), editor.named("relu1")
    places = {conv: (210.0, 40.0), relu: (410.0, 40.0)}
    shown = arrays.moved(places)
    editor.edit("Move", "move", places=places)
    same(arrays, rebuilt(editor))
    same(shown, rebuilt(editor))
    editor.edit("Remove", "remove", ids=[editor.named("image1")])
    same(arrays, rebuilt(editor))
    editor.edit("Straight", "set_bends", edge=wire, bends=())
    same(arrays, rebuilt(editor))
    assert not arrays.bent
    while editor.history.done:
        editor.undo()
        same(arrays, rebuilt(editor))
    while editor.history.undone:
        editor.redo()
        same(arrays, rebuilt(editor))


def test_a_preview_of_bends_is_what_the_edit_gives(editor, wire):
    arrays = rebuilt(editor)
    shown = arrays.moved({}, bends={wire: BENDS})
    assert not arrays.bent
    editor.edit("Bend", "set_bends", edge=wire, bends=BENDS)
    same(shown, rebuilt(editor))
    straight = rebuilt(editor).moved({}, bends={wire: ()})
    same(straight, arrays)


def test_a_bend_and_its_wire_are_hit_where_they_are(editor, wire):
    editor.edit("Bend", "set_bends", edge=wire, bends=BENDS)
    arrays = NetworkArrays.rebuild(editor.document, editor.network)
    for number, (x, y) in enumerate(BENDS):
        found = hit(arrays, x + 2, y - 1)
        assert (found.kind, found.id, found.bend) == ("bend", wire, number)
    for x, y in arrays.line(arrays.edge_index[wire]).tolist():
        found = hit(arrays, x, y)
        assert found.kind in ("port", "node") or found.id == wire
    assert hit(rebuilt(editor).moved({}, bends={wire: ()}), 370, 22).id == wire
    assert not hit(rebuilt(editor).moved({}, bends={wire: ((370, 200),)}), 370, 22)
