"""Edits of layers: adding, removing, placing, naming, setting parameters."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.expressions import is_expression
from nndesigner.base.fields import resolve
from nndesigner.base.names import NAME, free_name, is_name, new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.blocks import declared, names_inside, uses
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.naming import Names
from nndesigner.document.records import AnyRecord, DataSource, Edge, Frame, Network, Node, Note, TrainingPlan
from nndesigner.document.verbs import (
    added_records,
    changed_records,
    coordinate,
    moved_bends,
    names_in,
    network_of,
    node_of,
    verb,
)
from nndesigner.document.wiring import ports
from nndesigner.layers.block_ports import ENTRY, EXIT
from nndesigner.layers.catalogue import layer
from nndesigner.layers.custom import CUSTOM_TYPE, custom, unreadable
from nndesigner.layers.declaration import Layer
from nndesigner.layers.output import OUTPUT, output


@verb
def add_node(
    document: Document,
    type: str,
    x: float = 0.0,
    y: float = 0.0,
    *,
    network: str = "",
    name: str = "",
    parameters: Mapping[str, Any] = {},
    id: str = "",
) -> Diff:
    """A new node. Without a name it gets the first free one (`conv1`, `conv2` …)."""
    entry = _told(type, parameters)
    if entry is None:
        raise Refusal(tr("There is no layer of the type “{type}”.", type=type))
    network = network_of(document, network)
    taken = names_in(document, network)
    if not name:
        name = free_name(entry.stem, taken)
    elif name in taken or not is_name(name):
        name = free_name(name, taken)
    return added_records(
        Node(
            id=id or new_id(),
            network=network,
            type=type,
            name=name,
            parameters=_checked(document, network, entry, name, parameters),
            x=coordinate(x),
            y=coordinate(y),
        )
    )


def _told(type: str, parameters: Mapping[str, Any]) -> Layer | None:
    """The declaration of a layer of the catalogue with these parameters, whose text may say more of it."""
    told = {CUSTOM_TYPE: custom, OUTPUT.type: output}.get(type)
    return told(parameters) if told is not None else layer(type)


def _checked(
    document: Document, network: str, entry: Layer | None, name: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameter values as plain JSON. Raises Refusal with the field's own sentence for a value it does not take.

    An expression stays what it is; it must have a value with the defaults of the block around it.
    """
    checked = {}
    names = names_inside(document, network)
    for parameter, value in values.items():
        field = entry.field(parameter) if entry else None
        if field is None:
            raise Refusal(tr("{name} has no parameter “{parameter}”.", name=name, parameter=parameter))
        try:
            settled = field.settle(value, names)
        except ValueError as error:
            raise Refusal(str(error)) from None
        value = value if _has_expression(value) and settled != value else settled
        checked[parameter] = list(value) if isinstance(value, tuple) else value
    return checked


def _has_expression(value: Any) -> bool:
    return any(is_expression(item) for item in (value if isinstance(value, list | tuple) else [value]))


@verb
def remove(document: Document, ids: Iterable[str]) -> Diff:
    """Removes records; wires of a removed node go with it."""
    gone: dict[str, AnyRecord] = {}
    for id in ids:
        record = document.get(id)
        if record is None or isinstance(record, Network | DataSource | TrainingPlan):
            continue
        gone[id] = record
        if isinstance(record, Node):
            gone.update((edge.id, edge) for edge in document.edges_of(id))
            gone.update((edge.id, edge) for edge in _at_uses(document, record))
    return Diff(removed=gone)


def _at_uses(document: Document, port: Node) -> list[Edge]:
    """Where the node is a port of a block: the wires at that port, at every use of the block."""
    entry = layer(port.type)
    if entry is None or entry.role not in (ENTRY, EXIT):
        return []
    found = [edge for user in uses(document, port.network) for edge in document.edges_of(user.id)]
    users = {user.id for user in uses(document, port.network)}
    if entry.role == ENTRY:
        return [e for e in found if e.target in users and e.in_port == port.name]
    return [e for e in found if e.source in users and e.out_port == port.name]


@verb
def remove_and_reconnect(document: Document, ids: Iterable[str]) -> Diff:
    """Removes nodes and joins what was wired to their first input with what their outputs fed."""
    chosen = [id for id in ids if isinstance(document.get(id), Node)]
    diff = remove(document, chosen)
    gone = set(chosen)

    origins: dict[str, tuple[str, str] | None] = {}

    def origin(id: str) -> tuple[str, str] | None:
        """Where a removed node's first input comes from, past all others that are removed; None: from nowhere."""
        passed: list[str] = []
        found: tuple[str, str] | None = (id, "")
        while found is not None and found[0] in gone and found[0] not in origins:
            passed.append(found[0])
            origins[found[0]] = None  # on a loop it stays so
            inputs, _ = ports(document, node_of(document, found[0]))
            edge = document.wire_into(found[0], inputs[0].name) if inputs else None
            found = (edge.source, edge.out_port) if edge is not None else None
        if found is not None and found[0] in gone:
            found = origins[found[0]]
        origins.update(dict.fromkeys(passed, found))
        return found

    joined: dict[str, AnyRecord] = {}
    for id in chosen:
        for edge in document.edges_of(id):
            if edge.source == id and edge.target not in gone:
                start = origin(id)
                if start is not None:
                    wire = Edge(
                        id=new_id(),
                        source=start[0],
                        out_port=start[1],
                        target=edge.target,
                        in_port=edge.in_port,
                    )
                    joined[wire.id] = wire
    return Diff(added=joined, removed=diff.removed)


@verb
def move(document: Document, places: Mapping[str, Sequence[float]]) -> Diff:
    """Sets the position (x, y) of nodes, notes and frames, in scene units.

    Bends of a wire whose two ends are moved by the same amount come along.
    """
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    shifts: dict[str, tuple[float, float]] = {}
    for id, (x, y) in places.items():
        record = document.get(id)
        if isinstance(record, Node | Note | Frame):
            after = msgspec.structs.replace(record, x=coordinate(x), y=coordinate(y))
            pairs.append((record, after))
            shifts[id] = (round(after.x - record.x, 1), round(after.y - record.y, 1))
    for wire in _bent_wires(document, shifts):
        if shifts[wire.source] == shifts[wire.target]:
            bends = moved_bends(wire, *shifts[wire.source])
            pairs.append((wire, msgspec.structs.replace(wire, bends=bends)))
    return changed_records(*pairs)


def _bent_wires(document: Document, nodes: Container[str]) -> list[Edge]:
    """The wires with bends between two of the nodes."""
    return [e for e in document.edges if e.bends and e.source in nodes and e.target in nodes]


@verb
def rename(document: Document, node: str, name: str) -> Diff:
    """Renames a node; the name becomes the module's name in the model and in saved weights."""
    record = node_of(document, node)
    name = name.strip()
    if not is_name(name):
        reserved = NAME.fullmatch(name) is not None
        raise Refusal(
            tr("“{name}” means something else in Python or in a model: choose another name.", name=name[:40])
            if reserved
            else tr(
                "“{name}” cannot name a layer: use at most 64 letters, digits and _, starting with a letter.",
                name=name[:40],
            )
        )
    if name != record.name and name in names_in(document, record.network):
        raise Refusal(tr("Another layer is already named “{name}”.", name=name))
    return _renamed(document, record, name)


def _renamed(document: Document, before: Node, name: str) -> Diff:
    """The new name; where the node is a port of a block, the wires at every use of the block come along."""
    entry = layer(before.type)
    pairs: list[tuple[AnyRecord, AnyRecord]] = [(before, msgspec.structs.replace(before, name=name))]
    if entry is not None and entry.role in (ENTRY, EXIT):
        for user in uses(document, before.network):
            for edge in document.edges_of(user.id):
                if entry.role == ENTRY and (edge.target, edge.in_port) == (user.id, before.name):
                    pairs.append((edge, msgspec.structs.replace(edge, in_port=name)))
                elif entry.role == EXIT and (edge.source, edge.out_port) == (user.id, before.name):
                    pairs.append((edge, msgspec.structs.replace(edge, out_port=name)))
    return changed_records(*pairs)


@verb
def set_parameter(document: Document, node: str, parameter: str, value: Any) -> Diff:
    """Sets one parameter of a node. Raises Refusal with the field's own sentence for a value it does not take."""
    return set_parameters(document, node, {parameter: value})


@verb
def set_parameters(document: Document, node: str, values: Mapping[str, Any]) -> Diff:
    """Sets several parameters at once. A value equal to the default is stored all the same: defaults may change."""
    record = node_of(document, node)
    # A custom layer's text says which parameters there are: a new text is asked for the values that come with it.
    told = msgspec.structs.replace(record, parameters={**record.parameters, **values})
    checked = _checked(document, record.network, declared(document, told), record.name, values)
    after = msgspec.structs.replace(record, parameters={**record.parameters, **checked})
    return _and_loose_wires(document, record, after)


@verb
def reset_parameter(document: Document, node: str, parameter: str) -> Diff:
    """Goes back to the declared default."""
    record = node_of(document, node)
    kept = {key: value for key, value in record.parameters.items() if key != parameter}
    return _and_loose_wires(document, record, msgspec.structs.replace(record, parameters=kept))


def _and_loose_wires(document: Document, before: Node, after: Node) -> Diff:
    """The change of a node, and the removal of wires at ports that it no longer has."""
    inputs, outputs = ports(document, after)
    known_in, known_out = {p.name for p in inputs}, {p.name for p in outputs}
    old_in, old_out = ports(document, before)
    had_in, had_out = {p.name for p in old_in}, {p.name for p in old_out}
    if unreadable(after.type, after.parameters):
        known_in, known_out = had_in, had_out  # which ports it has shows when it can be read again
    elif unreadable(before.type, before.parameters):
        had_in = {edge.in_port for edge in document.edges_of(before.id)}
        had_out = {edge.out_port for edge in document.edges_of(before.id)}
    loose: dict[str, AnyRecord] = {
        edge.id: edge
        for edge in document.edges_of(before.id)
        if (edge.target == before.id and edge.in_port in had_in - known_in)
        or (edge.source == before.id and edge.out_port in had_out - known_out)
    }
    return Diff(changed=changed_records((before, after)).changed, removed=loose)


@verb
def replace(document: Document, ids: Iterable[str], type: str, parameters: Mapping[str, Any] = {}) -> Diff:
    """Turns nodes into layers of another type: place, wires that still fit and parameters of the same name stay.

    `parameters` are set besides. A name that a person chose stays too; one that says the old type is made anew. A
    wire whose port is not there any more goes to the port at the same place, where the new layer has a free one.
    """
    entry = layer(type)
    if entry is None:
        raise Refusal(tr("There is no layer of the type “{type}”.", type=type))
    changed: dict[str, tuple[AnyRecord, AnyRecord]] = {}
    wires: dict[str, Edge | None] = {}
    names: dict[str, Names] = {}
    for id in dict.fromkeys(ids):
        before = node_of(document, id)
        old = layer(before.type)
        name = before.name
        if old is not None and re.fullmatch(re.escape(old.stem) + r"\d*", name):
            if before.network not in names:
                names[before.network] = Names(names_in(document, before.network))
            name = names[before.network].take("", entry.stem)
        _, bad = resolve(entry.parameters, before.parameters)
        kept = {f.name for f in entry.parameters} - bad.keys()
        values = {key: value for key, value in before.parameters.items() if key in kept}
        values |= _checked(document, before.network, entry, name, parameters)
        after = msgspec.structs.replace(before, type=type, name=name, parameters=values)
        changed.update(changed_records((before, after)).changed)
        here = [wires.get(edge.id, edge) for edge in document.edges_of(id)]
        wires.update(_moved_wires(document, before, after, [edge for edge in here if edge is not None]))
    removed: dict[str, AnyRecord] = {}
    for id, wire in wires.items():
        old_wire = document.get(id)
        assert isinstance(old_wire, Edge)
        if wire is None:
            removed[id] = old_wire
        else:
            changed.update(changed_records((old_wire, wire)).changed)
    return Diff(changed=changed, removed=removed)


def _moved_wires(
    document: Document, before: Node, after: Node, edges: Iterable[Edge]
) -> dict[str, Edge | None]:
    """Wires at ports that a replaced node has no more: each at the port that takes its place, None where none does."""
    found: dict[str, Edge | None] = {}
    edges = list(edges)
    for side, old, new in zip(
        ("in_port", "out_port"), ports(document, before), ports(document, after), strict=True
    ):
        had, has = [port.name for port in old], [port.name for port in new]
        instead = dict(zip(had, has, strict=False))
        end = "target" if side == "in_port" else "source"
        here = [edge for edge in edges if getattr(edge, end) == before.id]
        taken = {getattr(edge, side) for edge in here} & set(has)
        for edge in here:
            port = getattr(edge, side)
            if port in has:
                continue
            place = instead.get(port)
            if place is None or (side == "in_port" and place in taken):
                found[edge.id] = None
                continue
            taken.add(place)
            found[edge.id] = msgspec.structs.replace(edge, **{side: place})
    return found


@verb
def set_comment(document: Document, node: str, comment: str) -> Diff:
    record = node_of(document, node)
    return changed_records((record, msgspec.structs.replace(record, comment=comment[:10_000])))


@verb
def place(document: Document, places: Mapping[str, Sequence[float]]) -> Diff:
    """Positions worked out by a layout: as `move`, but wires between what is placed become straight again."""
    moved = move(document, places)
    straight = [(w, msgspec.structs.replace(w, bends=())) for w in _bent_wires(document, places)]
    return Diff(changed={**moved.changed, **changed_records(*straight).changed})
