"""Joining wires: a further wire to an input that has one already, both led through a layer with two inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.document.verbs import node_of, verb
from nndesigner.document.wire_edits import insert_on_wire, why_not
from nndesigner.document.wiring import ports


@verb
def join(
    document: Document,
    source: str,
    out_port: str,
    target: str,
    in_port: str,
    type: str,
    parameters: Mapping[str, Any] = {},
    *,
    edge: str = "",
    id: str = "",
) -> Diff:
    """Puts a new node on the wire into an input and wires `source` to the node's second input.

    `edge` is a wire that is moved rather than drawn anew: it ends at the new node from then on. Raises Refusal where
    the input is free, where the wire could not be drawn, and for a layer without a second input.
    """
    moved = document.get(edge) if edge else None
    without = document.apply(Diff(removed={edge: moved})) if isinstance(moved, Edge) else document
    reason = why_not(without, source, out_port, target, in_port)
    if reason:
        raise Refusal(reason)
    there = document.wire_into(target, in_port)
    name = node_of(document, target).name
    if there is None or there.id == edge:
        raise Refusal(
            tr(
                "Nothing is wired to “{port}” of {name} yet: there is nothing to join.",
                port=in_port,
                name=name,
            )
        )
    diff = insert_on_wire(document, there.id, type, parameters, id=id)
    node = next(record for record in diff.added.values() if isinstance(record, Node))
    inputs, _ = ports(document, node)
    if len(inputs) < 2:
        raise Refusal(tr("{type} takes one wire: it cannot join two.", type=type))
    wire = Edge(id=new_id(), source=source, out_port=out_port, target=node.id, in_port=inputs[1].name)
    removed = {**diff.removed, **({edge: moved} if isinstance(moved, Edge) else {})}
    return Diff(added={**diff.added, wire.id: wire}, changed=diff.changed, removed=removed)
