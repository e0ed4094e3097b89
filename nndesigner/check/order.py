"""Data order: every node after what feeds it; nodes on a loop are named."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from nndesigner.document.records import Edge, Node


def data_order(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[list[str], list[str]]:
    """(ids in data order, ids on loops). Ties keep the order in which the nodes were given; linear time.

    The last answer is kept: most edits change no wire.
    """
    global _last
    nodes, edges = tuple(nodes), tuple(edges)
    ids = tuple(node.id for node in nodes)
    known_ids, known_edges, known = _last
    if ids != known_ids or edges != known_edges:
        known = _data_order(nodes, edges)
        _last = (ids, edges, known)
    return list(known[0]), list(known[1])


_last: tuple[tuple[str, ...], tuple[Edge, ...], tuple[list[str], list[str]]] = ((), (), ([], []))


def _data_order(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[list[str], list[str]]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    position: dict[str, int] = {}
    for node in nodes:
        position[node.id] = len(position)
        graph.add_node(node.id)
    for edge in edges:
        if edge.source in position and edge.target in position:
            graph.add_edge(edge.source, edge.target)
    try:
        return list(nx.lexicographical_topological_sort(graph, key=position.__getitem__)), []
    except nx.NetworkXUnfeasible:
        pass  # there is a loop: find it
    looped = [id for part in nx.strongly_connected_components(graph) if len(part) > 1 for id in part]
    looped += [id for id in graph if graph.has_edge(id, id)]
    looped = sorted(set(looped), key=position.__getitem__)
    # what hangs behind a loop has no order either: it is left out with it
    behind = set(looped)
    for id in looped:
        behind |= nx.descendants(graph, id)
    rest = graph.subgraph([id for id in graph if id not in behind])
    return list(nx.lexicographical_topological_sort(rest, key=position.__getitem__)), looped


def ancestors(edges: Iterable[Edge], ends: Iterable[str]) -> set[str]:
    """The given nodes and everything that they depend on."""
    feeding: dict[str, list[str]] = {}
    for edge in edges:
        feeding.setdefault(edge.target, []).append(edge.source)
    seen: set[str] = set()
    waiting = list(ends)
    while waiting:
        id = waiting.pop()
        if id not in seen:
            seen.add(id)
            waiting.extend(feeding.get(id, ()))
    return seen
