"""What is inside a block, for one way of using it: the inner network is walked for each repetition, with what arrives
there and the parameters of that use. Walks that are alike are remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from nndesigner.base.expressions import BadExpression, Value, is_expression, read
from nndesigner.base.problem import Problem, Severity, Where
from nndesigner.base.shapes import Size, TensorType
from nndesigner.base.text import count, tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode, ends_at_penalties, penalties_in
from nndesigner.check.order import ancestors
from nndesigner.check.surroundings import NO_DATA, Around, Data, One, Walked, content
from nndesigner.document.document import Document
from nndesigner.document.records import Network
from nndesigner.layers.block_ports import EXIT
from nndesigner.layers.declaration import Use, class_axis

MOST_INSIDE = 50_000
"""Nodes, all blocks opened, beyond which a network is refused: a repetition of repetitions, surely a slip."""
Walk = Callable[[Document, Network, Data, Around], Walked]


@dataclass(frozen=True, slots=True)
class _Inside:
    """A network inside a block for one way of using it."""

    checked: CheckedNetwork
    outputs: Mapping[str, TensorType]
    problems: list[Problem]
    count: int


_insides: OrderedDict[Any, tuple[Any, _Inside]] = OrderedDict()
_MOST_INSIDES = 5_000


def block(
    document: Document, node: CheckedNode, use: Use, around: Around, problems: list[Problem], walk: Walk
) -> One:
    """A block whose inputs are known. `walk` checks a network (`check/nodes.py`)."""
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
        inside = _inside(document, record.block, use.values, arriving, index, around, walk)
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
    walk: Walk,
) -> _Inside:
    graph = document.get(network)
    assert isinstance(graph, Network)
    names: dict[str, Value] = {p.name: values[p.name] for p in graph.parameters if p.name in values}
    names |= {"index": index, **_channels(arriving)}
    used = _names_used(document, network)
    names = {name: value for name, value in names.items() if name in used}
    key = (network, tuple(arriving.items()), tuple(names.items()))
    held = content(document, network)
    known = _insides.get(key)
    if known is None or known[0] != held:
        made = _look_inside(document, graph, Around(arriving, names, (*around.trail, network)), walk)
        known = (held, made)
        _insides[key] = known
        if len(_insides) > _MOST_INSIDES:
            _insides.popitem(last=False)
    return known[1]


def forget() -> None:
    """Looks at everything anew from now on."""
    _insides.clear()


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


def _look_inside(document: Document, graph: Network, around: Around, walk: Walk) -> _Inside:
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
