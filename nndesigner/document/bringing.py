"""Blocks that come from another document: from the clipboard, from a library. What the project has already is not
brought again.

Networks are compared by what they mean: names, types, parameters and wires, not by ids and places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.block_edits import free_network_name, next_order, use_block
from nndesigner.document.blocks import BLOCK, inside
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import KINDS, AnyRecord, Edge, Frame, Network, Node, Note
from nndesigner.document.verbs import plain_values, verb


def records_inside(document: Document, networks: Iterable[str]) -> list[AnyRecord]:
    """The networks, those that they use, and everything in them."""
    wanted: set[str] = set()
    for id in networks:
        wanted |= inside(document, id)
    found: list[AnyRecord] = [network for network in document.networks if network.id in wanted]
    for network in [*found]:
        found += document.nodes(network.id)
        found += document.edges_in(network.id)
    found += [r for r in document if isinstance(r, Note | Frame) and r.network in wanted]
    return found


def plain(record: AnyRecord) -> dict[str, Any]:
    """A record as data for a clipboard or a verb."""
    return {"kind": record.kind, **msgspec.to_builtins(record)}


def read_records(content: Iterable[Mapping[str, Any]]) -> Document:
    """The networks, nodes, wires, notes and frames of plain data. Raises Refusal."""
    made: list[AnyRecord] = []
    try:
        for item in content:
            item = plain_values(item)
            kind = KINDS.get(str(item.pop("kind", "")))
            if kind in (Network, Node, Edge, Note, Frame):
                made.append(msgspec.convert(item, kind))  # type: ignore[arg-type]
    except (msgspec.ValidationError, AttributeError, TypeError, KeyError):
        raise Refusal(tr("What is on the clipboard is not a piece of a network.")) from None
    return Document(made)


def meaning(document: Document, network: str, trail: tuple[str, ...] = ()) -> Any:
    """What a network is, apart from ids, places, comments and its own name: equal for two that do the same."""
    graph = document.get(network)
    if not isinstance(graph, Network) or network in trail:
        return None
    nodes = sorted(document.nodes(network), key=lambda node: node.name)
    names = {node.id: node.name for node in nodes}
    wires = sorted(
        (names.get(e.source, ""), e.out_port, names.get(e.target, ""), e.in_port)
        for e in document.edges_in(network)
    )
    return (
        graph.parameters,
        graph.help,
        [
            (
                node.name,
                node.type,
                plain_values(node.parameters),
                node.bypass,
                node.learning,
                names.get(node.shares, ""),
                meaning(document, node.block, (*trail, network)) if node.type == BLOCK else "",
            )
            for node in nodes
        ],
        wires,
    )


def bring(
    document: Document, source: Document, wanted: Iterable[str], origin: str = ""
) -> tuple[dict[str, str], dict[str, AnyRecord]]:
    """What it takes to have networks of another document in this one: for each its id here, and the records to add.

    A network that is here under its own id, or one that means the same, is used as it is.
    """
    found: dict[str, str] = {}
    added: dict[str, AnyRecord] = {}
    roots = [*wanted]
    known = {n.id: meaning(document, n.id) for n in document.networks if n.id != document.main.id}
    for id in _inner_first(source, roots):
        graph = source.get(id)
        if not isinstance(graph, Network):
            continue
        here = meaning(source, id)
        twins = [other for other, its in known.items() if its == here]
        if id in known:
            found[id] = id
        elif twins:
            named = [t for t in twins if getattr(document.get(t), "origin", "") == origin]
            found[id] = (named or twins)[0]
        else:
            shown = document.apply(Diff(added={k: r for k, r in added.items() if isinstance(r, Network)}))
            fresh = msgspec.structs.replace(
                graph,
                id=new_id(),
                name=free_network_name(shown, graph.name),
                order=next_order(shown),
                origin=origin if id in roots and origin else graph.origin,
            )
            found[id] = fresh.id
            added[fresh.id] = fresh
            added |= _copied(source, id, fresh.id, found)
    return found, added


def _inner_first(source: Document, roots: Sequence[str]) -> list[str]:
    done: list[str] = []

    def visit(id: str, trail: tuple[str, ...]) -> None:
        if id in trail:
            raise Refusal(tr("A block cannot be inside itself."))
        if id not in done:
            for node in source.nodes(id):
                if node.type == BLOCK:
                    visit(node.block, (*trail, id))
            done.append(id)

    for root in roots:
        visit(root, ())
    return done


def _copied(source: Document, old: str, new: str, found: Mapping[str, str]) -> dict[str, AnyRecord]:
    """What is inside a network, with fresh ids."""
    ids = {node.id: new_id() for node in source.nodes(old)}
    made: list[AnyRecord] = [
        msgspec.structs.replace(
            node,
            id=ids[node.id],
            network=new,
            block=found.get(node.block, node.block),
            shares=ids.get(node.shares, ""),
        )
        for node in source.nodes(old)
    ]
    made += [
        msgspec.structs.replace(edge, id=new_id(), source=ids[edge.source], target=ids[edge.target])
        for edge in source.edges_in(old)
        if edge.source in ids and edge.target in ids
    ]
    made += [
        msgspec.structs.replace(r, id=new_id(), network=new)
        for r in source
        if isinstance(r, Note | Frame) and r.network == old
    ]
    return {record.id: record for record in made}


@verb
def bring_block(
    document: Document,
    content: Sequence[Mapping[str, Any]],
    block: str,
    *,
    origin: str = "",
    x: float = 0.0,
    y: float = 0.0,
    network: str = "",
    id: str = "",
) -> Diff:
    """A new node that uses a block of a library: `content` holds its records, `block` is its id among them.

    Its networks come along once; a copy that is here already and unchanged is used. Raises Refusal.
    """
    found, added = bring(document, read_records(content), [block], origin)
    if block not in found:
        raise Refusal(tr("That block is not in the library any more."))
    brought = Diff(added=added)
    used = use_block(document.apply(brought), found[block], x, y, network=network, id=id)
    return Diff(added={**used.added, **added})
