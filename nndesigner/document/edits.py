"""Every way to change a document, one verb each: each takes the document and values, and gives a Diff.

Menus, gestures, paste, quick fixes and scripts all come through here, so all of them can be undone and journalled.
A verb that cannot be done raises Refusal with the sentence to show; the document is never half changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.base.names import free_name, is_name, new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.naming import Names
from nndesigner.document.records import AnyRecord, DataSource, Edge, Frame, Network, Node, Note, TrainingPlan
from nndesigner.document.wiring import ports, ports_fit, sound
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Layer

VERBS: dict[str, Callable[..., Diff]] = {}
GRID = 20.0
COLUMN = 200.0
"""Scene units from one node of a chain to the next."""
FARTHEST = 1e7
"""Scene units from the origin at which nothing can be put any more."""


def verb(edit: Callable[..., Diff]) -> Callable[..., Diff]:
    """Registers an edit under its function name, as remedies and scripts call it."""
    VERBS[edit.__name__] = edit
    return edit


def _changed(*pairs: tuple[AnyRecord, AnyRecord]) -> Diff:
    return Diff(changed={before.id: (before, after) for before, after in pairs if before != after})


def _added(*records: AnyRecord) -> Diff:
    return Diff(added={record.id: record for record in records})


def new_document(name: str = "network") -> Document:
    """An empty project: one network and a training plan."""
    return Document([Network(id=new_id(), name=name), TrainingPlan(id=new_id())])


def _node(document: Document, id: str) -> Node:
    record = document.get(id)
    if not isinstance(record, Node):
        raise Refusal(tr("That layer is not here any more."))
    return record


def _network(document: Document, id: str) -> str:
    """The network to edit; "" means the main one."""
    if not id:
        return document.main.id
    if not isinstance(document.get(id), Network):
        raise Refusal(tr("That network is not here any more."))
    return id


def _names(document: Document, network: str) -> set[str]:
    return {node.name for node in document.nodes(network)}


def _number(value: float) -> float:
    """Positions are kept to a tenth: enough for the eye, short in the file."""
    if not -FARTHEST <= value <= FARTHEST:
        raise Refusal(tr("That is too far away: nothing could be found there again."))
    return round(float(value), 1) + 0.0


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a file gives them back: lists for tuples."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


# -- nodes ---------------------------------------------------------------------------------------------------
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
    declared = layer(type)
    if declared is None:
        raise Refusal(tr("There is no layer of the type “{type}”.", type=type))
    network = _network(document, network)
    taken = _names(document, network)
    if not name:
        name = free_name(declared.stem, taken)
    elif name in taken or not is_name(name):
        name = free_name(name, taken)
    return _added(
        Node(
            id=id or new_id(),
            network=network,
            type=type,
            name=name,
            parameters=_checked(declared, name, parameters),
            x=_number(x),
            y=_number(y),
        )
    )


def _checked(declared: Layer | None, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameter values as plain JSON. Raises Refusal with the field's own sentence for a value it does not take."""
    checked = {}
    for parameter, value in values.items():
        field = declared.field(parameter) if declared else None
        if field is None:
            raise Refusal(tr("{name} has no parameter “{parameter}”.", name=name, parameter=parameter))
        try:
            value = field.check(value)
        except ValueError as error:
            raise Refusal(str(error)) from None
        checked[parameter] = list(value) if isinstance(value, tuple) else value
    return checked


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
    return Diff(removed=gone)


@verb
def remove_and_reconnect(document: Document, ids: Iterable[str]) -> Diff:
    """Removes nodes and joins what was wired to their first input with what their outputs fed."""
    chosen = [id for id in ids if isinstance(document.get(id), Node)]
    diff = remove(document, chosen)
    gone = set(chosen)

    def origin(edge: Edge | None) -> tuple[str, str] | None:
        seen: set[str] = set()
        while edge is not None and edge.source in gone:
            if edge.source in seen:
                return None
            seen.add(edge.source)
            inputs, _ = ports(_node(document, edge.source))
            edge = document.wire_into(edge.source, inputs[0].name) if inputs else None
        return (edge.source, edge.out_port) if edge is not None else None

    joined: dict[str, AnyRecord] = {}
    for id in chosen:
        for edge in document.edges_of(id):
            if edge.source == id and edge.target not in gone:
                start = origin(edge)
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
    """Sets the position (x, y) of nodes, notes and frames, in scene units."""
    pairs = []
    for id, (x, y) in places.items():
        record = document.get(id)
        if isinstance(record, Node | Note | Frame):
            pairs.append((record, msgspec.structs.replace(record, x=_number(x), y=_number(y))))
    return _changed(*pairs)


@verb
def rename(document: Document, node: str, name: str) -> Diff:
    """Renames a node; the name becomes the module's name in the model and in saved weights."""
    record = _node(document, node)
    name = name.strip()
    if not is_name(name):
        raise Refusal(
            tr(
                "“{name}” cannot name a layer: use letters, digits and _, starting with a letter, and no Python word.",
                name=name[:40],
            )
        )
    if name != record.name and name in _names(document, record.network):
        raise Refusal(tr("Another layer is already named “{name}”.", name=name))
    return _changed((record, msgspec.structs.replace(record, name=name)))


@verb
def set_parameter(document: Document, node: str, parameter: str, value: Any) -> Diff:
    """Sets one parameter of a node. Raises Refusal with the field's own sentence for a value it does not take."""
    return set_parameters(document, node, {parameter: value})


@verb
def set_parameters(document: Document, node: str, values: Mapping[str, Any]) -> Diff:
    """Sets several parameters at once. A value equal to the default is stored all the same: defaults may change."""
    record = _node(document, node)
    checked = _checked(layer(record.type), record.name, values)
    after = msgspec.structs.replace(record, parameters={**record.parameters, **checked})
    return _and_loose_wires(document, record, after)


@verb
def reset_parameter(document: Document, node: str, parameter: str) -> Diff:
    """Goes back to the declared default."""
    record = _node(document, node)
    kept = {key: value for key, value in record.parameters.items() if key != parameter}
    return _and_loose_wires(document, record, msgspec.structs.replace(record, parameters=kept))


def _and_loose_wires(document: Document, before: Node, after: Node) -> Diff:
    """The change of a node, and the removal of wires at ports that it no longer has."""
    inputs, outputs = ports(after)
    known_in, known_out = {p.name for p in inputs}, {p.name for p in outputs}
    old_in, old_out = ports(before)
    had_in, had_out = {p.name for p in old_in}, {p.name for p in old_out}
    loose: dict[str, AnyRecord] = {
        edge.id: edge
        for edge in document.edges_of(before.id)
        if (edge.target == before.id and edge.in_port in had_in - known_in)
        or (edge.source == before.id and edge.out_port in had_out - known_out)
    }
    return Diff(changed=_changed((before, after)).changed, removed=loose)


@verb
def replace(document: Document, ids: Iterable[str], type: str) -> Diff:
    """Turns nodes into layers of another type: place, wires that still fit and parameters of the same name stay.

    A name that a person chose stays too; one that says the old type is made anew.
    """
    declared = layer(type)
    if declared is None:
        raise Refusal(tr("There is no layer of the type “{type}”.", type=type))
    changed: dict[str, tuple[AnyRecord, AnyRecord]] = {}
    removed: dict[str, AnyRecord] = {}
    taken: set[str] = set()
    for id in dict.fromkeys(ids):
        before = _node(document, id)
        taken |= _names(document, before.network)
        old = layer(before.type)
        name = before.name
        if old is not None and re.fullmatch(re.escape(old.stem) + r"\d*", name):
            name = free_name(declared.stem, taken)
            taken.add(name)
        _, bad = resolve(declared.parameters, before.parameters)
        kept = {f.name for f in declared.parameters} - bad.keys()
        parameters = {key: value for key, value in before.parameters.items() if key in kept}
        after = msgspec.structs.replace(before, type=type, name=name, parameters=parameters)
        inputs, outputs = ports(after)
        ends, starts = {port.name for port in inputs}, {port.name for port in outputs}
        for edge in document.edges_of(id):
            if (edge.in_port not in ends) if edge.target == id else (edge.out_port not in starts):
                removed[edge.id] = edge
        changed.update(_changed((before, after)).changed)
    return Diff(changed=changed, removed=removed)


@verb
def set_comment(document: Document, node: str, comment: str) -> Diff:
    record = _node(document, node)
    return _changed((record, msgspec.structs.replace(record, comment=comment[:10_000])))


# -- wires -----------------------------------------------------------------------------------------------------
def why_not(document: Document, source: str, out_port: str, target: str, in_port: str) -> str:
    """Why this wire cannot be drawn, as a sentence; "" where it can. An input that is taken is replaced, so it can."""
    start, end = document.get(source), document.get(target)
    if not isinstance(start, Node) or not isinstance(end, Node):
        return tr("A wire joins two layers.")
    reason = ports_fit(start, out_port, end, in_port)
    if reason:
        return reason
    if source in downstream(document, [target]):
        return tr(
            "This wire would close a loop: {end} already leads to {start}.", end=end.name, start=start.name
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
    return Diff(changed=_changed((wire, moved)).changed, removed=dict(gives_way))


def free_input(document: Document, node: str) -> str:
    """The first input port without a wire, required ones first; "" where all are taken."""
    inputs, _ = ports(_node(document, node))
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
    source, target = _node(document, wire.source), _node(document, wire.target)
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
            before = _node(document, other)
            pairs.append((before, msgspec.structs.replace(before, x=_number(before.x + shift))))
    return Diff(
        added={node.id: node, **_through(document, wire, node)},
        changed=_changed(*pairs).changed,
        removed={wire.id: wire},
    )


@verb
def splice(document: Document, node: str, edge: str) -> Diff:
    """Puts an existing, unwired node in the middle of a wire."""
    wire, record = document.get(edge), _node(document, node)
    if not isinstance(wire, Edge):
        raise Refusal(tr("That wire is not here any more."))
    if document.edges_of(node):
        raise Refusal(tr("{name} is already wired.", name=record.name))
    if _node(document, wire.source).network != record.network:
        raise Refusal(tr("A wire stays inside one network."))
    return Diff(added=_through(document, wire, record), removed={wire.id: wire})


def _through(document: Document, wire: Edge, node: Node) -> dict[str, AnyRecord]:
    inputs, outputs = ports(node)
    if not inputs or not outputs:
        raise Refusal(tr("{name} has no way through: it cannot sit in the middle of a wire.", name=node.name))
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
    source = _node(document, after)
    _, outputs = ports(source)
    diff = add_node(
        document, type, source.x + COLUMN, source.y, network=source.network, parameters=parameters, id=id
    )
    node = next(iter(diff.added.values()))
    assert isinstance(node, Node)
    inputs, _ = ports(node)
    if not outputs or not inputs:
        raise Refusal(tr("{type} cannot follow {name}.", type=type, name=source.name))
    wire = Edge(
        id=new_id(),
        source=after,
        out_port=out_port or outputs[0].name,
        target=node.id,
        in_port=inputs[0].name,
    )
    return Diff(added={node.id: node, wire.id: wire})


# -- notes and frames ------------------------------------------------------------------------------------------
@verb
def add_note(document: Document, text: str, x: float, y: float, *, network: str = "") -> Diff:
    return _added(
        Note(id=new_id(), network=_network(document, network), text=text[:10_000], x=_number(x), y=_number(y))
    )


@verb
def set_note(document: Document, note: str, text: str) -> Diff:
    record = document.get(note)
    if not isinstance(record, Note):
        raise Refusal(tr("That note is not here any more."))
    return _changed((record, msgspec.structs.replace(record, text=text[:10_000])))


# -- copy and paste --------------------------------------------------------------------------------------------
def copy(document: Document, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Nodes and notes with the wires among them, as plain data for the clipboard."""
    chosen = [record for id in ids if isinstance(record := document.get(id), Node | Note | Frame)]
    inside = {record.id for record in chosen}
    wires = [e for e in document.edges if e.source in inside and e.target in inside]
    return [{"kind": record.kind, **msgspec.to_builtins(record)} for record in (*chosen, *wires)]


@verb
def paste(
    document: Document,
    content: Sequence[Mapping[str, Any]],
    dx: float = 40.0,
    dy: float = 40.0,
    *,
    network: str = "",
) -> Diff:
    """Adds copied records with fresh ids and free names, moved by (dx, dy). Wires between them come along."""
    network = _network(document, network)
    names = Names(_names(document, network))
    fresh: dict[str, str] = {}
    added: dict[str, AnyRecord] = {}
    kinds: dict[str, type[Node] | type[Note] | type[Frame]] = {"node": Node, "note": Note, "frame": Frame}
    try:
        for item in content:
            if item.get("kind") in kinds:
                record = msgspec.convert(
                    {k: v for k, v in item.items() if k != "kind"}, kinds[str(item["kind"])]
                )
                fresh[record.id] = id = new_id()
                record = msgspec.structs.replace(
                    record, id=id, network=network, x=_number(record.x + dx), y=_number(record.y + dy)
                )
                if isinstance(record, Node):
                    record = msgspec.structs.replace(record, name=names.take(record.name))
                added[id] = record
        wires = [
            msgspec.convert({k: v for k, v in item.items() if k != "kind"}, Edge)
            for item in content
            if item.get("kind") == "edge"
        ]
    except (msgspec.ValidationError, TypeError, KeyError):
        raise Refusal(tr("What is on the clipboard is not a piece of a network.")) from None
    if not added:
        raise Refusal(tr("There is nothing on the clipboard to paste here."))
    inside = [
        msgspec.structs.replace(wire, id=new_id(), source=fresh[wire.source], target=fresh[wire.target])
        for wire in wires
        if wire.source in fresh and wire.target in fresh
    ]
    nodes = {id: record for id, record in added.items() if isinstance(record, Node)}
    added.update((wire.id, wire) for wire in sound(nodes, inside)[0])
    return Diff(added=added)


# -- data and training -----------------------------------------------------------------------------------------
@verb
def set_data(document: Document, type: str, parameters: Mapping[str, Any] = {}) -> Diff:
    """Chooses where the data comes from; what was found in the old data is forgotten until it is read again."""
    old = document.data
    fresh = DataSource(
        id=old.id if old else new_id(),
        type=type,
        parameters=_plain(parameters),
        extra=old.extra if old else {},
    )
    return _added(fresh) if old is None else _changed((old, fresh))


@verb
def set_found(
    document: Document,
    fields: Sequence[DataField],
    counts: Mapping[str, int],
    fingerprint: str,
    remarks: Sequence[str] = (),
) -> Diff:
    """Keeps what a worker found in the data."""
    old = document.data
    if old is None:
        raise Refusal(tr("The project has no data any more."))
    after = msgspec.structs.replace(
        old, fields=tuple(fields), counts=dict(counts), fingerprint=fingerprint, remarks=tuple(remarks)
    )
    return _changed((old, after))


@verb
def set_plan(document: Document, values: Mapping[str, Any], objective: str = "") -> Diff:
    """Changes settings of the training plan; a value None goes back to the default."""
    old = document.plan
    merged = {**(old.parameters if old else {}), **_plain(values)}
    kept = {key: value for key, value in merged.items() if value is not None}
    if old is None:
        return _added(TrainingPlan(id=new_id(), objective=objective or "supervised", parameters=kept))
    return _changed(
        (old, msgspec.structs.replace(old, parameters=kept, objective=objective or old.objective))
    )


@verb
def place(document: Document, places: Mapping[str, Sequence[float]]) -> Diff:
    """Positions worked out by a layout; the same as `move`, under its own name in the history."""
    return move(document, places)


def say(diff: Diff) -> str:
    """A short name for an edit, as the undo menu shows it."""
    nodes = [r for r in diff.added.values() if isinstance(r, Node)]
    gone = [r for r in diff.removed.values() if isinstance(r, Node)]
    if len(nodes) == 1 and not gone:
        return tr("Add {name}", name=nodes[0].name)
    if nodes and not gone:
        return tr("Add {what}", what=count(len(nodes), "layer", "layers"))
    if len(gone) == 1:
        return tr("Remove {name}", name=gone[0].name)
    if gone:
        return tr("Remove {what}", what=count(len(gone), "layer", "layers"))
    if any(isinstance(r, DataSource) for r in diff.added.values()):
        return tr("Choose the data")
    if any(isinstance(r, TrainingPlan) for r in diff.added.values()):
        return tr("Change the training settings")
    if any(isinstance(r, Note) for r in diff.added.values()):
        return tr("Add a note")
    if any(isinstance(r, Edge) for r in diff.added.values()):
        return tr("Connect")
    if any(isinstance(r, Edge) for r in diff.removed.values()) and not diff.changed:
        return tr("Disconnect")
    for before, after in diff.changed.values():
        if isinstance(before, Node) and isinstance(after, Node):
            if before.type != after.type:
                return tr("Replace {name}", name=before.name)
            if before.name != after.name:
                return tr("Rename {name}", name=after.name)
            changed = [k for k in after.parameters if before.parameters.get(k) != after.parameters[k]]
            if before.parameters != after.parameters:
                what = re.sub("_", " ", changed[0]) if changed else tr("parameter")
                return tr("Set {what} of {name}", what=what, name=after.name)
            if before.comment != after.comment:
                return tr("Comment on {name}", name=after.name)
            return tr("Move {what}", what=count(len(diff.changed), "layer", "layers"))
        if isinstance(after, Edge):
            return tr("Move a wire")
        if isinstance(after, Note):
            return tr("Change a note")
        if isinstance(after, DataSource):
            return tr("Change the data")
        if isinstance(after, TrainingPlan):
            return tr("Change the training settings")
    return tr("Edit")
