"""The network as a screen reader sees it: virtual children of the canvas, nodes, their ports and the wires at these.

This is the door: what the canvas tells, and where Qt asks. The interfaces are in `spoken_parts.py`; nothing of them is
made before it is asked for. On lifetimes (decision 0008): Qt keeps an interface by a number and hands bare pointers
around, so each is held by Python until it is deleted, and it is deleted through Qt by its number: when its record goes,
when another network is shown, and before its canvas goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface

from nndesigner.document.diff import Diff
from nndesigner.gui.canvas.geometry import INPUT
from nndesigner.gui.canvas.spoken_words import port_words

if TYPE_CHECKING:
    from nndesigner.gui.canvas.spoken_parts import NetworkInterface
    from nndesigner.gui.canvas.view import CanvasView

_installed = False


def install() -> None:
    """Tells Qt, once, how a canvas is read. Nothing is made before a screen reader asks."""
    global _installed
    if not _installed:
        _installed = True
        QAccessible.installFactory(_make)


def tell_focus(view: CanvasView) -> str:
    """Says to a screen reader what the keyboard is at on the canvas; returns it as a sentence for the status bar."""
    focus = view.state.focus
    if not focus or focus.id not in view.arrays.index:
        return ""
    if QAccessible.isActive() and (top := top_of(view)) is not None:
        part = top.focusChild()
        if part is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(part, QAccessible.Event.Focus))
    if focus.kind != "port":
        return ""
    face = view.faces.face(focus.id)
    ports = face.inputs if focus.side == INPUT else face.outputs
    port = next((port for port in ports if port.name == focus.port), None)
    return (
        f"{face.title}: {port_words(view.faces, focus.id, focus.side, port).name}" if port is not None else ""
    )


def follow(view: CanvasView, diff: Diff) -> None:
    """The document has changed."""
    found = _tops.get(id(view))
    if found is not None and found.view is view:
        found.follow(diff)


def forget(view: CanvasView) -> None:
    """Another network is shown: nothing of the one before is there any more."""
    found = _tops.get(id(view))
    if found is not None and found.view is view:
        found.forget()


def top_of(view: CanvasView) -> NetworkInterface | None:
    """The interface of a canvas, made where nobody has asked for it yet."""
    QAccessible.queryAccessibleInterface(view)
    found = _tops.get(id(view))
    return found if found is not None and found.view is view else None


def _make(key: str, thing: QObject) -> QAccessibleInterface | None:
    """Qt's question for an interface; `key` is a class name, asked for from the derived class to the base."""
    if key != "CanvasView":
        return None
    from nndesigner.gui.canvas.spoken_parts import NetworkInterface  # nothing that a start needs

    made = _tops[id(thing)] = NetworkInterface(thing)
    return made


_tops: dict[int, NetworkInterface] = {}
"""Python's hold on the interfaces of canvases, by the canvas's identity; Qt deletes them with their canvas."""
