"""What is on show: the arrays of one network, its faces and a paint state, with as little repainted as changed.

Also the few real items that a gesture previews with. It knows no editor, no gesture and no event.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRect, QRectF, QTimer, QVariantAnimation
from PySide6.QtGui import QHideEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent

from nndesigner.document.document import Document
from nndesigner.gui.canvas.areas import PLATE
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.bends import Points
from nndesigner.gui.canvas.content import BandPreview, Content, Ghost, SketchPreview, WirePreview
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.geometry import OUTPUT, Outline
from nndesigner.gui.canvas.painter import REACH, draw_background
from nndesigner.gui.canvas.panzoom import PanZoomView
from nndesigner.gui.canvas.state import Anchor, Overlay, PaintState
from nndesigner.gui.canvas.wires import wire_path
from nndesigner.gui.comfort import less_motion
from nndesigner.gui.theme import Theme

SLOW_FRAME_MS = 8.0
"""Above this, frames in motion leave out what the eye does not miss."""
SETTLE_MS = 130
READABLE = 0.7
"""Pixels per scene unit from which on all words of a layer can be read."""
_STILL = 6
"""pixels by which the middle may be off after the window's own doing"""
_FEW = 24
_MOST_STRIPS, _WORTH_PARTING = 4, 0.6
"""Up to this many pieces are repainted one by one."""


class Stage(PanZoomView):
    """`arrays` is what is shown, a preview included; `faces` says what stands on it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme, self.state = theme, PaintState()
        self._base = self.arrays = NetworkArrays()
        self.faces = Faces(Document(), "", None)
        self._exposed: list[QRect] = []
        self._fitted: tuple[float, QPointF] | None = None
        """zoom and middle after everything was fitted in the last time"""
        self._flashes: dict[str, QVariantAnimation] = {}
        self._content, self._ghost = Content(self), Ghost()
        self._wire, self._band = WirePreview(), BandPreview()
        self._sketch: SketchPreview | None = None
        for item in (self._content, self._ghost, self._wire, self._band):
            self.scene().addItem(item)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self.show_state(fast=False))

    @property
    def selection(self) -> frozenset[str]:
        """Ids of the selected nodes, wires, notes and frames."""
        return self.state.selection

    def _is_here(self, id: str) -> bool:
        a = self._base
        return id in a.index or id in a.edge_index or id in a.notes or id in a.frames

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._content.forget_pictures()
        self.viewport().update()

    def covered_in(self, place: QRect) -> float:
        """How much of a rectangle of the widget nodes and notes take, in the area of the scene; 0 where none is seen
        in it."""
        seen = self.mapToScene(place).boundingRect()
        rows = self.arrays.nodes_within((seen.left(), seen.top(), seen.right(), seen.bottom()))
        places, sizes = self.arrays.place[rows].tolist(), self.arrays.size[rows].tolist()
        taken = [QRectF(*at, *size) for at, size in zip(places, sizes, strict=True)]
        taken += [QRectF(note.x, note.y, note.width, note.height) for note in self.arrays.notes.values()]
        common = (seen.intersected(rect) for rect in taken if seen.intersects(rect))
        return sum(rect.width() * rect.height() for rect in common)

    def shows_all(self) -> bool:
        """Whether the whole network is in sight."""
        whole = self._base.bounds()
        if whole is None:
            return True
        return self.visible_rect().contains(QRectF(QPointF(*whole[:2]), QPointF(*whole[2:])))

    # -- looking -----------------------------------------------------------------------------------------------------
    def fit(self) -> None:
        """Shows the whole network, also when the canvas becomes larger or smaller, until it is moved."""
        self.show_bounds(self._base.bounds())
        self._fitted = self._stands()

    def _stands(self) -> tuple[float, QPointF]:
        return self.scale_now, self.visible_rect().center()

    def resizeEvent(self, event: QResizeEvent) -> None:
        fitted = self._fitted
        super().resizeEvent(event)
        if fitted is not None and math.isclose(fitted[0], self.scale_now):
            away = self.mapFromScene(fitted[1]) - self.mapFromScene(self.visible_rect().center())
            if away.manhattanLength() <= _STILL and self._base.bounds() is not None:
                self.fit()

    def fit_selection(self) -> None:
        """Shows the selection, or everything where nothing is selected."""
        self.show_bounds(self._base.bounds_of(self.selection) or self._base.bounds())

    def center_on(self, node: str) -> None:
        """Brings a node (or wire, note, frame) to the middle, large enough to read."""
        bounds = self._base.bounds_of([node])
        if bounds is not None:
            if self.scale_now < READABLE:
                self.set_zoom(self.natural)
            self.centerOn((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)

    def bring_into_sight(self, node: str) -> None:
        """Shows what is outside or cut off: with the whole network where that stays readable, else in the middle."""
        bounds = self._base.bounds_of([node])
        if bounds is None:
            return
        left, top, right, bottom = bounds
        if self.visible_rect().contains(QRectF(QPointF(left, top), QPointF(right, bottom))):
            return
        whole = self._base.bounds()
        if whole is not None and self.scale_to_show(whole) >= READABLE:
            self.show_bounds(whole, max(self.scale_now, READABLE))
        else:
            self.center_on(node)

    def flash(self, node: str) -> None:
        """Lets a node light up for a moment, so that the eye finds it; with less motion it does not fade."""
        old = self._flashes.pop(node, None)
        if old is not None:
            old.stop()
        glow = QVariantAnimation(self)
        glow.setDuration(900)
        glow.setStartValue(1.0)
        glow.setEndValue(1.0 if less_motion() else 0.0)  # a ring that stands still, then is gone
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

    def set_flows(self, flows: Mapping[str, float]) -> None:
        """How strong the signal is along each wire, by wire id; {} for nothing."""
        self.show_state(flows=dict(flows))

    def set_shares(self, shares: Mapping[str, float]) -> None:
        """The nodes to mark as heavy, with their share of the whole; {} for none."""
        self.show_state(shares=dict(shares))

    def in_motion(self) -> None:
        if self._content.milliseconds > SLOW_FRAME_MS:
            self.state = replace(self.state, fast=True)
            self._settle.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is left running while nobody looks."""
        self._settle.stop()
        self.state = replace(self.state, fast=False)
        super().hideEvent(event)

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
            if name in ("hovered", "target", "focus"):
                touched |= {old.id, new.id}
            elif name == "selection":
                touched |= old ^ new
            elif name == "hidden_edge":
                touched |= {old, new}
            elif name in ("flashes", "overlays", "shares", "fits"):
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
        reach = max(REACH, PLATE * self.pixel + 2)
        parts = [arrays.bounds_of([id]) for id in ids]
        parts += [tuple(arrays.boxes[row].tolist()) for row in rows]
        for part in parts:
            if part is not None:
                rect = QRectF(part[0], part[1], part[2] - part[0], part[3] - part[1])
                self._content.update(rect.adjusted(-reach, -reach, reach, reach))

    def preview_places(
        self,
        places: Mapping[str, tuple[float, float]],
        bends: Mapping[str, Points] | None = None,
        sizes: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        """Shows things elsewhere while they are dragged; {} shows the document again.

        `bends` of wires by id, `sizes` (width, height) of notes and frames.
        """
        ids = {*places, *(bends or {}), *(sizes or {})}
        touched = ids | self.state.raised
        self._repaint(touched, self.arrays)
        self.arrays = self._base.moved(places, bends, sizes) if ids else self._base
        self.state = replace(self.state, raised=frozenset(ids))
        self._repaint(touched, self.arrays)

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

    def show_sketch(self, path: QPainterPath | None, role: str = "accent", filled: bool = False) -> None:
        """What a gesture draws in scene units, in a colour of the theme; None ends it."""
        if path is None:
            if self._sketch is not None:
                self._sketch.hide()
            return
        if self._sketch is None:
            self._sketch = SketchPreview()
            self.scene().addItem(self._sketch)
        self._sketch.color(getattr(self.theme, role), filled)
        self._sketch.setPath(path)
        self._sketch.show()

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

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        self._exposed = list(event.region())  # type: ignore[call-overload]
        super().paintEvent(event)
        self._exposed = []

    def clipped_parts(self, painter: QPainter, exposed: QRectF) -> Iterator[QRectF]:
        """What is to be painted, in parts that do not overlap, the painter clipped to each while it is handed out.

        A pan uncovers two strips at the edges: the rectangle around them would be the whole view.
        """
        strips = self._exposed
        whole = self.mapFromScene(exposed).boundingRect()
        uncovered = sum(rect.width() * rect.height() for rect in strips)
        few = 1 < len(strips) <= _MOST_STRIPS
        if not few or uncovered > _WORTH_PARTING * whole.width() * whole.height():
            yield exposed
            return
        transform = painter.worldTransform()
        for strip in strips:
            painter.save()
            painter.resetTransform()
            painter.setClipRect(strip)
            painter.setWorldTransform(transform)
            yield self.mapToScene(strip).boundingRect()
            painter.restore()

    def drawBackground(self, painter: QPainter, rect: QRectF | Any) -> None:
        for part in self.clipped_parts(painter, QRectF(rect)):
            draw_background(painter, part, self.scale_now, self.theme)
