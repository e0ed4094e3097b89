"""Which gesture a press begins: the usual ones here, those with keys held and on small things in `choose_rare.py`."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nndesigner.gui.canvas.tools.band import Band
from nndesigner.gui.canvas.tools.pan import Pan
from nndesigner.gui.canvas.tools.point import Point
from nndesigner.gui.canvas.tools.tool import ALT, CTRL, SHIFT, Pointer, Tool
from nndesigner.gui.canvas.tools.wire import DragWire

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


def choose(view, button: Qt.MouseButton, at: Pointer, space: bool) -> Tool | None:
    """The gesture for a button pressed at a place, with or without Space held; None for other buttons."""
    if button == MIDDLE or (button == LEFT and space):
        return Pan(view)
    if button not in (LEFT, RIGHT):
        return None
    if at.held(ALT, CTRL, SHIFT) or at.under.kind in ("bend", "handle"):
        from nndesigner.gui.canvas.tools.choose_rare import choose_rare  # not before the first such press

        tool = choose_rare(view, button, at)
        if tool is not None:
            return tool
    if button == RIGHT:
        return Pan(view, opens_menu=True)
    if at.under.kind == "port":
        return DragWire(view)
    return Point(view) if at.under else Band(view)
