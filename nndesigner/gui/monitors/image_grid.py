"""Many small pictures in a grid, each a stack of one or more, as large as there is room. It knows no run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent

from nndesigner.gui.monitors.pictures import Picture, rgb_image, small_font
from nndesigner.gui.previews import shown_theme

GAP = 4.0
WORD = 14.0
LARGEST = 96.0
"""pixels that one side of a picture takes at most"""


def as_images(pixels: npt.NDArray[np.uint8]) -> list[QImage]:
    """(n, height, width) in grey or (n, height, width, 3) in colour."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] != 3):
        raise ValueError("pictures are (n, height, width) or (n, height, width, 3) bytes")
    rgb = pixels if pixels.ndim == 4 else np.repeat(pixels[..., None], 3, axis=3)
    return [rgb_image(one) for one in rgb]


class ImageGrid(Picture):
    """Stacks of pictures that stand one above the other, with a word below each column."""

    def __init__(self) -> None:
        super().__init__(QSize(150, 120))
        self.stacks: tuple[tuple[QImage, ...], ...] = ()
        self.words: tuple[str, ...] = ()
        self.columns = 0

    def show_stacks(
        self, stacks: Sequence[Sequence[QImage]], words: Sequence[str] = (), columns: int = 0, told: str = ""
    ) -> None:
        """`columns` is how many stand in a row; 0 for as many as make them largest. `words` stand below the columns."""
        self.stacks, self.words = tuple(map(tuple, stacks)), tuple(words)
        self.columns = columns
        self.setAccessibleName(told)
        self.update()

    def _best_columns(self, high: float, wide: float, below: float) -> int:
        """The number of columns with which the pictures are largest; `high` and `wide` are those of one stack."""
        if self.columns:
            return self.columns
        count = len(self.stacks)

        def scale(columns: int) -> float:
            rows = -(-count // columns)
            return min(
                (self.width() - (columns - 1) * GAP) / columns / wide,
                (self.height() - (rows - 1) * GAP - below) / rows / high,
            )

        scales = {columns: scale(columns) for columns in range(1, count + 1)}
        best = max(scales.values())
        # A little smaller is better than one picture alone in the last row.
        even = [n for n, size in scales.items() if count % n == 0 and size >= 0.75 * best]
        return max(even or scales, key=lambda columns: scales[columns])

    def cells(self) -> list[list[QRectF]]:
        """Where each picture of each stack stands."""
        if not self.stacks or not self.stacks[0]:
            return []
        first = self.stacks[0][0]
        depth = len(self.stacks[0])
        wide, high = float(first.width()), float(first.height() * depth)
        below = WORD if self.words else 0.0
        columns = self._best_columns(high, wide, below)
        rows = -(-len(self.stacks) // columns)
        scale = min(
            (self.width() - (columns - 1) * GAP) / columns / wide,
            (self.height() - (rows - 1) * GAP - below - rows * depth) / rows / high,
            LARGEST / max(first.width(), first.height()),
        )
        scale = max(scale, 0.5)
        w, h = wide * scale, first.height() * scale
        left = max((self.width() - columns * w - (columns - 1) * GAP) / 2, 0.0)
        found = []
        for i in range(len(self.stacks)):
            x = left + (i % columns) * (w + GAP)
            y = (i // columns) * (depth * (h + 1) + GAP)
            found.append([QRectF(x, y + n * (h + 1), w, h) for n in range(depth)])
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        painter.setFont(small_font(self))
        cells = self.cells()
        for stack, places in zip(self.stacks, cells, strict=False):
            for image, place in zip(stack, places, strict=True):
                painter.drawImage(place, image)  # without smoothing: a pixel of the data is a pixel
        painter.setPen(QColor(theme.muted))
        bottom = max((places[-1].bottom() for places in cells), default=0.0)
        for word, places in zip(self.words, cells, strict=False):
            below = QRectF(places[-1].left() - GAP, bottom, places[-1].width() + 2 * GAP, WORD)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), word)
        painter.end()

    def words_at(self, point: QPointF) -> str:
        for i, places in enumerate(self.cells()):
            if self.words and any(place.contains(point) for place in places):
                return self.words[i % len(self.words)]
        return ""
