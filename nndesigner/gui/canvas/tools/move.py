"""Dragging the selection: it comes to rest in line with what is near or on the grid, all of it keeping its distances.

Guides show with what; Alt, or snapping switched off, moves freely.

A single layer without wires that is dropped on a wire goes in between, moved and wired by one edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from nndesigner.base.text import count, tr
from nndesigner.document.records import Node
from nndesigner.gui.canvas.faces import port_names
from nndesigner.gui.canvas.hit import NOTHING, Hit, edge_at, inside_frame
from nndesigner.gui.canvas.tools.tool import ALT, Pointer, Tool

if TYPE_CHECKING:
    from nndesigner.gui.canvas.snapping import Line
    from nndesigner.gui.canvas.view import CanvasView

Places = dict[str, tuple[float, float]]


class Move(Tool):
    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._from = places_of(self.view, carried(self.view))
        self._to: Places = {}
        self._passes = self._could_be_spliced()
        from nndesigner.gui.canvas.snapping import Snapping  # with the first drag

        self._snapping = Snapping(self.view.arrays, self._from.keys(), self.view.visible_bounds())

    def move(self, at: Pointer) -> None:
        dx, dy = (at.scene - self.start.scene).toTuple()
        guides: tuple[Line, ...] = ()
        if self.view.snapping and not at.held(ALT):
            found = self._snapping.snap(dx, dy, self.view.pixel, self._from.get(self.start.under.id))
            dx, dy, guides = found.dx, found.dy, found.guides
        self._to = shifted(self._from, dx, dy)
        self.view.preview_places(self._to)
        self.view.show_sketch(_path(guides) if guides else None)
        self.view.show_state(target=self._wire(at))

    def release(self, at: Pointer) -> None:
        self.move(at)
        wire = self._wire(at)
        self.cancel()
        if wire:
            splice(self.view, wire.id, self._to)
        else:
            move_to(self.view, self._from, self._to)

    def cancel(self) -> None:
        self.view.preview_places({})
        self.view.show_sketch(None)
        self.view.show_state(target=NOTHING)

    def _could_be_spliced(self) -> bool:
        """Whether it is one layer that is dragged, without wires and with a way through it."""
        document = self.view.editor.document
        if len(self._from) != 1:
            return False
        node = document.get(next(iter(self._from)))
        if not isinstance(node, Node) or document.edges_of(node.id):
            return False
        inputs, outputs = port_names(document, node)
        return bool(inputs and outputs)

    def _wire(self, at: Pointer) -> Hit:
        """The wire that the dragged layer would go into: under the pointer, else under the layer's middle."""
        if not self._passes or at.held(ALT) or self._to in ({}, self._from):
            return NOTHING
        arrays = self.view.arrays
        (id,) = self._from
        row = arrays.index[id]
        middle = (arrays.place[row] + arrays.size[row] / 2).tolist()
        for x, y in (at.scene.toTuple(), middle):
            covered = [other for other in arrays.nodes_within((x, y, x, y)).tolist() if other != row]
            wire = NOTHING if covered else edge_at(arrays, x, y, 1.6 * self.view.pixel)
            if wire:
                return wire
        return NOTHING


def _path(lines: Iterable[Line]) -> QPainterPath:
    path = QPainterPath()
    for x1, y1, x2, y2 in lines:
        path.moveTo(QPointF(x1, y1))
        path.lineTo(QPointF(x2, y2))
    return path


def carried(view: CanvasView) -> frozenset[str]:
    """The selection, and what lies in the frames of it."""
    ids = view.selection
    for frame in view.selection & view.arrays.frames.keys():
        ids |= inside_frame(view.arrays, frame)
    return ids


def places_of(view: CanvasView, ids: set[str] | frozenset[str]) -> Places:
    """Where nodes, notes and frames are now; wires have no place."""
    arrays = view.arrays
    found: Places = {}
    for id in ids:
        if id in arrays.index:
            x, y = arrays.place[arrays.index[id]].tolist()
            found[id] = (x, y)
        elif id in arrays.notes:
            found[id] = (arrays.notes[id].x, arrays.notes[id].y)
        elif id in arrays.frames:
            found[id] = (arrays.frames[id].x, arrays.frames[id].y)
    return found


def shifted(places: Places, dx: float, dy: float) -> Places:
    return {id: (x + dx, y + dy) for id, (x, y) in places.items()}


def move_to(view: CanvasView, before: Places, after: Places) -> None:
    """One edit for all of them, none where nothing moved."""
    if after and after != before:
        what = count(len(after), "item", "items")
        view.editor.edit(tr("Move {what}", what=what), "move", places=after)


def splice(view: CanvasView, wire: str, after: Places) -> None:
    """Puts the one layer that was dragged into a wire, where it was let go."""
    ((id, (x, y)),) = after.items()
    name = view.editor.document.node(id).name
    view.editor.edit(tr("Insert {layer}", layer=name), "splice", node=id, edge=wire, x=x, y=y)


def nudge(view: CanvasView, dx: float, dy: float) -> bool:
    """Moves the selection by a step of the keyboard; whether there was anything to move."""
    before = places_of(view, view.selection)
    move_to(view, before, shifted(before, dx, dy))
    return bool(before)
