"""The few keys that the canvas keeps for itself; all others belong to the window's actions.

Return enters a block that is selected alone, Esc unwinds one level, Space pans while held and asks for a layer when
tapped, arrows nudge, and letters typed with nothing selected open the search. Walking by Tab and Alt is in `walk.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent

from nndesigner.gui.canvas import walk
from nndesigner.gui.canvas.geometry import GRID
from nndesigner.gui.canvas.tools.move import nudge

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

BIG_STEP = 5 * GRID
_PAN_PIXELS = 60
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_MODIFIERS = {
    Qt.Key.Key_Alt: Qt.KeyboardModifier.AltModifier,
    Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
    Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
}
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def is_ours(view: CanvasView, event: QKeyEvent) -> bool:
    """Whether the canvas wants a key before any shortcut of the window does."""
    if walk.is_ours(view, event):
        return True
    if event.key() == Qt.Key.Key_Escape:
        return view.gesture is not None or bool(view.selection)
    if event.modifiers() not in _PLAIN:
        return False
    if event.key() in _RETURN:
        return bool(view.selected_block())
    letter = event.text()
    return event.key() == Qt.Key.Key_Space or (
        not view.selection and letter.isalpha() and letter.upper() not in view.own_letters
    )


def pressed(view: CanvasView, event: QKeyEvent) -> bool:
    """Does what the key means here; whether it means anything."""
    if walk.pressed(view, event):
        return True
    key, modifiers = event.key(), event.modifiers()
    if key == Qt.Key.Key_Escape:
        if view.cancel_gesture():
            return True
        had_selection = bool(view.selection)
        view.select([])
        return had_selection
    if key in _MODIFIERS:
        view.modifiers_changed(modifiers | _MODIFIERS[key])  # type: ignore[index]
        return view.gesture is not None
    if key == Qt.Key.Key_Space and modifiers in _PLAIN:
        if not event.isAutoRepeat():
            view.hold_space(True)
        return True
    if key in _RETURN and modifiers in _PLAIN and view.selected_block():
        view.nodeActivated.emit(view.selected_block())
        return True
    if key in _ARROWS:
        return _arrow(view, *_ARROWS[key], modifiers)  # type: ignore[index]
    text = event.text()
    typed = modifiers in (*_PLAIN, Qt.KeyboardModifier.ShiftModifier) and text.isalnum()
    if typed and not view.selection and view.gesture is None:
        view.searchRequested.emit(text)
        return True
    return False


def released(view: CanvasView, event: QKeyEvent) -> bool:
    key = event.key()
    if key == Qt.Key.Key_Space:
        if not event.isAutoRepeat() and view.hold_space(False):
            view.addRequested.emit(view.cursor_point())
        return True
    if key in _MODIFIERS:
        view.modifiers_changed(event.modifiers() & ~_MODIFIERS[key])  # type: ignore[index]
        return view.gesture is not None
    return False


def _arrow(view: CanvasView, dx: int, dy: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Nudges the selection, or moves the view where nothing is selected."""
    if modifiers & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier):
        return False
    if view.gesture is not None:
        return True
    step = BIG_STEP if modifiers & Qt.KeyboardModifier.ShiftModifier else GRID
    if not nudge(view, dx * step, dy * step):
        view.pan_by(-dx * _PAN_PIXELS, -dy * _PAN_PIXELS)
    return True


def pinched(view: CanvasView, event: QEvent) -> bool:
    """Two fingers apart or together on a touchpad."""
    if (
        not isinstance(event, QNativeGestureEvent)
        or event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture
    ):
        return False
    view.zoom_by(1.0 + event.value(), event.position())
    return True
