"""The rules that hold wires and layers together, in one place for edits, paste and files.

A wire joins ports that are there, inside one network, alone in its input; wires form no loop. A layer of an unknown
type, and a custom layer whose code cannot be read, may have any port: what it was wired to is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndesigner.base.text import tr
from nndesigner.document.blocks import declared, settled
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.layers.custom import unreadable
from nndesigner.layers.declaration import Port


def ports(document: Document, node: Node) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The input and output ports of a node. A node of an unknown type has none of its own."""
    entry = declared(document, node)
    if entry is None:
        return (), ()
    # Settled, because a file may hold anything as a parameter and a port rule expects what its field allows.
    values = settled(document, node) if callable(entry.inputs) or callable(entry.outputs) else {}
    return entry.input_ports(values), entry.output_ports(values)


def sound(
    document: Document, nodes: Mapping[str, Node], edges: Iterable[Edge]
) -> tuple[list[Edge], list[tuple[Edge, str]]]:
    """The wires that may stand, and those that may not, each with the reason; of two rivals the first stays.

    `document` holds the networks of the blocks among the nodes. Linear in the number of wires, however they run.
    """
    names = _PortNames(document)
    fed: set[tuple[str, str]] = set()
    kept: list[Edge] = []
    refused: list[tuple[Edge, str]] = []
    for edge in edges:
        source, target = nodes.get(edge.source), nodes.get(edge.target)
        if source is None or target is None:
            reason = tr("A layer at its end is missing.")
        elif (edge.target, edge.in_port) in fed:
            reason = tr(
                "The input “{port}” of {name} takes one wire.", port=edge.in_port[:40], name=target.name
            )
        else:
            reason = _ports_fit(source, edge.out_port, target, edge.in_port, names)
        if reason:
            refused.append((edge, reason))
        else:
            fed.add((edge.target, edge.in_port))
            kept.append(edge)
    closing = {edge.id for edge in _closing(kept)}
    refused += [(edge, tr("It would close a loop.")) for edge in kept if edge.id in closing]
    return [edge for edge in kept if edge.id not in closing], refused


def ports_fit(document: Document, source: Node, out_port: str, target: Node, in_port: str) -> str:
    """Why the two ports cannot be joined, as a sentence; "" where they can. Loops are not looked for."""
    return _ports_fit(source, out_port, target, in_port, _PortNames(document))


class _PortNames:
    """The names of the ports of nodes, each node asked once; None for a node of an unknown type."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, tuple[frozenset[str], frozenset[str]] | None] = {}

    def of(self, node: Node) -> tuple[frozenset[str], frozenset[str]] | None:
        if node.id not in self._known:
            inputs, outputs = ports(self._document, node)
            found = frozenset(p.name for p in inputs), frozenset(p.name for p in outputs)
            unknown = declared(self._document, node) is None or unreadable(node.type, node.parameters)
            self._known[node.id] = None if unknown else found
        return self._known[node.id]


def _ports_fit(source: Node, out_port: str, target: Node, in_port: str, known: _PortNames) -> str:
    if source.network != target.network:
        return tr("A wire stays inside one network: use layers of the same one.")
    if source.id == target.id:
        return tr("A layer cannot feed itself: data flows one way, so wire it to another layer.")
    starts, ends = known.of(source), known.of(target)
    if starts is not None and out_port not in starts[1]:
        return _no_port(source.name, tr("output"), out_port, starts[1])
    if ends is not None and in_port not in ends[0]:
        return _no_port(target.name, tr("input"), in_port, ends[0])
    return ""


def _no_port(name: str, side: str, port: str, there: frozenset[str]) -> str:
    """A port that a layer has not, with those that it has."""
    words = {"name": name, "side": side, "port": port[:40]}
    if not there:
        return tr("{name} has no {side} “{port}”: wires need another layer there.", **words)
    known = ", ".join(f"“{word}”" for word in sorted(there))
    return tr("{name} has no {side} “{port}”; there is {known}.", known=known, **words)


def _closing(edges: list[Edge]) -> list[Edge]:
    """The wires back to a layer that a depth-first walk is still below; without them there is no loop."""
    out: dict[str, list[Edge]] = {}
    for edge in edges:
        out.setdefault(edge.source, []).append(edge)
    closing: list[Edge] = []
    done: dict[str, bool] = {}  # False while the walk is below it
    for start in sorted(out):
        if start in done:
            continue
        done[start] = False
        path = [(start, iter(out[start]))]
        while path:
            node, rest = path[-1]
            for edge in rest:
                if edge.target not in done:
                    done[edge.target] = False
                    path.append((edge.target, iter(out.get(edge.target, ()))))
                    break
                if not done[edge.target]:
                    closing.append(edge)
            else:
                done[node] = True
                path.pop()
    return closing
