"""One writer per project file: who else has it open for editing.

A lock file in this user's state folder, named by the hash of the project's resolved path and held by a lock of the
operating system for as long as the holder lives. The system releases it when its holder dies, however it dies, and
grants it to one of any number that ask at once: so a lock cannot go stale, and no process number is compared, which
another process may bear by now. What is written into the file (process number, machine, since when) is only for the
sentence that the second user reads.

The file is never removed: whoever removed it could take away the one that another process is just locking. A home
on a file system that cannot lock grants everybody; and two machines with homes of their own do not see each other.
For both the journal and the saver compare the project file's hash before they write.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import sys
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from nndesigner.base.atomic import WriteError
from nndesigner.base.disk import reason, write_fully
from nndesigner.base.folders import state_folder
from nndesigner.base.processes import is_running

_PATIENCE = 1.0  # seconds that a new holder has to write who it is
_CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


class HeldBy(msgspec.Struct, frozen=True):
    """Who has it: process number (0: it did not say), machine, and since when (ISO 8601, UTC)."""

    pid: int
    host: str = ""
    since: str = ""


class Lock:
    """Held until `release`, or until this process ends. Child processes do not inherit it."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let the next one have it. Releasing twice does nothing."""
        if self._fd is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
        os.close(self._fd)  # releases the system's lock
        self._fd = None


def acquire(path: Path) -> Lock | HeldBy:
    """The right to write the project file at `path`, or who has it. `WriteError`: there is no state folder."""
    file = _lock_file(path)
    try:
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WriteError(file, reason(error)) from error
    give_up = time.monotonic() + _PATIENCE
    while not _try_lock(fd):
        holder = _holder(fd)
        if holder is not None or time.monotonic() > give_up:
            os.close(fd)
            return holder or HeldBy(0)
        time.sleep(0.005)
    with contextlib.suppress(OSError):  # a full disk: the lock holds, only nobody can say whose it is
        os.ftruncate(fd, 0)
        write_fully(fd, _about_me())
    return Lock(fd)


def _lock_file(path: Path) -> Path:
    resolved = os.path.realpath(path)
    if sys.platform in ("win32", "darwin"):  # there two spellings may mean one file
        resolved = unicodedata.normalize("NFC", resolved).casefold()
    folder = state_folder() / "locks"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise WriteError(folder, reason(error)) from error
    return folder / f"{hashlib.sha256(os.fsencode(resolved)).hexdigest()[:32]}.lock"


def _about_me() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return msgspec.json.encode(HeldBy(os.getpid(), platform.node(), since))


def _holder(fd: int) -> HeldBy | None:
    """What the holder wrote; None while it has not, or while a dead one's words still stand there."""
    try:
        os.lseek(fd, 0, os.SEEK_SET)
        holder = msgspec.json.decode(os.read(fd, 4096), type=HeldBy)
    except (OSError, ValueError, msgspec.DecodeError):
        return None
    return holder if holder.host != platform.node() or is_running(holder.pid) else None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        os.lseek(
            fd, 1 << 30, os.SEEK_SET
        )  # a locked byte cannot be read: one far behind what is written there
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(fd, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _CANNOT_LOCK
        return True
