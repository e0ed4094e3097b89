"""Edits of wires, and of layers together with their wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.node_edits import add_node, remove
from nndesigner.document.records import AnyRecord, Edge, Node
from nndesigner.document.verbs import COLUMN, changed_records, coordinate, node_of, verb
from nndesigner.document.wiring import ports, ports_fit


def why_not(document: Document, source: str, out_port: str, target: str, in_port: str) -> str:
    """Why this wire cannot be drawn, as a sentence; "" where it can. An input that is taken is replaced, so it can."""
    start, end = document.get(source), document.get(target)
    if not isinstance(start, Node) or not isinstance(end, Node):
        return tr("A wire joins two layers, and one of these is not here any more.")
    reason = ports_fit(document, start, out_port, end, in_port)
    if reason:
        return reason
    if source in downstream(document, [target]):
        return tr(
            "This wire would close a loop: {end} already leads to {start}. Remove a wire between them first.",
            end=end.name,
            start=start.name,
        )
    return ""


def downstream(document: Document, starts: Iterable[str]) -> set[str]:
    """The given nodes and everything that depends on them."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        id = waiting.pop()
        if id not in seen:
            seen.add(id)
            waiting.extend(edge.target for edge in document.edges_of(id) if edge.source == id)
    return seen


@verb
def connect(
    document: Document, source: str, out_port: str, target: str, in_port: str, *, id: str = ""
) -> Diff:
    """Draws a wire; a wire that already ends at the input is replaced. Raises Refusal with the reason."""
    reason = why_not(document, source, out_port, target, in_port)
    if reason:
        raise Refusal(reason)
    old = document.wire_into(target, in_port)
    if old is not None and (old.source, old.out_port) == (source, out_port):
        return Diff()
    wire = Edge(id=id or new_id(), source=source, out_port=out_port, target=target, in_port=in_port)
    return Diff(added={wire.id: wire}, removed={old.id: old} if old else {})


@verb
def disconnect(document: Document, edge: str) -> Diff:
    return remove(document, [edge] if isinstance(document.get(edge), Edge) else [])


@verb
def rewire(document: Document, edge: str, source: str, out_port: str, target: str, in_port: str) -> Diff:
    """Moves an end of a wire, or both; a wire that already ends at the input gives way. Raises Refusal."""
    wire = document.get(edge)
    if not isinstance(wire, Edge):
        raise Refusal(tr("That wire is not here any more."))
    # Without the wire itself, which may be what closes the loop.
    reason = why_not(document.apply(Diff(removed={wire.id: wire})), source, out_port, target, in_port)
    if reason:
        raise Refusal(reason)
    moved = msgspec.structs.replace(wire, source=source, out_port=out_port, target=target, in_port=in_port)
    old = document.wire_into(target, in_port)
    gives_way = {old.id: old} if old is not None and old.id != wire.id else {}
    return Diff(changed=changed_records((wire, moved)).changed, removed=dict(gives_way))


def free_input(document: Document, node: str) -> str:
    """The first input port without a wire, required ones first; "" where all are taken."""
    inputs, _ = ports(document, node_of(document, node))
    free = [p for p in inputs if document.wire_into(node, p.name) is None]
    return min(free, key=lambda p: p.optional).name if free else ""


@verb
def insert_on_wire(
    document: Document, edge: str, type: str, parameters: Mapping[str, Any] = {}, *, id: str = ""
) -> Diff:
    """Puts a new node in the middle of a wire and moves what follows it aside where there is no room."""
    wire = document.get(edge)
    if not isinstance(wire, Edge):
        raise Refusal(tr("That wire is not here any more."))
    source, target = node_of(document, wire.source), node_of(document, wire.target)
    node = next(
        iter(
            add_node(
                document,
                type,
                (source.x + target.x) / 2,
                (source.y + target.y) / 2,
                network=source.network,
                parameters=parameters,
                id=id,
            ).added.values()
        )
    )
    assert isinstance(node, Node)
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    if target.x - source.x < 2 * COLUMN:
        node = msgspec.structs.replace(node, x=source.x + COLUMN, y=source.y)
        shift = source.x + 2 * COLUMN - target.x
        for other in downstream(document, [target.id]):
            before = node_of(document, other)
            pairs.append((before, msgspec.structs.replace(before, x=coordinate(before.x + shift))))
    return Diff(
        added={node.id: node, **through(document, wire, node)},
        changed=changed_records(*pairs).changed,
        removed={wire.id: wire},
    )


def through(document: Document, wire: Edge, node: Node) -> dict[str, AnyRecord]:
    """The two wires that take the place of one, with a node between them. Raises Refusal where none can be."""
    inputs, outputs = ports(document, node)
    if not inputs or not outputs:
        raise Refusal(
            tr(
                "{name} has no way through: only a layer with an input and an output can sit in the middle of a wire.",
                name=node.name,
            )
        )
    first = Edge(
        id=new_id(), source=wire.source, out_port=wire.out_port, target=node.id, in_port=inputs[0].name
    )
    second = Edge(
        id=new_id(), source=node.id, out_port=outputs[0].name, target=wire.target, in_port=wire.in_port
    )
    return {first.id: first, second.id: second}


@verb
def append_node(
    document: Document,
    type: str,
    after: str,
    out_port: str = "",
    parameters: Mapping[str, Any] = {},
    *,
    id: str = "",
) -> Diff:
    """A new node to the right of another one, wired from it to the new node's first input."""
    source = node_of(document, after)
    _, outputs = ports(document, source)
    diff = add_node(
        document, type, source.x + COLUMN, source.y, network=source.network, parameters=parameters, id=id
    )
    node = next(iter(diff.added.values()))
    assert isinstance(node, Node)
    inputs, _ = ports(document, node)
    if not outputs or not inputs:
        raise Refusal(
            tr("{name} has no output to go on from: choose a layer before it.", name=source.name)
            if not outputs
            else tr("{type} has no input: it can only begin a network.", type=type)
        )
    wire = Edge(
        id=new_id(),
        source=after,
        out_port=out_port or outputs[0].name,
        target=node.id,
        in_port=inputs[0].name,
    )
    return Diff(added={node.id: node, wire.id: wire})


def wire_words(document: Document, source: str, target: str) -> str:
    """What a new wire between two nodes is called in the history: "Wire conv1 to relu1"."""
    ends = document.get(source), document.get(target)
    names = [end.name if isinstance(end, Node) else "?" for end in ends]
    return tr("Wire {source} to {target}", source=names[0], target=names[1])
