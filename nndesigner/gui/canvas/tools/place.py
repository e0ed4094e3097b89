"""Dropping a layer from the palette: on empty canvas it is added, on a wire it is put in between."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF

from nndesigner.base.names import new_id
from nndesigner.base.text import tr
from nndesigner.document.blocks import BLOCK
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Node
from nndesigner.gui.canvas import geometry
from nndesigner.gui.canvas.faces import group, port_names
from nndesigner.gui.canvas.geometry import WIDTH, Outline, snapped
from nndesigner.gui.canvas.hit import NOTHING, Hit, edge_at, node_at
from nndesigner.gui.canvas.tools.tool import ALT, Pointer, Tool
from nndesigner.layers.catalogue import layer

MIME = "application/x-nndesigner-layer"
BLOCKS = ("block:", "library:", "new-block")
"""What stands for a block in place of a layer's type: who drops one makes the edit."""


def layer_type(mime: QMimeData) -> str:
    """The layer type that is being dragged; "" for anything else."""
    if not mime.hasFormat(MIME):
        return ""
    type = bytes(mime.data(MIME).data()).decode("utf-8", "replace")
    return type if layer(type) is not None or type.startswith(BLOCKS) else ""


class Place(Tool):
    """Alt neither snaps nor inserts."""

    def __init__(self, view, type: str) -> None:
        super().__init__(view)
        self._type = type
        self._block = type.startswith(BLOCKS)
        document = view.editor.document
        if not self._block:
            document, node = Document(), Node(id="", network="", type=type, name="")
        else:
            node = Node(id="", network="", type=BLOCK, name="", block=type.partition(":")[2])
        inputs, outputs = port_names(document, node)
        if self._block and node.block not in document:
            inputs, outputs = ("x",), ("y",)  # what a block mostly has; it is read when it is let go
        self._form: Outline = geometry.outline(inputs, outputs, False)
        self._passes = bool(inputs and outputs)

    def move(self, at: Pointer) -> None:
        x, y = self._corner(at)
        wire = self._wire(at)
        self.view.show_ghost(self._form, "Blocks" if self._block else group(self._type), x, y)
        self.view.show_state(target=wire)

    def release(self, at: Pointer) -> None:
        self.cancel()
        wire, id = self._wire(at), new_id()
        declared = layer(self._type)
        label = tr(declared.label) if declared is not None else self._type
        if self._block:
            self.view.blockDropped.emit(self._type, QPointF(*self._corner(at)), wire.id)
            return
        if wire:
            edge = self.view.editor.document.get(wire.id)
            assert isinstance(edge, Edge)
            done = self.view.editor.edit(
                tr("Insert {layer}", layer=label),
                "insert_on_wire",
                edge=wire.id,
                type=self._type,
                parameters=self.view.editor.suiting(self._type, edge.source, edge.out_port),
                id=id,
            )
        else:
            x, y = self._corner(at)
            done = self.view.editor.edit(
                tr("Add {layer}", layer=label),
                "add_node",
                type=self._type,
                x=x,
                y=y,
                network=self.view.editor.network,
                id=id,
            )
        if done is not None:
            self.view.select([id])

    def cancel(self) -> None:
        self.view.show_ghost(None)
        self.view.show_state(target=NOTHING)

    def _corner(self, at: Pointer) -> tuple[float, float]:
        """The pointer holds the node at its middle."""
        x, y = at.scene.x() - WIDTH / 2, at.scene.y() - self._form.height / 2
        return (x, y) if at.held(ALT) else (snapped(x), snapped(y))

    def _wire(self, at: Pointer) -> Hit:
        if not self._passes or at.held(ALT):
            return NOTHING
        x, y = at.scene.toTuple()
        if node_at(self.view.arrays, x, y):
            return NOTHING
        return edge_at(self.view.arrays, x, y, 1.6 * self.view.pixel)
