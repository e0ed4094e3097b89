"""The last few versions of each project file, kept in the user's state folder when a save replaces them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import state_folder
from nndesigner.base.problem import Refusal
from nndesigner.project.format import SUFFIX
from nndesigner.project.reader import read_bytes

KEPT = 5
_NAME = re.compile(r"(\d{6})-.*", re.DOTALL)


def back_up(path: Path) -> Path | None:
    """Keeps the present content of the file at `path`; None where there is none, it is kept already, or it cannot be.

    A save must not fail because its backup does: never raises.
    """
    with contextlib.suppress(OSError, WriteError, Refusal):
        data = read_bytes(path)
        kept = backups(path)
        if kept and kept[-1].read_bytes() == data:
            return None
        number = int(kept[-1].name[:6]) + 1 if kept else 1
        folder = _folder(path)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy = folder / f"{number:06d}-{path.stem[:80]}{SUFFIX}"
        write_atomically(copy, data)
        for old in kept[: -(KEPT - 1)]:
            old.unlink()
        return copy
    return None


def backups(path: Path) -> tuple[Path, ...]:
    """The kept versions of the file at `path`, the oldest first."""
    try:
        return tuple(sorted(entry for entry in _folder(path).iterdir() if _NAME.fullmatch(entry.name)))
    except (OSError, WriteError):
        return ()


def _folder(path: Path) -> Path:
    resolved = os.path.realpath(path)
    return state_folder() / "backups" / hashlib.sha256(os.fsencode(resolved)).hexdigest()[:32]
