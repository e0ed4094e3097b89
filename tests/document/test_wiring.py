from __future__ import annotations

import random

import networkx as nx
import pytest

from nndesigner.document.edits import new_document
from nndesigner.document.records import Edge, Node
from nndesigner.document.wiring import ports, ports_fit, sound

EMPTY = new_document()


def node(id: str, type: str = "ReLU", network: str = "net", **parameters: object) -> Node:
    return Node(id=id, network=network, type=type, name=id, parameters=parameters)


def edge(id: str, source: str, target: str, in_port: str = "x", out_port: str = "y") -> Edge:
    return Edge(id=id, source=source, out_port=out_port, target=target, in_port=in_port)


def test_ports_come_from_the_declaration() -> None:
    inputs, outputs = ports(EMPTY, node("a"))
    assert [p.name for p in inputs] == ["x"]
    assert [p.name for p in outputs] == ["y"]
    assert ports(EMPTY, node("a", "Unheard")) == ((), ())


@pytest.mark.parametrize("bad", [None, "x", -1, 10**9, [], {"a": 1}, 1e300])
def test_ports_stand_whatever_the_parameters_are(bad: object) -> None:
    for type in ("Add", "Concatenate", "LSTM", "MultiheadAttention", "Linear"):
        declared = node("a", type)
        for name in ("inputs", "returns", "count", "hidden_size", "out_features"):
            wrong = node("a", type, **{name: bad})
            assert len(ports(EMPTY, wrong)[1]) == len(ports(EMPTY, declared)[1])


def test_two_ports_that_fit() -> None:
    assert ports_fit(EMPTY, node("a"), "y", node("b"), "x") == ""
    assert ports_fit(EMPTY, node("a", "Unheard"), "left", node("b", "Unheard"), "right") == ""


@pytest.mark.parametrize(
    ("source", "out_port", "target", "in_port", "said"),
    [
        (node("a"), "y", node("a"), "x", "itself"),
        (node("a"), "y", node("b", network="other"), "x", "one network"),
        (node("a"), "z", node("b"), "x", "no output “z”"),
        (node("a"), "y", node("b"), "weights", "no input “weights”"),
        (node("a"), "y", node("b", "TableInput"), "x", "no input “x”"),
        (node("a", "Output"), "y", node("b"), "x", "no output “y”"),
    ],
)
def test_why_two_ports_do_not_fit(source: Node, out_port: str, target: Node, in_port: str, said: str) -> None:
    assert said in ports_fit(EMPTY, source, out_port, target, in_port)


def test_of_two_wires_into_one_port_the_first_stays() -> None:
    nodes = {id: node(id) for id in "abc"}
    first, second = edge("1", "a", "c"), edge("2", "b", "c")
    kept, refused = sound(EMPTY, nodes, [first, second])
    assert kept == [first]
    assert [wire for wire, _ in refused] == [second]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_kept_has_no_loop_and_nothing_is_left_out_without_need(seed: int) -> None:
    chooser = random.Random(seed)
    nodes = {f"n{i}": node(f"n{i}", "Unheard") for i in range(12)}
    wires = [
        edge(f"{i:03}", f"n{chooser.randrange(12)}", f"n{chooser.randrange(12)}", in_port=f"p{i}")
        for i in range(chooser.randrange(5, 40))
    ]
    kept, refused = sound(EMPTY, nodes, wires)
    graph = nx.MultiDiGraph()
    graph.add_edges_from((wire.source, wire.target) for wire in kept)
    assert nx.is_directed_acyclic_graph(graph)
    assert sorted(wire.id for wire in (*kept, *(wire for wire, _ in refused))) == [wire.id for wire in wires]
    whole = nx.MultiDiGraph()
    whole.add_edges_from((wire.source, wire.target) for wire in wires if wire.source != wire.target)
    on_loops = {n for part in nx.strongly_connected_components(whole) if len(part) > 1 for n in part}
    for wire, _ in refused:
        assert wire.source == wire.target or {wire.source, wire.target} <= on_loops


def test_a_loop_of_any_length_needs_no_recursion() -> None:
    nodes = {f"n{i}": node(f"n{i}") for i in range(5000)}
    wires = [edge(f"{i:05}", f"n{i}", f"n{(i + 1) % 5000}") for i in range(5000)]
    kept, refused = sound(EMPTY, nodes, wires)
    assert (len(kept), len(refused)) == (4999, 1)
