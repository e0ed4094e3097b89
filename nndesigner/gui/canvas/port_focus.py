"""Wiring without a mouse: the keyboard stands on one port of the selected layer.

Arrows choose another port (up and down on its side, left for the inputs, right for the outputs), Return asks for the
ports that it can be wired to, Del takes its wires away, Esc and Alt+Up go back to the layer. What can be wired with
what, the editor says; the list of targets is the window's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from nndesigner.base.text import tr
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.spoken_words import wires_at

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_OURS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_UP, _DOWN, _LEFT, _RIGHT = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right


def names(view: CanvasView, node: str, side: int) -> tuple[str, ...]:
    """The ports of one side of a node, as they are drawn."""
    arrays = view.arrays
    return arrays.outlines[arrays.form[arrays.index[node]]].names(side)


def enter(view: CanvasView, node: str) -> bool:
    """Steps from a node to its first output, or to its first input where it has no output."""
    for side in (OUTPUT, INPUT):
        ports = names(view, node, side)
        if ports:
            if view.selection != {node}:
                view.select([node])
            view.bring_into_sight(node)
            view.show_focus(Hit("port", node, side, ports[0]))
            return True
    return False


def is_ours(view: CanvasView, event: QKeyEvent) -> bool:
    """Whether a key is for the port rather than for a shortcut of the window."""
    return view.state.focus.kind == "port" and event.key() in _OURS and event.modifiers() in _PLAIN


def pressed(view: CanvasView, event: QKeyEvent) -> bool:
    focus, key = view.state.focus, event.key()
    if focus.kind != "port" or view.gesture is not None:
        return False
    alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
    if (alt and key == _UP) or key == Qt.Key.Key_Escape:
        view.show_focus(Hit("node", focus.id))
        return True
    if event.modifiers() not in _PLAIN:
        return alt and key == _DOWN
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        view.targetsRequested.emit(focus)
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        _take_wires_away(view, focus)
    elif key in (_UP, _DOWN):
        ports = names(view, focus.id, focus.side)
        place = (ports.index(focus.port) + (1 if key == _DOWN else -1)) % len(ports)
        view.show_focus(Hit("port", focus.id, focus.side, ports[place]))
    elif key in (_LEFT, _RIGHT):
        _other_side(view, focus, INPUT if key == _LEFT else OUTPUT)
    else:
        return False
    return True


def _other_side(view: CanvasView, focus: Hit, side: int) -> None:
    """The port at the same height on the other side, or its last one."""
    ports = names(view, focus.id, side)
    if ports and side != focus.side:
        place = min(names(view, focus.id, focus.side).index(focus.port), len(ports) - 1)
        view.show_focus(Hit("port", focus.id, side, ports[place]))


def _take_wires_away(view: CanvasView, focus: Hit) -> None:
    edges = [edge.id for edge in wires_at(view.faces, focus.id, focus.side, focus.port)]
    if edges:
        view.editor.edit(tr("Disconnect"), "remove", ids=edges)
