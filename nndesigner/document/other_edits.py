"""Edits of the data and of the training plan; and the clipboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.blocks import BLOCK
from nndesigner.document.blocks import inside as blocks_inside
from nndesigner.document.bringing import bring, plain, read_records, records_inside
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.naming import Names
from nndesigner.document.records import AnyRecord, DataSource, Frame, Node, Note, TrainingPlan
from nndesigner.document.verbs import (
    added_records,
    changed_records,
    coordinate,
    moved_bends,
    names_in,
    network_of,
    plain_values,
    verb,
)
from nndesigner.document.wiring import sound


# -- copy and paste ---
def copy(document: Document, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Nodes and notes with the wires among them, then the networks of the blocks, as plain data for the clipboard.

    Wires that come in from elsewhere are there too: `paste` draws them again where it is asked to.
    """
    chosen = [record for id in ids if isinstance(record := document.get(id), Node | Note | Frame)]
    inside = {record.id for record in chosen}
    wires = [e for e in document.edges if e.target in inside]
    blocks = dict.fromkeys(r.block for r in chosen if isinstance(r, Node) and r.type == BLOCK)
    return [plain(record) for record in (*chosen, *wires, *records_inside(document, blocks))]


@verb
def paste(
    document: Document,
    content: Sequence[Mapping[str, Any]],
    dx: float = 40.0,
    dy: float = 40.0,
    *,
    network: str = "",
    incoming: bool = False,
) -> Diff:
    """Adds copied records with fresh ids and free names, moved by (dx, dy). Wires between them come along, and so do
    the networks of blocks that the project does not have yet; with `incoming` also the wires from nodes that were
    left behind, where those are in this network."""
    network = network_of(document, network)
    names = Names(names_in(document, network))
    source = read_records(content)
    whole = {graph.id for graph in source.networks}
    pasted = [r for r in source if isinstance(r, Node | Note | Frame) and r.network not in whole]
    if not pasted:
        raise Refusal(tr("There is nothing on the clipboard to paste here."))
    used = dict.fromkeys(r.block for r in pasted if isinstance(r, Node) and r.type == BLOCK)
    found, brought = bring(document, source, used)
    around = document.apply(Diff(added=brought))
    fresh = {record.id: new_id() for record in pasted}
    added: dict[str, AnyRecord] = {}
    for record in pasted:
        record = msgspec.structs.replace(
            record,
            id=fresh[record.id],
            network=network,
            x=coordinate(record.x + dx),
            y=coordinate(record.y + dy),
        )
        if isinstance(record, Node):
            block = found.get(record.block, record.block)
            if record.type == BLOCK and block in around and network in blocks_inside(around, block):
                raise Refusal(tr("A block cannot be inside itself."))
            owner = document.get(record.shares)
            stays = isinstance(owner, Node) and owner.network == network
            record = msgspec.structs.replace(
                record,
                name=names.take(record.name),
                block=block,
                shares=fresh.get(record.shares, record.shares if stays else ""),
            )
        added[record.id] = record
    inside = [
        msgspec.structs.replace(
            wire,
            id=new_id(),
            source=fresh[wire.source],
            target=fresh[wire.target],
            bends=moved_bends(wire, dx, dy),
        )
        for wire in source.edges
        if wire.source in fresh and wire.target in fresh
    ]
    nodes = {id: record for id, record in added.items() if isinstance(record, Node)}
    for wire in source.edges if incoming else ():
        start = document.get(wire.source)
        comes_in = wire.source not in fresh and wire.target in fresh
        if comes_in and isinstance(start, Node) and start.network == network:
            nodes[start.id] = start
            inside.append(msgspec.structs.replace(wire, id=new_id(), target=fresh[wire.target], bends=()))
    added.update((wire.id, wire) for wire in sound(around, nodes, inside)[0])
    return Diff(added={**added, **brought})


# -- data and training ---
MOST_STEPS = 64
"""of augmentation in one project"""


@verb
def set_augmentation(document: Document, steps: Sequence[Mapping[str, Any]]) -> Diff:
    """Says what happens to training samples before they are seen, one step after the other (see `TrainingPlan`)."""
    if len(steps) > MOST_STEPS:
        raise Refusal(tr("A project has at most {most} steps of augmentation.", most=MOST_STEPS))
    if any(not isinstance(step.get("type"), str) for step in steps):
        raise Refusal(tr("A step of augmentation says of which type it is."))
    kept = tuple(
        {k: v for k, v in plain_values(step).items() if (k, v) not in (("parameters", {}), ("off", False))}
        for step in steps
    )
    old = document.plan
    if old is None:
        return added_records(TrainingPlan(id=new_id(), augmentation=kept))
    return changed_records((old, msgspec.structs.replace(old, augmentation=kept)))


@verb
def set_data(document: Document, type: str, parameters: Mapping[str, Any] = {}) -> Diff:
    """Chooses where the data comes from; what was found in the old data is forgotten until it is read again."""
    old = document.data
    fresh = DataSource(
        id=old.id if old else new_id(),
        type=type,
        parameters=plain_values(parameters),
        extra=old.extra if old else {},
    )
    return added_records(fresh) if old is None else changed_records((old, fresh))


@verb
def relocate_data(document: Document, parameters: Mapping[str, Any]) -> Diff:
    """Says where the same data lies now, seen from where the project file lies now; what was found in it stays."""
    old = document.data
    if old is None:
        raise Refusal(tr("The project has no data any more."))
    after = msgspec.structs.replace(old, parameters={**old.parameters, **plain_values(parameters)})
    return changed_records((old, after))


@verb
def set_found(
    document: Document,
    fields: Sequence[DataField],
    counts: Mapping[str, int],
    fingerprint: str,
    remarks: Sequence[str] = (),
    pinned: Mapping[str, Any] | None = None,
) -> Diff:
    """Keeps what a worker found in the data, and the parameters that are `pinned` by it."""
    old = document.data
    if old is None:
        raise Refusal(tr("The project has no data any more."))
    after = msgspec.structs.replace(
        old,
        fields=tuple(deepcopy(field) for field in fields),
        counts=dict(counts),
        fingerprint=fingerprint,
        remarks=tuple(remarks),
        parameters={**old.parameters, **plain_values(pinned or {})},
    )
    return changed_records((old, after))


@verb
def set_plan(document: Document, values: Mapping[str, Any], objective: str = "") -> Diff:
    """Changes settings of the training plan; a value None goes back to the default."""
    old = document.plan
    merged = {**(old.parameters if old else {}), **plain_values(values)}
    kept = {key: value for key, value in merged.items() if value is not None}
    if old is None:
        return added_records(TrainingPlan(id=new_id(), objective=objective or "supervised", parameters=kept))
    return changed_records(
        (old, msgspec.structs.replace(old, parameters=kept, objective=objective or old.objective))
    )
