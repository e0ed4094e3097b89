"""Places for the layers of a network: data flows from left to right, one column for each step of the longest way.

One pass in data order. A layer hands its row on to the farthest of those that it feeds, so that a chain is a straight
line, a residual block bends around its shortcut and an encoder–decoder becomes a U. It moves nothing itself: the
places are for the verb `place`.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

import networkx as nx

from nndesigner.document.document import Document
from nndesigner.document.edits import COLUMN
from nndesigner.document.records import Edge

ROW = 140.0
"""Scene units from one row to the next."""


def layout(document: Document, network: str | None = None) -> dict[str, tuple[float, float]]:
    """(x, y) of every node of a network (the main one without an argument), in scene units; the first row is at 0.

    Layers that nothing is wired to stand in rows of their own below. Takes O((nodes + wires) · log rows).
    """
    nodes = sorted(document.nodes(network), key=lambda node: (node.y, node.x, node.id))
    edges = sorted(document.edges_in(network), key=lambda edge: (edge.in_port, edge.id))
    wired = {end for edge in edges for end in (edge.source, edge.target)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in nodes if node.id in wired)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    columns = _columns(graph)
    rows = _rows(graph, columns, edges)
    places = {id: (columns[id] * COLUMN, rows[id] * ROW) for id in graph}
    below = max(rows.values(), default=-1) + 1
    for number, node in enumerate(node for node in nodes if node.id not in wired):
        places[node.id] = ((number % 8) * COLUMN, (below + number // 8) * ROW)
    return places


def _columns(graph: nx.DiGraph[str]) -> dict[str, int]:
    """The longest way from a start to each node; a start stands one column before what it feeds first."""
    columns: dict[str, int] = {}
    order = list(nx.topological_sort(graph))
    for id in order:
        columns[id] = max((columns[before] + 1 for before in graph.pred[id]), default=0)
    for id in order:
        if not graph.pred[id] and graph.succ[id]:
            columns[id] = min(columns[after] for after in graph.succ[id]) - 1
    return columns


def _rows(graph: nx.DiGraph[str], columns: dict[str, int], edges: list[Edge]) -> dict[str, int]:
    """A row for every node. No two nodes share a place, and no node stands where another hands its row on past it."""
    heirs: dict[str, str] = {}
    for edge in edges:  # of two equally far the one that comes first keeps the row
        known = heirs.get(edge.source)
        if known is None or columns[edge.target] > columns[known]:
            heirs[edge.source] = edge.target
    bequeathed: dict[str, list[str]] = defaultdict(list)
    for source, heir in heirs.items():
        bequeathed[heir].append(source)
    rows: dict[str, int] = {}
    free: list[int] = []  # rows that nobody holds in this column, the topmost first
    ending: dict[int, list[int]] = defaultdict(list)  # column → rows that are free from there on
    used = 0
    by_column: dict[int, list[str]] = defaultdict(list)
    for id in graph:
        by_column[columns[id]].append(id)
    for column in range(max(by_column, default=-1) + 1):
        for row in ending.pop(column, ()):
            heapq.heappush(free, row)
        newcomers = []
        for id in by_column[column]:
            inherited = sorted(rows[source] for source in bequeathed.get(id, ()))
            if not inherited:
                newcomers.append(id)
                continue
            rows[id] = inherited[0]
            for row in inherited[1:]:
                heapq.heappush(free, row)
        for id in newcomers:
            if free:
                rows[id] = heapq.heappop(free)
            else:
                rows[id], used = used, used + 1
        for id in by_column[column]:
            if id not in heirs:
                ending[column + 1].append(rows[id])
    return rows
