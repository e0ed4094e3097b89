"""Reading CIFAR's binary files: records of one or two label bytes and 3 × 32 × 32 bytes of pixels.

The format is told at https://www.cs.toronto.edu/~kriz/cifar.html (“binary version”).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.files import readable
from nndesigner.data.source import Array, Loaded

PIXELS = 3 * 32 * 32
MOST_BYTES = 4 << 30
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def read_records(data: bytes, label_bytes: int, name: str) -> tuple[Array, Array]:
    """Pixels (n, 3, 32, 32) uint8 and labels (n, label_bytes) int64. Raises `Refusal` for a broken record."""
    size = label_bytes + PIXELS
    if not data or len(data) % size:
        raise Refusal(
            tr(
                "{name} has {n:,} bytes, which is no whole number of records of {size:,} bytes: it is damaged, or no"
                " CIFAR file of this kind.",
                name=name,
                n=len(data),
                size=size,
            )
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, size)
    return (
        np.ascontiguousarray(records[:, label_bytes:]).reshape(-1, 3, 32, 32),
        records[:, :label_bytes].astype(np.int64),
    )


def read_names(path: Path) -> tuple[str, ...]:
    """The class names in a text file, one a line; () where there is none."""
    if not path.is_file() or path.stat().st_size > 1 << 16:
        return ()
    with readable(path):
        text = path.read_text("utf-8", "replace")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def cifar_loaded(pixels: Array, labels: Array, parts: Array, classes: tuple[str, ...], name: str) -> Loaded:
    """Raises `Refusal` naming the record whose label has no class."""
    wrong = np.flatnonzero(labels >= len(classes))
    if len(wrong):
        raise Refusal(
            tr(
                "Record {n:,} of {name} has the label {label}, but there are {classes} classes: it is damaged.",
                n=int(wrong[0]) + 1,
                name=name,
                label=int(labels[wrong[0]]),
                classes=len(classes),
            )
        )
    axes = (("channel", 3), ("height", 32), ("width", 32))
    return Loaded(
        fields=(
            DataField(name="image", role="input", kind="image", element="float", axes=axes),
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={"image": pixels, "class": labels},
        parts=parts.astype(np.int8),
    )
