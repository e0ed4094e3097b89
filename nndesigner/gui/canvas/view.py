"""The canvas widget: shows one network of an editor's document and turns presses and keys into gestures.

It holds what is only shown (selection, hover, previews, overlays). It decides nothing about networks: gestures make
edits through the editor, and the editor's news bring them back as changed arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip

from nndesigner.base.text import count, listing, tr
from nndesigner.document.blocks import BLOCK
from nndesigner.document.diff import Diff
from nndesigner.document.records import Node
from nndesigner.gui.canvas import keys, spoken, walk
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.cursors import cursor_over
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.hit import NOTHING, Hit, hit
from nndesigner.gui.canvas.stage import Stage
from nndesigner.gui.canvas.tips import tip
from nndesigner.gui.canvas.tools.choose import choose
from nndesigner.gui.canvas.tools.place import Place, layer_type
from nndesigner.gui.canvas.tools.tool import Pointer, Tool
from nndesigner.gui.canvas.tools.zoom import wheel
from nndesigner.gui.theme import Theme, theme_changed

_FEW = 24
"""More names than this are not read out."""


_NOT_BY_KEY = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
_COMES_BACK = (
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)
"""The keyboard is away for a menu, a list or another window: it comes back to the same port."""


class CanvasView(Stage):
    """The canvas of one editor.

    Signals: `selectionChanged(frozenset of ids)`; on a double-click `nodeActivated(id)`, or `noteActivated(id)` for a
    note or a frame; `wireDropped(node, output port, scene point)` and `inputWireDropped(node, input port, scene
    point)` for a new wire let go over empty canvas; `addRequested(scene point)` for a search at a place;
    `searchRequested(text)` for letters typed with nothing selected; `blockDropped(word of the palette, scene point,
    wire)` for a block let go over the canvas or a wire; `contextMenu(Hit, global point)`; `zoomChanged(scale)`;
    `pinRequested(id)` for a layer whose live views are to stay on show;
    `targetsRequested(Hit)` for a port that is to be wired by key; `focusSaid(sentence)` for the port that the keyboard
    is at.
    """

    selectionChanged = Signal(object)
    nodeActivated = Signal(str)
    noteActivated = Signal(str)
    wireDropped = Signal(str, str, QPointF)
    inputWireDropped = Signal(str, str, QPointF)
    addRequested = Signal(QPointF)
    blockDropped = Signal(str, QPointF, str)
    searchRequested = Signal(str)
    contextMenu = Signal(object, QPoint)
    pinRequested = Signal(str)
    targetsRequested = Signal(object)
    focusSaid = Signal(str)
    contentChanged = Signal()
    """another network is on show, or this one was edited"""

    def __init__(self, editor: CanvasEditor, theme: Theme) -> None:
        spoken.install()
        super().__init__(theme)
        self.editor = editor
        self.snapping = True
        """whether what is dragged comes to rest in line with what is near"""
        self.drag_distance = max(3, QApplication.startDragDistance() // 2)
        self.own_letters: frozenset[str] = frozenset()
        """letters that mean something else than a search, even with nothing selected"""
        self._tool: Tool | None = None
        self._button = Qt.MouseButton.NoButton
        self._space = self._space_used = False
        self._place: Place | None = None
        self._last = Pointer(QPointF(), QPoint(), QPoint())
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Network canvas"))
        self.reload()
        leave = [
            editor.changed.connect(self._on_changed),
            editor.checked_changed.connect(self._on_checked),
            theme_changed.connect(self.set_theme),
        ]
        self.destroyed.connect(lambda: [end() for end in leave] and None)

    # -- the document ------------------------------------------------------------------------------------------------
    def reload(self) -> None:
        """Shows the editor's document and network anew: another project was opened, or another network entered."""
        self.cancel_gesture()
        spoken.forget(self)
        self._base = self.arrays = NetworkArrays.rebuild(self.editor.document, self.editor.network)
        self._renew_faces()
        self.select([])
        self.show_state(hovered=NOTHING, overlays={}, flows={})
        self._content.update()
        self.contentChanged.emit()

    def _on_changed(self, diff: Diff) -> None:
        self.cancel_gesture()
        if self._base.network != self.editor.network:
            self.reload()
            return
        spoken.follow(self, diff)
        self._base.update(self.editor.document, diff)
        self.arrays = self._base
        self._renew_faces()
        self.select(id for id in self.selection if self._is_here(id))
        walk.settle(self)
        if not self._is_here(self.state.hovered.id):
            self.show_state(hovered=NOTHING)
        self._content.update()
        self.contentChanged.emit()

    def _on_checked(self) -> None:
        self._renew_faces()
        self._content.update()

    def _renew_faces(self) -> None:
        checked = self.editor.checked
        fits = checked is not None and checked.network == self.editor.network
        self.faces = Faces(self.editor.document, self.editor.network, checked if fits else None)
        self._describe()

    # -- selection ---------------------------------------------------------------------------------------------------
    def select(self, ids: Iterable[str]) -> None:
        """Selects these and nothing else; ids that are not on this canvas are left out."""
        chosen = frozenset(id for id in ids if self._is_here(id))
        if chosen != self.state.selection:
            self.show_state(
                selection=chosen, focus=self.state.focus if self.state.focus.id in chosen else NOTHING
            )
            self._describe()
            self.selectionChanged.emit(chosen)

    def selected_block(self) -> str:
        """Id of the block that is selected alone; "" where something else is."""
        record = self.editor.document.get(next(iter(self.selection))) if len(self.selection) == 1 else None
        return record.id if isinstance(record, Node) and record.type == BLOCK else ""

    def _describe(self) -> None:
        """What a screen reader says."""
        a = self._base
        few = self.selection if len(self.selection) <= _FEW else ()
        # A project that is opened is checked before it is shown: until then the old selection is still there.
        here = self.editor.document
        names = [self.faces.face(id).title for id in few if id in a.index and here.get(id) is not None]
        words = tr(
            "{nodes}, {wires}.",
            nodes=count(len(a.node_ids), "layer", "layers"),
            wires=count(len(a.edge_ids), "wire", "wires"),
        )
        if names:
            words += " " + tr("Selected: {names}.", names=listing(sorted(names)))
        self.setAccessibleDescription(words)

    def show_focus(self, focus: Hit) -> None:
        """The keyboard is at a node or port: a ring says so to the eye, the accessible tree to a screen reader."""
        self.show_state(focus=focus)
        self.focusSaid.emit(spoken.tell_focus(self))

    def cursor_point(self) -> QPointF:
        """The scene point under the pointer; the middle of the view where the pointer is elsewhere."""
        place = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(place)
        return self.mapToScene(place if inside else self.viewport().rect().center())

    def show_reason(self, reason: str, at: Pointer | None = None) -> None:
        """Why a wire cannot go where the pointer is."""
        if reason and at is not None:
            QToolTip.showText(at.screen + QPoint(12, 14), reason, self.viewport())
        elif QToolTip.isVisible():
            QToolTip.hideText()

    # -- gestures ----------------------------------------------------------------------------------------------------
    @property
    def gesture(self) -> Tool | None:
        """The gesture that runs."""
        return self._tool

    def go_on_with(self, tool: Tool, start: Pointer, at: Pointer) -> None:
        """One gesture becomes another: a press that turned out to be a drag."""
        self._tool = tool
        tool.enter(start)
        tool.move(at)

    def cancel_gesture(self) -> bool:
        """Ends the running gesture without an edit; whether one ran."""
        tool, self._tool = self._tool, None
        if tool is not None:
            tool.cancel()
        self._show_cursor()
        return tool is not None

    def mark_space_used(self) -> None:
        """Space was held to pan: letting it go is no tap."""
        self._space_used = True

    def open_menu(self, at: Pointer) -> None:
        """A right click: selects what is under it, unless it is selected already, and asks for its menu."""
        if at.under and at.under.id not in self.selection:
            self.select([at.under.id])
        self.contextMenu.emit(at.under, at.screen)

    def _pointer(self, place: QPointF, screen: QPointF, modifiers: Qt.KeyboardModifier) -> Pointer:
        scene = self.viewportTransform().inverted()[0].map(place)
        under = hit(self.arrays, scene.x(), scene.y(), self.pixel, self.selection)
        self._last = Pointer(scene, place.toPoint(), screen.toPoint(), modifiers, under)
        return self._last

    def _show_cursor(self, under: Hit = NOTHING) -> None:
        if self._tool is not None and self._tool.cursor is not None:
            shape = self._tool.cursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = cursor_over(under)
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)

    # -- mouse -------------------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._tool is not None:  # a second button: the gesture goes on with its own
            return
        at = self._pointer(event.position(), event.globalPosition(), event.modifiers())
        tool = choose(self, event.button(), at, self._space)
        if tool is not None:
            QToolTip.hideText()
            self._tool, self._button = tool, event.button()
            self.show_state(hovered=NOTHING, focus=NOTHING)
            tool.enter(at)
            self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        at = self._pointer(event.position(), event.globalPosition(), event.modifiers())
        if self._tool is not None:
            self._tool.move(at)
        else:
            self.show_state(hovered=at.under)
            self._show_cursor(at.under)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._tool is None or event.button() != self._button:
            return
        at = self._pointer(event.position(), event.globalPosition(), event.modifiers())
        tool, self._tool = self._tool, None
        tool.release(at)
        self._show_cursor(at.under)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
            return
        at = self._pointer(event.position(), event.globalPosition(), event.modifiers())
        if at.under.kind in ("node", "port"):
            self.nodeActivated.emit(at.under.id)
        elif at.under.kind in ("note", "frame"):
            self.noteActivated.emit(at.under.id)
        elif at.under.kind in ("edge", "bend"):
            from nndesigner.gui.canvas.tools.bend import double_clicked  # not before the first bend

            double_clicked(self, at)
        elif not at.under:
            self.addRequested.emit(at.scene)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        wheel(self, event)

    def leaveEvent(self, event: QEvent) -> None:
        self.show_state(hovered=NOTHING)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.cancel_gesture()
        super().hideEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            scene = self.mapToScene(event.pos())
            under = hit(self.arrays, scene.x(), scene.y(), self.pixel, self.selection)
            words = tip(self.faces, under, self.state.fits, self.state.overlays) if self._tool is None else ""
            if words:
                QToolTip.showText(event.globalPos(), words, self.viewport())
            elif self._tool is None:
                QToolTip.hideText()
            return True
        if event.type() == QEvent.Type.NativeGesture and keys.pinched(self, event):
            return True
        return super().viewportEvent(event)

    # -- dropping from the palette -----------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        type = layer_type(event.mimeData())
        if type:
            self._place = Place(self, type)
            self.dragMoveEvent(event)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._place is None:
            event.ignore()
            return
        self._place.move(self._dragged(event))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self._place is not None:
            self._place.cancel()
            self._place = None

    def dropEvent(self, event: QDropEvent) -> None:
        place, self._place = self._place, None
        if place is None:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        place.release(self._dragged(event))
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _dragged(self, event: QDropEvent) -> Pointer:
        screen = QPointF(self.viewport().mapToGlobal(event.position().toPoint()))
        return self._pointer(event.position(), screen, event.modifiers())

    # -- keys --------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        override = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if override and keys.is_ours(self, event):  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not keys.pressed(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not keys.released(self, event):
            event.ignore()

    def focusNextPrevChild(self, next: bool) -> bool:
        return walk.step(self, next) or super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        here = walk.current(self)
        if event.reason() not in _NOT_BY_KEY and here and not self.state.focus:
            self.show_focus(Hit("node", here))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hold_space(False)
        if event.reason() not in _COMES_BACK:
            self.show_state(focus=NOTHING)
        super().focusOutEvent(event)

    def hold_space(self, held: bool) -> bool:
        """Space went down or up; whether letting it go was a tap, with no pan in between."""
        tap = self._space and not held and not self._space_used
        self._space, self._space_used = held, False
        self._show_cursor()
        return tap

    def modifiers_changed(self, modifiers: Qt.KeyboardModifier) -> None:
        """Alt or another modifier went down or up in the middle of a gesture."""
        self._last = replace(self._last, modifiers=modifiers)
        if self._tool is not None:
            self._tool.move(self._last)
