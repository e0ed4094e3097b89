"""Data order: every node after what feeds it, branch after branch; nodes on a loop are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.layers.catalogue import layer


def in_order(document: Document, network: str) -> tuple[str, ...]:
    """Ids of the nodes of a network in data order; those on a loop or behind one come last."""
    known = document.derived
    if ("order", network) not in known:
        nodes = document.nodes(network)
        ordered = data_order(nodes, document.edges_in(network))[0]
        here = set(ordered)
        known["order", network] = (*ordered, *(node.id for node in nodes if node.id not in here))
    found: tuple[str, ...] = known["order", network]
    return found


def data_order(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[list[str], list[str]]:
    """(ids in data order, ids on loops). One branch is followed to its end before the next one begins, in the order of
    the ports at which they come together; ends keep the order in which the nodes were given. Linear time.

    The last answer is kept: most edits change no wire.
    """
    global _last
    nodes, edges = tuple(nodes), tuple(edges)
    ids = tuple((node.id, node.type) for node in nodes)
    known_ids, known_edges, known = _last
    if ids != known_ids or edges != known_edges:
        known = _data_order(nodes, edges)
        _last = (ids, edges, known)
    return list(known[0]), list(known[1])


_last: tuple[tuple[tuple[str, str], ...], tuple[Edge, ...], tuple[list[str], list[str]]] = ((), (), ([], []))


def _data_order(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[list[str], list[str]]:
    types = {node.id: node.type for node in nodes}
    ids = [*types]
    feeds: dict[str, list[str]] = {id: [] for id in ids}
    fed_by: dict[str, list[tuple[int, str, str]]] = {id: [] for id in ids}
    for edge in edges:
        if edge.source in types and edge.target in types:
            feeds[edge.source].append(edge.target)
            place = _places(types[edge.target]).get(edge.in_port, 0)
            fed_by[edge.target].append((place, edge.in_port, edge.source))
    reached = _reached(feeds, {id: len(fed_by[id]) for id in ids})
    order = _branch_by_branch([id for id in ids if id in reached], feeds, fed_by, reached)
    if len(order) == len(ids):
        return order, []
    # What is left hangs on a loop or behind one: it has no order. Only the nodes on loops are named.
    return order, _on_loops(feeds, [id for id in ids if id not in reached])


@cache
def _places(type: str) -> Mapping[str, int]:
    """The ports of a layer in their order, where its parameters do not change them; else names say the order."""
    entry = layer(type)
    ports = entry.inputs if entry is not None and isinstance(entry.inputs, tuple) else ()
    return {port.name: position for position, port in enumerate(ports)}


def _reached(feeds: dict[str, list[str]], waits_for: dict[str, int]) -> set[str]:
    """The nodes that all data reaches: neither on a loop nor behind one."""
    ready = [id for id, count in waits_for.items() if not count]
    found = set(ready)
    while ready:
        for target in feeds[ready.pop()]:
            waits_for[target] -= 1
            if not waits_for[target]:
                found.add(target)
                ready.append(target)
    return found


def _branch_by_branch(
    ids: list[str],
    feeds: dict[str, list[str]],
    fed_by: dict[str, list[tuple[int, str, str]]],
    reached: set[str],
) -> list[str]:
    """What feeds a node stands before it, the first port's branch first."""
    order: list[str] = []
    placed: set[str] = set()
    waiting = [id for id in reversed(ids) if not any(target in reached for target in feeds[id])]
    while waiting:
        id = waiting[-1]
        before = [source for _, _, source in sorted(fed_by[id], reverse=True) if source not in placed]
        if id in placed or not before:
            waiting.pop()
            if id not in placed:
                placed.add(id)
                order.append(id)
        else:
            waiting += before
    return order


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
