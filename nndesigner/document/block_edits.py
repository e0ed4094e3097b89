"""Edits of blocks: made from a selection and dissolved again, used, declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.expressions import BadExpression, is_expression, read
from nndesigner.base.names import NAME, new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.document.blocks import (
    BLOCK,
    RESERVED,
    block,
    declared,
    inside,
    names_inside,
    parameter_field,
    port_nodes,
    stem,
    uses,
)
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.naming import Names
from nndesigner.document.records import AnyRecord, BlockParameter, Edge, Frame, Network, Node, Note
from nndesigner.document.verbs import (
    COLUMN,
    added_records,
    changed_records,
    coordinate,
    names_in,
    network_of,
    node_of,
    verb,
)
from nndesigner.document.wiring import ports
from nndesigner.layers.block_ports import ENTRY, EXIT


# -- making and using ----------------------------------------------------------------------------------------------
@verb
def new_block(document: Document, name: str, *, id: str = "") -> Diff:
    """An empty block: a network with one input and one output, not used anywhere yet."""
    network = Network(id=id or new_id(), name=free_network_name(document, name), order=next_order(document))
    entry = Node(id=new_id(), network=network.id, type="BlockInput", name="x")
    end = Node(id=new_id(), network=network.id, type="BlockOutput", name="y", x=2 * COLUMN)
    return added_records(network, entry, end)


@verb
def use_block(
    document: Document,
    block: str,
    x: float = 0.0,
    y: float = 0.0,
    *,
    network: str = "",
    parameters: Mapping[str, Any] = {},
    id: str = "",
) -> Diff:
    """A new node that uses a network of the project as a block. Raises Refusal where the block would contain itself."""
    graph = document.get(block)
    if not isinstance(graph, Network):
        raise Refusal(tr("That block is not here any more."))
    network = network_of(document, network)
    _check_no_circle(document, block, network)
    entry = _declaration(document, graph)
    values = {}
    for name, value in parameters.items():
        field = entry.field(name)
        if field is None:
            raise Refusal(tr("The block {block} has no parameter “{name}”.", block=graph.name, name=name))
        try:
            field.settle(value, names_inside(document, network))
        except ValueError as error:
            raise Refusal(str(error)) from None
        values[name] = value
    node = Node(
        id=id or new_id(),
        network=network,
        type=BLOCK,
        name=Names(names_in(document, network)).take("", stem(graph.name)),
        block=block,
        parameters=values,
        x=coordinate(x),
        y=coordinate(y),
    )
    return added_records(node)


_declaration = block


def _check_no_circle(document: Document, block: str, network: str) -> None:
    if block == document.main.id:
        raise Refusal(tr("The main network cannot be used as a block."))
    if network in inside(document, block):
        raise Refusal(tr("A block cannot be inside itself."))


@verb
def make_block(document: Document, ids: Iterable[str], name: str = "", *, id: str = "") -> Diff:
    """Turns the chosen nodes into a block, wired as they were; wires that cross its edge become its ports."""
    chosen = {id: record for id in ids if isinstance(record := document.get(id), Node)}
    if not chosen:
        raise Refusal(tr("Select the layers that the block should hold."))
    networks = {node.network for node in chosen.values()}
    if len(networks) > 1:
        raise Refusal(tr("The layers of a block come from one network."))
    for node in chosen.values():
        entry = declared(document, node)
        if entry is not None and entry.role not in ("layer", "penalty"):
            raise Refusal(
                tr("{name} stays outside: inputs and outputs cannot be inside a block.", name=node.name)
            )
    _check_convex(document, chosen)
    _check_sharing(document, chosen)
    around = networks.pop()
    network = Network(
        id=new_id(), name=free_network_name(document, name or tr("block")), order=next_order(document)
    )
    names = Names(node.name for node in chosen.values())
    left = min(node.x for node in chosen.values())
    right = max(node.x for node in chosen.values())
    top = min(node.y for node in chosen.values())
    taken = {node.name for node in document.nodes(around) if node.id not in chosen}
    user = Node(
        id=id or new_id(),
        network=around,
        type=BLOCK,
        name=Names(taken).take("", stem(network.name)),
        block=network.id,
        x=coordinate((left + right) / 2),
        y=coordinate(sum(node.y for node in chosen.values()) / len(chosen)),
    )
    added: dict[str, AnyRecord] = {network.id: network, user.id: user}
    removed: dict[str, AnyRecord] = {}
    entries: dict[tuple[str, str], Node] = {}
    exits: dict[tuple[str, str], Node] = {}
    touching = {edge.id: edge for id in chosen for edge in document.edges_of(id)}
    for edge in sorted(touching.values(), key=lambda e: (_height(document, e.target), e.in_port, e.id)):
        start, end = (edge.source, edge.out_port), (edge.target, edge.in_port)
        if edge.source in chosen and edge.target in chosen:
            continue
        removed[edge.id] = edge
        if edge.target in chosen:
            if start not in entries:
                node = _port(network.id, names, "x", len(entries), left - COLUMN, top)
                entries[start] = added[node.id] = node
                wire = _wire(start, (user.id, node.name))
                added[wire.id] = wire
            wire = _wire((entries[start].id, "y"), end)
        else:
            if start not in exits:
                node = _port(network.id, names, "y", len(exits), right + COLUMN, top)
                exits[start] = added[node.id] = node
                wire = _wire(start, (node.id, "x"))
                added[wire.id] = wire
            wire = _wire((user.id, exits[start].name), end)
        added[wire.id] = wire
    if not exits:
        for end in _open_ends(document, chosen):
            port = _port(network.id, names, "y", len(exits), right + COLUMN, top)
            exits[end] = added[port.id] = port
            wire = _wire(end, (port.id, "x"))
            added[wire.id] = wire
    if not exits:
        raise Refusal(
            tr(
                "A block has an output, and nothing leaves these layers: select one that gives something on too."
            )
        )
    moved = [(node, msgspec.structs.replace(node, network=network.id)) for node in chosen.values()]
    return Diff(added=added, changed=changed_records(*moved).changed, removed=removed)


def _height(document: Document, id: str) -> float:
    return node_of(document, id).y


def _wire(start: tuple[str, str], end: tuple[str, str]) -> Edge:
    return Edge(id=new_id(), source=start[0], out_port=start[1], target=end[0], in_port=end[1])


def _port(network: str, names: Names, letter: str, position: int, x: float, top: float) -> Node:
    return Node(
        id=new_id(),
        network=network,
        type="BlockInput" if letter == "x" else "BlockOutput",
        name=names.take(letter),
        parameters={"position": position} if position else {},
        x=coordinate(x),
        y=coordinate(top + 100.0 * position),
    )


def _open_ends(document: Document, chosen: Mapping[str, Node]) -> list[tuple[str, str]]:
    """Outputs of the chosen nodes that lead nowhere."""
    found = []
    for node in chosen.values():
        used = {edge.out_port for edge in document.edges_of(node.id) if edge.source == node.id}
        found += [(node.id, port.name) for port in ports(document, node)[1] if port.name not in used]
    return found


def _check_convex(document: Document, chosen: Mapping[str, Node]) -> None:
    """Refuses a choice that a path leaves and comes back to: the block would feed itself."""
    waiting = [
        (edge.target, edge.target)
        for id in chosen
        for edge in document.edges_of(id)
        if edge.source == id and edge.target not in chosen
    ]
    seen: set[str] = set()
    while waiting:
        first, id = waiting.pop()
        if id in chosen:
            raise Refusal(
                tr(
                    "The block would feed itself through {name}: select that layer too.",
                    name=node_of(document, first).name,
                )
            )
        if id not in seen:
            seen.add(id)
            waiting.extend((first, e.target) for e in document.edges_of(id) if e.source == id)


def _check_sharing(document: Document, chosen: Mapping[str, Node]) -> None:
    around = next(iter(chosen.values())).network
    for node in document.nodes(around):
        owner = document.get(node.shares) if node.shares else None
        if isinstance(owner, Node) and (node.id in chosen) != (owner.id in chosen):
            raise Refusal(
                tr(
                    "{name} uses the weights of {owner}: select both or neither.",
                    name=node.name,
                    owner=owner.name,
                )
            )


def free_network_name(document: Document, name: str) -> str:
    """The name, with a number where another network has it."""
    taken = {network.name for network in document.networks}
    name = " ".join(name.split())[:60] or tr("block")
    found, number = name, 2
    while found in taken:
        found, number = f"{name} {number}", number + 1
    return found


def next_order(document: Document) -> int:
    """The order of a network that comes behind all others."""
    return max((network.order for network in document.networks), default=0) + 1


# -- dissolving ----------------------------------------------------------------------------------------------------
@verb
def dissolve_block(
    document: Document, node: str, rounds: Sequence[Mapping[str, Mapping[str, Any]]] = ()
) -> Diff:
    """Puts what is inside a block in its place, once per repetition; a block that nothing else uses goes.

    `rounds` gives, for each repetition, the parameter values of the nodes inside (by id) as they are in this use:
    a checker knows them. Without it the defaults and the values set at the use stand in for the expressions.
    """
    user = node_of(document, node)
    graph = document.get(user.block)
    entry = declared(document, user)
    if user.type != BLOCK or not isinstance(graph, Network) or entry is None:
        raise Refusal(tr("{name} is not a block.", name=user.name))
    repeat = user.parameters.get("repeat", 1)
    times = len(rounds) or (repeat if isinstance(repeat, int) else 1)
    records = document.nodes(graph.id)
    entries, exits = port_nodes(document, graph.id, ENTRY), port_nodes(document, graph.id, EXIT)
    ports = {port.id for port in (*entries, *exits)}
    body = [record for record in records if record.id not in ports]
    only = len(uses(document, graph.id)) == 1
    names = Names(names_in(document, user.network) - {user.name})
    left = min((record.x for record in records), default=0.0)
    width = max((record.x for record in records), default=0.0) - left + COLUMN
    middle = sum(record.y for record in body) / len(body) if body else 0.0
    added: dict[str, AnyRecord] = {}
    changed: dict[str, tuple[AnyRecord, AnyRecord]] = {}
    removed: dict[str, AnyRecord] = {user.id: user}
    removed |= {edge.id: edge for edge in document.edges_of(user.id)}
    into = {e.in_port: (e.source, e.out_port) for e in document.edges_of(user.id) if e.target == user.id}
    inner_edges = document.edges_in(graph.id)
    values = {**names_inside(document, graph.id), **_plain(user.parameters)}
    arriving = dict(into)
    leaving: dict[str, tuple[str, str]] = {}
    for round in range(times):
        ids = {r.id: r.id if only and not round else new_id() for r in body}
        for record in body:
            given = rounds[round].get(record.id) if rounds else None
            settled = dict(given) if given is not None else _settled(record, {**values, "index": round})
            placed = msgspec.structs.replace(
                record,
                id=ids[record.id],
                network=user.network,
                name=names.take(record.name),
                parameters=settled,
                bypass=_bypass(record, {**values, "index": round}),
                shares=ids.get(record.shares, ""),
                x=coordinate(user.x + record.x - left + round * width),
                y=coordinate(user.y + record.y - middle),
            )
            if placed.id == record.id:
                changed[record.id] = (record, placed)
            else:
                added[placed.id] = placed
        sources: dict[tuple[str, str], tuple[str, str]] = {}
        for port in entries:
            if port.name in arriving:
                sources[port.id, "y"] = arriving[port.name]
        for edge in inner_edges:
            start = sources.get((edge.source, edge.out_port))
            if edge.source in ids:
                start = (ids[edge.source], edge.out_port)
            if start is None:
                continue
            if edge.target in ids:
                wire = _wire(start, (ids[edge.target], edge.in_port))
                added[wire.id] = wire
            else:
                leaving[document.node(edge.target).name] = start
        arriving |= {
            port.name: leaving[end.name]
            for port, end in zip(entries, exits, strict=False)
            if end.name in leaving
        }
    for edge in document.edges_of(user.id):
        if edge.source == user.id and edge.out_port in leaving:
            wire = _wire(leaving[edge.out_port], (edge.target, edge.in_port))
            added[wire.id] = wire
    if only:
        removed[graph.id] = graph
        removed |= {id: document.node(id) for id in ports}
        removed |= {edge.id: edge for edge in inner_edges}
        removed |= {r.id: r for r in document if isinstance(r, Note | Frame) and r.network == graph.id}
    return Diff(added=added, changed=changed, removed=removed)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if not is_expression(value)}


def _settled(record: Node, names: Mapping[str, Any]) -> dict[str, Any]:
    """A node's parameters with their expressions worked out. Raises Refusal."""

    def one(value: Any) -> Any:
        try:
            return read(value).value(names) if is_expression(value) else value
        except BadExpression as error:
            raise Refusal(tr("{name}: {sentence}", name=record.name, sentence=error)) from None

    return {
        key: [one(item) for item in value] if isinstance(value, list) else one(value)
        for key, value in record.parameters.items()
    }


def _bypass(record: Node, names: Mapping[str, Any]) -> bool:
    if not is_expression(record.bypass):
        return record.bypass is True
    try:
        return bool(read(str(record.bypass)).value(names))
    except BadExpression:
        return False


# -- declaring -----------------------------------------------------------------------------------------------------
@verb
def set_network(
    document: Document,
    network: str,
    name: str | None = None,
    parameters: Sequence[Mapping[str, Any]] | None = None,
    help: str | None = None,
) -> Diff:
    """Renames a network, or declares the parameters of a block and its help. Raises Refusal with what is wrong."""
    record = document.get(network)
    if not isinstance(record, Network):
        raise Refusal(tr("That network is not here any more."))
    after = record
    if name is not None and name != record.name:
        name = " ".join(name.split())[:60]
        if not name:
            raise Refusal(tr("A network needs a name."))
        if any(other.name == name for other in document.networks):
            raise Refusal(tr("Another network is already named “{name}”.", name=name))
        after = msgspec.structs.replace(after, name=name)
    if parameters is not None:
        after = msgspec.structs.replace(after, parameters=_parameters(parameters))
    if help is not None:
        after = msgspec.structs.replace(after, help=help[:10_000])
    return changed_records((record, after))


def _parameters(given: Sequence[Mapping[str, Any]]) -> tuple[BlockParameter, ...]:
    made: list[BlockParameter] = []
    for item in given:
        try:
            parameter = msgspec.convert(dict(item), BlockParameter)
        except msgspec.ValidationError as error:
            raise Refusal(tr("That is no parameter: {why}.", why=error)) from None
        if not NAME.fullmatch(parameter.name) or parameter.name in RESERVED:
            raise Refusal(
                tr(
                    "“{name}” cannot name a parameter: use letters, digits and _; {taken} have a meaning already.",
                    name=parameter.name[:40],
                    taken=listing(sorted(RESERVED)),
                )
            )
        if any(other.name == parameter.name for other in made):
            raise Refusal(tr("Two parameters are named “{name}”.", name=parameter.name))
        if parameter_field(parameter) is None:
            raise Refusal(
                tr("The default of “{name}” does not fit its kind and limits.", name=parameter.name)
            )
        made.append(parameter)
    return tuple(made)


@verb
def remove_block(document: Document, network: str) -> Diff:
    """Removes a block that nothing uses, with all that is inside it."""
    record = document.get(network)
    if not isinstance(record, Network) or network == document.main.id:
        raise Refusal(tr("That block is not here any more."))
    found = uses(document, network)
    if found:
        raise Refusal(
            tr("{block} is used by {name}: remove that first.", block=record.name, name=found[0].name)
        )
    gone: dict[str, AnyRecord] = {network: record}
    gone |= {r.id: r for r in document if isinstance(r, Node | Note | Frame) and r.network == network}
    gone |= {edge.id: edge for edge in document.edges_in(network)}
    return Diff(removed=gone)
