from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.gui.canvas.content import SketchPreview
from nndesigner.gui.canvas.geometry import FIRST_ROW, HEADER, PORT_Y, WIDTH
from nndesigner.gui.canvas.snapping import Snapping

EVERYTHING = (-1000.0, -1000.0, 2000.0, 2000.0)


def guides(view) -> list[tuple[float, float, float, float]]:
    """The lines that can be seen on the canvas."""
    found = []
    for item in view.scene().items():
        if isinstance(item, SketchPreview) and item.isVisible():
            path = item.path()
            for i in range(0, path.elementCount(), 2):
                start, end = path.elementAt(i), path.elementAt(i + 1)
                found.append((start.x, start.y, end.x, end.y))
    return found


@pytest.fixture
def snapping(editor, view):
    """For flatten1, which stands at (200, 200) below conv1; image1 is at (0, 0) and relu1 at (400, 0)."""
    return Snapping(view.arrays, {editor.named("flatten1")}, EVERYTHING)


def test_an_edge_in_reach_comes_in_line_and_a_guide_says_with_what(snapping) -> None:
    found = snapping.snap(4.0, 57.0, 1.0, (200, 200))
    assert (found.dx, found.dy) == (0.0, 60.0), "left edges in line, the height on the grid"
    lefts = [line for line in found.guides if line[0] == line[2] == 200.0]
    assert len(lefts) == 1 and lefts[0][1] < 0 and lefts[0][3] > 260 + HEADER


def test_out_of_reach_there_is_the_grid(snapping) -> None:
    found = snapping.snap(54.0, 57.0, 1.0, (200, 200))
    assert (found.dx, found.dy) == (60.0, 60.0)


def test_middles_draw_as_edges_do(editor, view) -> None:
    editor.edit("off the grid", "move", places={editor.named("flatten1"): (207, 203)})
    snapping = Snapping(view.arrays, {editor.named("flatten1")}, EVERYTHING)
    found = snapping.snap(0.0, -190.0, 1.0, None)
    conv = view.arrays.size[view.arrays.index[editor.named("conv1")], 1]
    flat = view.arrays.size[view.arrays.index[editor.named("flatten1")], 1]
    ways = {0.0 - 203, conv / 2 - 203 - flat / 2, conv - 203 - flat}
    assert found.dy == min(ways, key=lambda dy: abs(dy + 190))


def test_reach_is_in_pixels_and_has_an_end(snapping) -> None:
    assert snapping.snap(9.0, 57.0, 0.5, None).dx == 9.0
    assert snapping.snap(9.0, 57.0, 2.0, None).dx == 0.0
    assert snapping.snap(30.0, 57.0, 10.0, None).dx == 30.0


def test_what_cannot_be_seen_does_not_draw(editor, view) -> None:
    snapping = Snapping(view.arrays, {editor.named("flatten1")}, (190, 190, 400, 400))
    assert snapping.snap(4.0, 57.0, 1.0, None).dx == 4.0


def test_a_level_wire_comes_before_an_edge(editor, view) -> None:
    add = editor.add("Add", 600, 100)
    editor.wire(editor.named("relu1"), add, in_port="a")
    snapping = Snapping(view.arrays, {add}, EVERYTHING)
    level = PORT_Y - FIRST_ROW  # where the first of its inputs is at the height of the output
    found = snapping.snap(0.0, level - 100 + 5, 1.0, (600, 100))
    assert found.dy == level - 100
    wire = (400 + WIDTH, PORT_Y, 600.0, PORT_Y)
    assert wire in found.guides


def test_nothing_to_drag_is_left_alone(view) -> None:
    found = Snapping(view.arrays, (), EVERYTHING).snap(3.0, 4.0, 1.0, None)
    assert (found.dx, found.dy, found.guides) == (3.0, 4.0, ())


# -- with the mouse --------------------------------------------------------------------------------------------------
def test_guides_are_on_the_canvas_while_a_layer_is_dragged_and_gone_afterwards(editor, view, hand) -> None:
    flat = editor.named("flatten1")
    editor.edit("aside", "move", places={flat: (260, 203)})
    hand.drag((330, 218), (330 - 57, 218 + 40), let_go=False)
    assert any(x1 == x2 == 200.0 for x1, _, x2, _ in guides(view))
    hand.release(330 - 57, 218 + 40)
    assert editor.place(flat) == (200, 240) and guides(view) == []


def test_alt_moves_freely_without_guides(editor, view, hand) -> None:
    flat, alt = editor.named("flatten1"), Qt.KeyboardModifier.AltModifier
    hand.drag((270, 215), (274, 258), keys=alt, let_go=False)
    assert guides(view) == []
    hand.release(274, 258, keys=alt)
    assert editor.place(flat) == (204, 243)


def test_switched_off_nothing_snaps(editor, view, hand) -> None:
    view.snapping = False
    hand.drag((270, 215), (274, 258))
    assert editor.place(editor.named("flatten1")) == (204, 243)


def test_esc_takes_the_guides_along(editor, view, hand) -> None:
    hand.drag((270, 215), (272, 258), let_go=False)
    assert guides(view)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert guides(view) == [] and editor.place(editor.named("flatten1")) == (200, 200)
    hand.release(272, 258)
