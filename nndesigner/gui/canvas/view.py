"""The canvas widget: shows one network of an editor's document and turns presses and keys into gestures.

It holds what is only shown (selection, hover, previews, overlays). It decides nothing about networks: gestures make
edits through the editor, and the editor's news bring them back as changed arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip

from nndesigner.base.text import count, listing, tr
from nndesigner.document.diff import Diff
from nndesigner.gui.canvas import keys
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.content import BandPreview, Content, Ghost, WirePreview
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.geometry import OUTPUT, Outline
from nndesigner.gui.canvas.hit import NOTHING, Hit, hit
from nndesigner.gui.canvas.painter import REACH, draw_background
from nndesigner.gui.canvas.panzoom import PanZoomView
from nndesigner.gui.canvas.state import Overlay, PaintState
from nndesigner.gui.canvas.tips import tip
from nndesigner.gui.canvas.tools.choose import choose
from nndesigner.gui.canvas.tools.place import Place, layer_type
from nndesigner.gui.canvas.tools.tool import Pointer, Tool
from nndesigner.gui.canvas.tools.wire import Anchor
from nndesigner.gui.canvas.tools.zoom import wheel
from nndesigner.gui.canvas.wires import wire_path
from nndesigner.gui.theme import Theme, theme_changed

SLOW_FRAME_MS = 8.0
"""Above this, frames in motion leave out what the eye does not miss."""
SETTLE_MS = 130
_FEW = 24


class CanvasView(PanZoomView):
    """The canvas of one editor.

    Signals: `selectionChanged(frozenset of ids)`; `nodeActivated(id)` and `noteActivated(id)` on double-click;
    `wireDropped(node, output port, scene point)` and `inputWireDropped(node, input port, scene point)` for a new wire
    let go over empty canvas; `addRequested(scene point)` for a search at a place; `searchRequested(text)` for letters
    typed with nothing selected; `contextMenu(Hit, global point)`; `zoomChanged(scale)`.
    """

    selectionChanged = Signal(object)
    nodeActivated = Signal(str)
    noteActivated = Signal(str)
    wireDropped = Signal(str, str, QPointF)
    inputWireDropped = Signal(str, str, QPointF)
    addRequested = Signal(QPointF)
    searchRequested = Signal(str)
    contextMenu = Signal(object, QPoint)

    def __init__(self, editor: CanvasEditor, theme: Theme) -> None:
        super().__init__()
        self.editor, self.theme = editor, theme
        self.state = PaintState()
        self.drag_distance = max(3, QApplication.startDragDistance() // 2)
        self._tool: Tool | None = None
        self._button = Qt.MouseButton.NoButton
        self._space = self._space_used = False
        self._place: Place | None = None
        self._flashes: dict[str, QVariantAnimation] = {}
        self._last = Pointer(QPointF(), QPoint(), QPoint())
        self._content, self._ghost = Content(self), Ghost()
        self._wire, self._band = WirePreview(), BandPreview()
        for item in (self._content, self._ghost, self._wire, self._band):
            self.scene().addItem(item)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self.show_state(fast=False))
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
        self._base = self.arrays = NetworkArrays.rebuild(self.editor.document, self.editor.network)
        self._renew_faces()
        self.select([])
        self.show_state(hovered=NOTHING, overlays={})
        self._content.update()

    def _on_changed(self, diff: Diff) -> None:
        self.cancel_gesture()
        if self._base.network != self.editor.network:
            self.reload()
            return
        self._base.update(self.editor.document, diff)
        self.arrays = self._base
        self._renew_faces()
        self.select(id for id in self.selection if self._is_here(id))
        if not self._is_here(self.state.hovered.id):
            self.show_state(hovered=NOTHING)
        self._content.update()

    def _on_checked(self) -> None:
        self._renew_faces()
        self._content.update()

    def _renew_faces(self) -> None:
        checked = self.editor.checked
        fits = checked is not None and checked.network == self.editor.network
        self.faces = Faces(self.editor.document, self.editor.network, checked if fits else None)
        self._describe()

    def _is_here(self, id: str) -> bool:
        a = self._base
        return id in a.index or id in a.edge_index or id in a.notes or id in a.frames

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._content.forget_pictures()
        self.viewport().update()

    # -- selection ---------------------------------------------------------------------------------------------------
    @property
    def selection(self) -> frozenset[str]:
        """Ids of the selected nodes, wires, notes and frames."""
        return self.state.selection

    def select(self, ids: Iterable[str]) -> None:
        """Selects these and nothing else; ids that are not on this canvas are left out."""
        chosen = frozenset(id for id in ids if self._is_here(id))
        if chosen != self.state.selection:
            self.show_state(selection=chosen)
            self._describe()
            self.selectionChanged.emit(chosen)

    def _describe(self) -> None:
        """What a screen reader says."""
        a = self._base
        names = [self.faces.face(id).title for id in self.selection if id in a.index]
        words = tr(
            "{nodes}, {wires}.",
            nodes=count(len(a.node_ids), "layer", "layers"),
            wires=count(len(a.edge_ids), "wire", "wires"),
        )
        if names and len(names) <= _FEW:
            words += " " + tr("Selected: {names}.", names=listing(sorted(names)))
        self.setAccessibleDescription(words)

    # -- looking -----------------------------------------------------------------------------------------------------
    def fit(self) -> None:
        """Shows the whole network."""
        self.show_bounds(self._base.bounds())

    def fit_selection(self) -> None:
        """Shows the selection, or everything where nothing is selected."""
        self.show_bounds(self._base.bounds_of(self.selection) or self._base.bounds())

    def center_on(self, node: str) -> None:
        """Brings a node (or wire, note, frame) to the middle, large enough to read."""
        bounds = self._base.bounds_of([node])
        if bounds is not None:
            if self.scale_now < 0.7:
                self.set_zoom(1.0)
            self.centerOn((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)

    def flash(self, node: str) -> None:
        """Lets a node light up for a moment, so that the eye finds it."""
        old = self._flashes.pop(node, None)
        if old is not None:
            old.stop()
        glow = QVariantAnimation(self)
        glow.setDuration(900)
        glow.setStartValue(1.0)
        glow.setEndValue(0.0)
        glow.valueChanged.connect(lambda strength: self._set_flash(node, float(strength)))
        glow.finished.connect(lambda: self._end_flash(node))
        self._flashes[node] = glow
        self._set_flash(node, 1.0)
        glow.start()

    def _set_flash(self, node: str, strength: float) -> None:
        self.show_state(flashes={**self.state.flashes, node: strength})

    def _end_flash(self, node: str) -> None:
        self._flashes.pop(node).deleteLater()
        self.show_state(flashes={id: s for id, s in self.state.flashes.items() if id != node})

    def set_overlays(self, overlays: Mapping[str, Overlay]) -> None:
        """What a run has to say about nodes, by node id; {} for nothing."""
        self.show_state(overlays=dict(overlays))

    def cursor_point(self) -> QPointF:
        """The scene point under the pointer; the middle of the view where the pointer is elsewhere."""
        place = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(place)
        return self.mapToScene(place if inside else self.viewport().rect().center())

    def in_motion(self) -> None:
        if self._content.milliseconds > SLOW_FRAME_MS:
            self.state = replace(self.state, fast=True)
            self._settle.start()

    # -- previews, for gestures --------------------------------------------------------------------------------------
    def show_state(self, **changes: Any) -> None:
        """Takes over parts of the paint state and repaints what they touch."""
        before, self.state = self.state, replace(self.state, **changes)
        if self.state == before:
            return
        touched: set[str] = set()
        for name in changes:
            old, new = getattr(before, name), getattr(self.state, name)
            if old == new:
                continue
            if name in ("hovered", "target"):
                touched |= {old.id, new.id}
            elif name == "selection":
                touched |= old ^ new
            elif name == "hidden_edge":
                touched |= {old, new}
            elif name in ("flashes", "overlays"):
                touched |= old.keys() | new.keys()
            else:
                self._content.update()
                return
        self._repaint(touched, self.arrays)

    def _repaint(self, ids: Iterable[str], arrays: NetworkArrays) -> None:
        """Repaints around things and the wires at them: piece by piece while they are few."""
        ids = [id for id in ids if id]
        rows = arrays.edges_at(ids).tolist()
        if len(ids) + len(rows) > _FEW:
            self._content.update()
            return
        parts = [arrays.bounds_of([id]) for id in ids]
        parts += [tuple(arrays.boxes[row].tolist()) for row in rows]
        for part in parts:
            if part is not None:
                rect = QRectF(part[0], part[1], part[2] - part[0], part[3] - part[1])
                self._content.update(rect.adjusted(-REACH, -REACH, REACH, REACH))

    def preview_places(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Shows things elsewhere while they are dragged; {} shows the document again."""
        ids = set(places) | set(self.state.raised)
        self._repaint(ids, self.arrays)
        self.arrays = self._base.moved(places) if places else self._base
        self.state = replace(self.state, raised=frozenset(places))
        self._repaint(ids, self.arrays)

    def show_wire(self, anchor: Anchor | None, end: QPointF | None = None, bad: bool = False) -> None:
        """The wire that is being dragged, from the end that stays to the pointer; None ends it."""
        if anchor is None or end is None:
            self._wire.hide()
            return
        fixed = self.arrays.port_place(anchor.node, anchor.side, anchor.port)
        loose = (end.x(), end.y())
        self._wire.color(self.theme, bad)
        self._wire.setPath(wire_path(fixed, loose) if anchor.side == OUTPUT else wire_path(loose, fixed))
        self._wire.show()

    def show_band(self, box: QRectF | None) -> None:
        self._band.setVisible(box is not None)
        if box is not None:
            self._band.color(self.theme)
            self._band.setRect(box)

    def show_ghost(self, form: Outline | None, group: str = "", x: float = 0.0, y: float = 0.0) -> None:
        if form is None:
            self._ghost.hide()
        else:
            self._ghost.show_card(form, group, self.theme)
            self._ghost.setPos(x, y)

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
        under = hit(self.arrays, scene.x(), scene.y(), self.pixel)
        self._last = Pointer(scene, place.toPoint(), screen.toPoint(), modifiers, under)
        return self._last

    def _show_cursor(self, under: Hit = NOTHING) -> None:
        if self._tool is not None and self._tool.cursor is not None:
            shape = self._tool.cursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = Qt.CursorShape.CrossCursor if under.kind == "port" else Qt.CursorShape.ArrowCursor
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
            self.show_state(hovered=NOTHING)
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
        elif at.under.kind == "note":
            self.noteActivated.emit(at.under.id)
        elif not at.under:
            self.addRequested.emit(at.scene)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        wheel(self, event)

    def leaveEvent(self, event: QEvent) -> None:
        self.show_state(hovered=NOTHING)
        super().leaveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            scene = self.mapToScene(event.pos())
            under = hit(self.arrays, scene.x(), scene.y(), self.pixel)
            words = tip(self.faces, under) if self._tool is None else ""
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

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hold_space(False)
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

    # -- painting ----------------------------------------------------------------------------------------------------
    def drawBackground(self, painter: QPainter, rect: QRectF | Any) -> None:
        draw_background(painter, QRectF(rect), self.scale_now, self.theme)
