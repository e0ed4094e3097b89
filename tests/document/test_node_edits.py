from __future__ import annotations

import time
from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Network, Node
from tests.session.projects import chain

DOCUMENT = chain("TableInput", "Linear", "ReLU", "Output")


def do(document: Document, verb: str, **arguments: Any) -> Document:
    return document.apply(edits.VERBS[verb](document, **arguments))


def test_a_node_gets_the_first_free_name_and_plain_parameters() -> None:
    document = do(DOCUMENT, "add_node", type="ReLU", x=1.26, y=-0.0)
    document = do(
        document, "add_node", type="Conv2d", parameters={"kernel_size": (3, 5)}, id="conv", name="eye"
    )
    document = do(document, "add_node", type="Conv2d", name="eye")
    added = document.nodes()[4:]
    assert [node.name for node in added] == ["relu2", "eye", "eye1"]
    assert (added[0].x, added[0].y) == (1.3, 0.0)
    assert document.node("conv").parameters == {"kernel_size": [3, 5]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"type": "Nothing"}, "no layer of the type “Nothing”"),
        ({"type": "Linear", "parameters": {"units": 3}}, "no parameter “units”"),
        ({"type": "Linear", "parameters": {"out_features": 0}}, "is 0"),
        ({"type": "ReLU", "network": "gone"}, "network is not here"),
        ({"type": "ReLU", "x": float("nan")}, "too far away"),
        ({"type": "ReLU", "y": 1e9}, "too far away"),
    ],
)
def test_a_node_that_cannot_be_added(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        edits.add_node(DOCUMENT, **arguments)


def test_removing_a_node_removes_its_wires() -> None:
    document = do(DOCUMENT, "remove", ids=["n1", "gone", DOCUMENT.main.id])
    assert [node.id for node in document.nodes()] == ["n0", "n2", "n3"]
    assert [(edge.source, edge.target) for edge in document.edges] == [("n2", "n3")]
    assert document.networks == DOCUMENT.networks


def test_removing_and_reconnecting_joins_what_was_around() -> None:
    document = do(DOCUMENT, "remove_and_reconnect", ids=["n1", "n2"])
    assert [(edge.source, edge.target) for edge in document.edges] == [("n0", "n3")]
    document = do(DOCUMENT, "remove_and_reconnect", ids=["n0"])
    assert [(edge.source, edge.target) for edge in document.edges] == [("n1", "n2"), ("n2", "n3")]


def test_moving_keeps_a_tenth_and_leaves_out_what_does_not_move() -> None:
    before = DOCUMENT.node("n1")
    diff = edits.move(DOCUMENT, {"n0": (10.04, 20.06), "n1": (before.x, before.y), "gone": (0.0, 0.0)})
    assert set(diff.touched) == {"n0"}
    moved = DOCUMENT.apply(diff).node("n0")
    assert (moved.x, moved.y) == (10.0, 20.1)


def test_a_rename_is_refused_or_done() -> None:
    assert do(DOCUMENT, "rename", node="n1", name=" first ").node("n1").name == "first"
    for name in ("class", "2x", "", "__init__", "forward", "relu1", "a" * 65):
        with pytest.raises(Refusal):
            edits.rename(DOCUMENT, "n1", name)
    assert not edits.rename(DOCUMENT, "n1", "linear1")


def test_parameters_are_checked_stored_and_reset() -> None:
    document = do(DOCUMENT, "set_parameter", node="n1", parameter="out_features", value=7)
    assert document.node("n1").parameters == {"out_features": 7}
    with pytest.raises(Refusal):
        edits.set_parameter(document, "n1", "out_features", "seven")
    with pytest.raises(Refusal):
        edits.set_parameters(document, "n1", {"bias": False, "nothing": 1})
    assert do(document, "reset_parameter", node="n1", parameter="out_features").node("n1") == DOCUMENT.node(
        "n1"
    )
    assert not edits.reset_parameter(document, "n1", "bias")


def test_a_parameter_that_takes_ports_away_takes_their_wires() -> None:
    document = do(edits.new_document(), "add_node", type="Add", id="sum", parameters={"inputs": 3})
    ports = [port.name for port in edits.ports(document, document.node("sum"))[0]]
    assert len(ports) == 3
    for name in ports:
        document = do(document, "add_node", type="TableInput", id=f"in-{name}")
        document = do(document, "connect", source=f"in-{name}", out_port="y", target="sum", in_port=name)
    fewer = do(document, "set_parameter", node="sum", parameter="inputs", value=2)
    assert [edge.in_port for edge in fewer.edges_of("sum")] == ports[:2]
    reset = do(document, "reset_parameter", node="sum", parameter="inputs")
    assert len(reset.edges_of("sum")) == len(edits.ports(reset, reset.node("sum"))[0]) == 2


def test_what_is_gone_is_refused_not_raised() -> None:
    for verb, arguments in {
        "rename": {"node": "gone", "name": "a"},
        "set_parameter": {"node": "gone", "parameter": "p", "value": 1},
        "reset_parameter": {"node": "gone", "parameter": "p"},
        "set_comment": {"node": "gone", "comment": ""},
        "insert_on_wire": {"edge": "gone", "type": "ReLU"},
        "splice": {"node": "gone", "edge": "gone"},
        "append_node": {"type": "ReLU", "after": "gone"},
        "rewire": {"edge": "gone", "source": "n0", "out_port": "y", "target": "n1", "in_port": "x"},
        "connect": {"source": "gone", "out_port": "y", "target": "n1", "in_port": "x"},
        "set_note": {"note": "n0", "text": ""},
        "replace": {"ids": ["gone"], "type": "ReLU"},
    }.items():
        with pytest.raises(Refusal):
            edits.VERBS[verb](DOCUMENT, **arguments)


def test_an_unknown_type_can_be_moved_and_removed_but_not_set() -> None:
    foreign = Node(id="f", network=DOCUMENT.main.id, type="Quantum", name="q", parameters={"z": 1})
    document = Document([*DOCUMENT, foreign])
    assert do(document, "move", places={"f": (5.0, 5.0)}).node("f").parameters == {"z": 1}
    assert do(document, "rename", node="f", name="qubit").node("f").parameters == {"z": 1}
    with pytest.raises(Refusal):
        edits.set_parameter(document, "f", "z", 2)
    assert "f" not in do(document, "remove", ids=["f"])


def comb(size: int) -> Document:
    """A chain of layers, each of which also feeds a layer of its own."""
    records: list[Network | Node | Edge] = [Network(id="main")]
    for i in range(size):
        records.append(Node(id=f"n{i}", network="main", type="ReLU", name=f"relu{i}"))
        records.append(Node(id=f"t{i}", network="main", type="Tanh", name=f"tanh{i}"))
        records.append(Edge(id=f"down{i}", source=f"n{i}", out_port="y", target=f"t{i}", in_port="x"))
        if i:
            records.append(Edge(id=f"on{i}", source=f"n{i - 1}", out_port="y", target=f"n{i}", in_port="x"))
    return Document(records)


def test_what_many_removed_layers_fed_is_joined_to_what_fed_the_first() -> None:
    document = do(comb(5), "remove_and_reconnect", ids=["n3", "n1", "n2"])
    feeds = {edge.target: edge.source for edge in document.edges}
    assert feeds == {"t0": "n0", "t1": "n0", "t2": "n0", "t3": "n0", "n4": "n0", "t4": "n4"}


@pytest.mark.parametrize("verb", ["remove_and_reconnect", "replace"])
def test_an_edit_of_thousands_of_layers_takes_no_more_than_a_moment(verb: str) -> None:
    document = comb(3000)
    ids = [f"n{i}" for i in range(1, 3000)]
    start = time.process_time()
    after = do(document, verb, ids=ids, **({"type": "GELU"} if verb == "replace" else {}))
    assert time.process_time() - start < 2.0
    assert len({node.name for node in after.nodes()}) == len(after.nodes())
