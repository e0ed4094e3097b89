"""One network, node by node in data order: what every node is, what leaves it, and what is wrong with it.

Blocks are looked into: the network inside is walked for each repetition with what arrives there and the parameters of
that use. Answers are remembered as long as nothing that they rest on has changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.expressions import BadExpression, Names, Value, is_expression, read
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import Size, TensorType
from nndesigner.base.text import count, listing, tr
from nndesigner.check import shapes, sharing
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Place, ends_at_penalties, penalties_in
from nndesigner.check.order import ancestors, data_order
from nndesigner.document.blocks import BLOCK, declared
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Network, Node
from nndesigner.layers import custom
from nndesigner.layers.block_ports import ENTRY, EXIT
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Layer, Use, class_axis
from nndesigner.layers.extensions import who_knows

MOST_INSIDE = 50_000
"""Nodes, all blocks opened, beyond which a network is refused: a repetition of repetitions, surely a slip."""


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a network: what arrives at its entries, the names that its expressions may use, the networks
    that it is inside of. The main network has nothing around it, and so has a block that is looked at by itself."""

    arriving: Mapping[str, TensorType] | None = None
    names: Names = field(default_factory=dict)
    trail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Data:
    """The fields of the project's data, and the number that `shapes.infer` wants for them."""

    found: tuple[DataField, ...]
    fields: Mapping[str, DataField]
    version: int

    @staticmethod
    def of(document: Document) -> Data:
        found = document.data.fields if document.data is not None else ()
        fields = {f.name: f for f in found}
        return Data(found, fields, shapes.data_version(fields))


NO_DATA = Data((), {}, 0)


@dataclass(frozen=True, slots=True)
class Walked:
    """A network with every type known that can be known, before outputs and advice are looked at."""

    nodes: Mapping[str, CheckedNode]
    types: Mapping[Place, TensorType]
    problems: list[Problem]
    count: int
    """nodes, all blocks opened"""


def walk(document: Document, graph: Network, data: Data, around: Around) -> Walked:
    """Every node of the network in data order."""
    if not around.trail:
        _forget_what_changed_outside()
    records, edges = document.nodes(graph.id), document.edges_in(graph.id)
    problems = _names_twice(records)
    order, looped = data_order(records, edges)
    if looped:
        names = listing([document.node(id).name for id in looped])
        problems.append(
            Problem(
                Severity.ERROR,
                "loop",
                Where(network=graph.id, node=looped[0]),
                tr(
                    "{names} form a loop: data must flow one way. Remove one of the wires between them.",
                    names=names,
                ),
            )
        )
    incoming: dict[str, dict[str, Edge]] = {}
    for edge in edges:
        incoming.setdefault(edge.target, {})[edge.in_port] = edge
    nodes: dict[str, CheckedNode] = {}
    types: dict[Place, TensorType] = {}
    absent: set[str] = set()
    total = 0
    for id in order:
        wires = incoming.get(id, {})
        lost: frozenset[str] = frozenset()
        if absent:
            lost = frozenset(port for port, edge in wires.items() if edge.source in absent)
            wires = {port: edge for port, edge in wires.items() if port not in lost}
        one = _remembered(document, document.node(id), wires, types, data, around, lost)
        nodes[id] = node = one.node
        problems += one.problems
        total += one.count
        if node.role == ENTRY and not node.outputs and (around.arriving is not None or not one.problems):
            absent.add(id)
        for port, type in node.outputs.items():
            types[id, port] = type
    shared, found = sharing.settle(nodes)
    return Walked({**nodes, **shared}, types, [*problems, *found], total)


def _names_twice(records: Iterable[Node]) -> list[Problem]:
    seen: set[str] = set()
    found = []
    for node in records:
        if node.name in seen:
            found.append(
                Problem(
                    Severity.ERROR,
                    "name-twice",
                    Where(network=node.network, node=node.id),
                    tr("Two layers are named “{name}”: rename one of them.", name=node.name),
                )
            )
        seen.add(node.name)
    return found


# -- what is remembered --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class One:
    """One node and what is wrong with it; the number of nodes that it stands for."""

    node: CheckedNode
    problems: list[Problem]
    count: int = 1


@dataclass(frozen=True, slots=True)
class _Known:
    """What a node was checked with, and what came of it."""

    record: Node
    wires: Mapping[str, Edge]
    arriving: list[TensorType | None]
    data: tuple[DataField, ...]
    names: Names
    lost: frozenset[str]
    inside: Any
    answer: One


_known: dict[str, _Known] = {}
_MOST_KNOWN = 50_000
_outside: Hashable = None
"""what is trusted and what workers have said, when answers were last remembered"""


def _forget_what_changed_outside() -> None:
    """Custom layers, and blocks that may hold some, are asked again once a text was trusted or an answer has come; so
    is what another package has just begun, or ceased, to declare."""
    global _outside
    now = custom.state()
    if now != _outside:
        _outside = now
        for id, one in list(_known.items()):
            entry = one.answer.node.layer
            if one.record.type in (BLOCK, custom.CUSTOM_TYPE) or entry is not layer(one.record.type):
                del _known[id]
        _insides.clear()


def _remembered(
    document: Document,
    record: Node,
    wires: Mapping[str, Edge],
    types: Mapping[Place, TensorType],
    data: Data,
    around: Around,
    lost: frozenset[str],
) -> One:
    """The last answer for this node, as long as neither it nor its wires, what arrives, the data or, for a block,
    anything inside has changed.

    Unchanged parts of a document are the same objects, so this costs next to nothing; after an edit of a large
    network nearly every node takes this way. Networks inside blocks are remembered as a whole instead.
    """
    if around.trail:
        return _check_node(document, record, wires, types, data, around, lost)
    arriving = [types.get((edge.source, edge.out_port)) for edge in wires.values()]
    inside = _content(document, record.block) if record.type == BLOCK else None
    known = _known.get(record.id)
    if (
        known is None
        or known.record is not record
        or known.data is not data.found
        or known.wires != wires
        or known.arriving != arriving
        or known.names != around.names
        or known.lost != lost
        or known.inside != inside
    ):
        answer = _check_node(document, record, wires, types, data, around, lost)
        known = _Known(record, wires, arriving, data.found, around.names, lost, inside, answer)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[record.id] = known
    return known.answer


def _content(document: Document, network: str, trail: tuple[str, ...] = ()) -> Any:
    """All records inside a network and the networks that it uses: equal, and quickly so, while none has changed."""
    known = document.derived
    key = ("content", network)
    if key not in known:
        if network in trail:
            return None
        nodes = document.nodes(network)
        nested = tuple(
            _content(document, node.block, (*trail, network)) for node in nodes if node.type == BLOCK
        )
        known[key] = (document.get(network), nodes, document.edges_in(network), nested)
    return known[key]


# -- one node ------------------------------------------------------------------------------------------------------
def _check_node(
    document: Document,
    record: Node,
    wires: Mapping[str, Edge],
    types: Mapping[Place, TensorType],
    data: Data,
    around: Around,
    lost: frozenset[str],
) -> One:
    """`lost` are the ports that are wired to an optional port of the block at which nothing arrives. A layer that needs
    one of them is bypassed: an Add passes on what is there."""
    entry = declared(document, record)
    sources = {port: (edge.source, edge.out_port) for port, edge in wires.items()}
    node = CheckedNode(record=record, layer=entry, use=None, outputs={}, sources=sources)
    if entry is None:
        return One(node, [_unknown(record)])
    if record.type == BLOCK and (record.block in around.trail or record.block == document.main.id):
        return One(node, [_in_itself(record)])
    values, bad = resolve(entry.parameters, record.parameters, around.names)
    problems = [_bad_parameter(record, name, sentence) for name, sentence in bad.items()]
    bypassed, problem = _bypassed(record, around.names)
    problems += [problem] if problem is not None else []
    ports = entry.input_ports(values)
    missing = [p for p in ports if not p.optional and p.name not in sources]
    if missing and sources and lost.issuperset(p.name for p in missing):
        bypassed, missing = True, []
    missing = [p for p in missing if p.name not in lost] or missing
    problems += [_not_wired(record, p.label or p.name, p.name, len(ports) > 1) for p in missing]
    arriving = {
        p.name: types[sources[p.name]] for p in ports if p.name in sources and sources[p.name] in types
    }
    waiting = [p for p in ports if p.name in sources and sources[p.name] not in types]
    obstacle = (
        custom.obstacle(custom.code_of(record.parameters)) if record.type == custom.CUSTOM_TYPE else None
    )
    if obstacle is not None and not bypassed:
        return One(node, [*problems, shapes.problem(document, record, obstacle)])
    if problem is not None or bad or missing or waiting:
        return One(node, problems)
    use = Use(inputs=arriving, values=values, fields=data.fields)
    if bypassed and entry.role == "layer" and arriving:
        return One(_passing(node, entry, use), problems)
    if bypassed and entry.role == "penalty":
        return One(node, problems)  # it adds nothing
    if entry.role == ENTRY and around.arriving is not None:
        type = around.arriving.get(record.name)
        return One(replace(node, use=use, outputs={"y": type} if type is not None else {}), problems)
    if misplaced := _misplaced(document, record, entry):
        return One(node, [*problems, misplaced])
    if record.type == BLOCK:
        return _block(document, node, use, around, problems)
    inferred = shapes.infer(entry, use, data.version)
    if inferred.error is not None:
        return One(node, [*problems, shapes.problem(document, record, inferred.error)])
    given = entry.role not in ("output", "penalty", EXIT)
    checked = replace(
        node,
        use=use,
        outputs=inferred.outputs if given else {},
        weights=inferred.weights,
        macs=inferred.macs,
    )
    return One(checked, problems)


def _unknown(record: Node) -> Problem:
    where = Where(network=record.network, node=record.id)
    if record.type == BLOCK:
        sentence = tr("The network that {name} uses is not in the project. Remove it.", name=record.name)
    elif (package := who_knows(record.type)) is not None:
        sentence = tr(
            "{name} is a “{type}” of the package {package}, which is installed and not enabled. Enable it under"
            " Network, Packages with layers, or with “nndesigner extensions --enable {package}”.",
            name=record.name,
            type=record.type,
            package=package.name,
        )
    else:
        sentence = tr(
            "{name} is a “{type}”, a layer that this version does not know. It is kept as it is; remove it or"
            " open the project in the version that made it.",
            name=record.name,
            type=record.type,
        )
    return Problem(Severity.ERROR, "unknown-layer", where, sentence)


def _in_itself(record: Node) -> Problem:
    sentence = tr("{name} contains itself. A block cannot be inside itself: remove it.", name=record.name)
    remedy = Remedy("remove", {"ids": [record.id]}, tr("Remove {name}", name=record.name))
    where = Where(network=record.network, node=record.id)
    return Problem(Severity.ERROR, "block-in-itself", where, sentence, (remedy,))


def _bad_parameter(record: Node, name: str, sentence: str) -> Problem:
    remedy = Remedy("reset_parameter", {"node": record.id, "parameter": name}, tr("Go back to the default"))
    return Problem(
        Severity.ERROR,
        "parameter",
        Where(network=record.network, node=record.id, field=name),
        tr("{name}: {sentence}", name=record.name, sentence=sentence),
        (remedy,),
    )


def _not_wired(record: Node, label: str, port: str, several: bool) -> Problem:
    named = f" “{label}”" if several else ""
    return Problem(
        Severity.ERROR,
        "not-wired",
        Where(network=record.network, node=record.id, port=port),
        tr("Nothing is wired to the input{port} of {name}.", port=named, name=record.name),
    )


def _misplaced(document: Document, record: Node, entry: Layer) -> Problem | None:
    """A port of a block outside of blocks, or an input or output of the whole inside one."""
    main = record.network == document.main.id
    if main and entry.role in (ENTRY, EXIT):
        sentence = tr("{name} is a port of a block: it has no meaning in the main network.", name=record.name)
    elif not main and entry.role in ("input", "output"):
        sentence = tr(
            "{name} belongs into the main network: inside a block, values enter and leave through block ports.",
            name=record.name,
        )
    else:
        return None
    remedy = Remedy("remove", {"ids": [record.id]}, tr("Remove {name}", name=record.name))
    return Problem(
        Severity.ERROR, "misplaced", Where(network=record.network, node=record.id), sentence, (remedy,)
    )


def _bypassed(record: Node, names: Names) -> tuple[bool, Problem | None]:
    if not is_expression(record.bypass):
        return record.bypass is True, None
    try:
        return bool(read(str(record.bypass)).value(names)), None
    except BadExpression as error:
        where = Where(network=record.network, node=record.id, field="bypass")
        remedy = Remedy("set_bypass", {"ids": [record.id], "bypass": False}, tr("Do not bypass it"))
        sentence = tr("{name}, bypass: {sentence}", name=record.name, sentence=error)
        return False, Problem(Severity.ERROR, "parameter", where, sentence, (remedy,))


def _passing(node: CheckedNode, entry: Layer, use: Use) -> CheckedNode:
    """The node out of the way: each output passes the input of its position on, the first where there is none."""
    wired = [p.name for p in entry.input_ports(use.values) if p.name in use.inputs]
    outputs = [p.name for p in entry.output_ports(use.values)]
    passes = {out: wired[min(i, len(wired) - 1)] for i, out in enumerate(outputs)}
    types = {out: use.inputs[port] for out, port in passes.items()}
    return replace(node, use=use, outputs=types, passes=passes)


# -- blocks --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Inside:
    """A network inside a block for one way of using it."""

    checked: CheckedNetwork
    outputs: Mapping[str, TensorType]
    problems: list[Problem]
    count: int


_insides: OrderedDict[Any, tuple[Any, _Inside]] = OrderedDict()
_MOST_INSIDES = 5_000


def _block(document: Document, node: CheckedNode, use: Use, around: Around, problems: list[Problem]) -> One:
    record = node.record
    where = Where(network=record.network, node=record.id)
    entry, arriving = node.layer, dict(use.inputs)
    assert entry is not None
    if not entry.output_ports(use.values):
        sentence = tr("{name} has no output: add a Block output inside it.", name=record.name)
        return One(node, [*problems, Problem(Severity.ERROR, "block-without-output", where, sentence)])
    ports = [p.name for p in entry.input_ports(use.values)]
    rounds: list[CheckedNetwork] = []
    total, macs, weights = 1, Size.of(0), 0
    outputs: Mapping[str, TensorType] = {}
    for index in range(int(use["repeat"])):
        if index:
            arriving |= dict(zip(ports, outputs.values(), strict=False))
        inside = _inside(document, record.block, use.values, arriving, index, around)
        if inside.problems:
            problems = [*problems, *_with_path(inside.problems, record.name)]
        if len(inside.outputs) < len(entry.output_ports(use.values)):
            rounds.append(inside.checked)  # as far as it is known, for whoever looks inside
            break
        total += inside.count
        if total > MOST_INSIDE:
            sentence = tr(
                "{name} stands for more than {most:,} layers: repeat it less often.",
                name=record.name,
                most=MOST_INSIDE,
            )
            where = Where(network=record.network, node=record.id, field="repeat")
            return One(node, [*problems, Problem(Severity.ERROR, "too-many-layers", where, sentence)])
        rounds.append(inside.checked)
        outputs = inside.outputs
        macs, weights = macs + inside.checked.macs, weights + inside.checked.weights
    else:
        checked = replace(node, use=use, outputs=outputs, weights=weights, macs=macs, rounds=tuple(rounds))
        return One(checked, problems, total)
    return One(replace(node, rounds=tuple(rounds)), problems, total)


def _inside(
    document: Document,
    network: str,
    values: Mapping[str, Any],
    arriving: Mapping[str, TensorType],
    index: int,
    around: Around,
) -> _Inside:
    graph = document.get(network)
    assert isinstance(graph, Network)
    names: dict[str, Value] = {p.name: values[p.name] for p in graph.parameters if p.name in values}
    names |= {"index": index, **_channels(arriving)}
    used = _names_used(document, network)
    names = {name: value for name, value in names.items() if name in used}
    key = (network, tuple(arriving.items()), tuple(names.items()))
    content = _content(document, network)
    known = _insides.get(key)
    if known is None or known[0] != content:
        made = _look_inside(document, graph, Around(arriving, names, (*around.trail, network)))
        known = (content, made)
        _insides[key] = known
        if len(_insides) > _MOST_INSIDES:
            _insides.popitem(last=False)
    return known[1]


def _channels(arriving: Mapping[str, TensorType]) -> dict[str, Value]:
    """`in_channels` and `in_features`: the class axis of what arrives first, where it is a number."""
    first = next(iter(arriving.values()), None)
    if first is None or first.rank < 2:
        return {}
    size = first.axes[class_axis(first)].size.value
    return {} if size is None else {"in_channels": size, "in_features": size}


def _names_used(document: Document, network: str) -> frozenset[str]:
    """Names that some expression directly inside the network uses; an unreadable one uses none."""
    known = document.derived
    key = ("names used", network)
    if key not in known:
        found: set[str] = set()
        for node in document.nodes(network):
            for value in (*node.parameters.values(), node.bypass):
                for text in value if isinstance(value, list | tuple) else [value]:
                    if is_expression(text):
                        found |= _names_in(text)
        known[key] = frozenset(found)
    names: frozenset[str] = known[key]
    return names


def _names_in(text: str) -> frozenset[str]:
    """The names in an expression, or in several with commas between them (`=channels, -1`)."""
    try:
        return read(text).names
    except BadExpression:
        pieces = text.removeprefix("=").split(",")
        return frozenset().union(*(_names_in(piece) for piece in pieces)) if len(pieces) > 1 else frozenset()


def _look_inside(document: Document, graph: Network, around: Around) -> _Inside:
    walked = walk(document, graph, NO_DATA, around)
    exits = [node.id for node in walked.nodes.values() if node.role == EXIT]
    edges, penalties = document.edges_in(graph.id), penalties_in(walked.nodes.values())
    checked = CheckedNetwork(
        network=graph.id,
        name=graph.name,
        nodes=tuple(walked.nodes.values()),
        types=walked.types,
        heads=(),
        problems=tuple(walked.problems),
        used=frozenset(ancestors(edges, [*exits, *ends_at_penalties(walked.nodes.values())])),
        fields={},
        names=around.names,
        penalties=penalties,
        answering=frozenset(ancestors(edges, exits)) if penalties else None,
    )
    outputs = {node.name: node.use.inputs["x"] for node in checked.exits if node.use is not None}
    return _Inside(checked, outputs, walked.problems, walked.count)


def _with_path(problems: Iterable[Problem], name: str) -> list[Problem]:
    """Problems inside a block as they are told outside: with the block's name in front of their path."""
    return [
        msgspec.structs.replace(
            problem,
            where=msgspec.structs.replace(problem.where, path=(name, *problem.where.path)),
        )
        for problem in problems
    ]


def gathered(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for what several uses of a block say alike; the first place is named, the others are counted."""
    kept: dict[Any, Problem] = {}
    more: dict[Any, int] = {}
    for problem in problems:
        where = problem.where
        key: Any = (problem.code, where.network, where.node, where.port, where.field, problem.message)
        if not where.path:
            key = (key, len(kept))
        if key in kept:
            more[key] = more.get(key, 0) + 1
        else:
            kept[key] = problem
    for key, number in more.items():
        places = count(number, "other place", "other places")
        sentence = f"{kept[key].message} {tr('(The same at {places}.)', places=places)}"
        kept[key] = msgspec.structs.replace(kept[key], message=sentence)
    return list(kept.values())
