from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from nndesigner.document.records import Frame, Note
from nndesigner.gui.commands import editing, ordering, placing


@pytest.fixture
def desk(window):
    """TableInput → Linear → ReLU, strewn about."""
    ids = [
        editing.add_at(window.desk, type, QPointF(300 - 90 * i, 130 * i))
        for i, type in enumerate(("TableInput", "Linear", "ReLU"))
    ]
    for a, b in ((0, 1), (1, 2)):
        window.session.edit("", "connect", source=ids[a], out_port="y", target=ids[b], in_port="x")
    window.canvas.select([])
    return window.desk


def nodes(desk):
    return desk.session.document.nodes()


def test_frames_and_notes_come_along_in_the_same_step(desk) -> None:
    last = nodes(desk)[2]
    desk.session.edit(
        "", "add_frame", title="head", x=last.x - 40, y=last.y - 60, width=240, height=160, id="f"
    )
    note = next(iter(desk.session.edit("", "add_note", text="n", x=last.x + 20, y=last.y + 50).added))
    off = (desk.session.document.get(note).x - last.x, desk.session.document.get(note).y - last.y)
    depth = desk.session.editing.history.depth
    ordering.arrange(desk)
    assert desk.session.editing.history.depth == depth + 1
    moved, frame, beside = nodes(desk)[2], desk.session.document.get("f"), desk.session.document.get(note)
    assert isinstance(frame, Frame) and isinstance(beside, Note)
    assert (beside.x - moved.x, beside.y - moved.y) == off
    assert frame.x < moved.x < moved.x + 140 < frame.x + frame.width
    assert frame.x < beside.x and beside.x + beside.width < frame.x + frame.width
    assert frame.x > nodes(desk)[1].x, "around its own and no other"
    desk.session.undo()
    assert desk.session.document.get("f").width == 240 and nodes(desk)[2] == last


def test_a_selected_frame_means_what_lies_in_it(desk) -> None:
    first, _second, _last = nodes(desk)
    desk.session.edit("", "add_frame", title="", x=-200, y=60, width=700, height=400, id="f")
    desk.canvas.select(["f"])
    ordering.arrange(desk)
    a, b, c = nodes(desk)
    assert (a.x, a.y) == (first.x, first.y) and b.y == c.y and c.x - b.x == 200


def test_a_large_network_is_thought_over_elsewhere_and_placed_when_it_arrives(desk, monkeypatch) -> None:
    monkeypatch.setattr(placing, "MANY", 2)
    asked: list[tuple] = []
    monkeypatch.setattr(desk.session, "elsewhere", lambda *work: asked.append(work) or (lambda: None))
    before = nodes(desk)
    ordering.arrange(desk)
    assert nodes(desk) == before and len(asked) == 1
    work, arrived, _ = asked[0]
    arrived(work(lambda fraction, sentence: None))
    assert len({node.y for node in nodes(desk)}) == 1


def test_what_arrives_for_a_network_that_has_changed_is_not_used(desk, monkeypatch) -> None:
    monkeypatch.setattr(placing, "MANY", 2)
    asked: list[tuple] = []
    monkeypatch.setattr(desk.session, "elsewhere", lambda *work: asked.append(work) or (lambda: None))
    ordering.arrange(desk)
    work, arrived, _ = asked[0]
    result = work(lambda fraction, sentence: None)
    desk.session.edit("", "move", places={nodes(desk)[0].id: (7, 7)})
    now = nodes(desk)
    arrived(result)
    assert nodes(desk) == now


def test_what_lies_in_an_aligned_frame_goes_along(desk) -> None:
    first, _second, last = nodes(desk)
    desk.session.edit("", "add_frame", title="", x=last.x - 20, y=last.y - 40, width=180, height=120, id="f")
    desk.canvas.select(["f", first.id])
    ordering.align(desk, "top")
    frame, moved = desk.session.document.get("f"), nodes(desk)[2]
    assert frame.y == first.y and moved.y == frame.y + 40
