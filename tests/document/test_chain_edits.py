from __future__ import annotations

import json

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from tests.document.test_wire_edits import DOCUMENT, do, pairs, wire
from tests.session.projects import chain


def test_an_unwired_node_is_spliced_in() -> None:
    document = do(DOCUMENT, "add_node", type="Dropout", id="new")
    between = wire(document, "n1", "n2")
    spliced = do(document, "splice", node="new", edge=between)
    assert ("n1", "new") in pairs(spliced) and ("new", "n2") in pairs(spliced)
    assert (spliced.node("new").x, spliced.node("new").y) == (document.node("new").x, document.node("new").y)
    aside = do(document, "splice", node="new", edge=between, x=310, y=-100)
    assert pairs(aside) == pairs(spliced)
    assert (aside.node("new").x, aside.node("new").y) == (310.0, -100.0), "above its neighbours there is room"
    assert aside.node("n2").x == document.node("n2").x
    with pytest.raises(Refusal, match="already wired"):
        edits.splice(spliced, "new", wire(spliced, "n0", "n1"))


def test_a_node_that_is_spliced_in_level_with_its_neighbours_shifts_them() -> None:
    document = do(DOCUMENT, "add_node", type="Dropout", id="new")
    document = do(document, "splice", node="new", edge=wire(document, "n1", "n2"), x=310, y=-20)
    xs = [document.node(id).x for id in ("n0", "n1", "new", "n2", "n3")]
    assert xs == [edits.COLUMN * i for i in range(5)]
    assert document.node("new").y == -20.0


def test_a_node_is_pulled_out_and_the_chain_closes() -> None:
    document = do(DOCUMENT, "pull_out", ids=["n1"], dy=100.0)
    assert pairs(document) == {("n0", "n2"), ("n2", "n3")}
    assert (document.node("n1").x, document.node("n1").y) == (edits.COLUMN, 100.0)
    both = do(DOCUMENT, "pull_out", ids=["n1", "n2"])
    assert pairs(both) == {("n0", "n3"), ("n1", "n2")}, "what was among them stays"
    assert not edits.pull_out(document, ["n1"], dy=100.0), "it is out already"


def test_all_wires_of_an_output_move_to_another() -> None:
    document = do(DOCUMENT, "connect", source="n0", out_port="y", target="n2", in_port="x")
    document = do(document, "connect", source="n0", out_port="y", target="n3", in_port="x")
    assert pairs(document) == {("n0", "n1"), ("n0", "n2"), ("n0", "n3")}
    with_other = do(document, "add_node", type="TableInput", id="other")
    moved = do(with_other, "move_wires", node="n0", port="y", to_node="other", to_port="y")
    assert pairs(moved) == {("other", "n1"), ("other", "n2"), ("other", "n3")}
    assert {edge.id for edge in moved.edges} == {edge.id for edge in document.edges}
    with pytest.raises(Refusal, match="feed itself"):
        edits.move_wires(document, "n0", "y", "n1", "y")
    ended = do(DOCUMENT, "move_wires", node="n1", port="x", to_node="n3", to_port="x", inputs=True)
    assert pairs(ended) == {("n1", "n2"), ("n0", "n3")}


def test_several_wires_are_bent_at_once() -> None:
    first, second = wire(DOCUMENT, "n0", "n1"), wire(DOCUMENT, "n1", "n2")
    document = do(DOCUMENT, "bend_wires", bends={first: [(1, 2)], second: [(3, 4.04)]})
    bends = {edge.id: edge.bends for edge in document.edges}
    assert (bends[first], bends[second]) == (((1.0, 2.0),), ((3.0, 4.0),))


def test_a_paste_with_its_incoming_wires() -> None:
    content = json.loads(json.dumps(edits.copy(DOCUMENT, ["n1", "n2"])))
    plain = do(DOCUMENT, "paste", content=content)
    assert len(plain.edges) == len(DOCUMENT.edges) + 1
    fed = do(DOCUMENT, "paste", content=content, incoming=True)
    fresh = {node.id for node in fed.nodes()} - {node.id for node in DOCUMENT.nodes()}
    assert {s for s, t in pairs(fed) if t in fresh and s not in fresh} == {"n0"}
    assert len(fed.edges) == len(DOCUMENT.edges) + 2
    elsewhere = do(chain("TableInput"), "paste", content=content, incoming=True)
    assert {s for s, _ in pairs(elsewhere)} >= {"n0"}, "a copy of the project has the same layer before it"
    alone = do(edits.new_document(), "paste", content=content, incoming=True)
    assert len(alone.edges) == 1, "what fed it is not there"
