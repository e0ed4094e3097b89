"""What holds the records of a document together, restored where a file breaks it.

After `mend`: there is a network and at most one data source and one training plan; every node, note and frame is in a
network; node names are unique and usable; every wire joins ports that are there, alone in its input, inside one
network, and no wires form a loop. The rest of the package may rely on it. What is not known is named and kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from nndesigner.base.names import is_name
from nndesigner.base.text import count, tr
from nndesigner.document.blocks import BLOCK
from nndesigner.document.document import Document
from nndesigner.document.edits import FARTHEST
from nndesigner.document.naming import Names
from nndesigner.document.records import (
    AnyRecord,
    DataSource,
    Edge,
    Frame,
    Network,
    Node,
    Note,
    TrainingPlan,
    Unknown,
)
from nndesigner.document.wiring import sound
from nndesigner.layers.catalogue import layer
from nndesigner.project.format import PROJECT

Warn = Callable[[str], None]
Records = dict[str, AnyRecord]


def mend(records: Mapping[str, AnyRecord], warn: Warn) -> Records:
    """Records that hold together, in the order given; `warn` is told each thing that had to change."""
    mended = dict(records)
    _known(mended, warn)
    _one_of_each(mended, warn)
    _placed(mended, warn)
    _named(mended, warn)
    _wired(mended, warn)
    return mended


def _known(records: Records, warn: Warn) -> None:
    """Says what this version does not know; it is kept as it is."""
    types = Counter(
        r.type for r in records.values() if isinstance(r, Node) and layer(r.type) is None and r.type != BLOCK
    )
    for type, number in sorted(types.items()):
        warn(
            tr(
                "{what} of the type “{type}”, which this version does not know: kept as it is, but not trained.",
                what=count(number, "layer is", "layers are"),
                type=type[:40],
            )
        )
    kinds = Counter(
        str(record.content.get("kind"))
        for record in records.values()
        if isinstance(record, Unknown) and record.id != PROJECT
    )
    for kind, number in sorted(kinds.items()):
        warn(
            tr(
                "{what} of the kind “{kind}”, which this version does not know: kept as it is.",
                what=count(number, "record is", "records are"),
                kind=kind[:40],
            )
        )


def _one_of_each(records: Records, warn: Warn) -> None:
    if not any(isinstance(record, Network) for record in records.values()):
        if any(isinstance(record, Node | Note | Frame) for record in records.values()):
            warn(tr("The project had no network; its layers were put into a new one."))
        number = 1
        while f"network-{number}" in records:
            number += 1
        id = f"network-{number}"
        for key, record in list(records.items()):
            if isinstance(record, Node | Note | Frame):
                records[key] = msgspec.structs.replace(record, network=id)
        records[id] = Network(id=id)
    for cls, what in ((DataSource, tr("data source")), (TrainingPlan, tr("training plan"))):
        for extra in [id for id, record in records.items() if isinstance(record, cls)][1:]:
            warn(tr("The project had a second {what}, which was left out.", what=what))
            del records[extra]


def _placed(records: Records, warn: Warn) -> None:
    """Every node, note and frame in a network, and where the canvas can show it."""
    networks = [record for record in records.values() if isinstance(record, Network)]
    main = min(networks, key=lambda network: (network.order, network.id)).id
    known = {network.id for network in networks}
    for id, record in list(records.items()):
        if not isinstance(record, Node | Note | Frame):
            continue
        if record.network not in known:
            warn(tr("The network of {what} is missing; it was put into the main one.", what=_called(record)))
            record = msgspec.structs.replace(record, network=main)
        if not -FARTHEST <= record.x <= FARTHEST or not -FARTHEST <= record.y <= FARTHEST:
            warn(tr("{what} lay far outside and was moved to the origin.", what=_called(record)))
            record = msgspec.structs.replace(record, x=0.0, y=0.0)
        records[id] = record
    for id, wire in list(records.items()):
        if isinstance(wire, Edge) and any(
            not abs(value) <= FARTHEST for bend in wire.bends for value in bend
        ):
            warn(tr("The bends of a wire lay far outside and were left out."))
            records[id] = msgspec.structs.replace(wire, bends=())


def _named(records: Records, warn: Warn) -> None:
    taken: dict[str, Names] = {}
    unnamed: list[Node] = []
    for record in records.values():
        if isinstance(record, Node):
            names = taken.setdefault(record.network, Names())
            if is_name(record.name) and record.name not in names:
                names.take(record.name)
            else:
                unnamed.append(record)
    for node in unnamed:
        declared = layer(node.type)
        usable = is_name(node.name)
        name = taken[node.network].take(
            node.name, "" if usable else declared.stem if declared is not None else "node"
        )
        warn(
            tr("Two layers cannot share the name “{name}”; one is now “{new}”.", name=node.name, new=name)
            if usable
            else tr("“{name}” cannot name a layer; it is now “{new}”.", name=node.name[:40], new=name)
        )
        records[node.id] = msgspec.structs.replace(node, name=name)


def _wired(records: Records, warn: Warn) -> None:
    nodes = {id: record for id, record in records.items() if isinstance(record, Node)}
    edges = sorted((r for r in records.values() if isinstance(r, Edge)), key=lambda edge: edge.id)
    for edge, reason in sound(Document(records), nodes, edges)[1]:
        ends = [nodes[end].name if end in nodes else "?" for end in (edge.source, edge.target)]
        warn(tr("The wire from {a} to {b} was left out. {reason}", a=ends[0], b=ends[1], reason=reason))
        del records[edge.id]


def _called(record: Node | Note | Frame) -> str:
    return record.name[:40] if isinstance(record, Node) else tr("a note or frame")
