"""One network, node by node in data order: what every node is, what leaves it, and what is wrong with it.

Blocks are looked into: the network inside is walked for each repetition with what arrives there and the parameters of
that use. Answers are remembered as long as nothing that they rest on has changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.expressions import BadExpression, Names, is_expression, read
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import listing, tr
from nndesigner.check import findings, inside, shapes, sharing
from nndesigner.check.checked import CheckedNode, Place
from nndesigner.check.order import data_order
from nndesigner.check.surroundings import Around, Data, One, Walked, content
from nndesigner.document.blocks import BLOCK, declared
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Network, Node
from nndesigner.layers import custom
from nndesigner.layers.block_ports import ENTRY, EXIT
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Layer, Use


def walk(document: Document, graph: Network, data: Data, around: Around) -> Walked:
    """Every node of the network in data order."""
    if not around.trail:
        _forget_what_changed_outside()
    records, edges = document.nodes(graph.id), document.edges_in(graph.id)
    problems = findings.names_twice(records)
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
        inside.forget()


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
    held = content(document, record.block) if record.type == BLOCK else None
    known = _known.get(record.id)
    if (
        known is None
        or known.record is not record
        or known.data is not data.found
        or known.wires != wires
        or known.arriving != arriving
        or known.names != around.names
        or known.lost != lost
        or known.inside != held
    ):
        answer = _check_node(document, record, wires, types, data, around, lost)
        known = _Known(record, wires, arriving, data.found, around.names, lost, held, answer)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[record.id] = known
    return known.answer


def try_node(
    document: Document,
    record: Node,
    wires: Mapping[str, Edge],
    types: Mapping[Place, TensorType],
    data: Data,
    around: Around,
) -> One:
    """A node as it would be with these wires; nothing of it is remembered."""
    return _check_node(document, record, wires, types, data, around, frozenset())


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
        return One(node, [findings.unknown(record)])
    if record.type == BLOCK and (record.block in around.trail or record.block == document.main.id):
        return One(node, [findings.in_itself(record)])
    values, bad = resolve(entry.parameters, record.parameters, around.names)
    problems = [findings.bad_parameter(record, name, sentence) for name, sentence in bad.items()]
    bypassed, problem = _bypassed(record, around.names)
    problems += [problem] if problem is not None else []
    ports = entry.input_ports(values)
    missing = [p for p in ports if not p.optional and p.name not in sources]
    if missing and sources and lost.issuperset(p.name for p in missing):
        bypassed, missing = True, []
    missing = [p for p in missing if p.name not in lost] or missing
    problems += [findings.not_wired(record, p.label or p.name, p.name, len(ports) > 1) for p in missing]
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
    if misplaced := findings.misplaced(document, record, entry):
        return One(node, [*problems, misplaced])
    if record.type == BLOCK:
        return inside.block(document, node, use, around, problems, walk)
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
