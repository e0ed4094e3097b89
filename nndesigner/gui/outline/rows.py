"""The lines of the outline as plain values: what stands below a layer. Worked out for a layer that is opened only."""

from __future__ import annotations

from typing import Any

import msgspec

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.order import in_order
from nndesigner.document.blocks import BLOCK
from nndesigner.document.records import Edge
from nndesigner.gui.canvas import spoken_words as words
from nndesigner.gui.canvas.faces import Faces, PortFace
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.tips import shape_in_words

Path = tuple[str, ...]
"""Ids of the blocks around a layer in the outline, outermost first, and of the layer itself."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `kind` is "node", "problem", "wire" or "port"; `id` the node, wire, or the node of the port.

    `text` comes first, `detail` after it, muted; `spoken` is all of it as a screen reader says it (of a node, it is
    asked for when it is read: `spoken_words.node_words`). `other` is the node at the other end of a wire.
    """

    kind: str
    id: str
    text: str
    detail: str = ""
    spoken: str = ""
    other: str = ""
    severity: Severity | None = None
    group: str = ""
    problem: Problem | None = None


def node_row(faces: Faces, id: str) -> Row:
    face = faces.face(id)
    detail = [face.type_label, face.shape and f"→ {face.shape}"]
    return Row(
        kind="node",
        id=id,
        text=face.title,
        detail=" ".join(part for part in detail if part),
        severity=face.severity,
        group=face.group,
    )


def below(faces: Faces, id: str) -> list[Row]:
    """Problems, then what arrives and what leaves; of a block, the layers inside it come after (`inside`)."""
    face = faces.face(id)
    found = []
    for problem in faces.problems(id):
        said = words.problem_words(faces, id, problem)
        found.append(
            Row(kind="problem", id=id, text=said, spoken=said, severity=problem.severity, problem=problem)
        )
    for side, ports in ((INPUT, face.inputs), (OUTPUT, face.outputs)):
        for port in ports:
            wires = words.wires_at(faces, id, side, port.name)
            if not wires:
                said = words.port_words(faces, id, side, port).name
                found.append(Row(kind="port", id=id, text=said, spoken=said))
            found += [_wire_row(faces, edge, side) for edge in wires]
    return found


def _wire_row(faces: Faces, edge: Edge, side: int) -> Row:
    other = edge.source if side == INPUT else edge.target
    name = faces.face(other).title
    where = tr("from {name}", name=name) if side == INPUT else tr("to {name}", name=name)
    leaves, enters = faces.face(edge.source).outputs, faces.face(edge.target).inputs
    text = f"{where}: {_label(leaves, edge.out_port)} → {_label(enters, edge.in_port)}"
    shape = shape_in_words(faces.edge_type(edge))
    wrong = edge.id in faces.bad_edges
    said = tr("{wire}, {shape}", wire=text.replace("→", tr("into")), shape=shape)
    return Row(
        kind="wire",
        id=edge.id,
        text=text,
        detail=shape,
        spoken=f"{said}, {tr('does not fit')}" if wrong else said,
        other=other,
        severity=Severity.ERROR if wrong else None,
    )


def _label(ports: tuple[PortFace, ...], name: str) -> str:
    return next((port.label for port in ports if port.name == name), name)


def inside(faces: Faces, id: str) -> Faces | None:
    """The faces of what is inside a block, for its first repetition; None for what is no block."""
    node = faces.document.get(id)
    if getattr(node, "type", "") != BLOCK or getattr(node, "block", "") not in faces.document:
        return None
    checked: Any = faces.checked.node(id) if faces.checked is not None else None
    rounds = checked.rounds if checked is not None else ()
    return Faces(faces.document, node.block, rounds[0] if rounds else None)  # type: ignore[union-attr]


def inner_rows(faces: Faces) -> list[Row]:
    return [node_row(faces, id) for id in in_order(faces.document, faces.network)]
