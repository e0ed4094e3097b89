"""An append-only log of which every record can be trusted: the journal of edits, the metrics of a run.

One line per record, plain enough for `grep`, `tail -f` and `cut -c19-`:

    0000001d 5f3c2a91 {"step": 100, "loss": 0.25}
    |        |        the payload, JSON on one line (this module does not look inside)
    |        CRC-32 of the payload's bytes, eight hexadecimal digits
    the payload's length in bytes, eight hexadecimal digits

The log is the longest run of whole, matching lines from the start; what follows the first bad one is not part of
it. So a process killed while writing costs its last record, and a damaged disk what follows the damage. One writer
at a time; readers need no lock.
"""

from __future__ import annotations

import contextlib
import os
import stat
import zlib
from pathlib import Path
from types import TracebackType

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.disk import flush_folder, flush_to_disk, reason, write_fully
from nndesigner.base.text import tr

_HEAD = len("00000000 00000000 ")
_KEPT_IN_MEMORY = 1 << 20  # bytes that may await a sync before `flush` makes one
_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends


def read_log(path: Path) -> tuple[list[bytes], bool]:
    """The payloads of the log at `path`, and whether something that is no record follows them.

    A file that does not exist is an empty log. Content never raises; `OSError` only where the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], False
    payloads, end = _records(data)
    return payloads, end < len(data)


class LogWriter:
    """Appends records to the log at `path`, after cutting off what a killed writer left unfinished.

    `append` only remembers. `flush` hands over to the system: then a kill loses nothing. `sync` puts on the disk:
    then a power failure loses nothing. When either raises `WriteError`, the log on the disk ends with a whole record
    and nothing is forgotten: the next `flush` or `sync` writes what is still missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None
        self._synced = 0  # the size of the log that is certainly on the disk
        self._tail = bytearray()  # the records after that
        self._flushed = 0  # how many bytes of the tail the system has accepted: whole records
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o666)
            self._synced = self._mend(self._fd)
            flush_to_disk(self._fd)
            with contextlib.suppress(OSError):  # not every file system can flush a folder
                flush_folder(path.parent)
        except (OSError, WriteError) as error:
            self._drop()
            if isinstance(error, OSError):
                raise WriteError(path, reason(error)) from error
            raise

    def __enter__(self) -> LogWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, payload: bytes) -> None:
        """Add a record: one line, as `msgspec.json.encode` makes it. `ValueError` where it holds a line break."""
        if b"\n" in payload:
            raise ValueError("a record is one line")
        self._tail += _line(payload)

    def flush(self) -> None:
        """Hand every record to the system."""
        self._write_out()
        if self._flushed >= _KEPT_IN_MEMORY:
            self._put_on_disk()

    def sync(self) -> None:
        """Put every record on the disk."""
        self._write_out()
        self._put_on_disk()

    def close(self) -> None:
        """Sync and close; closed even where the sync raises `WriteError`, and then what is not written is lost."""
        if self._fd is None and not self._tail:
            return
        try:
            self.sync()
        finally:
            self._drop()
            self._tail.clear()

    def _mend(self, fd: int) -> int:
        """Cut the file behind its last whole record; the size that is left."""
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise WriteError(self.path, tr("it is a device, not a file. Choose another name."))
        data = self.path.read_bytes()
        end = _records(data)[1]
        if b"\n" in data[end:]:
            # More than one unfinished record: the disk damaged it, or it never was a log. Cut it, but keep a copy.
            write_atomically(self.path.with_name(f"{self.path.name}.damaged-{end}"), data[end:])
        if end < len(data):
            os.ftruncate(fd, end)
        return end

    def _write_out(self) -> None:
        try:
            if self._fd is None:
                self._fd = os.open(self.path, os.O_RDWR | _BINARY)
            start = os.lseek(self._fd, self._synced + self._flushed, os.SEEK_SET)
            try:
                # A copy: an error's traceback would keep a view of the tail, which could then not grow.
                write_fully(self._fd, bytes(self._tail[self._flushed :]))
                self._flushed = len(self._tail)
            except OSError:
                accepted = self._flushed + os.lseek(self._fd, 0, os.SEEK_CUR) - start
                self._flushed = self._tail.rfind(b"\n", 0, accepted) + 1
                with contextlib.suppress(OSError):  # the next write starts there in any case
                    os.ftruncate(self._fd, self._synced + self._flushed)
                raise
        except OSError as error:
            raise WriteError(self.path, reason(error)) from error

    def _put_on_disk(self) -> None:
        assert self._fd is not None
        try:
            flush_to_disk(self._fd)
        except OSError as error:
            # The system may have dropped what it had accepted, and would not say so again: write all of it anew.
            self._drop()
            self._flushed = 0
            raise WriteError(self.path, reason(error)) from error
        self._synced += self._flushed
        del self._tail[: self._flushed]
        self._flushed = 0

    def _drop(self) -> None:
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._fd)
        self._fd = None


class LogFollower:
    """Reads a log while somebody else writes it.

    Where the log is cut or replaced, `read` starts over and `restarts` is one more: the reader then forgets what it
    made of the earlier records.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.restarts = 0
        self._end = 0
        self._last = b""  # the last line read, which must still stand before `_end`

    def read(self) -> list[bytes]:
        """The payloads of the records that were added since the last call; a half-written one waits for the next.

        `OSError` where the file cannot be read; one that does not exist (yet) has no records.
        """
        try:
            with open(self.path, "rb") as file:
                file.seek(self._end - len(self._last))
                data = file.read()
        except FileNotFoundError:
            return []
        if not data.startswith(self._last):
            self._end, self._last = 0, b""
            self.restarts += 1
            return self.read()
        payloads, length = _records(data[len(self._last) :])
        if payloads:
            self._end += length
            self._last = _line(payloads[-1])
        return payloads


def _line(payload: bytes) -> bytes:
    return b"%08x %08x %b\n" % (len(payload), zlib.crc32(payload), payload)


def _records(data: bytes) -> tuple[list[bytes], int]:
    """The payloads of the whole records from the start of `data`, and where they end."""
    payloads: list[bytes] = []
    end = 0
    while (line_end := data.find(b"\n", end)) >= 0:
        payload = data[end + _HEAD : line_end]
        if data[end : line_end + 1] != _line(payload):
            break
        payloads.append(payload)
        end = line_end + 1
    return payloads, end
