"""The accessible interfaces of a canvas: the network, its nodes, their ports, the wires at these.

Made when a screen reader asks; each answer is read from the canvas's faces. Nobody but `NetworkInterface` makes or
keeps a part: on lifetimes see `spoken.py`.
"""

# mypy: disable-error-code="override"
# Qt's declarations do not say that there may be no parent, child or window.

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QWidget

from nndesigner.check.order import in_order
from nndesigner.document.diff import Diff
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.faces import PortFace
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, PORT_RADIUS
from nndesigner.gui.canvas.hit import NOTHING
from nndesigner.gui.canvas.spoken_words import Words, node_words, port_words, wire_words, wires_at

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView

Key = tuple[Any, ...]
"""("node", id), ("port", node, side, name) or ("wire", node, side, port, wire)"""
_NONE = Words("")


class _Interface(QAccessibleInterface):
    """What all of them answer alike, and for a canvas that is gone: an exception must not get into Qt."""

    def window(self) -> QWindow | None:
        view = self.top.view
        return view.window().windowHandle() if view is not None else None

    def object(self) -> QObject | None:
        return None

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Names are changed by edits, not by a reader."""

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()

    def interface_cast(self, kind: QAccessible.InterfaceType) -> None:
        return None

    def childCount(self) -> int:
        return len(self._keys())

    def child(self, index: int) -> QAccessibleInterface | None:
        keys = self._keys()
        return self.top.part(keys[index]) if 0 <= index < len(keys) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        keys = self._keys()
        key = getattr(child, "key", None)
        return keys.index(key) if key in keys else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
        for key in self._keys():
            part = self.top.part(key)
            if part is not None and part.rect().contains(x, y):
                return part
        return None

    def focusChild(self) -> QAccessibleInterface | None:
        return None

    top: NetworkInterface

    def _keys(self) -> list[Key]:
        return []


class NetworkInterface(_Interface):
    """The canvas itself: its children are the nodes in data order, then widgets that lie on it."""

    def __init__(self, view: QObject) -> None:
        super().__init__()
        self._view: weakref.ref[Any] = weakref.ref(view)
        self._parts: dict[Key, tuple[Part, int]] = {}
        self.top = self
        self._ordered: tuple[tuple[str, ...], list[Key]] = (), []
        parts = self._parts
        # Told before Qt's own hold on the canvas ends: what hangs on it goes first.
        view.destroyed.connect(lambda: _delete(parts, list(parts)))

    @property
    def view(self) -> CanvasView | None:
        """None for a canvas that is gone, or that is still being made: Qt may ask from inside its constructor."""
        view = self._view()
        return view if view is not None and shiboken6.isValid(view) and hasattr(view, "editor") else None

    def part(self, key: Key) -> Part | None:
        """The interface of a node, port or wire; the same one as long as its record is there."""
        found = self._parts.get(key)
        if found is None:
            if self.view is None:
                return None
            made = _PARTS[key[0]](self, key)
            found = self._parts[key] = (made, QAccessible.registerAccessibleInterface(made))
        return found[0]

    def follow(self, diff: Diff) -> None:
        """Lets go of what an edit took away or may have changed the ports of."""
        changed = {*diff.removed, *diff.changed}
        ends = [record for record in diff.records if isinstance(record, Edge)]
        changed |= {id for edge in ends for id in (edge.source, edge.target)}
        gone = [key for key in self._parts if _stale(key, diff.removed, changed)]
        _delete(self._parts, gone)
        view = self.view
        if view is not None and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(view, QAccessible.Event.ObjectReorder))

    def forget(self) -> None:
        """Nothing of what was shown is there any more."""
        _delete(self._parts, list(self._parts))

    @property
    def held(self) -> int:
        """How many nodes, ports and wires were asked for and are still there."""
        return len(self._parts)

    # -- what Qt asks ----------------------------------------------------------------------------------------------
    def isValid(self) -> bool:
        return self.view is not None

    def object(self) -> QObject | None:
        return self.view

    def parent(self) -> QAccessibleInterface | None:
        view = self.view
        above = view.parentWidget() if view is not None else None
        return QAccessible.queryAccessibleInterface(above) if above is not None else None

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Tree

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        view = self.view
        if view is not None:
            state.focusable = True
            state.focused = view.hasFocus() and not view.state.focus
            state.invisible = not view.isVisible()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        view = self.view
        if view is None:
            return ""
        if kind == QAccessible.Text.Name:
            return view.accessibleName()
        return view.accessibleDescription() if kind == QAccessible.Text.Description else ""

    def rect(self) -> QRect:
        view = self.view
        return QRect(view.mapToGlobal(QPoint(0, 0)), view.size()) if view is not None else QRect()

    def focusChild(self) -> QAccessibleInterface | None:
        view = self.view
        focus = view.state.focus if view is not None else NOTHING
        if view is None or focus.id not in view.arrays.index:
            return None
        return self.part(
            ("port", focus.id, focus.side, focus.port) if focus.kind == "port" else ("node", focus.id)
        )

    def childCount(self) -> int:
        return len(self._keys()) + len(self._widgets())

    def child(self, index: int) -> QAccessibleInterface | None:
        keys = self._keys()
        if index < len(keys):
            return super().child(index)
        widgets = self._widgets()
        place = index - len(keys)
        return QAccessible.queryAccessibleInterface(widgets[place]) if place < len(widgets) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        thing = child.object()
        widgets = self._widgets()
        if isinstance(thing, QWidget) and thing in widgets:
            return len(self._keys()) + widgets.index(thing)
        return super().indexOfChild(child)

    def _keys(self) -> list[Key]:
        view = self.view
        if view is None:
            return []
        ordered = in_order(view.editor.document, view.editor.network)
        if ordered is not self._ordered[0]:  # a reader asks for thousands of children one by one
            here = view.arrays.index
            self._ordered = ordered, [("node", id) for id in ordered if id in here]
        return self._ordered[1]

    def _widgets(self) -> list[QWidget]:
        """What lies on the canvas: a hint, a map."""
        view = self.view
        if view is None:
            return []
        found = view.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        own = (view.viewport(), view.horizontalScrollBar(), view.verticalScrollBar())
        return [
            w for w in found if w not in own and w.isVisible() and not w.objectName().startswith("qt_scroll")
        ]


class Part(_Interface):
    """A node, port or wire."""

    def __init__(self, top: NetworkInterface, key: Key) -> None:
        super().__init__()
        self.top, self.key = top, key

    def isValid(self) -> bool:
        view = self.top.view
        return view is not None and self.key[1] in view.arrays.index

    def parent(self) -> QAccessibleInterface | None:
        return self.top

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.TreeItem

    def text(self, kind: QAccessible.Text) -> str:
        view = self.top.view
        words = self._words(view) if view is not None and self.isValid() else _NONE
        if kind == QAccessible.Text.Name:
            return words.name
        return words.more if kind == QAccessible.Text.Description else ""

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        view = self.top.view
        if view is None or not self.isValid():
            state.invalid = True
            return state
        state.focusable = state.selectable = self.key[0] != "wire"
        state.selected = self._record() in view.selection
        focus = view.state.focus
        at = ("port", focus.id, focus.side, focus.port) if focus.kind == "port" else ("node", focus.id)
        state.focused = bool(focus) and at == self.key and view.hasFocus()
        return state

    def rect(self) -> QRect:
        view = self.top.view
        bounds = self._bounds(view) if view is not None and self.isValid() else None
        if view is None or bounds is None:
            return QRect()
        left, top, right, bottom = bounds
        corners = view.mapFromScene(left, top), view.mapFromScene(right, bottom)
        viewport = view.viewport()
        return QRect(viewport.mapToGlobal(corners[0]), viewport.mapToGlobal(corners[1]))

    def _record(self) -> str:
        return str(self.key[-1])

    def _words(self, view: CanvasView) -> Words:
        """What is said of it; each kind of part tells its own (Qt's classes take no abstract ones)."""
        raise NotImplementedError

    def _bounds(self, view: CanvasView) -> tuple[float, float, float, float] | None:
        return view.arrays.bounds_of([self._record()])


class NodeInterface(Part):
    """Its children are its ports, inputs first."""

    def _words(self, view: CanvasView) -> Words:
        return node_words(view.faces, self.key[1])

    def _keys(self) -> list[Key]:
        view = self.top.view
        if view is None or not self.isValid():
            return []
        face = view.faces.face(self.key[1])
        ports = [(side, port) for side, all in ((INPUT, face.inputs), (OUTPUT, face.outputs)) for port in all]
        return [("port", self.key[1], side, port.name) for side, port in ports]


class PortInterface(Part):
    """Its children are the wires at it."""

    def parent(self) -> QAccessibleInterface | None:
        return self.top.part(("node", self.key[1]))

    def isValid(self) -> bool:
        view = self.top.view
        return view is not None and super().isValid() and self._port(view) is not None

    def _port(self, view: CanvasView) -> PortFace | None:
        face = view.faces.face(self.key[1])
        ports = face.inputs if self.key[2] == INPUT else face.outputs
        return next((port for port in ports if port.name == self.key[3]), None)

    def _words(self, view: CanvasView) -> Words:
        port = self._port(view)
        return port_words(view.faces, self.key[1], self.key[2], port) if port is not None else _NONE

    def _bounds(self, view: CanvasView) -> tuple[float, float, float, float] | None:
        x, y = view.arrays.port_place(*self.key[1:])
        return x - PORT_RADIUS, y - PORT_RADIUS, x + PORT_RADIUS, y + PORT_RADIUS

    def _record(self) -> str:
        return ""

    def _keys(self) -> list[Key]:
        view = self.top.view
        if view is None or not self.isValid():
            return []
        return [("wire", *self.key[1:], edge.id) for edge in wires_at(view.faces, *self.key[1:])]


class WireInterface(Part):
    def parent(self) -> QAccessibleInterface | None:
        return self.top.part(("port", *self.key[1:4]))

    def isValid(self) -> bool:
        view = self.top.view
        return view is not None and super().isValid() and self.key[-1] in view.arrays.edge_index

    def _words(self, view: CanvasView) -> Words:
        edge = view.editor.document.get(self.key[-1])
        return wire_words(view.faces, edge) if isinstance(edge, Edge) else _NONE


_PARTS: dict[str, type[Part]] = {"node": NodeInterface, "port": PortInterface, "wire": WireInterface}


def _stale(key: Key, removed: Iterable[str], changed: set[str]) -> bool:
    """Whether what a key stands for may not be there any more: ports and wires of a changed node come anew."""
    return key[1] in removed or (key[0] != "node" and (key[1] in changed or key[-1] in changed))


def _delete(parts: dict[Key, tuple[Part, int]], keys: Iterable[Key]) -> None:
    """Through Qt, by number: it forgets the interface and deletes it, and tells nobody of a pointer."""
    for key in keys:
        _, number = parts.pop(key)
        QAccessible.deleteAccessibleInterface(number)
