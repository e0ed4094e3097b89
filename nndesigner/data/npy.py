"""Reading `.npy` and `.npz` files that come from anywhere: the header is checked before any memory is taken.

A header that claims more than the file holds is refused, and so are Python objects: nothing is ever unpickled.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import tr
from nndesigner.data.files import readable
from nndesigner.data.sliced import Array, Sliced, Tick, read_blocks, read_turned

MOST_MEMBERS = 1000
# A compressed array may be large or densely packed; both at once is a bomb, not data.
_FREELY_UNPACKED = 256 << 20
_MOST_RATIO = 200

# What NumPy itself takes at most, and the magic before it.
_LONGEST_HEADER = 10_000 + 12


class Header:
    """What a `.npy` header says: shape, element type, order in memory, and the bytes before the data."""

    def __init__(self, file: IO[bytes], what: str) -> None:
        """Reads the header from the start of `file`. Raises `Refusal` naming `what`."""
        # Read first and parsed from memory: a header may claim to be four gigabytes long.
        start = io.BytesIO(file.read(_LONGEST_HEADER))
        try:
            found = _parse(start)
        except MemoryError:
            raise
        except Exception as error:  # hostile bytes meet every kind of exception
            detail = (str(error).splitlines() or [""])[0][:120]
            raise Refusal(
                tr("{what} is not an array that NumPy can read: {detail}.", what=what, detail=detail)
            ) from error
        self.shape, self.fortran_order, self.dtype = found
        if (
            self.dtype.hasobject
            or self.dtype.names
            or self.dtype.kind not in "buifSU"
            or not self.dtype.itemsize
        ):
            raise Refusal(
                tr(
                    "{what} holds {dtype} values; numbers and short texts are read (Python objects never are).",
                    what=what,
                    dtype=self.dtype,
                )
            )
        if any(size < 0 for size in self.shape):
            raise Refusal(tr("{what} has an impossible shape.", what=what))
        self.bytes = math.prod(self.shape) * self.dtype.itemsize
        self.start = start.tell()
        file.seek(self.start)

    def check(self, available: int, what: str) -> None:
        """Refuses a header that claims another size than there are bytes."""
        if self.bytes != available:
            raise Refusal(
                tr(
                    "{what} claims the shape {shape} ({claimed:,} bytes), but holds {have:,} bytes: it is damaged.",
                    what=what,
                    shape=" × ".join(map(str, self.shape)) or "1",
                    claimed=self.bytes,
                    have=available,
                )
            )

    def blocks(self, file: IO[bytes], step: int, tick: Tick, what: str) -> Iterator[Array]:
        """What `Sliced` asks for, from the start of the file."""
        file.read(self.start)  # and no jump, which a packed file would not be checked after
        if self.fortran_order and len(self.shape) > 1 and self.bytes:
            return read_turned(file, self.shape, self.dtype, step, tick, what)
        return read_blocks(file, self.shape, self.dtype, step, what)


def _parse(start: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether in Fortran order, element type; `start` is left at the first byte of the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy tells of headers that Python 2 wrote
        version = np.lib.format.read_magic(start)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(start)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(start)
    raise ValueError(tr("unknown version {version}", version=version))


def npy(path: Path) -> Sliced:
    """The array of a `.npy` file. Raises `Refusal` where it is none."""
    with readable(path), path.open("rb") as file:
        header = Header(file, path.name)
        header.check(path.stat().st_size - file.tell(), path.name)

    def blocks(step: int, tick: Tick) -> Iterator[Array]:
        with readable(path), path.open("rb") as file:
            yield from header.blocks(file, step, tick, path.name)

    return Sliced(header.shape, header.dtype, path.name, blocks)


def read_npy(path: Path) -> Array:
    """The array of a `.npy` file in memory. Raises `Refusal` where it is none, or too large for that."""
    return npy(path).whole()


class Archive(Mapping[str, Sliced]):
    """The arrays of a `.npz` file by name. Raises `Refusal` where it is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with readable(path), zipfile.ZipFile(path) as file:
                members = file.infolist()
        except (Refusal, MemoryError):
            raise
        except Exception as error:  # a damaged directory: zipfile, struct and decoders each have their own
            raise Refusal(tr("{name} is not a .npz archive.", name=path.name)) from error
        if len(members) > MOST_MEMBERS:
            raise Refusal(tr("{name} holds more than {most} arrays.", name=path.name, most=MOST_MEMBERS))
        self._members = {m.filename[:-4]: m for m in members if m.filename.endswith(".npy")}
        if not self._members:
            raise Refusal(tr("{name} holds no arrays.", name=path.name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, name: str) -> Sliced:
        member = self._members[name]
        what = tr("“{name}” in {file}", name=name, file=self._path.name)
        packed = max(member.compress_size, 1)
        if member.file_size > _FREELY_UNPACKED and member.file_size / packed > _MOST_RATIO:
            raise Refusal(
                tr(
                    "{what} would unpack to {ratio:.0f} times its size, as no real data does: it is not read.",
                    what=what,
                    ratio=member.file_size / packed,
                )
            )
        with self._opened(member, what) as file:
            header = Header(file, what)
            header.check(member.file_size - file.tell(), what)

        def blocks(step: int, tick: Tick) -> Iterator[Array]:
            with self._opened(member, what) as file:
                yield from header.blocks(file, step, tick, what)

        return Sliced(header.shape, header.dtype, what, blocks)

    @contextmanager
    def _opened(self, member: zipfile.ZipInfo, what: str) -> Iterator[IO[bytes]]:
        try:
            with readable(self._path), zipfile.ZipFile(self._path) as archive, archive.open(member) as file:
                yield file
        except (Refusal, Cancelled, MemoryError):
            raise
        except Exception as error:  # damaged archives: zipfile, zlib and lzma each have their own
            raise Refusal(tr("{what} cannot be unpacked: {detail}.", what=what, detail=error)) from error
