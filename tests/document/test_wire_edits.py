from __future__ import annotations

from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.session.projects import chain

DOCUMENT = chain("TableInput", "Linear", "ReLU", "Output")


def do(document: Document, verb: str, **arguments: Any) -> Document:
    return document.apply(edits.VERBS[verb](document, **arguments))


def pairs(document: Document) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in document.edges}


def wire(document: Document, source: str, target: str) -> str:
    return next(edge.id for edge in document.edges if (edge.source, edge.target) == (source, target))


def test_a_wire_takes_the_place_of_the_one_that_was_there() -> None:
    document = do(DOCUMENT, "connect", source="n0", out_port="y", target="n3", in_port="x")
    assert pairs(document) == {("n0", "n1"), ("n1", "n2"), ("n0", "n3")}
    assert not edits.connect(document, "n0", "y", "n3", "x"), "it is there already"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (("n2", "y", "n1", "x"), "close a loop"),
        (("n1", "y", "n1", "x"), "feed itself"),
        (("n0", "z", "n1", "x"), "no output"),
        (("n1", "y", "n0", "x"), "no input"),
        (("n3", "y", "n1", "x"), "no output"),
        (("gone", "y", "n1", "x"), "joins two layers"),
    ],
)
def test_why_a_wire_cannot_be_drawn(ends: tuple[str, str, str, str], said: str) -> None:
    assert said in edits.why_not(DOCUMENT, *ends)
    with pytest.raises(Refusal, match=said):
        edits.connect(DOCUMENT, *ends)


def test_an_end_of_a_wire_is_moved() -> None:
    edge = wire(DOCUMENT, "n2", "n3")
    ends = {"source": "n1", "out_port": "y", "target": "n3", "in_port": "x"}
    document = do(DOCUMENT, "rewire", edge=edge, **ends)
    assert pairs(document) == {("n0", "n1"), ("n1", "n2"), ("n1", "n3")}
    assert wire(document, "n1", "n3") == edge


def test_a_wire_may_be_turned_round_where_only_it_would_close_the_loop() -> None:
    document = chain("TableInput", "ReLU", "Tanh")
    edge = wire(document, "n1", "n2")
    turned = do(document, "rewire", edge=edge, source="n2", out_port="y", target="n1", in_port="x")
    assert pairs(turned) == {("n2", "n1")}


def test_a_node_is_put_into_a_wire_and_the_rest_moves_aside() -> None:
    document = do(DOCUMENT, "insert_on_wire", edge=wire(DOCUMENT, "n1", "n2"), type="Dropout", id="new")
    assert pairs(document) == {("n0", "n1"), ("n1", "new"), ("new", "n2"), ("n2", "n3")}
    xs = [document.node(id).x for id in ("n0", "n1", "new", "n2", "n3")]
    assert xs == [edits.COLUMN * i for i in range(5)]
    wide = do(DOCUMENT, "move", places={"n2": (900.0, 0.0), "n3": (1100.0, 0.0)})
    document = do(wide, "insert_on_wire", edge=wire(wide, "n1", "n2"), type="Dropout", id="new")
    assert document.node("n2").x == 900.0
    with pytest.raises(Refusal, match="no way through"):
        edits.insert_on_wire(DOCUMENT, wire(DOCUMENT, "n1", "n2"), "TableInput")


def test_a_node_is_appended_and_wired() -> None:
    document = do(DOCUMENT, "append_node", type="Tanh", after="n2", id="new")
    assert ("n2", "new") in pairs(document)
    assert (document.node("new").x, document.node("new").y) == (3 * edits.COLUMN, 0.0)
    with pytest.raises(Refusal, match="can only begin a network"):
        edits.append_node(DOCUMENT, "TableInput", "n2")
    with pytest.raises(Refusal, match="no output to go on from"):
        edits.append_node(DOCUMENT, "ReLU", "n3")


def test_only_wires_are_disconnected() -> None:
    assert not edits.disconnect(DOCUMENT, "n1")
    assert pairs(do(DOCUMENT, "disconnect", edge=wire(DOCUMENT, "n1", "n2"))) == {("n0", "n1"), ("n2", "n3")}


def test_the_first_free_input() -> None:
    document = do(DOCUMENT, "add_node", type="Add", id="sum")
    names = [port.name for port in edits.ports(document, document.node("sum"))[0]]
    assert edits.free_input(document, "sum") == names[0]
    document = do(document, "connect", source="n0", out_port="y", target="sum", in_port=names[0])
    assert edits.free_input(document, "sum") == names[1]
    assert edits.free_input(DOCUMENT, "n1") == ""
    assert edits.free_input(DOCUMENT, "n0") == ""


def test_what_depends_on_a_node() -> None:
    assert edits.downstream(DOCUMENT, ["n1"]) == {"n1", "n2", "n3"}
