"""Where arrays are put that are read a block at a time: into memory, or where they are too large into the cache."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.data.converted import converted, kept, key
from nndesigner.data.sliced import Sliced, changed, of_memory
from nndesigner.data.source import Array, Loaded
from nndesigner.data.stored import TooLarge, check_room, is_large, release


class Room:
    """Takes arrays, and tells how far they are. Without a folder they lie in memory."""

    def __init__(
        self, file: str = "", progress: Progress = quiet, folder: Path | None = None, limited: bool = False
    ) -> None:
        """`file` names in sentences what is read. With `limited`, what is too large for memory is not taken."""
        self._file, self._progress, self._folder, self._limited = file, progress, folder, limited
        self._files = 0
        self._needed, self._written = 1, 0

    def reserve(self, needed: int) -> None:
        """Says how many bytes all arrays are going to have together, before any of them is read.

        Raises `TooLarge` for a limited memory, `Refusal` where the disk is too small.
        """
        if self._folder is not None:
            self._check(needed)
        elif self._limited and is_large(needed):
            raise TooLarge(tr("The values of {file} are too large for memory.", file=self._file))
        self._needed = max(needed, 1)

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Room for one array, which is filled while going `through` another one."""
        if self._folder is None:
            return np.empty(shape, dtype)
        self._check(math.prod(shape) * np.dtype(dtype).itemsize)
        self._files += 1
        made: Array = np.lib.format.open_memmap(
            self._folder / f"values-{self._files}.npy", "w+", np.dtype(dtype), shape
        )
        return made

    def through(self, x: Sliced, made: Array | None = None) -> Iterator[tuple[slice, Array]]:
        """Every block of samples, and where it stands; `made` is what is filled meanwhile, in the same places."""
        at = 0
        for block in x.blocks(self._tell):
            self._tell()
            place = slice(at, at + len(block))
            yield place, block
            at = place.stop
            if made is not None:
                self._written += made[place].nbytes
                release(made)

    def filled(self, x: Sliced, dtype: npt.DTypeLike) -> Array:
        """A fresh array of the same values."""
        made = self.empty(x.shape, dtype)
        for place, block in self.through(x, made):
            made[place] = block
        return made

    def only(self, array: Array, mask: npt.NDArray[np.bool_]) -> Array:
        """The samples that the mask chooses; the array that was here before is given up."""
        made = self.empty((int(mask.sum()), *array.shape[1:]), array.dtype)
        at = 0
        for place, block in self.through(of_memory(array)):
            chosen = block[mask[place]]
            made[at : at + len(chosen)] = chosen
            at += len(chosen)
            release(made)
        if self._folder is not None:
            with contextlib.suppress(OSError):
                Path(str(array.filename)).unlink()  # type: ignore[attr-defined]
        return made

    def _tell(self) -> None:
        self._progress(min(self._written / self._needed, 1.0), tr("Reading {name}", name=self._file))

    def _check(self, needed: int) -> None:
        assert self._folder is not None
        check_room(needed, self._folder, tr("The values of {file}", file=self._file), tr("make room"))


def brought(
    type: str,
    files: Mapping[str, Path],
    values: Mapping[str, Any],
    progress: Progress,
    make: Callable[[Room], Loaded],
) -> Loaded:
    """What `make` puts into memory, or where that is too large for it into files of the cache, where it is found again.

    `files` are all that is read, the first of which is named in sentences; `values` are the parameters that count.
    """
    name = next(iter(files.values())).name
    known = key(type, files, values)
    found = kept(known)
    if found is not None:
        return found
    with contextlib.suppress(TooLarge):
        return make(Room(name, progress, limited=True))

    def convert(folder: Path) -> Loaded:
        made = make(Room(name, progress, folder))
        if key(type, files, values) != known:  # it is gone through several times
            raise changed(name)
        return made

    return converted(known, convert)
