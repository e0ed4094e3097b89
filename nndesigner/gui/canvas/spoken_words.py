"""What nodes, ports and wires say in words: names and descriptions for a screen reader and for the outline.

A pure function of a network's faces. One place, so that canvas, outline and the printed tree tell the same.
"""

from __future__ import annotations

import msgspec

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import count, listing, tr
from nndesigner.document.blocks import place_words
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.faces import Faces, PortFace
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.tips import shape_in_words

MOST_NAMED = 6
"""More layers than this at one port are counted, not named."""


class Words(msgspec.Struct, frozen=True):
    """`name` says what a thing is, `more` what there is to know of it; both are whole sentences or parts of them."""

    name: str
    more: str = ""


def node_words(faces: Faces, id: str) -> Words:
    """`conv1, Convolution 2D, gives channel 16 × height 8 × width 8`; then parameters, wires and problems."""
    face = faces.face(id)
    checked = faces.checked.node(id) if faces.checked is not None else None
    name = [face.title, face.type_label]
    problems = faces.problems(id)
    if problems:
        name.append(_how_bad(problems))
    shapes = (
        "; ".join(shape_in_words(type) for type in checked.outputs.values()) if checked is not None else ""
    )
    if shapes and face.outputs:
        name.append(tr("gives {shapes}", shapes=shapes))
    more = [face.card and f"{face.card}."]
    if checked is not None and checked.weights:
        more.append(count(checked.weights, "parameter", "parameters") + ".")
    marks = [
        (face.mark.stack, tr("A block: it can be entered.")),
        (face.mark.bypassed, tr("Bypassed.")),
        (face.mark.frozen and not face.mark.unfreezes, tr("Frozen.")),
        (
            face.mark.unfreezes,
            tr("Frozen for {epochs}.", epochs=count(face.mark.unfreezes, "epoch", "epochs")),
        ),
    ]
    more += [sentence for marked, sentence in marks if marked]
    more += [port_words(faces, id, INPUT, port).name + "." for port in face.inputs]
    more += [port_words(faces, id, OUTPUT, port, shape=False).name + "." for port in face.outputs]
    more += [problem_words(faces, id, problem) for problem in problems]
    if face.comment:
        more.append(face.comment)
    return Words(", ".join(name), " ".join(part for part in more if part))


def port_words(faces: Faces, node: str, side: int, port: PortFace, *, shape: bool = True) -> Words:
    """`Input x from image1, channel 1 × height 8 × width 8`, `Output y to relu1`, `Input x, not wired yet`."""
    wires = wires_at(faces, node, side, port.name)
    what = tr("Input {port}") if side == INPUT else tr("Output {port}")
    name = what.format(port=port.label)
    if wires:
        ends = [faces.face(edge.source if side == INPUT else edge.target).title for edge in wires]
        where = listing(ends) if len(ends) <= MOST_NAMED else count(len(ends), "layer", "layers")
        name += " " + (tr("from {where}", where=where) if side == INPUT else tr("to {where}", where=where))
    elif side == INPUT:
        name += ", " + (tr("not wired, which it may stay") if port.optional else tr("not wired yet"))
    else:
        name += ", " + tr("not wired yet")
    words = ""
    if shape and side == INPUT and wires:
        words = shape_in_words(faces.edge_type(wires[0]))
    elif shape and side == OUTPUT and faces.checked is not None:
        type = faces.checked.types.get((node, port.name))
        words = shape_in_words(type) if type is not None else ""
    wrong = side == INPUT and (node, port.name) in faces.bad_ports
    parts = [name, words, tr("does not fit") if wrong else ""]
    return Words(", ".join(part for part in parts if part), tr("of {node}", node=faces.face(node).title))


def wire_words(faces: Faces, edge: Edge) -> Words:
    """`Wire from image1 to conv1, channel 1 × height 8 × width 8`."""
    ends = {"source": faces.face(edge.source).title, "target": faces.face(edge.target).title}
    words = [tr("Wire from {source} to {target}", **ends), shape_in_words(faces.edge_type(edge))]
    if edge.id in faces.bad_edges:
        words.append(tr("does not fit"))
    return Words(", ".join(words))


def problem_words(faces: Faces, node: str, problem: Problem) -> str:
    """`Error: …`; with the way to the place where it is inside of a block."""
    way = place_words(faces.document, problem.where) if problem.where.node != node else ""
    kind = {Severity.ERROR: tr("Error"), Severity.WARNING: tr("Warning")}.get(problem.severity, tr("Hint"))
    return f"{kind}: {way}: {problem.message}" if way else f"{kind}: {problem.message}"


def wires_at(faces: Faces, node: str, side: int, port: str) -> list[Edge]:
    """The wires at a port, in the order in which they were drawn."""
    edges = faces.document.edges_of(node)
    if side == INPUT:
        return [edge for edge in edges if edge.target == node and edge.in_port == port]
    return [edge for edge in edges if edge.source == node and edge.out_port == port]


def _how_bad(problems: tuple[Problem, ...]) -> str:
    words = []
    for severity, one, many in (
        (Severity.ERROR, "error", "errors"),
        (Severity.WARNING, "warning", "warnings"),
        (Severity.HINT, "hint", "hints"),
    ):
        number = sum(problem.severity is severity for problem in problems)
        if number:
            words.append(count(number, one, many))
    return listing(words)
