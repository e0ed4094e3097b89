"""A project that brings the program down while it opens must not do so at every start.

Before a document is opened or recovered at start, `opening` is told; when the window stands, `opened`. A start that
never got there counts as failed, and after two of them in a row the third one opens empty.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import state_folder

ALLOWED = 2


class _Starts(msgspec.Struct):
    failed: dict[str, int] = {}
    """what was being opened → starts in a row that did not get through it"""


def opening(what: str) -> bool:
    """Notes that `what` (a path, a journal) is about to be opened; False where that failed twice in a row.

    Without a state folder it is always True: the guard must not be what keeps a project from opening.
    """
    try:
        starts = _read()
        failed = starts.failed.get(what, 0)
        if failed >= ALLOWED:
            return False
        starts.failed[what] = failed + 1
        _write(starts)
    except WriteError:
        pass
    return True


def opened(what: str) -> None:
    """The start got through; also called to try again after all."""
    with contextlib.suppress(WriteError):
        starts = _read()
        if starts.failed.pop(what, None) is not None:
            _write(starts)


def _path() -> Path:
    return state_folder() / "starts.json"


def _read() -> _Starts:
    try:
        return msgspec.json.decode(_path().read_bytes(), type=_Starts)
    except (OSError, msgspec.MsgspecError, ValueError):
        return _Starts()


def _write(starts: _Starts) -> None:
    if starts.failed:
        write_atomically(_path(), msgspec.json.encode(starts))
    else:
        with contextlib.suppress(OSError):
            os.unlink(_path())
