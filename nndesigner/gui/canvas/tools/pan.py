"""Moving the view: middle button, Space and left button, or right button. A right click that stays is a menu."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nndesigner.gui.canvas.tools.tool import Pointer, Tool

MENU_PIXELS = 4
"""A right press that moves no further than this opens the menu."""


class Pan(Tool):
    """`opens_menu` for the right button: it pans only after a real movement."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view, opens_menu: bool = False) -> None:
        super().__init__(view)
        self._opens_menu = opens_menu
        self._panning = not opens_menu

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._last = at.view
        if not self._opens_menu:
            self.view.mark_space_used()

    def move(self, at: Pointer) -> None:
        if not self._panning and (at.view - self.start.view).manhattanLength() <= MENU_PIXELS:
            return
        self._panning = True
        step = at.view - self._last
        self._last = at.view
        self.view.pan_by(step.x(), step.y())

    def release(self, at: Pointer) -> None:
        if not self._panning:
            self.view.open_menu(at)
