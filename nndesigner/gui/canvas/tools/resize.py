"""Dragging a handle of a note or a frame: its edges follow, on the grid unless Alt is held."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.document.look_edits import SMALLEST
from nndesigner.document.records import Note
from nndesigner.gui.canvas.cursors import cursor_over
from nndesigner.gui.canvas.geometry import snapped
from nndesigner.gui.canvas.tools.tool import ALT, Pointer, Tool


class Resize(Tool):
    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self.cursor = cursor_over(at.under)
        arrays, id = self.view.arrays, at.under.id
        self._area = arrays.notes[id] if id in arrays.notes else arrays.frames[id]
        area = self._area
        self._before = self._after = (area.x, area.y, area.width, area.height)

    def move(self, at: Pointer) -> None:
        area, handle = self._area, self.start.under.handle
        left, top, right, bottom = area.x, area.y, area.x + area.width, area.y + area.height
        dx, dy = (at.scene - self.start.scene).toTuple()

        def moved(value: float, by: float) -> float:
            return value + by if at.held(ALT) else snapped(value + by)

        if "w" in handle:
            left = min(moved(left, dx), right - SMALLEST)
        if "e" in handle:
            right = max(moved(right, dx), left + SMALLEST)
        if "n" in handle:
            top = min(moved(top, dy), bottom - SMALLEST)
        if "s" in handle:
            bottom = max(moved(bottom, dy), top + SMALLEST)
        self._after = (left, top, right - left, bottom - top) if dx or dy else self._before
        x, y, width, height = self._after
        self.view.preview_places({area.id: (x, y)}, sizes={area.id: (width, height)})

    def release(self, at: Pointer) -> None:
        self.move(at)
        self.cancel()
        if self._after != self._before:
            x, y, width, height = self._after
            name = tr("Resize a note") if isinstance(self._area, Note) else tr("Resize a frame")
            self.view.editor.edit(name, "resize", id=self._area.id, x=x, y=y, width=width, height=height)

    def cancel(self) -> None:
        self.view.preview_places({})
