"""Free sizes, such as a length T: what they are in the data at hand, whether every layer takes them there, and values
with which a network can be tried out.

A shape rule lets a free size pass wherever some value of it would do. That a value does is asked here, of the same
rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.shapes import BATCH_NAME, Size
from nndesigner.base.text import listing, tr
from nndesigner.check import shapes
from nndesigner.check.checked import CheckedNode
from nndesigner.document.document import Document
from nndesigner.layers.custom import CUSTOM_TYPE
from nndesigner.layers.declaration import ShapeError, Use

Nodes = Mapping[str, CheckedNode]
Values = Mapping[str, int]

GUESSES = (8, 12, 16, 28, 32, 48, 64, 96, 128, 224, 256, 512, 1024, 4096, 7, 6, 5, 4, 3, 2)
"""Tried for every free size at once. Never 1: torch.export takes a size of 1 for one that never changes."""
FEW = (2, 5, 8, 16, 32, 64, 128, 256)
"""Tried in every combination where two free sizes do not take the same value."""


def sizes_in_data(nodes: Nodes) -> tuple[dict[str, int], list[Problem]]:
    """What the free sizes of the inputs are in the data; and a problem where one name stands for two lengths."""
    found: dict[str, int] = {}
    problems = []
    for node, parameter, name, size in _free_axes(nodes):
        if found.setdefault(name, size) != size:
            problems.append(
                Problem(
                    Severity.ERROR,
                    "size-twice",
                    Where(network=node.record.network, node=node.id, field=parameter),
                    tr(
                        "{name} stands for one length, but in the data it would be {one} and {other}: give the"
                        " {parameter} of {node} another name.",
                        name=name,
                        one=found[name],
                        other=size,
                        parameter=parameter,
                        node=node.name,
                    ),
                    (_follow_data(node, parameter),),
                )
            )
    return found, problems


def follow_data(nodes: Nodes, size: Size) -> tuple[Remedy, ...]:
    """Edits that give the names in `size` the lengths that the data has."""
    return tuple(
        _follow_data(node, parameter) for node, parameter, name, _ in _free_axes(nodes) if name in size.names
    )


def _follow_data(node: CheckedNode, parameter: str) -> Remedy:
    arguments = {"node": node.id, "parameter": parameter, "value": ""}
    sentence = tr("Let the {parameter} of {name} follow the data", parameter=parameter, name=node.name)
    return Remedy("set_parameter", arguments, sentence)


def _free_axes(nodes: Nodes) -> Iterator[tuple[CheckedNode, str, str, int]]:
    """(input, parameter, free name, length in the data) of every free axis of an input that reads a data field."""
    for node in nodes.values():
        field: DataField | None = node.field
        if field is None or node.layer is None or "y" not in node.outputs:
            continue
        parameters = [p.name for p in node.layer.parameters if p.kind == "axis"]
        for axis, parameter, size in zip(node.outputs["y"].axes[1:], parameters, field.sizes, strict=True):
            if axis.size.value is None:
                yield node, parameter, str(axis.size), size


def at_data_sizes(document: Document, nodes: Nodes, values: Values, data: int) -> list[Problem]:
    """What the first layer that cannot take the data's lengths says; empty where all can."""
    refused = _refused(nodes, values, data)
    if refused is None:
        return []
    node, error = refused
    sizes = listing([f"{name} = {size}" for name, size in values.items()])
    found = shapes.problem(document, node.record, error)
    message = tr("With {sizes}, as in the data: {sentence}", sizes=sizes, sentence=error)
    return [msgspec.structs.replace(found, code="data-size", message=message)]


def example(
    document: Document, nodes: Nodes, in_data: Values, data: int
) -> tuple[dict[str, int], list[Problem]]:
    """Values for the free names, the batch included, that every layer takes; a problem where none were found."""
    types = [type for _, node in _opened(nodes) for type in node.outputs.values()]
    free = {size for type in types for size in type.sizes if size.value is None}
    names = sorted(frozenset().union(*(size.names for size in free)) - {BATCH_NAME})
    if not names:
        return {BATCH_NAME: 2}, []
    found = {size: size.names for size in free if size.names != {BATCH_NAME}}
    for least in (2, 1):  # torch.export freezes a size of 1: it is looked for only where nothing else will do
        for values in _candidates(names, in_data):
            if all(size.at(values) >= least for size in found) and _refused(nodes, values, data) is None:
                return {BATCH_NAME: 2, **values}, []
    sentence = tr("No lengths for {names} were found that every layer takes.", names=listing(names))
    refused = _refused(nodes, dict.fromkeys(names, GUESSES[0]), data)
    if refused is None:
        return {BATCH_NAME: 2}, [Problem(Severity.ERROR, "free-size", Where(), sentence)]
    node, error = refused
    problem = shapes.problem(document, node.record, error)
    return {BATCH_NAME: 2}, [
        msgspec.structs.replace(problem, code="free-size", message=f"{sentence} {error}")
    ]


def _opened(nodes: Nodes) -> Iterator[tuple[str, CheckedNode]]:
    """Every node with its key, blocks opened; of rounds that are alike the first."""
    waiting: list[tuple[str, Iterable[CheckedNode]]] = [("", nodes.values())]
    while waiting:
        key, network = waiting.pop()
        for node in network:
            yield key + node.id, node
            seen: set[int] = set()
            for round, inside in enumerate(node.rounds):
                if id(inside) not in seen:
                    seen.add(id(inside))
                    waiting.append((f"{key}{node.id}/{round}/", inside.nodes))


def _candidates(names: list[str], in_data: Values) -> Iterator[dict[str, int]]:
    for guess in GUESSES:
        yield dict.fromkeys(names, guess)
    known = {name: size for name, size in in_data.items() if size > 1}
    for guess in GUESSES if known else ():
        yield {**dict.fromkeys(names, guess), **known}
    if len(names) <= 3:
        for sizes in product(FEW, repeat=len(names)):
            yield dict(zip(names, sizes, strict=True))


@dataclass(frozen=True, slots=True)
class _Answer:
    use: Use
    error: ShapeError | None


_answers: dict[tuple[str, tuple[tuple[str, int], ...]], _Answer] = {}
_MOST_ANSWERS = 50_000


def _refused(nodes: Nodes, values: Values, data: int) -> tuple[CheckedNode, ShapeError] | None:
    """The first node whose rule does not take these lengths. Answers are kept as long as what arrives is the same."""
    key = tuple(values.items())
    for place, node in _opened(nodes):
        if node.use is None or node.layer is None or node.role != "layer" or node.rounds or node.passes:
            continue
        if node.layer.type == CUSTOM_TYPE:
            continue  # a worker has tried it with several lengths; it is not asked once for each of them
        known = _answers.get((place, key))
        if known is None or known.use is not node.use:
            inputs = {port: type.bind(values) for port, type in node.use.inputs.items()}
            bound = Use(inputs=inputs, values=node.use.values, fields=node.use.fields)
            known = _Answer(node.use, shapes.infer(node.layer, bound, data).error)
            if len(_answers) >= _MOST_ANSWERS:
                _answers.clear()
            _answers[place, key] = known
        if known.error is not None:
            return node, known.error
    return None
