"""What a network is checked with: what surrounds it, the project's data, and what comes of it. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.expressions import Names
from nndesigner.base.problem import Problem
from nndesigner.base.shapes import TensorType
from nndesigner.check import shapes
from nndesigner.check.checked import CheckedNode, Place
from nndesigner.document.blocks import BLOCK
from nndesigner.document.document import Document


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


@dataclass(frozen=True, slots=True)
class One:
    """One node and what is wrong with it; the number of nodes that it stands for."""

    node: CheckedNode
    problems: list[Problem]
    count: int = 1


def content(document: Document, network: str, trail: tuple[str, ...] = ()) -> Any:
    """All records inside a network and the networks that it uses: equal, and quickly so, while none has changed."""
    known = document.derived
    key = ("content", network)
    if key not in known:
        if network in trail:
            return None
        nodes = document.nodes(network)
        nested = tuple(
            content(document, node.block, (*trail, network)) for node in nodes if node.type == BLOCK
        )
        known[key] = (document.get(network), nodes, document.edges_in(network), nested)
    return known[key]
