"""Dragging a wire: a new one from an output or a free input, or the loose end of an existing one.

While it runs, ports that take what it carries light up, the others are dimmed and say why when the pointer is on them.
Where nothing but a shape is in the way it may be let go all the same: the check then offers ways out. The editor knows
the rules; this gesture only asks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer

from nndesigner.base.text import tr
from nndesigner.document.wire_edits import wire_words
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, PORT_RADIUS
from nndesigner.gui.canvas.hit import NOTHING, SMALLEST_PORT, Hit, node_at, port_at
from nndesigner.gui.canvas.state import Anchor, PortKey
from nndesigner.gui.canvas.tools.joining import ask_how
from nndesigner.gui.canvas.tools.tool import Pointer, Tool

SNAP_PIXELS = 22.0
_SLICE_SECONDS = 0.006
"""How long ports are asked about at a time: a large network must not hold up the drag."""
_SHOW_SECONDS = 0.06
"""How often the ports found so far are shown: every time paints the whole view anew."""


def anchor_for(view, port: Hit) -> Anchor:
    """A press on a wired input takes the wire's end off it; on any other port a new wire begins there."""
    if port.side == INPUT:
        wire = view.editor.document.wire_into(port.id, port.port)
        if wire is not None:
            return Anchor(wire.source, OUTPUT, wire.out_port, wire.id)
    return Anchor(port.id, port.side, port.port)


class DragWire(Tool):
    cursor = Qt.CursorShape.CrossCursor

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._anchor = anchor_for(self.view, at.under)
        self._moved = False
        self._dimmed: set[PortKey] = set()
        self._lit: set[PortKey] = set()
        self._answers: dict[PortKey, tuple[str, str]] = {}
        """what is against a port: why it cannot be wired, and why what flows there would not suit it"""
        self._shown = 0.0
        self._timer = QTimer(self.view)
        self._timer.timeout.connect(self._ask_some)

    def move(self, at: Pointer) -> None:
        if not self._moved:
            if not self.went_far(at):
                return
            self._moved = True
            self._questions = self._ports_in_view()
            self._ask_some()
        target = self._target(at)
        reason, misfit = self._against(target) if target else ("", "")
        end = at.scene
        if target.kind == "port" and not reason:
            end = QPointF(*self.view.arrays.port_place(target.id, target.side, target.port))
        if target == Hit("port", self._anchor.node, self._anchor.side, self._anchor.port):
            reason = misfit = ""
        self.view.show_wire(self._anchor, end, bool(reason or misfit))
        self.view.show_state(target=NOTHING if reason else target, hidden_edge=self._anchor.edge)
        if misfit:
            misfit += "\n" + tr("Wire it all the same, and the check offers ways out.")
        self.view.show_reason(reason or misfit, at)

    def release(self, at: Pointer) -> None:
        target = self._target(at) if self._moved else NOTHING
        self._clear()
        if not self._moved:
            self.view.select([self._anchor.edge or self._anchor.node])
        elif target.kind == "port":
            self._connect(target, at)
        elif target.kind == "node":
            self._connect_to_node(target.id, at)
        elif self._anchor.edge:
            self.view.editor.edit(tr("Disconnect"), "disconnect", edge=self._anchor.edge)
        elif self._anchor.side == OUTPUT:
            self.view.wireDropped.emit(self._anchor.node, self._anchor.port, at.scene)
        else:
            self.view.inputWireDropped.emit(self._anchor.node, self._anchor.port, at.scene)

    def cancel(self) -> None:
        self._clear()

    # -- where it would land -----------------------------------------------------------------------------------------
    def _target(self, at: Pointer) -> Hit:
        """The nearest port of the other side, else the node under the pointer."""
        x, y = at.scene.toTuple()
        side = INPUT if self._anchor.side == OUTPUT else OUTPUT
        reach = min(SNAP_PIXELS * self.view.pixel, 30.0)
        found = port_at(self.view.arrays, x, y, self.view.pixel, side, reach)
        if found:
            return found
        node = node_at(self.view.arrays, x, y)
        return node if node.id != self._anchor.node else NOTHING

    def _ends(self, port: Hit) -> tuple[str, str, str, str]:
        """The wire that would come about: source, output, target, input."""
        mine, other = (self._anchor.node, self._anchor.port), (port.id, port.port)
        return (*mine, *other) if self._anchor.side == OUTPUT else (*other, *mine)

    def _against(self, target: Hit) -> tuple[str, str]:
        """Why the wire cannot go to a port, or to the best port of a node; and why what flows there does not suit."""
        if target.kind == "port":
            key = target.id, target.side, target.port
            if key not in self._answers:
                ends, editor = self._ends(target), self.view.editor
                reason = editor.why_not(*ends)
                self._answers[key] = reason, "" if reason else editor.misfit(*ends)
            return self._answers[key]
        ports = self._ports_of(target.id)
        return self._against(self._best(ports)) if ports else (self._no_port(target.id), "")

    def _best(self, ports: list[Hit]) -> Hit:
        """The first port that nothing is against; else the first at which only the shape is."""
        return min(ports, key=lambda port: tuple(map(bool, self._against(port))))

    def _no_port(self, node: str) -> str:
        name = self.view.editor.document.node(node).name
        if self._anchor.side == OUTPUT:
            return tr(
                "{name} has no input: data enters there. Let the wire go at a layer with one.", name=name
            )
        return tr("{name} has no output: data ends there. Let the wire go at a layer with one.", name=name)

    def _ports_of(self, node: str) -> list[Hit]:
        """The ports of the other side of a node, free ones first."""
        arrays = self.view.arrays
        side = INPUT if self._anchor.side == OUTPUT else OUTPUT
        names = arrays.outlines[arrays.form[arrays.index[node]]].names(side)
        found = [Hit("port", node, side, name) for name in names]
        document = self.view.editor.document
        if side == INPUT:
            found.sort(key=lambda port: document.wire_into(port.id, port.port) is not None)
        return found

    # -- the edit ----------------------------------------------------------------------------------------------------
    def _connect_to_node(self, node: str, at: Pointer) -> None:
        ports = self._ports_of(node)
        if ports:  # where even the best is refused, the reason is for all to see
            self._connect(self._best(ports), at)

    def _connect(self, port: Hit, at: Pointer) -> None:
        """The edit; where the input is taken and both wires could be joined, the question comes first."""
        source, out_port, target, in_port = self._ends(port)
        ends = {"source": source, "out_port": out_port, "target": target, "in_port": in_port}
        edge, editor = self._anchor.edge, self.view.editor
        if edge and (port.id, port.port) == (self.start.under.id, self.start.under.port):
            return
        there = editor.document.wire_into(target, in_port)
        if there is not None and there.id != edge and not self._against(port)[0]:
            joins = editor.joins(source, out_port, target, in_port)
            if joins:
                ask_how(self.view, ends, joins, edge, at.screen)
                return
        if edge:
            editor.edit(tr("Move a wire"), "rewire", edge=edge, **ends)
        else:
            editor.edit(wire_words(editor.document, source, target), "connect", **ends)

    # -- which ports it can go to ------------------------------------------------------------------------------------
    def _ports_in_view(self) -> Iterator[PortKey]:
        """Those that can be seen and hit, the nearest to the anchor first."""
        arrays = self.view.arrays
        if PORT_RADIUS / self.view.pixel < SMALLEST_PORT / 2:
            return
        side = INPUT if self._anchor.side == OUTPUT else OUTPUT
        rows = arrays.nodes_within(self.view.visible_bounds())
        anchor = arrays.place[arrays.index[self._anchor.node]]
        near = np.abs(arrays.place[rows] - anchor).sum(1).argsort(kind="stable")
        for row in rows[near].tolist():
            for name in arrays.outlines[arrays.form[row]].names(side):
                yield arrays.node_ids[row], side, name

    def _ask_some(self) -> None:
        """Asks about the next ports for a moment, and goes on when the event loop is idle again."""
        until = time.monotonic() + _SLICE_SECONDS
        for key in self._questions:
            fits = not any(self._against(Hit("port", *key)))
            (self._lit if fits else self._dimmed).add(key)
            if time.monotonic() > until:
                self._timer.start(0)
                break
        else:
            self._timer.stop()
            self._shown = 0.0
        if time.monotonic() - self._shown > _SHOW_SECONDS:
            self._show_ports()

    def _show_ports(self) -> None:
        self._shown = time.monotonic()
        self.view.show_state(dimmed=frozenset(self._dimmed), lit=frozenset(self._lit))

    def _clear(self) -> None:
        self._timer.stop()
        self._timer.deleteLater()
        self.view.show_wire(None)
        self.view.show_state(target=NOTHING, hidden_edge="", dimmed=frozenset(), lit=frozenset())
        self.view.show_reason("")
