from __future__ import annotations

from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import COLORS, Edge, Frame, Node, Note
from nndesigner.project.reader import decode
from nndesigner.project.writer import encode
from tests.session.projects import chain

DOCUMENT = chain("TableInput", "Linear", "ReLU", "Output")
WIRE = next(e for e in DOCUMENT.edges if e.source == "n1")


def do(document: Document, verb: str, **arguments: Any) -> Document:
    return document.apply(edits.VERBS[verb](document, **arguments))


def bends(document: Document) -> tuple[tuple[float, float], ...]:
    wire = document.get(WIRE.id)
    assert isinstance(wire, Edge)
    return wire.bends


def test_a_frame_has_a_title_a_place_and_a_size_that_can_be_seen() -> None:
    document = do(DOCUMENT, "add_frame", title="head", x=10.04, y=-5.0, width=1.0, height=300.0, id="f")
    assert document.get("f") == Frame(
        id="f", network=DOCUMENT.main.id, title="head", x=10.0, y=-5.0, width=40.0, height=300.0
    )
    document = do(document, "set_frame", frame="f", title="body")
    document = do(document, "resize", id="f", x=0.0, y=0.0, width=500.0, height=1e12)
    frame = document.get("f")
    assert isinstance(frame, Frame)
    assert (frame.title, frame.x, frame.width, frame.height) == ("body", 0.0, 500.0, 1e6)


@pytest.mark.parametrize("verb", ["set_frame", "resize", "set_note", "set_bends"])
def test_what_is_not_here_any_more_is_named(verb: str) -> None:
    first = {"set_frame": "frame", "resize": "id", "set_note": "note", "set_bends": "edge"}[verb]
    others = {
        "set_frame": {"title": ""},
        "resize": {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0},
        "set_note": {"text": ""},
        "set_bends": {"bends": []},
    }[verb]
    with pytest.raises(Refusal, match="not here any more"):
        do(DOCUMENT, verb, **{first: "n1", **others})


def test_colours_are_those_of_the_theme() -> None:
    document = do(DOCUMENT, "set_look", ids=["n1", "n2"], color="teal", collapsed=True)
    looks = [(node.color, node.collapsed) for node in document.nodes()]
    assert looks == [("", False), ("teal", True), ("teal", True), ("", False)]
    assert [node.color for node in do(document, "set_look", ids=["n1"], color="").nodes()][1] == ""
    with pytest.raises(Refusal, match="teal"):
        do(DOCUMENT, "set_look", ids=["n1"], color="#123456")
    assert len(set(COLORS)) == len(COLORS)


def test_a_note_takes_a_colour_but_cannot_be_folded() -> None:
    document = do(DOCUMENT, "add_note", text="why", x=0.0, y=0.0)
    note = next(r for r in document if isinstance(r, Note))
    after = do(document, "set_look", ids=[note.id], color="yellow", collapsed=True).get(note.id)
    assert isinstance(after, Note) and after.color == "yellow"


def test_bends_come_along_when_both_ends_move_alike() -> None:
    document = do(DOCUMENT, "set_bends", edge=WIRE.id, bends=[(300.0, 55.58), (320.0, 60.0)])
    assert bends(document) == ((300.0, 55.6), (320.0, 60.0))
    first, second = document.node(WIRE.source), document.node(WIRE.target)
    alike = {n.id: (n.x + 10.0, n.y - 20.0) for n in (first, second)}
    assert bends(do(document, "move", places=alike))[1] == (330.0, 40.0)
    apart = {first.id: (first.x + 10.0, first.y)}
    assert bends(do(document, "move", places=apart)) == bends(document)
    assert bends(do(document, "place", places=alike)) == (), "a layout draws its own wires"


def test_a_pasted_wire_is_bent_where_it_lands() -> None:
    document = do(DOCUMENT, "set_bends", edge=WIRE.id, bends=[(300.0, 50.0)])
    content = edits.copy(document, [WIRE.source, WIRE.target])
    pasted = do(document, "paste", content=content, dx=40.0, dy=30.0)
    assert pasted.edges[-1].bends == ((340.0, 80.0),)


def test_bends_beyond_counting_are_refused() -> None:
    with pytest.raises(Refusal, match="at most 64"):
        edits.set_bends(DOCUMENT, WIRE.id, [(0.0, 0.0)] * 65)


def test_looks_go_through_the_file_and_usual_ones_are_not_in_it() -> None:
    document = do(DOCUMENT, "set_look", ids=["n1"], color="red", collapsed=True)
    document = do(document, "set_bends", edge=WIRE.id, bends=[(300.0, 50.0)])
    back = decode(encode(document)).document
    node = back.node("n1")
    assert (node.color, node.collapsed) == ("red", True) and bends(back) == ((300.0, 50.0),)
    assert isinstance(back.node("n2"), Node) and b'"bends"' not in encode(DOCUMENT)
    assert b"collapsed" not in encode(DOCUMENT)


def test_arranging_places_layers_and_frames_in_one_edit_and_straightens_wires() -> None:
    document = edits.new_document()
    for number, name in enumerate(("a", "b")):
        document = document.apply(edits.add_node(document, "ReLU", 100.0 * number, 0.0, name=name, id=name))
    document = document.apply(edits.connect(document, "a", "y", "b", "x"))
    (wire,) = document.edges
    document = document.apply(edits.set_bends(document, wire.id, [(50, 50)]))
    document = document.apply(edits.add_frame(document, "f", 0, 0, 100, 100, id="f"))
    diff = edits.arrange(document, {"a": (0, 0), "b": (200, 40)}, frames={"f": (-20, -20, 400, 120)})
    after = document.apply(diff)
    assert (after.node("b").x, after.node("b").y) == (200, 40) and after.edges[0].bends == ()
    frame = after.get("f")
    assert (frame.x, frame.y, frame.width, frame.height) == (-20, -20, 400, 120)
    assert after.apply(diff.inverse()).get("f") == document.get("f")
