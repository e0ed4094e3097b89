"""Ctrl, Shift and a click on a layer: its live views stay on show, whatever is selected afterwards."""

from __future__ import annotations

from nndesigner.gui.canvas.tools.tool import Pointer, Tool


class Pin(Tool):
    """It changes no document: who shows live views is told."""

    def release(self, at: Pointer) -> None:
        if at.under.id == self.start.under.id:
            self.view.pinRequested.emit(at.under.id)
