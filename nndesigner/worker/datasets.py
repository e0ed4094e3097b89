"""The data that this process last read, kept for the next job. It knows no source and no network.

What was read is read again when its description, the project's folder or a file that it names has changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from nndesigner.base.fields import PathField
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data import dataset
from nndesigner.data.catalogue import source
from nndesigner.data.dataset import DataDescription, Dataset
from nndesigner.project.reader import decode


class _Key(NamedTuple):
    type: str
    parameters: bytes
    folder: Path
    files: tuple[tuple[str, int, int], ...]


_kept: tuple[_Key, Dataset] | None = None


def read(record: DataDescription, folder: Path, progress: Progress) -> Dataset:
    """As `data.dataset.read`, at once where it was read before and nothing has changed.

    The arrays are shared with later jobs: they are not to be written to.
    """
    global _kept
    key = _key(record, folder)
    if _kept is not None and _kept[0] == key:
        return _kept[1]
    _kept = None  # before reading: two large sets of data may not fit
    found = dataset.read(record, folder, progress)
    for array in found.arrays.values():
        array.flags.writeable = False
    # The next job comes with what is pinned now.
    _kept = key._replace(parameters=_bytes({**record.parameters, **found.pinned})), found
    return found


def read_project(project: bytes, folder: str, progress: Progress) -> Dataset:
    """The data of a project given as the bytes of its file. Raises `Refusal` where it names none."""
    record = decode(project).document.data
    if record is None:
        raise Refusal(tr("The project has no data yet. Choose some on the data page."))
    return read(record, Path(folder), progress)


def _key(record: DataDescription, folder: Path) -> _Key:
    return _Key(record.type, _bytes(record.parameters), folder, tuple(_files(record, folder)))


def _bytes(parameters: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(parameters, order="sorted")


def _files(record: DataDescription, folder: Path) -> Iterator[tuple[str, int, int]]:
    """(path, size, time of change) of every file that the description names, or that lies in a folder it names."""
    known = source(record.type)
    for field in known.fields(record.parameters) if known is not None else ():
        text = record.parameters.get(field.name)
        if not isinstance(field, PathField) or not isinstance(text, str) or not text or "\0" in text:
            continue
        pending = [folder / text]
        while pending:
            path = pending.pop()
            try:
                if path.is_dir() and not (path.is_symlink() and path != folder / text):
                    with os.scandir(path) as entries:
                        pending += sorted((Path(entry.path) for entry in entries), reverse=True)
                    continue
                found = path.stat()
            except OSError:
                yield str(path), -1, -1
            else:
                yield str(path), found.st_size, found.st_mtime_ns
