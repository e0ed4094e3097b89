"""Walking through the network by keys: Tab from layer to layer in data order, Alt and arrows along the wires.

Tab stays the way to the next widget, as everywhere: with nothing selected the canvas is one stop, and Tab leaves it at
once. With a layer selected the layers are the stops: Tab goes to the next one in data order, Shift+Tab to the one
before, and after the last (before the first) the keyboard leaves the canvas; Esc gives up the selection, so nobody has
to walk through a large network to get out. Alt+Right or Alt+Left with nothing selected begins at the first or last.

Alt+Right follows a wire from an output, Alt+Left goes back along one from an input, Alt+Up goes round the layers that
hang on the same output, Alt+Down steps to the ports (`port_focus.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from nndesigner.check.order import in_order
from nndesigner.document.records import Edge
from nndesigner.gui.canvas import port_focus
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import NOTHING, Hit

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

_ALT = Qt.KeyboardModifier.AltModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


def current(view: CanvasView, last: bool = False) -> str:
    """The node that the keyboard is at: the one with the focus, else the first (or last) selected one in data order."""
    chosen = {id for id in view.selection if id in view.arrays.index}
    if view.state.focus.id in chosen:
        return view.state.focus.id
    if len(chosen) < 2:
        return next(iter(chosen), "")
    ordered = [id for id in in_order(view.editor.document, view.editor.network) if id in chosen]
    return ordered[-1 if last else 0] if ordered else ""


def go(view: CanvasView, node: str) -> None:
    """Selects a node by key: it is brought into sight, and has the focus."""
    view.select([node])
    view.bring_into_sight(node)
    view.show_focus(Hit("node", node))


def step(view: CanvasView, forward: bool) -> bool:
    """Tab: the next or previous node in data order; False where the keyboard is to leave the canvas."""
    here = current(view, last=forward)
    if not here or view.gesture is not None:
        return False
    ordered = in_order(view.editor.document, view.editor.network)
    place = ordered.index(here) + (1 if forward else -1)
    if not 0 <= place < len(ordered):
        return False
    go(view, ordered[place])
    return True


def is_ours(view: CanvasView, event: QKeyEvent) -> bool:
    """Whether a key walks, before any shortcut of the window has it."""
    return port_focus.is_ours(view, event) or _walks(event)


def pressed(view: CanvasView, event: QKeyEvent) -> bool:
    """Does what the key means while walking; whether it means anything."""
    if port_focus.pressed(view, event):
        return True
    if not _walks(event) or view.gesture is not None:
        return False
    key = event.key()
    here = current(view, last=key == Qt.Key.Key_Right)
    if not here:
        ordered = in_order(view.editor.document, view.editor.network)
        if ordered:
            go(view, ordered[-1 if key == Qt.Key.Key_Left else 0])
    elif key == Qt.Key.Key_Down:
        port_focus.enter(view, here)
    elif key == Qt.Key.Key_Up:
        _across(view, here)
    else:
        _along(view, here, key == Qt.Key.Key_Right)
    return True


def settle(view: CanvasView) -> None:
    """After an edit: the focus is let go where what had it is gone."""
    focus = view.state.focus
    if not focus:
        return
    if focus.id not in view.arrays.index or focus.id not in view.selection:
        view.show_state(focus=NOTHING)
    elif focus.kind == "port" and focus.port not in port_focus.names(view, focus.id, focus.side):
        view.show_focus(Hit("node", focus.id))


def _walks(event: QKeyEvent) -> bool:
    return event.key() in _ARROWS and event.modifiers() & ~_KEYPAD == _ALT


def _along(view: CanvasView, here: str, forward: bool) -> None:
    """Along the wire of the port that has the focus, else of the first wired port on that side."""
    side = OUTPUT if forward else INPUT
    focus = view.state.focus
    names = port_focus.names(view, here, side)
    if focus.kind == "port" and focus.side == side and focus.port in names:
        names = (focus.port,)
    for name in names:
        for edge in _wires(view, here, side, name):
            go(view, edge.target if forward else edge.source)
            return


def _across(view: CanvasView, here: str) -> None:
    """The next layer that hangs on the same output: another branch."""
    for name in port_focus.names(view, here, INPUT):
        for edge in _wires(view, here, INPUT, name):
            twins = [e.target for e in _wires(view, edge.source, OUTPUT, edge.out_port)]
            twins = list(dict.fromkeys(twins))
            if len(twins) > 1:
                go(view, twins[(twins.index(here) + 1) % len(twins)])
                return


def _wires(view: CanvasView, node: str, side: int, port: str) -> list[Edge]:
    edges = view.editor.document.edges_of(node)
    if side == OUTPUT:
        return [edge for edge in edges if edge.source == node and edge.out_port == port]
    return [edge for edge in edges if edge.target == node and edge.in_port == port]
