"""Cutting wires: a stroke across them, with Ctrl and the right button or Alt, Shift and the left. One edit for all."""

from __future__ import annotations

from nndesigner.base.text import count, tr
from nndesigner.gui.canvas.crossing import Point
from nndesigner.gui.canvas.tools.stroke import Stroke


class Knife(Stroke):
    role = "error"

    def ends(self, wires: dict[str, Point]) -> None:
        name = tr("Cut {what}", what=count(len(wires), "wire", "wires"))
        self.view.editor.edit(name, "remove", ids=list(wires))
