"""Which gesture a press begins: one table."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nndesigner.gui.canvas.tools.band import Band
from nndesigner.gui.canvas.tools.pan import Pan
from nndesigner.gui.canvas.tools.point import Point
from nndesigner.gui.canvas.tools.tool import Pointer, Tool
from nndesigner.gui.canvas.tools.wire import DragWire


def choose(view, button: Qt.MouseButton, at: Pointer, space: bool) -> Tool | None:
    """The gesture for a button pressed at a place, with or without Space held; None for other buttons."""
    if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and space):
        return Pan(view)
    if button == Qt.MouseButton.RightButton:
        return Pan(view, opens_menu=True)
    if button != Qt.MouseButton.LeftButton:
        return None
    if at.under.kind == "port":
        return DragWire(view)
    return Point(view) if at.under else Band(view)
