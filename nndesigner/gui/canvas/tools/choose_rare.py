"""Which gesture a press with keys held begins, or one on a bend or a handle: one table."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nndesigner.gui.canvas.tools.bend import BendAcross, MoveBend
from nndesigner.gui.canvas.tools.break_wires import BreakWires
from nndesigner.gui.canvas.tools.knife import Knife
from nndesigner.gui.canvas.tools.move_wires import MoveWires
from nndesigner.gui.canvas.tools.pin import Pin
from nndesigner.gui.canvas.tools.resize import Resize
from nndesigner.gui.canvas.tools.tool import ALT, CTRL, SHIFT, Pointer, Tool


def choose_rare(view, button: Qt.MouseButton, at: Pointer) -> Tool | None:
    """The gesture of the left or the right button; None where it is what it is without the keys."""
    if button == Qt.MouseButton.RightButton:
        if at.held(CTRL):
            return Knife(view, opens_menu=True)
        return BendAcross(view, opens_menu=True) if at.held(SHIFT) else None
    if at.held(ALT) and at.held(SHIFT):
        return Knife(view)
    if at.held(CTRL) and at.held(SHIFT) and at.under.kind in ("node", "port"):
        return Pin(view)
    match at.under.kind:
        case "port" if at.held(ALT):
            return BreakWires(view)
        case "port" if at.held(CTRL):
            return MoveWires(view)
        case "handle":
            return Resize(view)
        case "bend" if not at.held(SHIFT, CTRL):
            return MoveBend(view)
    return None
