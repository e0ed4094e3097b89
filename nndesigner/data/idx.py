"""Reading IDX files, the format that MNIST came in: a magic number, the sizes of the axes, then the values.

The format stands at the end of http://yann.lecun.com/exdb/mnist/. A file may be packed with gzip; never more is
unpacked than its header asks for, and a header is believed only up to the limits here.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.files import readable
from nndesigner.data.source import Array

MOST_BYTES = 4 << 30
_MOST_AXES = 8
# The third byte of the magic number; values of more than one byte are big-endian.
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Path) -> Array:
    """The array of an IDX file, plain or gzip, in native byte order. Raises `Refusal` where it is none."""
    with readable(path), path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            if packed:
                with gzip.open(file) as unpacked:
                    return _read(unpacked, path.name, None)  # type: ignore[arg-type]
            return _read(file, path.name, path.stat().st_size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refusal(tr("{name} cannot be unpacked: {detail}.", name=path.name, detail=error)) from error


def _read(file: IO[bytes], name: str, size: int | None) -> Array:
    """`size` is that of the file, where it is known before reading."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= _MOST_AXES:
        raise Refusal(tr("{name} is not an IDX file: it does not begin as one.", name=name))
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise Refusal(tr("{name} ends within its header: it is damaged.", name=name))
    shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
    dtype = np.dtype(_TYPES[magic[2]])
    claimed = math.prod(shape) * dtype.itemsize
    words = {"name": name, "shape": " × ".join(map(str, shape)), "claimed": claimed}
    if claimed > MOST_BYTES:
        raise Refusal(
            tr("{name} claims the shape {shape}, more than {most} GB.", most=MOST_BYTES >> 30, **words)
        )
    if size is not None and size != 4 + len(sizes) + claimed:
        raise Refusal(
            tr(
                "{name} claims the shape {shape} ({claimed:,} bytes), but holds {have:,} bytes: it is damaged.",
                have=size - 4 - len(sizes),
                **words,
            )
        )
    data = file.read(claimed)
    if len(data) < claimed or file.read(1):
        raise Refusal(
            tr("{name} does not hold the {claimed:,} bytes that its header claims ({shape}).", **words)
        )
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))
