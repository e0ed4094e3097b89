"""The checker: one network of a document in, a `CheckedNetwork` out. Plain Python, fast enough for every key press.

It needs no torch and no data file: what a worker found in the data stands in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import listing, tr
from nndesigner.check import free_sizes, shapes
from nndesigner.check.advice.rule import Evidence, rules
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head, Place
from nndesigner.check.heads import head
from nndesigner.check.order import ancestors, data_order
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Use


def check(document: Document, network: str | None = None) -> CheckedNetwork:
    """Types on every wire, counts, and everything that is wrong, in data order of the nodes."""
    graph = next((n for n in document.networks if n.id == network), None) or document.main
    records = document.nodes(graph.id)
    edges = document.edges_in(graph.id)
    problems: list[Problem] = []
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
    problems += _names(records)
    incoming: dict[str, dict[str, Edge]] = {}
    for edge in edges:
        incoming.setdefault(edge.target, {})[edge.in_port] = edge
    found_in_data = document.data.fields if document.data is not None else ()
    fields = {f.name: f for f in found_in_data}
    version = shapes.data_version(fields)
    nodes: dict[str, CheckedNode] = {}
    types: dict[Place, TensorType] = {}
    for id in order:
        node, found = _remembered(
            document, document.node(id), incoming.get(id, {}), types, fields, found_in_data, version
        )
        nodes[id] = node
        problems += found
        for port, type in node.outputs.items():
            types[id, port] = type
    in_data, found = free_sizes.sizes_in_data(nodes)
    problems += found
    if in_data and not found:
        problems += free_sizes.at_data_sizes(document, nodes, in_data, version)
    example, found = free_sizes.example(document, nodes, in_data, version)
    problems += found
    heads: list[Head] = []
    for node in nodes.values():
        if node.role == "output":
            made, found = head(document, node, nodes, types, fields, in_data)
            problems += found
            if made is not None:
                heads.append(made)
    problems += _whole(document, graph.id, nodes)
    outputs = [node.id for node in nodes.values() if node.role == "output"]
    used = frozenset(ancestors(edges, outputs))
    ordered = tuple(nodes.values())
    checked = CheckedNetwork(
        network=graph.id,
        name=graph.name,
        nodes=ordered,
        types=types,
        heads=tuple(heads),
        problems=(),
        used=used,
        fields=fields,
        example=example,
    )
    evidence = Evidence(document=document, checked=checked)
    advice = [
        found for rule in rules() if rule.evidence <= {"graph", "data"} for found in rule.look(evidence)
    ]
    position = {id: i for i, id in enumerate(order)}
    every = sorted([*problems, *advice], key=lambda p: (_rank(p.severity), position.get(p.where.node, -1)))
    return CheckedNetwork(
        network=graph.id,
        name=graph.name,
        nodes=ordered,
        types=types,
        heads=tuple(heads),
        problems=tuple(every),
        used=used,
        fields=fields,
        example=example,
    )


def _rank(severity: Severity) -> int:
    return (Severity.ERROR, Severity.WARNING, Severity.HINT).index(severity)


def _names(records: tuple[Node, ...]) -> list[Problem]:
    seen: dict[str, Node] = {}
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
        seen[node.name] = node
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What a node was checked with, and what came of it."""

    record: Node
    wires: Mapping[str, Edge]
    arriving: list[TensorType | None]
    data: tuple[DataField, ...]
    answer: tuple[CheckedNode, list[Problem]]


_known: dict[str, _Known] = {}
_MOST_KNOWN = 50_000


def _remembered(
    document: Document,
    record: Node,
    wires: Mapping[str, Edge],
    types: Mapping[Place, TensorType],
    fields: Mapping[str, DataField],
    data: tuple[DataField, ...],
    version: int,
) -> tuple[CheckedNode, list[Problem]]:
    """The last answer for this node, as long as neither it nor its wires, what arrives or the data has changed.

    Unchanged parts of a document are the same objects, so this costs next to nothing; after an edit of a large
    network nearly every node takes this way.
    """
    arriving = [types.get((edge.source, edge.out_port)) for edge in wires.values()]
    known = _known.get(record.id)
    if (
        known is None
        or known.record is not record
        or known.data is not data
        or known.wires != wires
        or known.arriving != arriving
    ):
        answer = _check_node(document, record, wires, types, fields, version)
        known = _Known(record, wires, arriving, data, answer)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[record.id] = known
    return known.answer


def _check_node(
    document: Document,
    record: Node,
    wires: Mapping[str, Edge],
    types: Mapping[Place, TensorType],
    fields: Mapping[str, DataField],
    version: int,
) -> tuple[CheckedNode, list[Problem]]:
    declared = layer(record.type)
    sources = {port: (edge.source, edge.out_port) for port, edge in wires.items()}
    where = Where(network=record.network, node=record.id)
    if declared is None:
        unknown = Problem(
            Severity.ERROR,
            "unknown-layer",
            where,
            tr(
                "{name} is a “{type}”, a layer that this version does not know. It is kept as it is; remove it or"
                " open the project in the version that made it.",
                name=record.name,
                type=record.type,
            ),
        )
        return CheckedNode(record=record, layer=None, use=None, outputs={}, sources=sources), [unknown]
    values, bad = resolve(declared.parameters, record.parameters)
    problems = [
        Problem(
            Severity.ERROR,
            "parameter",
            Where(network=record.network, node=record.id, field=name),
            tr("{name}: {sentence}", name=record.name, sentence=sentence),
            (
                Remedy(
                    "reset_parameter", {"node": record.id, "parameter": name}, tr("Go back to the default")
                ),
            ),
        )
        for name, sentence in bad.items()
    ]
    ports = declared.input_ports(values)
    missing = [p for p in ports if not p.optional and p.name not in sources]
    for port in missing:
        named = f" “{port.label or port.name}”" if len(ports) > 1 else ""
        problems.append(
            Problem(
                Severity.ERROR,
                "not-wired",
                Where(network=record.network, node=record.id, port=port.name),
                tr("Nothing is wired to the input{port} of {name}.", port=named, name=record.name),
            )
        )
    arriving = {
        p.name: types[sources[p.name]] for p in ports if p.name in sources and sources[p.name] in types
    }
    waiting = [p for p in ports if p.name in sources and sources[p.name] not in types]
    node = CheckedNode(record=record, layer=declared, use=None, outputs={}, sources=sources)
    if bad or missing or waiting:
        return node, problems
    use = Use(inputs=arriving, values=values, fields=fields)
    inferred = shapes.infer(declared, use, version)
    if inferred.error is not None:
        return node, [*problems, shapes.problem(document, record, inferred.error)]
    return (
        CheckedNode(
            record=record,
            layer=declared,
            use=use,
            outputs=inferred.outputs if declared.role != "output" else {},
            sources=sources,
            weights=inferred.weights,
            macs=inferred.macs,
        ),
        problems,
    )


def _whole(document: Document, network: str, nodes: Mapping[str, CheckedNode]) -> list[Problem]:
    """What is missing from the network as a whole."""
    where = Where(network=network)
    if not nodes:
        return [
            Problem(
                Severity.ERROR,
                "empty",
                where,
                tr("The network is empty: drag an input from the palette onto the canvas."),
                (
                    Remedy("add_node", {"type": "ImageInput"}, tr("Add an image input")),
                    Remedy("add_node", {"type": "TableInput"}, tr("Add a table input")),
                ),
            )
        ]
    problems = []
    if not any(node.role == "input" for node in nodes.values()):
        problems.append(
            Problem(Severity.ERROR, "no-input", where, tr("The network has no input: data has no way in."))
        )
    if not any(node.role == "output" for node in nodes.values()):
        ends = [
            n
            for n in nodes.values()
            if n.outputs and not any(e.source == n.id for e in document.edges_of(n.id))
        ]
        remedies = tuple(
            Remedy(
                "append_node",
                {"type": "Output", "after": n.id},
                tr("Add an output after {name}", name=n.name),
            )
            for n in ends[-1:]
        )
        problems.append(
            Problem(
                Severity.ERROR,
                "no-output",
                where,
                tr("The network has no output: nothing says what it should learn."),
                remedies,
            )
        )
    return problems
