"""Which gesture a press begins: one table."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nndesigner.gui.canvas.tools.band import Band
from nndesigner.gui.canvas.tools.bend import BendAcross, MoveBend
from nndesigner.gui.canvas.tools.break_wires import BreakWires
from nndesigner.gui.canvas.tools.knife import Knife
from nndesigner.gui.canvas.tools.move_wires import MoveWires
from nndesigner.gui.canvas.tools.pan import Pan
from nndesigner.gui.canvas.tools.pin import Pin
from nndesigner.gui.canvas.tools.point import Point
from nndesigner.gui.canvas.tools.resize import Resize
from nndesigner.gui.canvas.tools.tool import ALT, CTRL, SHIFT, Pointer, Tool
from nndesigner.gui.canvas.tools.wire import DragWire

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


def choose(view, button: Qt.MouseButton, at: Pointer, space: bool) -> Tool | None:
    """The gesture for a button pressed at a place, with or without Space held; None for other buttons."""
    if button == MIDDLE or (button == LEFT and space):
        return Pan(view)
    if button == RIGHT:
        if at.held(CTRL):
            return Knife(view, opens_menu=True)
        return BendAcross(view, opens_menu=True) if at.held(SHIFT) else Pan(view, opens_menu=True)
    if button != LEFT:
        return None
    if at.held(ALT) and at.held(SHIFT):
        return Knife(view)
    if at.held(CTRL) and at.held(SHIFT) and at.under.kind in ("node", "port"):
        return Pin(view)
    match at.under.kind:
        case "port":
            return BreakWires(view) if at.held(ALT) else MoveWires(view) if at.held(CTRL) else DragWire(view)
        case "handle":
            return Resize(view)
        case "bend":
            return Point(view) if at.held(SHIFT, CTRL) else MoveBend(view)
        case "":
            return Band(view)
    return Point(view)
