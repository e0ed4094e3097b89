"""Made pictures of simple shapes: what it is, where its pixels are, and the box around it, all three as targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, FloatField, IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.plane import SEED
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

KINDS = ("circle", "square", "triangle")
MOST_BYTES = 2 << 30


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    n, size, channels = values["samples"], values["size"], 3 if values["colour"] else 1
    if n * size * size * (channels + 1) > MOST_BYTES:
        raise Refusal(tr("{n:,} pictures of this size do not fit into memory: take fewer.", n=n))
    draw = np.random.RandomState(values["seed"])
    images = np.empty((n, channels, size, size), np.uint8)
    masks = np.zeros((n, size, size), np.uint8)
    boxes = np.empty((n, 4), np.float32)
    kinds = np.arange(n) % len(KINDS)
    for i, kind in enumerate(kinds):
        if i % 256 == 0:
            progress(i / n, tr("Drawing {n:,} pictures", n=n))
        inside = _shape(int(kind), size, draw)
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        boxes[i] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        masks[i] = np.where(inside, kind + 1, 0)
        ground = draw.uniform(0, 90, channels)
        paint = draw.uniform(150, 255, channels)
        picture = np.where(inside, paint[:, None, None], ground[:, None, None])
        picture += draw.normal(0, 255 * values["noise"], picture.shape)
        images[i] = np.clip(np.rint(picture), 0, 255)
    axes = (("channel", channels), ("height", size), ("width", size))
    return Loaded(
        fields=(
            DataField(name="image", role="input", kind="image", element="float", axes=axes),
            DataField(name="shape", role="target", kind="class", element="int", classes=KINDS),
            DataField(
                name="mask",
                role="target",
                kind="class",
                element="int",
                axes=axes[1:],
                classes=("background", *KINDS),
            ),
            DataField(
                name="box",
                role="target",
                kind="number",
                element="float",
                axes=(("feature", 4),),
                columns=("left", "top", "right", "bottom"),
            ),
        ),
        arrays={"image": images, "shape": kinds.astype(np.int64), "mask": masks, "box": boxes},
    )


def _shape(kind: int, size: int, draw: np.random.RandomState) -> npt.NDArray[np.bool_]:
    """Which pixels (size, size) one shape covers, somewhere inside, between a quarter and three fifths of the edge."""
    radius = size * draw.uniform(0.125, 0.3)
    x0, y0 = draw.uniform(radius, size - radius, 2)
    y, x = (axis + 0.5 for axis in np.mgrid[:size, :size])
    if kind == 0:
        return np.asarray((x - x0) ** 2 + (y - y0) ** 2 <= radius**2)
    if kind == 1:
        return np.asarray(np.maximum(abs(x - x0), abs(y - y0)) <= radius)
    # A triangle on its base: at each height as wide as it is far from the tip.
    down = y - (y0 - radius)
    return np.asarray((down >= 0) & (down <= 2 * radius) & (abs(x - x0) <= down / 2))


SHAPES = Source(
    type="shapes",
    label="Shapes with masks and boxes",
    group="Made to measure",
    summary="Pictures of a circle, square or triangle, with class, mask and box.",
    help="Each picture holds one shape of random place, size and brightness on a dark ground, with noise. There are"
    " three targets; the Output's target says which one is learned: “shape” (its class), “mask” (the class of every"
    " pixel), “box” (left, top, right, bottom in pixels). Good for a first segmentation or detection network.",
    synonyms=("synthetic", "segmentation", "detection", "bounding box", "image", "u-net"),
    parameters=(
        IntField(
            name="samples",
            label="Samples",
            default=600,
            minimum=10,
            maximum=1_000_000,
            help="How many pictures.",
        ),
        IntField(
            name="size",
            label="Size",
            default=32,
            minimum=16,
            maximum=512,
            unit="pixels",
            help="Height and width of each picture.",
        ),
        BoolField(name="colour", label="In colour", help="Three channels instead of one."),
        FloatField(
            name="noise",
            label="Noise",
            default=0.05,
            minimum=0.0,
            maximum=1.0,
            help="Standard deviation of the normal noise on every pixel, as a share of white.",
        ),
        SEED,
        *SPLIT_FIELDS,
        PREPARATION,
        TARGET_PREPARATION,
    ),
    load=_load,
)
