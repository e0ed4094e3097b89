"""Which texts of Python this user has read and trusts, on this machine. Kept by hash, outside of every project.

A project can carry text, never trust: the grant is bound to the SHA-256 of the whole text, so that any change of it
takes the trust away. It lies in the user's state folder, and no file that is opened can reach it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Hashable
from pathlib import Path

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import state_folder

FILE = "trusted-code.json"


class Grant(msgspec.Struct, frozen=True):
    """One trusted text: what it was called when it was trusted, and when (seconds since 1970)."""

    name: str = ""
    when: float = 0.0


_lock = threading.Lock()
_known: tuple[Path, Hashable, dict[str, Grant]] | None = None


def digest(text: str) -> str:
    """The SHA-256 of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_trusted(text: str) -> bool:
    """Whether this very text is trusted. In doubt (the file cannot be read): no."""
    return digest(text) in grants()


def grants() -> dict[str, Grant]:
    """Every trusted text by its digest."""
    return _read()[2]


def stamp() -> Hashable:
    """Something that changes whenever what is trusted may have changed."""
    path, mark, _ = _read()
    return str(path), mark


def trust(text: str, name: str = "") -> None:
    """The user has read this text and trusts it. Raises WriteError where that cannot be kept."""
    found = dict(grants())
    found[digest(text)] = Grant(name[:100], round(time.time(), 3))
    _write(found)


def withdraw(text: str) -> None:
    """This text is not trusted any more. Raises WriteError where that cannot be kept."""
    found = dict(grants())
    if found.pop(digest(text), None) is not None:
        _write(found)


def _write(found: dict[str, Grant]) -> None:
    global _known
    write_atomically(state_folder() / FILE, msgspec.json.format(msgspec.json.encode(found, order="sorted")))
    with _lock:
        _known = None


def _read() -> tuple[Path, Hashable, dict[str, Grant]]:
    global _known
    try:
        path = state_folder() / FILE
    except WriteError:
        return Path(), None, {}
    try:
        status = path.stat()
        mark: Hashable = (status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError:
        mark = None
    with _lock:
        if _known is not None and _known[:2] == (path, mark):
            return _known
    found: dict[str, Grant] = {}
    if mark is not None:
        try:
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, Grant])
        except (OSError, msgspec.MsgspecError):
            found = {}  # what cannot be read grants nothing
    with _lock:
        _known = (path, mark, found)
        return _known
