"""What every gesture is: enter, move, release, cancel; and what it is told of the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from nndesigner.gui.canvas.hit import NOTHING, Hit

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is and which keys are held."""

    scene: QPointF
    view: QPoint
    """pixels from the viewport's corner"""
    screen: QPoint
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    under: Hit = NOTHING

    def held(self, *keys: Qt.KeyboardModifier) -> bool:
        """Whether any of the keys is held."""
        return any(bool(self.modifiers & key) for key in keys)


class Tool:
    """One gesture from press to release. Previews go through the view; the document changes in `release` only."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def enter(self, at: Pointer) -> None:
        """The button went down."""
        self.start = at

    def move(self, at: Pointer) -> None:
        """The pointer moved, or a modifier key changed."""

    def release(self, at: Pointer) -> None:
        """The button went up: make the edit."""

    def cancel(self) -> None:
        """Esc, or the document changed underneath: leave nothing behind."""

    def went_far(self, at: Pointer) -> bool:
        """Whether the pointer left the place of the press by more than a shaky hand does."""
        return (at.view - self.start.view).manhattanLength() >= self.view.drag_distance
