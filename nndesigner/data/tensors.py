"""Arrays of safetensors and HDF5 files by name, none of them read yet. What they hold is told in `arrays.py`.

Files come from anywhere: what a header claims is held against the file before any memory is taken, and HDF5 links that
lead out of the file are not followed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import tr
from nndesigner.data.extras import extra
from nndesigner.data.files import readable
from nndesigner.data.sliced import OF_TEXT, Array, Sliced, Tick, cut_turned, gathered, read_blocks
from nndesigner.data.stored import LARGEST_FILE, is_large, release

MOST_ARRAYS = 1000
_LONGEST_HEADER = 10 << 20
_FREELY_UNPACKED = 256 << 20
_MOST_RATIO = 200
# Of https://github.com/huggingface/safetensors (README, “Format”); BF16 has no NumPy type and is widened.
_SAFE_TYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "BF16": "<u2",
}


class SafeTensors(Mapping[str, Sliced]):
    """The tensors of a `.safetensors` file. Raises `Refusal` where it is none, or its header does not fit it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        size = path.stat().st_size
        with readable(path), path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 10 or not 2 <= length <= min(_LONGEST_HEADER, size - 8):
                raise Refusal(tr("{name} is not a safetensors file.", name=path.name))
            text = file.read(length)
        self._start, self._room = 8 + length, size - 8 - length
        try:
            header = json.loads(text.decode("utf-8"))
            entries = {name: about for name, about in header.items() if name != "__metadata__"}
            self._entries = {name: self._entry(name, about) for name, about in entries.items()}
        except Refusal:
            raise
        except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
            raise Refusal(
                tr("The header of {name} cannot be read: it is damaged.", name=path.name)
            ) from error
        _count(self._entries, path.name)

    def _entry(self, name: str, about: Mapping[str, Any]) -> tuple[np.dtype[Any], tuple[int, ...], int]:
        """(element type, shape, first byte); the type of BF16 is that of its halves."""
        kind, shape = str(about["dtype"]), tuple(about["shape"])
        start, end = about["data_offsets"]
        what = tr("“{name}” in {file}", name=name, file=self._path.name)
        whole = (*shape, start, end)
        if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in whole):
            raise Refusal(tr("{what} has an impossible shape or place.", what=what))
        if kind not in _SAFE_TYPES:
            return np.dtype("V1"), shape, -1  # named, and refused when it is asked for
        dtype = np.dtype(_SAFE_TYPES[kind])
        if end - start != math.prod(shape) * dtype.itemsize or end > self._room:
            raise Refusal(
                tr(
                    "{what} claims the shape {shape}, but its place in the file has another size: it is damaged.",
                    what=what,
                    shape=" × ".join(map(str, shape)) or "1",
                )
            )
        return (np.dtype("V2") if kind == "BF16" else dtype), shape, start

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, name: str) -> Sliced:
        dtype, shape, start = self._entries[name]
        what = tr("“{name}” in {file}", name=name, file=self._path.name)
        if start < 0:
            raise Refusal(tr("{what} holds values of a type that is not read.", what=what))
        halves = dtype == np.dtype("V2")

        def blocks(step: int, tick: Tick) -> Iterator[Array]:
            with readable(self._path), self._path.open("rb") as file:
                file.seek(self._start + start)
                for block in read_blocks(file, shape, np.dtype("<u2") if halves else dtype, step, what):
                    # bfloat16 is the upper half of a float32.
                    yield (block.astype(np.uint32) << 16).view(np.float32) if halves else block

        return Sliced(shape, np.float32 if halves else dtype, what, blocks)


class Hdf5(Mapping[str, Sliced]):
    """The data sets of an HDF5 file by their path without the first stroke. Raises `Refusal` where it is none."""

    def __init__(self, path: Path) -> None:
        self._h5py = extra("h5py", tr("HDF5 files"))
        self._path = path
        self._names: list[str] = []
        with self._opened() as file:
            self._walk(file, "", 0)
        _count(self._names, path.name)

    def _opened(self) -> Any:
        with readable(self._path), self._path.open("rb"):  # whatever the system says against it, it says here
            try:
                return self._h5py.File(self._path, "r", locking=False)
            except Exception as error:  # damaged files meet every kind of exception
                detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
                raise Refusal(
                    tr(
                        "{name} is not an HDF5 file that can be read: {detail}.",
                        name=self._path.name,
                        detail=detail,
                    )
                ) from error

    def _walk(self, group: Any, prefix: str, depth: int) -> None:
        """Data sets in this group and below: hard links alone, so that no other file and no circle is met."""
        if depth > 16:
            return
        try:
            for name in group:
                if not isinstance(group.get(name, getlink=True), self._h5py.HardLink):
                    continue
                found = group[name]
                if isinstance(found, self._h5py.Dataset):
                    self._names.append(prefix + name)
                elif isinstance(found, self._h5py.Group):
                    self._walk(found, f"{prefix}{name}/", depth + 1)
                if len(self._names) > MOST_ARRAYS:
                    return
        except (OSError, RuntimeError, KeyError, ValueError) as error:
            raise Refusal(
                tr("The directory of {name} cannot be read: it is damaged.", name=self._path.name)
            ) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> Sliced:
        if name not in self._names:
            raise KeyError(name)
        what = tr("“{name}” in {file}", name=name, file=self._path.name)
        with self._found(name, what) as found:
            text = self._h5py.check_string_dtype(found.dtype) is not None
            self._check(found, text, what)
            shape = found.shape
            dtype = np.dtype(np.str_) if text else found.dtype

        def blocks(step: int, tick: Tick) -> Iterator[Array]:
            with self._found(name, what) as found:
                if text:
                    yield from (
                        np.asarray(block).astype(np.str_) for block in _slices(found.asstr(), shape, step)
                    )
                elif not found.chunks:
                    yield from _slices(found, shape, step)
                else:
                    yield from self._chunks(found, shape, step, tick, what)

        return Sliced(shape, dtype, what, blocks)

    @contextmanager
    def _found(self, name: str, what: str) -> Iterator[Any]:
        """The data set, while the file is open."""
        with self._opened() as file:
            try:
                yield file[name]
            except (Refusal, Cancelled, MemoryError):
                raise
            except Exception as error:  # filters and damaged chunks have each their own
                detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
                raise Refusal(tr("{what} cannot be read: {detail}.", what=what, detail=detail)) from error

    def _check(self, found: Any, text: bool, what: str) -> None:
        if found.is_virtual or found.external:
            raise Refusal(tr("{what} lies in another file, which is not read.", what=what))
        if found.shape is None or not (text or found.dtype.kind in "buif"):
            raise Refusal(
                tr("{what} holds {dtype} values; numbers and texts are read.", what=what, dtype=found.dtype)
            )
        size = math.prod(found.shape) * (OF_TEXT if text else found.dtype.itemsize)
        if size > LARGEST_FILE:
            raise Refusal(
                tr(
                    "{what} has {size:,.1f} GB; at most {most:,} GB are read.",
                    what=what,
                    size=size / (1 << 30),
                    most=LARGEST_FILE >> 30,
                )
            )
        stored = max(int(found.id.get_storage_size()), 1)
        if size > _FREELY_UNPACKED and size / stored > _MOST_RATIO:
            raise Refusal(
                tr(
                    "{what} would unpack to {ratio:.0f} times its size, as no real data does: it is not read.",
                    what=what,
                    ratio=size / stored,
                )
            )

    def _chunks(
        self, found: Any, shape: tuple[int, ...], step: int, tick: Tick, what: str
    ) -> Iterator[Array]:
        """Samples of a data set that lies in chunks, none of which is unpacked twice."""
        rows = found.chunks[0]
        aligned = -(-step // rows) * rows
        if not is_large(min(aligned, shape[0]) * math.prod(shape[1:]) * found.dtype.itemsize):
            yield from _slices(found, shape, aligned)
            return
        # Chunks of very many samples hold few values of each, and are put beside one another as they lie.
        flat = gathered((math.prod(shape),), found.dtype, what)
        whole = flat.reshape(shape, order="F")
        for place in found.iter_chunks():
            tick()
            whole[place] = found[place]
            release(flat)
        yield from cut_turned(flat, shape, step)


def _slices(found: Any, shape: tuple[int, ...], step: int) -> Iterator[Array]:
    if not shape:
        yield np.asarray(found[()])
        return
    for start in range(0, shape[0], step):
        yield np.asarray(found[start : start + step])


def _count(names: object, file: str) -> None:
    number = len(names)  # type: ignore[arg-type]
    if not number:
        raise Refusal(tr("{name} holds no arrays.", name=file))
    if number > MOST_ARRAYS:
        raise Refusal(tr("{name} holds more than {most} arrays.", name=file, most=MOST_ARRAYS))
