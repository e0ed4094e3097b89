"""Data order: every node after what feeds it; nodes on a loop are named."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

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
    position = {node.id: number for number, node in enumerate(nodes)}
    ids = list(position)
    feeds: dict[str, list[str]] = {}
    waits_for = dict.fromkeys(ids, 0)
    for edge in edges:
        if edge.source in position and edge.target in position:
            feeds.setdefault(edge.source, []).append(edge.target)
            waits_for[edge.target] += 1
    ready = [number for number, id in enumerate(ids) if not waits_for[id]]  # ascending: already a heap
    order: list[str] = []
    while ready:
        id = ids[heapq.heappop(ready)]
        order.append(id)
        for target in feeds.get(id, ()):
            waits_for[target] -= 1
            if not waits_for[target]:
                heapq.heappush(ready, position[target])
    if len(order) == len(ids):
        return order, []
    # What is left hangs on a loop or behind one: it has no order. Only the nodes on loops are named.
    return order, _on_loops(feeds, [id for id in ids if waits_for[id]])


def _on_loops(feeds: dict[str, list[str]], left: list[str]) -> list[str]:
    """The nodes among `left` that lead back to themselves, in the same order."""
    import networkx as nx  # as slow to import as a small window is to open, and a drawing with a loop is rare

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(left)
    inside = set(left)
    graph.add_edges_from((id, target) for id in left for target in feeds.get(id, ()) if target in inside)
    looped = {id for part in nx.strongly_connected_components(graph) if len(part) > 1 for id in part}
    looped |= {id for id in left if graph.has_edge(id, id)}
    return [id for id in left if id in looped]


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
