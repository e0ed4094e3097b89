"""Arrays of which a block of samples after the other is read, wherever they lie: in a file, in several, in memory.

No kind of file is known here: whoever knows one gives shape, element type, and a way to go through its samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.stored import check_room, is_large, release, scratch

BLOCK_BYTES = 16 << 20
"""of the samples that are read at once; a single sample may have more"""
WHOLE_BYTES = 4 << 30
"""of an array that is read whole"""
SCATTERED = 32
"""places of a stored array that are looked at before they are let go"""
OF_TEXT = 64
"""bytes that a text is reckoned with where nobody says how long it is"""

Array = npt.NDArray[Any]
Tick = Callable[[], None]
"""called now and then while something is read; it may raise `Cancelled`"""


class Sliced:
    """An array (samples, …) that is not read yet. The same can be gone through several times."""

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: npt.DTypeLike,
        what: str,
        blocks: Callable[[int, Tick], Iterator[Array]],
    ) -> None:
        """`blocks(n, tick)` gives the samples in their order, about n at a time; one without axes gives itself.

        `what` begins sentences. Where texts are, `dtype` need not say how long they become."""
        self.shape = shape
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.what = what
        self._blocks = blocks

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * (self.dtype.itemsize or OF_TEXT)

    def __len__(self) -> int:
        return self.shape[0]

    def blocks(self, tick: Tick = lambda: None) -> Iterator[Array]:
        """All samples in their order. Raises `Refusal` where the file does not hold what it said."""
        of_value = max(self.dtype.itemsize, OF_TEXT if self.dtype.kind in "SU" else 0)
        return self._checked(max(1, BLOCK_BYTES // max(math.prod(self.shape[1:]) * of_value, 1)), tick)

    def _checked(self, step: int, tick: Tick) -> Iterator[Array]:
        at = 0
        for block in self._blocks(step, tick):
            if block.shape[1:] != self.shape[1:]:
                raise changed(self.what)
            at += len(block) if self.shape else 1
            yield block
        if at != (len(self) if self.shape else 1):
            raise changed(self.what)

    def each(self, change: Callable[[Array], Array]) -> Sliced:
        """The same samples, every block of them changed; `change` keeps the first axis, and takes blocks of none."""
        sample = change(np.empty((0, *self.shape[1:]), self.dtype))

        def blocks(step: int, tick: Tick) -> Iterator[Array]:
            return map(change, self._checked(step, tick))

        return Sliced((len(self), *sample.shape[1:]), sample.dtype, self.what, blocks)

    def whole(self) -> Array:
        """All of it in memory. Raises `Refusal` where it is too large for that."""
        if self.nbytes > WHOLE_BYTES:
            raise Refusal(
                tr(
                    "{what} has {size:.1f} GB; at most {most} GB are read into memory.",
                    what=self.what,
                    size=self.nbytes / (1 << 30),
                    most=WHOLE_BYTES >> 30,
                )
            )
        if not self.shape or self.dtype.kind in "SU":  # how long texts become is not known before
            blocks = list(self.blocks())
            if len(blocks) > 1:
                return np.concatenate(blocks)
            return blocks[0] if blocks else np.empty(self.shape, self.dtype)
        made: Array = np.empty(self.shape, self.dtype)
        at = 0
        for block in self.blocks():
            made[at : at + len(block)] = block
            at += len(block)
        return made


def changed(what: str) -> Refusal:
    return Refusal(tr("{what} changed while it was read: read it again.", what=what))


def of_memory(array: Array) -> Sliced:
    """An array that is there already, or is mapped."""
    return Sliced(array.shape, array.dtype, "", lambda step, tick: _cut(array, step))


def joined(arrays: Sequence[Sliced]) -> Sliced:
    """The samples of several arrays, one array after the other, as `np.concatenate` gives them."""
    dtype = np.result_type(*(array.dtype for array in arrays))

    def blocks(step: int, tick: Tick) -> Iterator[Array]:
        for array in arrays:
            for block in array._checked(step, tick):
                yield block if dtype.kind == block.dtype.kind == "U" else block.astype(dtype, copy=False)

    shape = (sum(map(len, arrays)), *arrays[0].shape[1:])
    return Sliced(shape, dtype, arrays[0].what, blocks)


def read_blocks(
    file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any], step: int, what: str
) -> Iterator[Array]:
    """What `Sliced` asks for, of an array that lies in C order from where the file stands."""
    n = shape[0] if shape else 1
    of_sample = math.prod(shape[1:]) * dtype.itemsize
    for start in range(0, n, step):
        number = min(step, n - start)
        data = file.read(number * of_sample)
        if len(data) != number * of_sample:
            raise Refusal(tr("{what} ends too early: it is damaged.", what=what))
        yield np.frombuffer(data, dtype).reshape((number, *shape[1:]) if shape else ())


def read_turned(
    file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any], step: int, tick: Tick, what: str
) -> Iterator[Array]:
    """The same of an array in Fortran order, whose samples lie scattered: it is first brought together."""
    flat = gathered((math.prod(shape),), dtype, what)
    at = 0
    for block in read_blocks(file, flat.shape, dtype, BLOCK_BYTES // dtype.itemsize, what):
        tick()
        flat[at : at + len(block)] = block
        at += len(block)
        release(flat)
    yield from cut_turned(flat, shape, step)


def cut_turned(flat: Array, shape: tuple[int, ...], step: int) -> Iterator[Array]:
    """The samples of an array (samples, …) whose values lie in Fortran order, all those of one place after another."""
    places = flat.reshape(-1, shape[0])
    for start in range(0, shape[0], step):
        block = np.empty((min(step, shape[0] - start), len(places)), flat.dtype, order="F")
        for i, values in enumerate(places):
            block[:, i] = values[start : start + step]
            if i % SCATTERED == SCATTERED - 1:
                release(flat)
        yield block.reshape((len(block), *shape[1:]), order="F")


def gathered(shape: tuple[int, ...], dtype: npt.DTypeLike, what: str) -> Array:
    """Room for an array that has to be brought together before a sample of it is known, in memory or in a file that
    nobody else sees. Raises `Refusal` where the disk is too small."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not is_large(size):
        return np.empty(shape, dtype)
    check_room(size, cache_folder(), tr("The values of {file}", file=what), tr("make room"))
    return scratch(shape, dtype)


def _cut(array: Array, step: int) -> Iterator[Array]:
    if not array.ndim:
        yield array
        return
    for start in range(0, len(array), step):
        yield array[start : start + step]
        release(array)
