"""Arrays that lie in a file instead of in memory: memory maps, so that whoever takes an array takes them as well.

The system keeps in memory what fits of such a file. What a process has looked at counts as its own until it lets go;
whoever goes through a large array calls `release` on the way, so that its memory stays bounded.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr

Array = npt.NDArray[Any]

IN_MEMORY = 512 << 20
"""bytes of values up to which they are kept in memory; more lie in a file"""
LARGEST_FILE = 1 << 40
"""of those that are brought into arrays"""
SPARE = 1 << 30
"""bytes of the disk that are left to others"""
HELD = 64 << 20
"""bytes of a stored array that are gone through before they are let go"""


class TooLarge(Refusal):
    """More than is kept in memory."""


def is_large(size: int) -> bool:
    """Whether so many bytes of values belong into a file."""
    return size > IN_MEMORY


def is_stored(array: Array) -> bool:
    """Whether the array's values lie in a file."""
    return _map(array) is not None


def release(array: Array) -> None:
    """Lets go of what this process holds of a stored array; the values stay where they are. Nothing for others.

    Not for an array that was opened copy-on-write and then written to: what was written would be lost.
    """
    file = _map(array)
    if file is not None and hasattr(file, "madvise"):  # Windows trims by itself
        file.madvise(mmap.MADV_DONTNEED)


class Held:
    """Counts what is read from an array and lets go of it from time to time."""

    def __init__(self, array: Array) -> None:
        self._array = array
        self._stored = is_stored(array)
        self._rows = 0

    def read(self, rows: int) -> None:
        """So many further rows were read, wherever they lie."""
        if not self._stored:
            return
        self._rows += rows
        of_row = self._array.nbytes // max(len(self._array), 1)
        # The system brings in some pages around each one that is asked for, new ones of Linux up to two megabytes.
        if self._rows * max(of_row, 1 << 21) > HELD:
            self._rows = 0
            release(self._array)


def check_room(needed: int, folder: Path, what: str, advice: str, most: int = 1 << 50) -> None:
    """Raises `Refusal` where so many bytes do not fit onto the disk of the folder. `what` begins the sentence."""
    room = min(most, shutil.disk_usage(folder).free - SPARE)
    if needed > room:
        raise Refusal(
            tr(
                "{what} take {size:.1f} GB, and {most:.1f} GB fit: {advice}.",
                what=what,
                size=needed / (1 << 30),
                most=max(room, 0) / (1 << 30),
                advice=advice,
            )
        )


def scratch(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """Zeros in a file of the cache that nobody else sees, gone when the last who reads it ends, whatever ends it."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    with tempfile.TemporaryFile(dir=cache_folder()) as file:
        file.truncate(size)
        return np.memmap(file, dtype, "r+", shape=shape)


def _map(array: Any) -> mmap.mmap | None:
    while array is not None:
        if isinstance(array, mmap.mmap):
            return array
        if isinstance(array, memoryview):
            array = array.obj
        else:
            array = getattr(array, "base", None)
    return None
