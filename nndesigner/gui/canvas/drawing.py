"""What the parts of the painter share: where to paint, what, how large, and which details the zoom allows."""

from __future__ import annotations

import msgspec
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform

from nndesigner.gui.canvas.arrays import Bounds, NetworkArrays
from nndesigner.gui.canvas.cards import Pictures
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.geometry import Floats
from nndesigner.gui.canvas.primitives import draw_pictures
from nndesigner.gui.canvas.state import PaintState
from nndesigner.gui.theme import Theme

# Scales from which on a detail is drawn.
ALL_TEXT = 0.68
TITLES = 0.45
BODIES = 0.28


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """One painting of one network. The painter's transform is from scene units to pixels.

    `pictures` None draws every body as it is, for files; `ratio` is pixels per painter unit (the screen's scaling).
    """

    painter: QPainter
    arrays: NetworkArrays
    faces: Faces
    theme: Theme
    bounds: Bounds
    scale: float
    state: PaintState
    ratio: float = 1.0
    pictures: Pictures | None = None
    shadows: bool = True

    @property
    def all_text(self) -> bool:
        return self.pictures is None or self.scale >= ALL_TEXT

    @property
    def titles(self) -> bool:
        return self.pictures is None or self.scale >= TITLES

    @property
    def bodies(self) -> bool:
        return self.pictures is None or self.scale >= BODIES

    @property
    def resolution(self) -> float:
        """Pixels per scene unit."""
        return self.scale * self.ratio

    def in_view(self, box: QRectF) -> bool:
        left, top, right, bottom = self.bounds
        return box.left() <= right and box.right() >= left and box.top() <= bottom and box.bottom() >= top

    def at_least_pixels(self, width: float, pixels: float) -> float:
        """A line's width in scene units that does not fade when the drawing is small on the screen."""
        return width if self.pictures is None else max(width, pixels / self.scale)

    def copy_picture(self, middles: Floats, picture: object) -> None:
        """Copies a picture made at `resolution` to many places (scene units), each on whole pixels."""
        transform = self.painter.worldTransform()
        points = np.asarray(middles) * (transform.m11(), transform.m22()) + (transform.dx(), transform.dy())
        points = np.round(points * self.ratio) / self.ratio
        self.painter.setWorldTransform(QTransform())
        draw_pictures(self.painter, points, picture, 1.0 / self.ratio)  # type: ignore[arg-type]
        self.painter.setWorldTransform(transform)
