"""From a drawing on a large canvas to the few pixels that a network reads, laid out like the pictures of the data.

Plain arrays: a canvas is (height, width, 3) bytes. What is known of the data is what its field holds: the range of its
values and a few thumbnails. It knows no widget.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
LARGEST = 512
"""pixels of a canvas along its longer side, at least as many as the field has"""
INK = 0.2
"""share of the way from paper to ink from which a pixel counts as drawn"""
LENGTH = 2.3
"""length of the strokes of a digit or letter, in heights of it: with it, the ink of thumbnails tells how wide a stroke
is"""


@dataclass(frozen=True)
class Layout:
    """How the pictures of the data are laid out, as far as thumbnails tell. Shares are of the picture's height and
    width; `paper` and `ink` are brightness from 0 to 255."""

    paper: int = 0
    ink: int = 255
    height: float = 0.75
    width: float = 0.75
    middle: tuple[float, float] = (0.5, 0.5)
    """where the centre of mass of the ink lies, down and across"""
    stroke: float = 0.09
    """width of a stroke, of the longer side"""
    drawn: bool = False
    """whether the pictures are strokes on paper at all, so that a drawing can be laid out alike"""


def layout_of(field: DataField) -> Layout:
    """Measured on the field's thumbnails; the usual one where they tell nothing."""
    grey = [image for thumbnail in field.thumbnails if (image := _grey(thumbnail)) is not None]
    if not grey:
        return Layout()
    edges = np.concatenate([np.concatenate((g[0], g[-1], g[:, 0], g[:, -1])) for g in grey])
    paper = 0 if np.median(edges) < 128 else 255
    ink = 255 - paper
    boxes, masses, middles = [], [], []
    for image in grey:
        amount = np.abs(image - paper) / 255.0
        box = _box(amount > INK)
        if box is None:
            continue
        top, bottom, left, right = box
        h, w = amount.shape
        boxes.append(((bottom - top) / h, (right - left) / w))
        masses.append(float(amount.mean()))
        middles.append(_mass(amount))
    if not boxes:
        return Layout(paper, ink)
    heights, widths = np.array(boxes).T
    # Few pixels are ink, and hardly any lies between paper and ink: strokes.
    on_paper = bool(abs(np.median(edges) - paper) < 40)
    strokes = on_paper and float(np.mean(masses)) < 0.45 and field.sizes[0] == 1
    down, across = np.median(np.array(middles), axis=0)
    tall = float(np.percentile(heights, 75))
    return Layout(
        paper,
        ink,
        tall,
        float(np.percentile(widths, 90)),
        (float(down), float(across)),
        float(np.clip(np.mean(masses) / (LENGTH * max(tall, 0.1)), 0.03, 0.3)),
        strokes,
    )


def canvas_size(field: DataField) -> tuple[int, int, int]:
    """Height and width of a canvas for the field, whole multiples of its own, and how many times."""
    height, width = field.sizes[1], field.sizes[2]
    times = max(1, LARGEST // max(height, width, 1))
    return height * times, width * times, times


def shrunk(canvas: Pixels, height: int, width: int) -> Floats:
    """(height, width, 3): every pixel the mean of the area that it stands for; the canvas is a whole multiple."""
    h, w = canvas.shape[:2]
    blocks = canvas.reshape(height, h // height, width, w // width, 3).astype(np.float64)
    mean: Floats = blocks.mean(axis=(1, 3))
    return mean


def laid_out(canvas: Pixels, layout: Layout, height: int, width: int) -> Floats:
    """(height, width, 3): the drawing cut out, scaled to the box that drawings of the data fill, and placed so that its
    centre of mass lies where theirs does, as the makers of such data did it (LeCun et al. 1998). As `shrunk` where
    nothing is drawn."""
    h, w = canvas.shape[:2]
    amount = np.abs(canvas.astype(np.float64).mean(axis=2) - layout.paper) / 255.0
    box = _box(amount > INK)
    if box is None:
        return shrunk(canvas, height, width)
    top, bottom, left, right = box
    cut = amount[top:bottom, left:right]
    scale = min(layout.height * h / cut.shape[0], layout.width * w / cut.shape[1])
    tall, wide = max(1, round(cut.shape[0] * scale)), max(1, round(cut.shape[1] * scale))
    scaled = _sampled(cut, tall, wide)
    down, across = _mass(scaled)
    y = round(layout.middle[0] * h - down * tall)
    x = round(layout.middle[1] * w - across * wide)
    y, x = _inside(y, tall, h), _inside(x, wide, w)
    placed = np.zeros((h, w))
    placed[y : y + tall, x : x + wide] = scaled[: h - y, : w - x]
    grey = layout.paper + (layout.ink - layout.paper) * np.clip(placed, 0.0, 1.0)
    mean = grey.reshape(height, h // height, width, w // width).mean(axis=(1, 3))
    return np.repeat(mean[:, :, None], 3, axis=2)


def values_of(pixels: Floats, field: DataField) -> npt.NDArray[Any]:
    """(channel, height, width) raw values of the field for pixels from 0 to 255: in the data's own range."""
    channels = field.sizes[0]
    planes = pixels.mean(axis=2)[None] if channels == 1 else np.moveaxis(pixels, 2, 0)[:channels]
    low, high = value_range(field)
    return (low + planes * ((high - low) / 255.0)).astype(np.float32)


def value_range(field: DataField) -> tuple[float, float]:
    """What stands for black and for white in the data: its own range where it has one, else that of bytes."""
    if field.preparation.get("kind") == "affine" and set(field.preparation["scale"]) == {255.0}:
        return 0.0, 255.0
    low = float(field.statistics.get("minimum", 0.0))
    high = float(field.statistics.get("maximum", 255.0))
    if not low < high or (low >= 0 and 128 <= high <= 255):
        return 0.0, 255.0
    return low, high


def _grey(thumbnail: Any) -> Floats | None:
    try:
        channels, height, width = (int(thumbnail[key]) for key in ("channels", "height", "width"))
        flat = np.frombuffer(base64.b64decode(thumbnail["pixels"], validate=True), np.uint8)
        planes = flat.reshape(channels, height, width)[:3].astype(np.float64)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None
    mean: Floats = planes.mean(axis=0)
    return mean if min(height, width) >= 4 else None


def _box(drawn: npt.NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _mass(amount: Floats) -> tuple[float, float]:
    """The centre of mass, in shares of height and width."""
    total = amount.sum() or 1.0
    h, w = amount.shape
    down = float((amount.sum(axis=1) * (np.arange(h) + 0.5)).sum() / total) / h
    across = float((amount.sum(axis=0) * (np.arange(w) + 0.5)).sum() / total) / w
    return down, across


def _sampled(cut: Floats, tall: int, wide: int) -> Floats:
    """The nearest values: both sides are large, what follows is the mean of areas."""
    rows = np.minimum((np.arange(tall) + 0.5) * cut.shape[0] / tall, cut.shape[0] - 1).astype(np.int64)
    columns = np.minimum((np.arange(wide) + 0.5) * cut.shape[1] / wide, cut.shape[1] - 1).astype(np.int64)
    return cut[rows[:, None], columns[None, :]]


def _inside(start: int, length: int, room: int) -> int:
    return max(0, min(start, room - length)) if length <= room else 0
