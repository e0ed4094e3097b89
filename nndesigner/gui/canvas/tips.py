"""What a pause of the pointer says about the thing under it, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from nndesigner.base.shapes import TensorType
from nndesigner.base.text import count, tr
from nndesigner.check.carrying import Fit
from nndesigner.document.blocks import place_words
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.fits import fit_words
from nndesigner.gui.canvas.geometry import INPUT
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.state import Overlay


def tip(
    faces: Faces,
    under: Hit,
    fits: Mapping[str, Fit] = MappingProxyType({}),
    overlays: Mapping[str, Overlay] = MappingProxyType({}),
) -> str:
    """Rich text for a tooltip; "" where there is nothing to say. `fits` and `overlays` are shown on the nodes."""
    record = faces.document.get(under.id) if under else None
    if record is None:
        return ""
    if under.kind == "node":
        return _node(faces, under.id, fits.get(under.id), overlays.get(under.id))
    if under.kind == "port":
        return _port(faces, under)
    if isinstance(record, Edge):
        return _lines(
            f"<b>{escape(_ends(faces, record))}</b>",
            escape(shape_in_words(faces.edge_type(record))),
            *_wrong(faces, record.target, record.in_port),
        )
    return ""


def shape_in_words(type: TensorType | None) -> str:
    """`channel 32 × height 8 × width 8`, batch left out; what kind of numbers where they are not real ones."""
    if type is None:
        return tr("The shape is not known yet.")
    axes = " × ".join(f"{tr(axis.meaning)} {axis.size}" for axis in type.axes if axis.meaning != "batch")
    kind = {"int": tr("whole numbers"), "bool": tr("truth values")}.get(type.element, "")
    return ", ".join(part for part in (axes or tr("one number per sample"), kind) if part)


def _ends(faces: Faces, edge: Edge) -> str:
    return f"{faces.face(edge.source).title} → {faces.face(edge.target).title}"


def _node(faces: Faces, id: str, fit: Fit | None, overlay: Overlay | None) -> str:
    face = faces.face(id)
    checked = faces.checked.node(id) if faces.checked is not None else None
    lines = [f"<b>{escape(face.title)}</b> · {escape(face.type_label)}"]
    if checked is not None and checked.outputs:
        shapes = "; ".join(escape(shape_in_words(type)) for type in checked.outputs.values())
        lines.append(tr("Gives {shapes}", shapes=shapes))
    if checked is not None and checked.weights:
        lines.append(count(checked.weights, "parameter", "parameters"))
    if face.mark.stack:
        lines.append(tr("A block: double-click to look inside."))
    if owner := faces.owner(id):
        lines.append(tr("Uses the weights of {owner}.", owner=escape(owner)))
    if face.mark.bypassed:
        lines.append(tr("Bypassed: what arrives passes on as it is."))
    if face.mark.frozen:
        lines.append(frozen_words(face.mark.unfreezes))
    if fit is not None:
        lines.append(fit_words(fit))
    if overlay is not None:
        lines += [escape(line) for line in overlay.words.splitlines()]
    for problem in faces.problems(id):
        way = place_words(faces.document, problem.where) if problem.where.node != id else ""
        lines.append(escape(f"{way}: {problem.message}" if way else problem.message))
    if face.comment:
        lines.append(f"<i>{escape(face.comment)}</i>")
    return _lines(*lines)


def _port(faces: Faces, under: Hit) -> str:
    face = faces.face(under.id)
    ports = face.inputs if under.side == INPUT else face.outputs
    port = next((port for port in ports if port.name == under.port), None)
    if port is None:
        return ""
    what = tr("Input “{port}” of {node}") if under.side == INPUT else tr("Output “{port}” of {node}")
    lines = [f"<b>{escape(what.format(port=port.label, node=face.title))}</b>"]
    if under.side == INPUT:
        wire = faces.document.wire_into(under.id, under.port)
        if wire is not None:
            lines.append(escape(shape_in_words(faces.edge_type(wire))))
            lines += _wrong(faces, under.id, under.port)
        else:
            lines.append(tr("Not wired; it may stay so.") if port.optional else tr("Not wired yet."))
    else:
        type = faces.checked.types.get((under.id, under.port)) if faces.checked is not None else None
        lines.append(escape(shape_in_words(type)))
    return _lines(*lines)


def _wrong(faces: Faces, node: str, port: str) -> list[str]:
    """Why what arrives at an input cannot be taken."""
    return [escape(problem.message) for problem in faces.problems_at(node, port)]


def frozen_words(unfreezes: int) -> str:
    """What being frozen means, and until when."""
    if not unfreezes:
        return tr("Frozen: its weights stay as they are.")
    return tr("Frozen: its weights learn after {epochs}.", epochs=count(unfreezes, "epoch", "epochs"))


def _lines(*lines: str) -> str:
    return "<br>".join(line for line in lines if line)
