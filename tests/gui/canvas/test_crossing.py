from __future__ import annotations

import pytest

from nndesigner.gui.canvas.crossing import crossed


def _wire(editor, target: str) -> str:
    return editor.document.wire_into(editor.named(target), "x").id


def test_the_wire_and_the_point_where_it_is_crossed(editor, view):
    found = crossed(view.arrays, (370, -50), (370, 100))
    assert found.keys() == {_wire(editor, "relu1")}
    assert found[_wire(editor, "relu1")] == pytest.approx((370, 22))


def test_from_both_sides_several_at_once_and_none(editor, view):
    assert crossed(view.arrays, (370, 100), (370, -50)).keys() == {_wire(editor, "relu1")}
    assert crossed(view.arrays, (370, 30), (370, 100)) == {}
    assert crossed(view.arrays, (345, 22), (395, 22)) == {}, "along the wire is not across"
    assert crossed(view.arrays, (370, 22), (370, 22)) == {}
    more = editor.wire(editor.named("conv1"), editor.add("Tanh", 400, 200))
    assert crossed(view.arrays, (370, -50), (370, 300)).keys() == {_wire(editor, "relu1"), more}


def test_the_curve_counts_and_not_its_box(editor, view):
    editor.edit("", "set_bends", edge=_wire(editor, "relu1"), bends=[(370, 200)])
    assert crossed(view.arrays, (370, 150), (371, 250)).keys() == {_wire(editor, "relu1")}
    assert crossed(view.arrays, (369, 60), (371, 150)) == {}, "between its two arms"
