"""What a wire would bring that is not drawn yet: the target's own rule is asked, with what is known of the rest.

For gestures: which ports light up, why another does not fit, which layers could join two wires. It changes nothing.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

import msgspec

from nndesigner.base.problem import Severity
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import tr
from nndesigner.check import shapes
from nndesigner.check.checked import CheckedNetwork, Place
from nndesigner.check.nodes import try_node
from nndesigner.check.surroundings import NO_DATA, Around, Data
from nndesigner.document.blocks import names_inside
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.document.wiring import ports
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Use

JOINS = ("Add", "Concatenate")
"""Layer types that can take two wires to one input, the usual one first."""
_TRIED: Place = ("", "")
"""stands for the output that the wire comes from"""


class Join(msgspec.Struct, frozen=True):
    """A layer that makes one of two wires, and what it would give."""

    type: str
    label: str
    gives: TensorType


def misfit(
    document: Document, checked: CheckedNetwork, source: str, out_port: str, target: str, in_port: str
) -> str:
    """Why what leaves an output does not suit an input, in the words of the target's rule; "" where it does suit, and
    where that cannot be told yet."""
    arriving = checked.types.get((source, out_port))
    return refusal(document, checked, target, in_port, arriving) if arriving is not None else ""


def refusal(
    document: Document, checked: CheckedNetwork, target: str, in_port: str, arriving: TensorType
) -> str:
    """What the rule of a node says against a type at one of its inputs; "" for nothing.

    Other inputs keep what is wired to them; required ones that are free are taken to get the same type, and what the
    rule says about those does not count.
    """
    record = document.get(target)
    if not isinstance(record, Node) or record.network != checked.network:
        return ""
    wires = {e.in_port: e for e in document.edges_of(target) if e.target == target}
    tried = Edge(id="", source=_TRIED[0], out_port=_TRIED[1], target=target, in_port=in_port)
    guessed = {p.name for p in ports(document, record)[0] if not p.optional and p.name not in wires} - {
        in_port
    }
    wires |= {in_port: tried} | dict.fromkeys(guessed, tried)
    own: dict[Place, TensorType] = {_TRIED: arriving}
    types: Mapping[Place, TensorType] = ChainMap(own, checked.types)  # type: ignore[arg-type]
    if record.network == document.main.id:
        data, around = Data.of(document), Around()
    else:
        data = NO_DATA
        around = Around(names={**names_inside(document, record.network), **checked.names})
    for problem in try_node(document, record, wires, types, data, around).problems:
        elsewhere = problem.where.node == target and problem.where.port in guessed
        if problem.severity is Severity.ERROR and problem.code == "shape" and not elsewhere:
            return problem.message
    return ""


def joins(
    document: Document, checked: CheckedNetwork, source: str, out_port: str, target: str, in_port: str
) -> tuple[Join, ...]:
    """The layers that could take a further wire together with the one that an input has already: both types suit the
    layer, and what it gives suits the input. None where the input is free or something is not known."""
    old = document.wire_into(target, in_port)
    if old is None or (old.source, old.out_port) == (source, out_port):
        return ()
    there, arriving = checked.types.get((old.source, old.out_port)), checked.types.get((source, out_port))
    if there is None or arriving is None:
        return ()
    found = []
    for type in JOINS:
        entry = layer(type)
        if entry is None or (type == "Add" and there.sizes != arriving.sizes):
            continue  # a value that is spread over the others is rarely what somebody means who adds two wires
        values = entry.defaults()
        first, second = (port.name for port in entry.input_ports(values))
        use = Use(inputs={first: there, second: arriving}, values=values, fields={})
        answer = shapes.infer(entry, use, 0)
        if answer.error is not None:
            continue
        gives = next(iter(answer.outputs.values()))
        if not refusal(document, checked, target, in_port, gives):
            found.append(Join(type, tr(entry.label), gives))
    return tuple(found)
