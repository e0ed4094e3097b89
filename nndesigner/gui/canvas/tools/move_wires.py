"""Ctrl and a drag from a port: all its wires go to the port of the same side where it is let go, as one edit."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath

from nndesigner.base.text import tr
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import NOTHING, Hit, port_at
from nndesigner.gui.canvas.tools.break_wires import wires_at
from nndesigner.gui.canvas.tools.tool import Pointer, Tool
from nndesigner.gui.canvas.tools.wire import SNAP_PIXELS
from nndesigner.gui.canvas.wires import wire_path


class MoveWires(Tool):
    """Let go over nothing, the wires stay; a click toggles the layer in the selection, as beside the port."""

    cursor = Qt.CursorShape.CrossCursor

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._wires = wires_at(self.view.editor.document, at.under)
        self._moved = False
        self._why: dict[Hit, str] = {}

    def move(self, at: Pointer) -> None:
        if not self._moved and not self.went_far(at):
            return
        self._moved = True
        target = self._target(at)
        reason = self._why_not(target) if target else ""
        end = at.scene
        if target and not reason:
            end = QPointF(*self.view.arrays.port_place(target.id, target.side, target.port))
        self.view.show_sketch(self._sketch(end), "error" if reason else "accent")
        self.view.show_state(target=NOTHING if reason else target)
        self.view.show_reason(reason, at)

    def release(self, at: Pointer) -> None:
        target = self._target(at) if self._moved else NOTHING
        self.cancel()
        port = self.start.under
        if not self._moved:
            self.view.select(self.view.selection ^ {port.id})
        elif target and self._wires:
            self.view.editor.edit(
                tr("Move a wire") if len(self._wires) == 1 else tr("Move all wires of a port"),
                "move_wires",
                node=port.id,
                port=port.port,
                to_node=target.id,
                to_port=target.port,
                inputs=port.side == INPUT,
            )

    def cancel(self) -> None:
        self.view.show_sketch(None)
        self.view.show_state(target=NOTHING)
        self.view.show_reason("")

    def _target(self, at: Pointer) -> Hit:
        """The nearest other port of the same side."""
        reach = min(SNAP_PIXELS * self.view.pixel, 30.0)
        x, y = at.scene.toTuple()
        found = port_at(self.view.arrays, x, y, self.view.pixel, self.start.under.side, reach)
        return found if found != self.start.under else NOTHING

    def _why_not(self, target: Hit) -> str:
        if target not in self._why:
            ask = self.view.editor.why_not
            if target.side == OUTPUT:
                reasons = [ask(target.id, target.port, wire.target, wire.in_port) for wire in self._wires]
            else:
                reasons = [ask(wire.source, wire.out_port, target.id, target.port) for wire in self._wires]
            self._why[target] = next((reason for reason in reasons if reason), "")
        return self._why[target]

    def _sketch(self, loose: QPointF) -> QPainterPath:
        path, end = QPainterPath(), loose.toTuple()
        for wire in self._wires:
            if self.start.under.side == OUTPUT:
                path.addPath(
                    wire_path(end, self.view.arrays.port_place(wire.target, INPUT, wire.in_port), wire.bends)
                )
            else:
                path.addPath(
                    wire_path(
                        self.view.arrays.port_place(wire.source, OUTPUT, wire.out_port), end, wire.bends
                    )
                )
        return path
