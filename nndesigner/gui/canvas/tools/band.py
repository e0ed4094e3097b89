"""The rubber band: a drag over empty canvas selects what it touches (Shift adds, Ctrl toggles), a click nothing."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from nndesigner.gui.canvas.hit import within
from nndesigner.gui.canvas.tools.tool import CTRL, SHIFT, Pointer, Tool


class Band(Tool):
    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._before = self.view.selection
        self._drawn = False

    def move(self, at: Pointer) -> None:
        if not self._drawn and not self.went_far(at):
            return
        self._drawn = True
        box = QRectF(self.start.scene, at.scene).normalized()
        self.view.show_band(box)
        found = within(self.view.arrays, (box.left(), box.top(), box.right(), box.bottom()))
        if at.held(CTRL):
            self.view.select(self._before ^ found)
        elif at.held(SHIFT):
            self.view.select(self._before | found)
        else:
            self.view.select(found)

    def release(self, at: Pointer) -> None:
        self.view.show_band(None)
        if not self._drawn and not at.held(SHIFT, CTRL):
            self.view.select([])

    def cancel(self) -> None:
        self.view.show_band(None)
        self.view.select(self._before)
