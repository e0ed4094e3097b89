"""Types along the wires: each layer's shape rule asked in data order, its answers remembered.

A rule is asked again only when what arrives, a parameter or the data changed, so that a check after a key press
costs what the edit touched. Rules' own remedies become edits here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import READ_AND_TRUST, Problem, Remedy, Severity, Where
from nndesigner.base.shapes import Size, TensorType
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.layers.custom import CUSTOM_TYPE
from nndesigner.layers.declaration import (
    InsertBefore,
    Layer,
    Pending,
    ReadAndTrust,
    ShapeError,
    Suggestion,
    Use,
)

MOST_ELEMENTS = 2**40
"""Values of one sample at one wire beyond which a network is refused: a terabyte, surely a slip of the hand."""


class Inferred(msgspec.Struct, frozen=True):
    """A layer's answer: the types that leave it and its counts, or the error that it raised."""

    outputs: Mapping[str, TensorType]
    weights: int = 0
    macs: Size = Size.of(0)
    error: ShapeError | None = None


_remembered: OrderedDict[Any, Inferred] = OrderedDict()
_MOST_REMEMBERED = 50_000


def infer(layer: Layer, use: Use, data: int) -> Inferred:
    """What leaves the layer. `data` is a number that changes whenever `use.fields` does."""
    if layer.type == CUSTOM_TYPE:
        return _ask(layer, use)  # its rule looks up what a worker said, and remembers by itself
    key = (
        layer.type,
        tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in use.values.items()),
        tuple(use.inputs.items()),
        data if layer.role != "layer" else 0,
    )
    known = _remembered.get(key)
    if known is None:
        known = _ask(layer, use)
        _remembered[key] = known
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return known


def _ask(layer: Layer, use: Use) -> Inferred:
    try:
        _expect_batches(layer, use)
        outputs = dict(layer.infer(use))
        for type in outputs.values():
            elements = type.numel().value
            if elements is not None and elements > MOST_ELEMENTS:
                raise ShapeError(
                    tr(
                        "{layer} would give {count:,} values per sample, which no machine holds. Make it smaller.",
                        layer=layer.label,
                        count=elements,
                    )
                )
        weights = layer.weights(use)
        if weights > MOST_ELEMENTS:
            raise ShapeError(
                tr(
                    "{layer} would have {count:,} weights, which no machine holds. Make it smaller.",
                    layer=layer.label,
                    count=weights,
                )
            )
        return Inferred(outputs, weights, layer.macs(use, outputs))
    except ShapeError as error:
        return Inferred({}, error=error)


def _expect_batches(layer: Layer, use: Use) -> None:
    """One batch arrives at every port. Raises ShapeError for a table of weights, or a Parameter beside a batch, at a
    layer that cannot take it."""
    ports = {port.name: port for port in layer.input_ports(use.values)}
    whole = next((type for type in use.inputs.values() if _is_batch(type) and type.sizes[0] != 1), None)
    for name, type in use.inputs.items():
        if not _is_batch(type):
            if not ports[name].table:
                raise ShapeError(
                    tr("{layer} takes samples, but a table of weights arrives.", layer=layer.label)
                    + " "
                    + tr("Wire it to the port “weight” of a layer with computed weights."),
                    port=name,
                )
        elif (
            whole is not None and type.sizes[0] != whole.sizes[0] and not (layer.spreads or ports[name].table)
        ):
            raise ShapeError(
                tr(
                    "One value for the whole batch arrives here, but {layer} needs one for every sample: put an"
                    " Expand before it.",
                    layer=layer.label,
                ),
                port=name,
            )


def _is_batch(type: TensorType) -> bool:
    return type.rank > 0 and type.axes[0].meaning == "batch"


def problem(document: Document, node: Node, error: ShapeError) -> Problem:
    """The shape error as a problem at the node, its suggestions as edits."""
    return Problem(
        Severity.HINT if isinstance(error, Pending) else Severity.ERROR,
        error.code,
        Where(network=node.network, node=node.id, port=error.port, field=error.parameter),
        str(error),
        tuple(r for s in error.suggestions if (r := remedy(document, node, s)) is not None),
    )


def remedy(document: Document, node: Node, suggestion: Suggestion) -> Remedy | None:
    if isinstance(suggestion, InsertBefore):
        wire = document.wire_into(node.id, suggestion.port)
        if wire is None:
            return None
        arguments = {"edge": wire.id, "type": suggestion.type, "parameters": dict(suggestion.values)}
        return Remedy("insert_on_wire", arguments, suggestion.sentence)
    if isinstance(suggestion, ReadAndTrust):
        return Remedy(READ_AND_TRUST, {"node": node.id}, suggestion.sentence)
    arguments = {"node": node.id, "parameter": suggestion.parameter, "value": suggestion.value}
    return Remedy("set_parameter", arguments, suggestion.sentence)


def data_version(fields: Mapping[str, DataField]) -> int:
    """A number for `infer`: equal for equal names, kinds and sizes."""
    return hash(
        tuple((f.name, f.role, f.kind, f.element, f.axes, f.classes, f.tokens) for f in fields.values())
    )
