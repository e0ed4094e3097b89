"""What the inspector says besides the form: shapes in words, counts, totals. Pure functions of the checked network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nndesigner.base.shapes import Size, TensorType
from nndesigner.base.text import count, tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.document.document import Document
from nndesigner.document.records import Node

Types = Mapping[tuple[str, str], TensorType]
"""what leaves every output: (node, port) → type"""
Fact = tuple[str, str]
"""(what, how much)"""


def shape_words(type: TensorType) -> str:
    """`channel 32 × height 8 × width 8`; the batch is left out, a single number is "one number"."""
    # An axis and its size stay on one line.
    words = " × ".join(
        f"{tr(axis.meaning)}\N{NO-BREAK SPACE}{axis.size}" for axis in type.axes if axis.meaning != "batch"
    )
    words = words or tr("one number")
    return words if type.element == "float" else f"{words} ({tr('whole numbers')})"


_NUMBER = re.compile(r"\b\d+\b")


def size_words(size: Size) -> str:
    """A count that may depend on free sizes, digits grouped: "123,532,032 · T + 18,432 · T · T"."""
    if size.value is not None:
        return f"{size.value:,}"
    return _NUMBER.sub(lambda found: f"{int(found[0]):,}", str(size)).replace("*", " · ")


def node_facts(document: Document, checked: CheckedNode, types: Types) -> tuple[Fact, ...]:
    """Shapes at every port, weights and multiply-accumulates of one node; `types` are those on the network's wires."""
    facts: list[Fact] = []
    for port, (source, out_port) in checked.sources.items():
        record = document.get(source)
        name = record.name if isinstance(record, Node) else "?"
        arrived = types.get((source, out_port))
        many = len(checked.sources) > 1
        what = (
            tr("In “{port}” from {name}", port=port, name=name) if many else tr("In, from {name}", name=name)
        )
        facts.append((what, shape_words(arrived) if arrived is not None else tr("not known yet")))
    for port, type in checked.outputs.items():
        what = tr("Out “{port}”", port=port) if len(checked.outputs) > 1 else tr("Out")
        facts.append((what, shape_words(type)))
    if checked.use is not None and checked.role == "layer":
        facts.append((tr("Weights"), f"{checked.weights:,}" if checked.weights else tr("none")))
        if checked.macs != 0:
            facts.append((tr("Multiply-adds"), size_words(checked.macs)))
    return tuple(facts)


def learned(checked: CheckedNetwork) -> int:
    """Weights of what is compiled; while there is no output yet, of everything that is drawn."""
    return checked.weights if checked.heads else sum(node.weights for node in checked.nodes)


def multiplied(checked: CheckedNetwork) -> Size:
    """Multiply-adds of what is compiled; while there is no output yet, of everything that is drawn."""
    if checked.heads:
        return checked.macs
    return sum((node.macs for node in checked.nodes), Size.of(0))


def network_facts(checked: CheckedNetwork) -> tuple[Fact, ...]:
    """Totals of the whole network."""
    facts: list[Fact] = [(tr("Layers"), f"{len(checked.nodes):,}"), (tr("Weights"), f"{learned(checked):,}")]
    if learned(checked):
        facts.append((tr("Size of the weights"), bytes_words(4 * learned(checked))))
    facts.append((tr("Multiply-adds"), size_words(multiplied(checked))))
    for node in checked.inputs:
        for type in node.outputs.values():
            facts.append((tr("Takes ({name})", name=node.name), shape_words(type)))
    for head in checked.heads:
        arriving = checked.types.get(head.source)
        if arriving is not None:
            facts.append((tr("Gives ({name})", name=head.node.name), shape_words(arriving)))
        if head.loss is not None:
            facts.append((tr("Loss ({name})", name=head.node.name), tr(head.loss.label)))
    for inner in checked.penalties:
        if inner.node.layer is not None:
            facts.append((tr("Penalty ({name})", name=inner.name), tr(inner.node.layer.label)))
    return tuple(facts)


def several_facts(checked: CheckedNetwork, ids: Sequence[str]) -> tuple[Fact, ...]:
    """Totals of a selection of several nodes."""
    nodes = [node for id in ids if (node := checked.node(id)) is not None]
    kinds: dict[str, int] = {}
    for node in nodes:
        kind = tr(node.layer.label) if node.layer is not None else node.record.type
        kinds[kind] = kinds.get(kind, 0) + 1
    facts: list[Fact] = [
        (kind, f"{number:,}") for kind, number in sorted(kinds.items(), key=lambda k: -k[1])
    ][:8]
    facts.append((tr("Weights"), f"{sum(node.weights for node in nodes):,}"))
    return tuple(facts)


def bytes_words(number: int) -> str:
    """512 bytes, 3.4 kB, 1.2 MB (powers of 1000)."""
    if number < 1000:
        return count(number, "byte", "bytes")
    value = float(number)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 99.5 else f"{value:.0f} {unit}"
    return f"{value:.0f} PB"
