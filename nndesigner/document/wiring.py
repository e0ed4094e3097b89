"""The rules that hold wires and layers together, in one place for edits, paste and files.

A wire joins ports that are there, inside one network, alone in its input; wires form no loop. A layer of an unknown
type may have any port: what it was wired to is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndesigner.base.fields import resolve
from nndesigner.base.text import tr
from nndesigner.document.records import Edge, Node
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Port


def ports(node: Node) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The input and output ports of a node. A node of an unknown type has none of its own."""
    declared = layer(node.type)
    if declared is None:
        return (), ()
    # Resolved, because a file may hold anything as a parameter and a port rule expects what its field allows.
    values, _ = resolve(declared.parameters, node.parameters)
    return declared.input_ports(values), declared.output_ports(values)


def sound(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> tuple[list[Edge], list[tuple[Edge, str]]]:
    """The wires that may stand, and those that may not, each with the reason; of two rivals the first stays.

    Linear in the number of wires, however they run.
    """
    names: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
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


def ports_fit(source: Node, out_port: str, target: Node, in_port: str) -> str:
    """Why the two ports cannot be joined, as a sentence; "" where they can. Loops are not looked for."""
    return _ports_fit(source, out_port, target, in_port, {})


_PortNames = dict[str, tuple[frozenset[str], frozenset[str]]]


def _ports_fit(source: Node, out_port: str, target: Node, in_port: str, known: _PortNames) -> str:
    if source.network != target.network:
        return tr("A wire stays inside one network.")
    if source.id == target.id:
        return tr("A layer cannot feed itself.")
    for node in (source, target):
        if node.id not in known:
            inputs, outputs = ports(node)
            known[node.id] = frozenset(p.name for p in inputs), frozenset(p.name for p in outputs)
    if layer(source.type) is not None and out_port not in known[source.id][1]:
        return tr("{name} has no output “{port}”.", name=source.name, port=out_port[:40])
    if layer(target.type) is not None and in_port not in known[target.id][0]:
        return tr("{name} has no input “{port}”.", name=target.name, port=in_port[:40])
    return ""


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
