"""The checker: one network of a document in, a `CheckedNetwork` out. Plain Python, fast enough for every key press.

It needs no torch and no data file: what a worker found in the data stands in the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nndesigner.base.names import counted
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import BATCH_NAME, Size
from nndesigner.base.text import tr
from nndesigner.check import free_sizes, own_code
from nndesigner.check.advice.rule import Evidence, advise
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head, ends_at_penalties, penalties_in
from nndesigner.check.heads import head
from nndesigner.check.inside import gathered
from nndesigner.check.nodes import walk
from nndesigner.check.order import ancestors
from nndesigner.check.surroundings import NO_DATA, Around, Data
from nndesigner.document.blocks import names_inside, place_in
from nndesigner.document.document import Document
from nndesigner.layers.block_ports import EXIT


def check(document: Document, network: str | None = None) -> CheckedNetwork:
    """Types on every wire, counts, and everything that is wrong, in data order of the nodes.

    A block is checked as it is in its first use (found from the main network); one that nothing uses, by itself.
    """
    graph = next((n for n in document.networks if n.id == network), None) or document.main
    if graph.id != document.main.id:
        return look_into(document, check(document), graph.id)
    data = Data.of(document)
    walked = walk(document, graph, data, Around())
    nodes, problems = walked.nodes, list(walked.problems)
    in_data, found = free_sizes.sizes_in_data(nodes)
    problems += found
    if in_data and not found:
        problems += free_sizes.at_data_sizes(document, nodes, in_data, data.version)
    example, found = free_sizes.example(document, nodes, in_data, data.version)
    problems += found
    heads: list[Head] = []
    for node in nodes.values():
        if node.role == "output":
            made, found = head(document, node, nodes, walked.types, data.fields, in_data)
            problems += found
            if made is not None:
                heads.append(made)
    problems += [*own_code.in_data(document), *_whole(document, graph.id, nodes)]
    outputs = [node.id for node in nodes.values() if node.role == "output"]
    edges = document.edges_in(graph.id)
    penalties = penalties_in(nodes.values())
    used = frozenset(ancestors(edges, [*outputs, *ends_at_penalties(nodes.values())]))
    answering = None
    if penalties or any(head.beside for head in heads):
        answering = frozenset(
            ancestors((e for e in edges if e.in_port == "x" or e.target not in outputs), outputs)
        )
    checked = CheckedNetwork(
        network=graph.id,
        name=graph.name,
        nodes=tuple(nodes.values()),
        types=walked.types,
        heads=tuple(sorted(heads, key=lambda head: counted(head.node.name))),
        problems=(),
        used=used,
        fields=data.fields,
        example=example,
        penalties=penalties,
        answering=answering,
    )
    advice = advise(Evidence(document=document, checked=checked))
    return replace(checked, problems=_sorted([*problems, *advice], nodes))


def look_into(
    document: Document, whole: CheckedNetwork, network: str, trail: tuple[str, ...] = ()
) -> CheckedNetwork:
    """A network that is used as a block, taken from the check of the main one: as it is in the use that the trail of
    block ids leads to, else in its first use; one that nothing uses, by itself."""
    graph = next(n for n in document.networks if n.id == network)
    used = _at(whole, trail)
    if used is None or used.network != network:
        used = next((inside for inside in _networks_inside(whole) if inside.network == network), None)
    if used is None:
        walked = walk(document, graph, NO_DATA, Around(names=names_inside(document, graph.id)))
        ends = [node.id for node in walked.nodes.values() if node.role in (EXIT, "penalty")]
        used = CheckedNetwork(
            network=graph.id,
            name=graph.name,
            nodes=tuple(walked.nodes.values()),
            types=walked.types,
            heads=(),
            problems=tuple(walked.problems),
            used=frozenset(ancestors(document.edges_in(graph.id), ends)),
            fields={},
        )
        found: Iterable[Problem] = walked.problems
    else:
        found = [problem for problem in whole.problems if place_in(document, problem.where, network)]
    nodes = {node.id: node for node in used.nodes}
    return replace(used, problems=_sorted(found, nodes), example=whole.example)


def _at(whole: CheckedNetwork, trail: Iterable[str]) -> CheckedNetwork | None:
    """The network inside the last block of a trail, in its first repetition; None where the trail leads nowhere."""
    found = whole
    for id in trail:
        node = found.node(id)
        if node is None or not node.rounds:
            return None
        found = node.rounds[0]
    return found


def _networks_inside(checked: CheckedNetwork) -> Iterator[CheckedNetwork]:
    """The networks inside blocks, those of an outer block before those further in; of several rounds the first."""
    waiting = [checked]
    while waiting:
        inside = [node.rounds[0] for network in waiting for node in network.nodes if node.rounds]
        yield from inside
        waiting = inside


def _sorted(problems: Iterable[Problem], nodes: Mapping[str, CheckedNode]) -> tuple[Problem, ...]:
    """Errors first, then in data order of the nodes that they stand at; a block's problems at the block."""
    position = {id: i for i, id in enumerate(nodes)}
    by_name = {node.name: id for id, node in nodes.items()}

    def place(problem: Problem) -> tuple[int, int]:
        path = problem.where.path
        return _rank(problem.severity), position.get(
            by_name.get(path[0], "") if path else problem.where.node, -1
        )

    return tuple(sorted(gathered(problems), key=place))


def _rank(severity: Severity) -> int:
    return (Severity.ERROR, Severity.WARNING, Severity.HINT).index(severity)


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
            if any(type.axes and type.sizes[0] == Size.named(BATCH_NAME) for type in n.outputs.values())
            and not any(e.source == n.id for e in document.edges_of(n.id))
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
