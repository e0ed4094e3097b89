"""Data order: every node after what feeds it, loops named, in linear time."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from nndesigner.check.order import ancestors, data_order
from nndesigner.document.records import Edge, Node


def graph(count: int, pairs: list[tuple[int, int]]) -> tuple[list[Node], list[Edge]]:
    nodes = [Node(id=f"n{i}", network="main", type="Add", name=f"add{i}") for i in range(count)]
    edges = [
        Edge(id=f"e{k}", source=f"n{a}", out_port="y", target=f"n{b}", in_port=f"p{k}")
        for k, (a, b) in enumerate(pairs)
    ]
    return nodes, edges


@pytest.mark.parametrize("seed", range(20))
def test_every_node_comes_after_what_feeds_it_however_the_document_lists_them(seed: int) -> None:
    draw = random.Random(seed)
    ranks = list(range(30))
    draw.shuffle(ranks)
    pairs = [(a, b) for a in range(30) for b in range(30) if ranks[a] < ranks[b] and draw.random() < 0.1]
    nodes, edges = graph(30, pairs)
    draw.shuffle(nodes)
    draw.shuffle(edges)
    order, looped = data_order(nodes, edges)
    assert looped == [] and sorted(order) == sorted(node.id for node in nodes)
    assert all(order.index(edge.source) < order.index(edge.target) for edge in edges)
    draw.shuffle(edges)
    assert data_order(nodes, edges) == (order, []), "the order of the wires does not matter"


def test_ends_keep_the_order_in_which_nodes_were_given() -> None:
    nodes, edges = graph(4, [(3, 0)])
    assert data_order(nodes, edges)[0] == ["n3", "n0", "n1", "n2"]


def test_branches_follow_one_another_in_the_order_of_the_ports() -> None:
    nodes, edges = graph(
        6, [(0, 4), (4, 3), (0, 5), (5, 2), (3, 1), (2, 1)]
    )  # 1 = a: 0 → 4 → 3, b: 0 → 5 → 2
    assert data_order(nodes, edges)[0] == ["n0", "n4", "n3", "n5", "n2", "n1"]


def test_loops_are_named_and_what_hangs_behind_them_is_left_out() -> None:
    nodes, edges = graph(6, [(0, 1), (1, 2), (2, 1), (2, 3), (4, 4)])
    assert data_order(nodes, edges) == (["n0", "n5"], ["n1", "n2", "n4"])


def test_an_answer_handed_out_can_be_changed_without_harm() -> None:
    nodes, edges = graph(3, [(0, 1), (1, 2)])
    data_order(nodes, edges)[0].clear()
    assert data_order(nodes, edges)[0] == ["n0", "n1", "n2"]


def test_wires_to_nodes_that_are_not_there_are_passed_over() -> None:
    nodes, edges = graph(2, [(0, 1)])
    loose = Edge(id="x", source="gone", out_port="y", target="n1", in_port="z")
    assert data_order(nodes, [*edges, loose])[0] == ["n0", "n1"]


def test_ancestors_are_all_that_an_end_depends_on() -> None:
    _, edges = graph(5, [(0, 1), (1, 2), (3, 4)])
    assert ancestors(edges, ["n2"]) == {"n0", "n1", "n2"}
    assert ancestors(edges, []) == set()


def test_ports_stand_in_the_order_in_which_the_layer_has_them() -> None:
    nodes, edges = graph(4, [(0, 3), (1, 3), (2, 3)])
    nodes[3] = structs.replace(nodes[3], type="MultiheadAttention")
    edges = [structs.replace(e, in_port=p) for e, p in zip(edges, ("value", "key", "query"), strict=True)]
    assert data_order(nodes, edges)[0] == ["n2", "n1", "n0", "n3"]
