"""Images that arrive with their axes in another order: colours where columns should be."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.opened import OpenedNode
from nndesigner.data.catalogue import source

COLOURS = (3, 4)
"""red, green, blue, and sometimes how opaque"""
CHANNELS = (1, 2, *COLOURS)
SMALLEST = 5
"""An image of fewer rows or columns is none."""


def _look(evidence: Evidence) -> Iterator[Problem]:
    for node in evidence.opened.layers:
        if not _enters(evidence, node):
            continue
        type = node.node.outputs.get("y")
        if type is None or type.meanings[1:] != ("channel", "height", "width"):
            continue
        sizes = [axis.size.bind(evidence.lengths).value for axis in type.axes[1:]]
        if any(size is None for size in sizes):
            continue
        channels, height, width = (int(size) for size in sizes if size is not None)
        if channels in CHANNELS or channels < SMALLEST or not _seen_as_image(evidence, node):
            continue
        if width in (1, *COLOURS) and height >= SMALLEST:
            sentence = tr(
                "{name} gives {channels} channels of {height} × {width}: that looks like images of {channels} ×"
                " {height} with their {width} colours last. Layers take colours first.",
                name=node.name,
                channels=channels,
                height=height,
                width=width,
            )
            order = "3, 1, 2"
        elif height in COLOURS and width >= SMALLEST:
            sentence = tr(
                "{name} gives {channels} channels of {height} × {width}: images of {height} rows are rare, {height}"
                " colours are not. Layers take colours first.",
                name=node.name,
                channels=channels,
                height=height,
                width=width,
            )
            order = "2, 1, 3"
        else:
            continue
        yield Problem(
            Severity.WARNING, "channel-order", place(node), sentence, _remedies(evidence, node, order, type)
        )


def _enters(evidence: Evidence, node: OpenedNode) -> bool:
    """Whether it is an input, or what lays out the values of one."""
    if node.node.role == "input":
        return True
    before = evidence.opened.feeding(node)
    return node.type in ("Reshape", "Unflatten") and before is not None and before.node.role == "input"


def _seen_as_image(evidence: Evidence, node: OpenedNode) -> bool:
    """Whether a layer reads it as it is: one that orders the axes anew or forgets them does not mind."""
    readers = [other for other in evidence.opened.layers if (node.key, "y") in other.sources.values()]
    return any(reader.type not in ("Permute", "Flatten", "Reshape") for reader in readers)


def _remedies(evidence: Evidence, node: OpenedNode, order: str, type: TensorType) -> tuple[Remedy, ...]:
    data, found = evidence.document.data, []
    declared = source(data.type) if data is not None else None
    layouts = declared is not None and any(field.name == "layout" for field in declared.parameters)
    if data is not None and layouts and node.node.role == "input" and order == "3, 1, 2":
        parameters = {**data.parameters, "layout": "last"}
        found.append(
            Remedy(
                "set_data",
                {"type": data.type, "parameters": parameters},
                tr("Read the colours as the last axis"),
            )
        )
    wires = [e for e in evidence.document.edges_of(node.node.id) if e.source == node.node.id]
    if len(wires) == 1:
        arguments = {"edge": wires[0].id, "type": "Permute", "parameters": {"order": order}}
        found.append(Remedy("insert_on_wire", arguments, tr("Insert a Permute after {name}", name=node.name)))
    return tuple(found)


CHANNEL_ORDER = Rule(code="channel-order", evidence=frozenset({"graph", "data"}), look=_look)
