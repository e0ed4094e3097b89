"""A graphics view that pans and zooms like a drawing board. It knows nothing of networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView

from nndesigner.gui.canvas.arrays import Bounds
from nndesigner.gui.canvas.content import EXTENT

SMALLEST, LARGEST = 0.02, 4.0
LARGEST_FIT = 1.25
FIT_MARGIN = 32
"""Pixels around what is fitted."""


class PanZoomView(QGraphicsView):
    """`zoomChanged(scale)`: pixels per scene unit."""

    zoomChanged = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        scene.setSceneRect(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT)
        self.setScene(scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.NoDrag)

    @property
    def scale_now(self) -> float:
        """Pixels per scene unit."""
        return float(self.transform().m11())

    @property
    def pixel(self) -> float:
        """Scene units per pixel."""
        return 1.0 / self.scale_now

    def visible_rect(self) -> QRectF:
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def visible_bounds(self) -> Bounds:
        rect = self.visible_rect()
        return rect.left(), rect.top(), rect.right(), rect.bottom()

    # -- moving ------------------------------------------------------------------------------------------------------
    def pan_by(self, dx: float, dy: float) -> None:
        """Moves the drawing by pixels."""
        self.in_motion()
        for bar, step in ((self.horizontalScrollBar(), dx), (self.verticalScrollBar(), dy)):
            bar.setValue(bar.value() - round(step))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms; the scene stays put under `at` (pixels of the viewport), or in the middle."""
        self.set_zoom(self.scale_now * factor, at)

    def set_zoom(self, scale: float, at: QPointF | None = None) -> None:
        scale = max(SMALLEST, min(LARGEST, scale))
        if math.isclose(scale, self.scale_now):
            return
        self.in_motion()
        at = at if at is not None else QPointF(self.viewport().rect().center())
        held = self.viewportTransform().inverted()[0].map(at)
        self.setTransform(QTransform.fromScale(scale, scale))
        off = self.viewportTransform().map(held) - at
        bars = self.horizontalScrollBar(), self.verticalScrollBar()
        bars[0].setValue(bars[0].value() + round(off.x()))
        bars[1].setValue(bars[1].value() + round(off.y()))
        self.zoomChanged.emit(scale)

    natural = 1.0
    """Pixels per scene unit at the actual size: more for who reads larger text."""

    def reset_zoom(self) -> None:
        self.set_zoom(self.natural)

    def show_bounds(self, bounds: Bounds | None, largest: float = LARGEST_FIT) -> None:
        """Shows a rectangle of the scene whole; the origin in the middle for None."""
        if bounds is None:
            self.set_zoom(1.0)
            self.centerOn(0.0, 0.0)
            return
        left, top, right, bottom = bounds
        self.set_zoom(min(self.scale_to_show(bounds), largest * self.natural))
        self.centerOn((left + right) / 2, (top + bottom) / 2)

    def scale_to_show(self, bounds: Bounds) -> float:
        """Pixels per scene unit at which a rectangle of the scene fills the view, but for a margin."""
        left, top, right, bottom = bounds
        room = self.viewport().size()
        width, height = max(1.0, right - left), max(1.0, bottom - top)
        return min(
            max(40, room.width() - 2 * FIT_MARGIN) / width, max(40, room.height() - 2 * FIT_MARGIN) / height
        )

    def in_motion(self) -> None:
        """Called before every pan and zoom."""

    # -- remembering -------------------------------------------------------------------------------------------------
    def view_state(self) -> dict[str, Any]:
        """Zoom and middle, as plain values for the user's own file beside the project."""
        middle = self.visible_rect().center()
        return {"scale": round(self.scale_now, 4), "center": [round(middle.x(), 1), round(middle.y(), 1)]}

    def restore_view_state(self, state: Mapping[str, Any]) -> bool:
        """Shows what was shown; False, with nothing changed, for a state that is none."""
        try:
            scale = float(state["scale"])
            x, y = (float(value) for value in state["center"])
        except (KeyError, TypeError, ValueError):
            return False
        if not all(math.isfinite(value) for value in (scale, x, y)) or max(abs(x), abs(y)) > EXTENT:
            return False
        self.set_zoom(scale)
        self.centerOn(x, y)
        return True
