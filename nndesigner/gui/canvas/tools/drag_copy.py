"""Ctrl and a drag of the selection: a copy of it stays where it is let go, with the wires among what was copied."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPath

from nndesigner.base.text import count, tr
from nndesigner.document.edits import copy
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.geometry import snapped
from nndesigner.gui.canvas.tools.move import carried, places_of
from nndesigner.gui.canvas.tools.tool import ALT, Pointer, Tool

_ROUND = 8.0


class DragCopy(Tool):
    """Alt leaves the grid."""

    cursor = Qt.CursorShape.DragCopyCursor

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._from = places_of(self.view, carried(self.view))
        self._shift = 0.0, 0.0

    def move(self, at: Pointer) -> None:
        dx, dy = (at.scene - self.start.scene).toTuple()
        lead = self._from.get(self.start.under.id)
        if lead is not None and not at.held(ALT):
            dx, dy = snapped(lead[0] + dx) - lead[0], snapped(lead[1] + dy) - lead[1]
        self._shift = dx, dy
        path = QPainterPath()
        for id in self._from:
            bounds = self.view.arrays.bounds_of([id])
            if bounds is not None:
                box = QRectF(bounds[0], bounds[1], bounds[2] - bounds[0], bounds[3] - bounds[1])
                path.addRoundedRect(box.translated(dx, dy), _ROUND, _ROUND)
        self.view.show_sketch(path, "accent", filled=True)

    def release(self, at: Pointer) -> None:
        self.move(at)
        self.cancel()
        if not self._from or self._shift == (0.0, 0.0):
            return
        editor = self.view.editor
        done = editor.edit(
            tr("Duplicate {what}", what=count(len(self._from), "item", "items")),
            "paste",
            content=copy(editor.document, sorted(self._from)),
            dx=self._shift[0],
            dy=self._shift[1],
            network=editor.network,
        )
        if done is not None:
            self.view.select(id for id, record in done.added.items() if not isinstance(record, Edge))

    def cancel(self) -> None:
        self.view.show_sketch(None)
