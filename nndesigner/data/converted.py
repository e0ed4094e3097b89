"""Data that was brought into arrays in files, kept in the cache for whoever reads it next: other runs, other workers.

Each is a folder, named by a key over everything that it was made from; its description is written last. What was not
used for a month goes, and beyond a size what was used longest ago.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from nndesigner.base.atomic import WriteError
from nndesigner.base.data_field import DataField
from nndesigner.base.folders import cache_folder
from nndesigner.data.source import Array, Loaded

FORM = 1
"""of the folders and of what is in them; others are made anew"""
MOST_BYTES = 64 << 30
"""of all of them together"""
MOST_SECONDS = 30 * 86_400
"""since the last use"""
_ABANDONED = 2 * 86_400
"""seconds after which a folder that nobody finished goes"""
_DESCRIPTION = "loaded.json"
_OWN = ("parts", "groups", "times")


class _Description(msgspec.Struct, frozen=True):
    form: int
    fields: tuple[DataField, ...]
    sizes: dict[str, int]
    """of each file, in bytes"""
    files: dict[str, str]
    """field → its file"""
    remarks: tuple[str, ...]
    categories: dict[str, dict[int, tuple[str, ...]]]
    in_order: bool
    gap: int = 0


def key(type: str, files: Mapping[str, Path], values: Mapping[str, Any]) -> str:
    """What data is found under: the type of its source, its files as they are now, and the parameters that count."""
    stands = {
        name: (str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns)
        for name, path in files.items()
    }
    said = msgspec.json.encode((FORM, type, stands, dict(values)), order="sorted")
    return hashlib.sha256(said).hexdigest()[:32]


def converted(key: str, convert: Callable[[Path], Loaded]) -> Loaded:
    """What `convert` makes in a folder, from the cache where it was made before. Its arrays are maps of files there."""
    found = kept(key)
    if found is not None:
        return found
    root = _root()
    root.mkdir(mode=0o700, exist_ok=True)
    place = root / key
    sweep(root)
    folder = Path(tempfile.mkdtemp(prefix="unfinished-", dir=root))
    try:
        made = convert(folder)
        _write(folder, made)
        shutil.rmtree(place, ignore_errors=True)  # one that could not be read
        with contextlib.suppress(OSError):  # another worker was faster, or still has the old one open
            os.replace(folder, place)
        return _read(place) or made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kept(key: str) -> Loaded | None:
    """What was made before under this key, if it is still there."""
    try:
        return _read(_root() / key)
    except WriteError:  # a computer without a cache
        return None


def _root() -> Path:
    return cache_folder() / "converted"


def sweep(root: Path) -> None:
    """Removes what is old, unfinished or too much. What another worker has open stays readable for it."""
    now = time.time()
    kept: list[tuple[float, int, Path]] = []
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            about = folder / _DESCRIPTION
            age = now - (about if about.exists() else folder).stat().st_mtime
            if age > (MOST_SECONDS if about.exists() else _ABANDONED):
                shutil.rmtree(folder, ignore_errors=True)
            elif about.exists():
                kept.append((age, sum(file.stat().st_size for file in folder.iterdir()), folder))
    total = 0
    for _, size, folder in sorted(kept):
        total += size
        if total > MOST_BYTES:
            shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path, made: Loaded) -> None:
    files = {}
    for number, (name, array) in enumerate(made.arrays.items()):
        existing = Path(str(getattr(array, "filename", "") or ""))
        if existing.parent == folder:
            array.flush()  # type: ignore[attr-defined]
            files[name] = existing.name
        else:
            files[name] = f"array-{number}.npy"
            np.save(folder / files[name], array, allow_pickle=False)
    for name in _OWN:
        if getattr(made, name) is not None:
            files[f"/{name}"] = f"{name}.npy"
            np.save(folder / f"{name}.npy", getattr(made, name), allow_pickle=False)
    description = _Description(
        FORM,
        made.fields,
        {file: (folder / file).stat().st_size for file in files.values()},
        files,
        made.remarks,
        {name: dict(of_column) for name, of_column in made.categories.items()},
        made.in_order,
        made.gap,
    )
    (folder / _DESCRIPTION).write_bytes(msgspec.json.encode(description))


def _read(place: Path) -> Loaded | None:
    """What lies there; None where nothing does, or what was not written whole."""
    try:
        said = msgspec.json.decode((place / _DESCRIPTION).read_bytes(), type=_Description)
        if said.form != FORM or any((place / f).stat().st_size != n for f, n in said.sizes.items()):
            return None
        arrays = {field.name: _array(place / said.files[field.name]) for field in said.fields}
        own = {
            name: np.load(place / f"{name}.npy", allow_pickle=False)
            for name in _OWN
            if f"/{name}" in said.files
        }
        os.utime(place / _DESCRIPTION)
    except (OSError, ValueError, KeyError, msgspec.MsgspecError):
        return None
    return replace(
        Loaded(
            fields=said.fields,
            arrays=arrays,
            remarks=said.remarks,
            categories=said.categories,
            in_order=said.in_order,
            gap=said.gap,
        ),
        **own,
    )


def _array(path: Path) -> Array:
    """A map of the file; what is written to it stays with this process."""
    array: Array = np.load(path, mmap_mode="c", allow_pickle=False)
    return array
