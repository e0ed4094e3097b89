"""What a node and a wire say: texts, ports and severities, from the document and the checked network.

A pure function of the two, worked out when a face is first asked for: of a large network only the visible part is.
It knows no colours, no fonts and no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import tr
from nndesigner.document import blocks, wiring
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.gui.canvas import geometry
from nndesigner.layers.block_ports import ENTRY, EXIT
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Layer, Port, no_count

if TYPE_CHECKING:
    from nndesigner.check.checked import CheckedNetwork, CheckedNode

_RANK = {Severity.HINT: 1, Severity.WARNING: 2, Severity.ERROR: 3}
LONGEST_SHAPE = 22


class PortFace(msgspec.Struct, frozen=True):
    name: str
    label: str
    optional: bool = False


class Mark(msgspec.Struct, frozen=True):
    """What is drawn on a body besides its form and state."""

    stack: int = 0
    """of a block: 1, and 2 where it follows itself"""
    bypassed: bool = False
    shares: bool = False
    frozen: bool = False
    unfreezes: int = 0
    """after how many epochs frozen weights learn; 0 for never"""


PLAIN = Mark()


class Face(msgspec.Struct, frozen=True):
    """What stands on a node. Empty text where there is nothing to say, `severity` None where nothing is wrong."""

    node: str
    title: str
    type_label: str
    card: str
    shape: str
    """of the first output, batch left out"""
    weights: str
    group: str
    known: bool
    severity: Severity | None
    inputs: tuple[PortFace, ...]
    outputs: tuple[PortFace, ...]
    comment: str = ""
    mark: Mark = PLAIN


# -- form: needs the document only ---------------------------------------------------------------------------------
def port_names(
    document: Document, node: Node, edges: Iterable[Edge] | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the inputs and outputs: the declared ones, then what wires name besides.

    A layer of an unknown type declares none, so its ports come from its wires.
    """
    declared = layer(node.type)
    if declared is not None and not callable(declared.inputs) and not callable(declared.outputs):
        inputs, outputs = _fixed_names(node.type)
    else:
        inputs, outputs = (tuple(port.name for port in side) for side in _declared(document, node))
    for edge in document.edges_of(node.id) if edges is None else edges:
        if edge.target == node.id and edge.in_port not in inputs:
            inputs = (*inputs, edge.in_port)
        if edge.source == node.id and edge.out_port not in outputs:
            outputs = (*outputs, edge.out_port)
    return inputs, outputs


def outline(document: Document, node: Node) -> geometry.Outline:
    declared = layer(node.type)
    if declared is not None and not callable(declared.inputs) and not callable(declared.outputs):
        usual = _fixed_outline(node.type, node.collapsed)
        if all(
            (edge.in_port in usual.inputs) if edge.target == node.id else (edge.out_port in usual.outputs)
            for edge in document.edges_of(node.id)
        ):
            return usual
    inputs, outputs = port_names(document, node)
    return geometry.outline(inputs, outputs, _has_footer(node.type), node.collapsed)


def group(type: str) -> str:
    """The group of a layer type; "" where the type is unknown."""
    if type == blocks.BLOCK:
        return "Blocks"
    declared = layer(type)
    return declared.group if declared is not None else ""


@lru_cache(maxsize=1024)
def is_port(type: str) -> bool:
    """Whether a node of the type is a port of the block that it is inside of."""
    declared = layer(type)
    return declared is not None and declared.role in (ENTRY, EXIT)


@lru_cache(maxsize=1024)
def _has_footer(type: str) -> bool:
    """Whether the form has a line for parameters. Of the type alone: a node does not grow while it is edited."""
    declared = layer(type)
    if declared is None:
        return type == blocks.BLOCK
    if declared.weights is not no_count or declared.role == "output":
        return True
    try:
        return bool(declared.card(declared.defaults()))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return False  # a card that its own defaults do not fill; the drawing goes on without it


def _values(document: Document, declared: Layer, node: Node) -> dict[str, Any]:
    """Every parameter's value: a file may hold anything, and a card expects what its fields allow."""
    return resolve(declared.parameters, node.parameters, blocks.names_inside(document, node.network))[0]


def _declared(document: Document, node: Node) -> tuple[tuple[PortFace, ...], tuple[PortFace, ...]]:
    declared = layer(node.type)
    if declared is not None and not callable(declared.inputs) and not callable(declared.outputs):
        return _fixed_ports(node.type)
    inputs, outputs = wiring.ports(document, node)
    return _port_faces(inputs), _port_faces(outputs)


def _port_faces(ports: Iterable[Port]) -> tuple[PortFace, ...]:
    return tuple(PortFace(port.name, tr(port.label) or port.name, port.optional) for port in ports)


@lru_cache(maxsize=2048)
def _fixed_outline(type: str, folded: bool) -> geometry.Outline:
    return geometry.outline(*_fixed_names(type), _has_footer(type), folded)


@lru_cache(maxsize=1024)
def _fixed_names(type: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    inputs, outputs = _fixed_ports(type)
    return tuple(port.name for port in inputs), tuple(port.name for port in outputs)


@lru_cache(maxsize=1024)
def _fixed_ports(type: str) -> tuple[tuple[PortFace, ...], tuple[PortFace, ...]]:
    declared = layer(type)
    assert declared is not None and not callable(declared.inputs) and not callable(declared.outputs)
    return _port_faces(declared.inputs), _port_faces(declared.outputs)


# -- texts ---------------------------------------------------------------------------------------------------------
def short_shape(type: TensorType | None) -> str:
    """`32×8×8`: the sizes, batch left out; "1" for a single number per sample, "" for no type."""
    if type is None:
        return ""
    sizes = [str(axis.size).replace(" ", "") for axis in type.axes if axis.meaning != "batch"]
    text = "×".join(sizes) or "1"
    return text if len(text) <= LONGEST_SHAPE else text[: LONGEST_SHAPE - 1] + "…"


def short_count(number: int) -> str:
    """950, 9.2k, 1.3M: at most four characters and a letter."""
    if number < 1000:
        return str(number)
    for limit, letter in ((1e6, "k"), (1e9, "M"), (1e12, "G")):
        if number < limit:
            value = number / limit * 1000
            shown = f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
            return (shown[:-2] if shown.endswith(".0") else shown) + letter
    return f"{number:.1e}"


class Faces:
    """The faces of one network, worked out on demand and kept; a new one is made after every edit and check."""

    def __init__(self, document: Document, network: str, checked: CheckedNetwork | None) -> None:
        self.document, self.network, self.checked = document, network, checked
        self.severities: dict[str, Severity] = {}
        self.bad_ports: set[tuple[str, str]] = set()
        """(node id, input port) at which an error was found"""
        self._problems: dict[str, list[Problem]] = {}
        for problem in checked.problems if checked is not None else ():
            where = problem.where
            node = blocks.place_in(document, where, network)
            if not node or node not in document:
                continue
            self._problems.setdefault(node, []).append(problem)
            known = self.severities.get(node)
            if known is None or _RANK[problem.severity] > _RANK[known]:
                self.severities[node] = problem.severity
            if where.port and node == where.node and problem.severity is Severity.ERROR:
                self.bad_ports.add((node, where.port))
        self.bad_edges = {
            edge.id for node, port in self.bad_ports if (edge := document.wire_into(node, port)) is not None
        }
        """wires that bring what their target cannot take"""
        self._heads = {head.node.id: head for head in checked.heads} if checked is not None else {}
        self._faces: dict[str, Face] = {}
        self._shapes: dict[str, str] = {}

    def problems(self, node: str) -> tuple[Problem, ...]:
        return tuple(self._problems.get(node, ()))

    def problems_at(self, node: str, port: str) -> tuple[Problem, ...]:
        """The errors at an input: why what arrives there cannot be taken."""
        found = self.problems(node)
        return tuple(
            p for p in found
            if (p.where.node, p.where.port) == (node, port) and p.severity is Severity.ERROR
        )  # fmt: skip

    def face(self, node: str) -> Face:
        """Raises KeyError for what is no node of the document."""
        found = self._faces.get(node)
        if found is None:
            found = self._faces[node] = self._make(self.document.node(node))
        return found

    def edge_text(self, edge: str) -> str:
        """The short shape of what flows along a wire; "" while it is not known."""
        found = self._shapes.get(edge)
        if found is None:
            record = self.document.get(edge)
            found = short_shape(self.edge_type(record)) if isinstance(record, Edge) else ""
            self._shapes[edge] = found
        return found

    def edge_type(self, edge: Edge) -> TensorType | None:
        return self.checked.types.get((edge.source, edge.out_port)) if self.checked is not None else None

    def all(self) -> Mapping[str, Face]:
        return {node.id: self.face(node.id) for node in self.document.nodes(self.network)}

    def mark(self, node: str) -> Mark:
        return self.marks.get(node, PLAIN)

    @cached_property
    def marks(self) -> Mapping[str, Mark]:
        """Of the nodes that have something to mark."""
        found = {}
        for node in self.document.nodes(self.network):
            if node.block or node.bypass or node.shares or node.learning:
                found[node.id] = self._mark(node)
        return found

    def _mark(self, node: Node) -> Mark:
        checked = self.checked.node(node.id) if self.checked is not None else None
        use = checked.use if checked is not None else None
        stack = 0
        if node.type == blocks.BLOCK:
            values = blocks.settled(self.document, node)
            repeat = (use.values if use is not None else values).get("repeat", 1)
            stack = 2 if isinstance(repeat, int) and repeat > 1 else 1
        return Mark(
            stack,
            bool(checked.passes) if checked is not None and use is not None else node.bypass is True,
            bool(node.shares),
            node.frozen,
            node.unfreezes,
        )

    def owner(self, node: str) -> str:
        """The name of the node whose weights a node uses; "" where it has its own."""
        record = self.document.get(node)
        owner = self.document.get(record.shares) if isinstance(record, Node) and record.shares else None
        return owner.name if isinstance(owner, Node) else ""

    def _make(self, node: Node) -> Face:
        declared = blocks.declared(self.document, node)
        checked = self.checked.node(node.id) if self.checked is not None else None
        names = port_names(self.document, node)
        known = {port.name: port for side in _declared(self.document, node) for port in side}
        inputs, outputs = (tuple(known.get(name, PortFace(name, name)) for name in side) for side in names)
        first = next(iter(checked.outputs.values()), None) if checked is not None else None
        return Face(
            node=node.id,
            title=node.name,
            type_label=tr(declared.label) if declared is not None else node.type,
            card=self._card(node, declared, checked),
            shape=short_shape(first),
            weights=short_count(checked.weights) if checked is not None and checked.weights else "",
            group=declared.group if declared is not None else "",
            known=declared is not None,
            severity=self.severities.get(node.id),
            inputs=inputs,
            outputs=outputs,
            comment=node.comment,
            mark=self.mark(node.id),
        )

    def _card(self, node: Node, declared: Layer | None, checked: CheckedNode | None) -> str:
        if declared is None:
            return tr("unknown block") if node.type == blocks.BLOCK else tr("unknown layer")
        use = checked.use if checked is not None else None
        try:
            text = declared.card(use.values if use is not None else _values(self.document, declared, node))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            text = ""  # a value from a file that the checker reports; a face never fails
        if not text and node.id in self._heads:
            loss = self._heads[node.id].loss  # what “automatic” came to
            text = tr(loss.label) if loss is not None else ""
        return text
