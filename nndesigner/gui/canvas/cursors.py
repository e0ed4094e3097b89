"""The shape of the pointer over each thing of the canvas while no gesture runs."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nndesigner.gui.canvas.hit import Hit

_RESIZE = {
    "nw": Qt.CursorShape.SizeFDiagCursor,
    "se": Qt.CursorShape.SizeFDiagCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor,
    "sw": Qt.CursorShape.SizeBDiagCursor,
    "n": Qt.CursorShape.SizeVerCursor,
    "s": Qt.CursorShape.SizeVerCursor,
    "e": Qt.CursorShape.SizeHorCursor,
    "w": Qt.CursorShape.SizeHorCursor,
}


def cursor_over(under: Hit) -> Qt.CursorShape:
    if under.kind == "handle":
        return _RESIZE[under.handle]
    if under.kind == "bend":
        return Qt.CursorShape.SizeAllCursor
    return Qt.CursorShape.CrossCursor if under.kind == "port" else Qt.CursorShape.ArrowCursor
