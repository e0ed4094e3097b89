"""Alt and a click on a port: takes all its wires off, as one edit."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.geometry import INPUT
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.tools.tool import Pointer, Tool


class BreakWires(Tool):
    def release(self, at: Pointer) -> None:
        port = self.start.under
        if at.under != port:
            return
        wires = wires_at(self.view.editor.document, port)
        if wires:
            name = tr("Disconnect") if len(wires) == 1 else tr("Disconnect all wires of a port")
            self.view.editor.edit(name, "remove", ids=[wire.id for wire in wires])


def wires_at(document: Document, port: Hit) -> list[Edge]:
    """The wires that start or end at a port."""
    if port.side == INPUT:
        wire = document.wire_into(port.id, port.port)
        return [wire] if wire is not None else []
    return [e for e in document.edges_of(port.id) if (e.source, e.out_port) == (port.id, port.port)]
