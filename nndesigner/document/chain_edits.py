"""Edits of several wires at once: a layer put into a wire or pulled out of its chain, all wires of a port moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff, squash
from nndesigner.document.document import Document
from nndesigner.document.look_edits import set_bends
from nndesigner.document.node_edits import move, remove_and_reconnect
from nndesigner.document.records import AnyRecord, Edge, Node
from nndesigner.document.verbs import COLUMN, changed_records, coordinate, node_of, verb
from nndesigner.document.wire_edits import downstream, rewire, through

LEVEL = 80.0
"""Scene units: nodes whose tops are nearer than this are beside one another, and need room between them."""


@verb
def splice(document: Document, node: str, edge: str, x: float | None = None, y: float | None = None) -> Diff:
    """Puts an existing, unwired node in the middle of a wire.

    Where a place is given the node goes there; it and what follows the wire move aside where there is no room.
    """
    wire, record = document.get(edge), node_of(document, node)
    if not isinstance(wire, Edge):
        raise Refusal(tr("That wire is not here any more."))
    if document.edges_of(node):
        raise Refusal(tr("{name} is already wired: take its wires off first.", name=record.name))
    if node_of(document, wire.source).network != record.network:
        raise Refusal(tr("A wire stays inside one network."))
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    if x is not None or y is not None:
        moved = msgspec.structs.replace(
            record,
            x=record.x if x is None else coordinate(x),
            y=record.y if y is None else coordinate(y),
        )
        pairs = _with_room(document, record, moved, wire)
    return Diff(
        added=through(document, wire, record),
        changed=changed_records(*pairs).changed,
        removed={wire.id: wire},
    )


def _with_room(
    document: Document, before: Node, after: Node, wire: Edge
) -> list[tuple[AnyRecord, AnyRecord]]:
    """The node at its new place, a column after the wire's source, and what follows it a column further on."""
    source, target = node_of(document, wire.source), node_of(document, wire.target)
    if target.x <= source.x:
        return [(before, after)]
    if abs(after.y - source.y) < LEVEL:
        after = msgspec.structs.replace(after, x=max(after.x, coordinate(source.x + COLUMN)))
    pairs: list[tuple[AnyRecord, AnyRecord]] = [(before, after)]
    shift = after.x + COLUMN - target.x
    if abs(after.y - target.y) < LEVEL and shift > 0:
        for id in downstream(document, [target.id]):
            other = node_of(document, id)
            pairs.append((other, msgspec.structs.replace(other, x=coordinate(other.x + shift))))
    return pairs


@verb
def pull_out(document: Document, ids: Iterable[str], dy: float = 0.0) -> Diff:
    """Takes nodes out of their chain without removing them: what was before them feeds what was after.

    Wires among the nodes stay. They move down by `dy` scene units, so that the new wire does not run behind them.
    """
    chosen = dict.fromkeys(id for id in ids if isinstance(document.get(id), Node))
    rejoined = remove_and_reconnect(document, chosen)
    loose: dict[str, AnyRecord] = {
        id: record
        for id, record in rejoined.removed.items()
        if isinstance(record, Edge) and (record.source in chosen) != (record.target in chosen)
    }
    if not loose:
        return Diff()
    places = {id: (node_of(document, id).x, node_of(document, id).y + dy) for id in chosen}
    return Diff(added=rejoined.added, changed=move(document, places).changed, removed=loose)


@verb
def move_wires(
    document: Document, node: str, port: str, to_node: str, to_port: str, *, inputs: bool = False
) -> Diff:
    """Moves every wire at an output (or input) to another one. Raises Refusal where one of them cannot go there."""
    end, side = ("target", "in_port") if inputs else ("source", "out_port")
    total = Diff()
    for wire in document.edges_of(node):
        if (getattr(wire, end), getattr(wire, side)) != (node, port):
            continue
        ends = {
            "source": wire.source, "out_port": wire.out_port, "target": wire.target, "in_port": wire.in_port
        } | {end: to_node, side: to_port}  # fmt: skip
        step = rewire(document, wire.id, **ends)
        document, total = document.apply(step), squash(total, step)
    return total


@verb
def bend_wires(document: Document, bends: Mapping[str, Sequence[Sequence[float]]]) -> Diff:
    """Sets the bends of several wires, as `set_bends` does for one."""
    total = Diff()
    for edge, points in bends.items():
        total = squash(total, set_bends(document, edge, points))
    return total
