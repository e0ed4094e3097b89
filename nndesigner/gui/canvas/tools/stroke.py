"""What knife and bending have in common: a stroke of the right button that gathers the wires it crosses.

A right click that stays where it is opens the menu, as everywhere.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from nndesigner.gui.canvas.crossing import Point, crossed
from nndesigner.gui.canvas.tools.tool import Pointer, Tool


class Stroke(Tool):
    """`opens_menu` for the right button. Others say what becomes of the wires in `ends`."""

    cursor = Qt.CursorShape.CrossCursor
    role = "accent"

    def __init__(self, view, opens_menu: bool = False) -> None:
        super().__init__(view)
        self._opens_menu = opens_menu

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._points = [at.scene]
        self._wires: dict[str, Point] = {}

    def move(self, at: Pointer) -> None:
        if len(self._points) == 1 and not self.went_far(at):
            return
        new = crossed(self.view.arrays, self._points[-1].toTuple(), at.scene.toTuple())
        self._wires = {**new, **self._wires}  # where it was crossed first
        self._points.append(at.scene)
        self.view.show_sketch(self._sketch(), self.role)

    def release(self, at: Pointer) -> None:
        drawn = len(self._points) > 1
        self.cancel()
        if drawn and self._wires:
            self.ends(self._wires)
        elif not drawn and self._opens_menu:
            self.view.open_menu(at)

    def cancel(self) -> None:
        self.view.show_sketch(None)

    def ends(self, wires: dict[str, Point]) -> None:
        """The button went up: makes the edit of the crossed wires, with the point where each was crossed."""

    def _sketch(self) -> QPainterPath:
        path = QPainterPath()
        path.addPolygon(QPolygonF(self._points))
        for x, y in self._wires.values():
            path.addEllipse(x - 4, y - 4, 8, 8)
        return path
