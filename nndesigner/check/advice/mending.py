"""Edits that several rules offer, as remedies."""

from __future__ import annotations

from nndesigner.base.problem import Remedy
from nndesigner.base.text import tr
from nndesigner.check.opened import OpenedNode
from nndesigner.document.document import Document


def normalized_after(document: Document, node: OpenedNode) -> tuple[Remedy, ...]:
    """A normalization that suits what leaves the layer, right after it."""
    type = next(iter(node.node.outputs.values()), None)
    wire = next((e for e in document.edges_of(node.node.id) if e.source == node.node.id), None)
    if type is None or wire is None:
        return ()
    kind = "LayerNorm"
    if "channel" in type.meanings:
        kind = {3: "BatchNorm1d", 4: "BatchNorm2d"}.get(type.rank, "")
    elif type.rank == 2:
        kind = "BatchNorm1d"
    if not kind:
        return ()
    words = {"LayerNorm": tr("layer norm")}.get(kind, tr("batch norm"))
    sentence = tr("Insert a {kind} after {name}", kind=words, name=node.name)
    return (Remedy("insert_on_wire", {"edge": wire.id, "type": kind, "parameters": {}}, sentence),)
