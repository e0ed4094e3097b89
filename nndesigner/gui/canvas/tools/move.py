"""Dragging the selection: the pressed thing snaps to the grid and the others keep their distance; Alt moves freely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.text import count, tr
from nndesigner.gui.canvas.geometry import snapped
from nndesigner.gui.canvas.hit import inside_frame
from nndesigner.gui.canvas.tools.tool import ALT, Pointer, Tool

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

Places = dict[str, tuple[float, float]]


class Move(Tool):
    def enter(self, at: Pointer) -> None:
        super().enter(at)
        arrays = self.view.arrays
        ids = set(self.view.selection)
        for frame in self.view.selection & arrays.frames.keys():
            ids |= inside_frame(arrays, frame)
        self._from = places_of(self.view, ids)
        self._to: Places = {}

    def move(self, at: Pointer) -> None:
        dx, dy = (at.scene - self.start.scene).toTuple()
        lead = self._from.get(self.start.under.id)
        if lead is not None and not at.held(ALT):
            dx, dy = snapped(lead[0] + dx) - lead[0], snapped(lead[1] + dy) - lead[1]
        self._to = shifted(self._from, dx, dy)
        self.view.preview_places(self._to)

    def release(self, at: Pointer) -> None:
        self.move(at)
        self.view.preview_places({})
        move_to(self.view, self._from, self._to)

    def cancel(self) -> None:
        self.view.preview_places({})


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


def nudge(view: CanvasView, dx: float, dy: float) -> bool:
    """Moves the selection by a step of the keyboard; whether there was anything to move."""
    before = places_of(view, view.selection)
    move_to(view, before, shifted(before, dx, dy))
    return bool(before)
