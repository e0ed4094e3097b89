"""Bends of wires: added by a double-click or a stroke across with Shift and the right button, dragged, taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from nndesigner.base.text import tr
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.bends import where_on
from nndesigner.gui.canvas.crossing import Point
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, snapped
from nndesigner.gui.canvas.tools.stroke import Stroke
from nndesigner.gui.canvas.tools.tool import ALT, Pointer, Tool

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

Points = tuple[tuple[float, float], ...]


class MoveBend(Tool):
    """A drag moves the bend, on the grid unless Alt is held; a click selects the wire, with Alt takes the bend out."""

    cursor = Qt.CursorShape.SizeAllCursor

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._edge, self._number = at.under.id, at.under.bend
        self._from = self._to = _bends(self.view, self._edge)
        self._moved = False

    def move(self, at: Pointer) -> None:
        if not self._moved and not self.went_far(at):
            return
        self._moved = True
        x, y = at.scene.toTuple()
        if not at.held(ALT):
            x, y = _on_grid(x, y)
        self._to = (*self._from[: self._number], (x, y), *self._from[self._number + 1 :])
        self.view.preview_places({}, bends={self._edge: self._to})

    def release(self, at: Pointer) -> None:
        self.cancel()
        if self._moved:
            _set(self.view, self._edge, self._to)
        elif at.held(ALT):
            take_out(self.view, self._edge, self._number)
        else:
            self.view.select([self._edge])

    def cancel(self) -> None:
        self.view.preview_places({})


class BendAcross(Stroke):
    """Every wire that the stroke crosses gets a bend there."""

    def ends(self, wires: dict[str, Point]) -> None:
        bends = {edge: with_bend(self.view, edge, x, y)[0] for edge, (x, y) in wires.items()}
        name = tr("Bend a wire") if len(bends) == 1 else tr("Bend wires")
        self.view.editor.edit(name, "bend_wires", bends=bends)


def with_bend(view: CanvasView, edge: str, x: float, y: float) -> tuple[Points, int]:
    """The bends of a wire with one more at a point on it, and the place of that one."""
    bends = _bends(view, edge)
    wire = view.editor.document.get(edge)
    assert isinstance(wire, Edge)
    start = view.arrays.port_place(wire.source, OUTPUT, wire.out_port)
    end = view.arrays.port_place(wire.target, INPUT, wire.in_port)
    place = where_on(bends, start, end, x, y)
    return (*bends[:place], (x, y), *bends[place:]), place


def double_clicked(view: CanvasView, at: Pointer) -> None:
    """On a wire it makes a bend there, on a bend it takes it out."""
    if at.under.kind == "bend":
        take_out(view, at.under.id, at.under.bend)
    else:
        x, y = at.scene.toTuple()
        _set(view, at.under.id, with_bend(view, at.under.id, x, y)[0])


def take_out(view: CanvasView, edge: str, number: int) -> None:
    """One bend less."""
    bends = _bends(view, edge)
    name = tr("Take a bend out")
    view.editor.edit(name, "set_bends", edge=edge, bends=(*bends[:number], *bends[number + 1 :]))


def _set(view: CanvasView, edge: str, bends: Points) -> None:
    view.editor.edit(tr("Bend a wire"), "set_bends", edge=edge, bends=bends)


def _bends(view: CanvasView, edge: str) -> Points:
    wire = view.editor.document.get(edge)
    return wire.bends if isinstance(wire, Edge) else ()


def _on_grid(x: float, y: float) -> tuple[float, float]:
    """On a grid line from left to right; up and down in the middle between two, where the ports are."""
    return snapped(x), snapped(y - 2.0) + 2.0
