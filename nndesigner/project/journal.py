"""The edits since the last save, on the disk as they happen; and what a crash left, read back.

One folder per open document in the user's state folder, under a random name: `base.nnd`, the document that the edits
start from, and `edits.log`, whose first record says whose they are and whose others are one edit each. Every edit is
handed to the system at once (a killed process loses nothing) and flushed to the disk at most every two seconds (a
power failure loses no more). It knows no window: asking the user is for others.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.checked_log import LogWriter, read_log
from nndesigner.base.disk import reason
from nndesigner.base.folders import state_folder
from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.processes import host_tag, is_same_process, start_mark
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, Unknown
from nndesigner.project.mending import mend
from nndesigner.project.reader import decode, read_bytes, record_from_plain
from nndesigner.project.writer import encode, plain_record

SYNC_SECONDS = 2.0
BASE, LOG = "base.nnd", "edits.log"
ELSEWHERE_SECONDS = 60.0
"""How long a journal from another machine must be still before it counts as left behind."""
FORGOTTEN_SECONDS = 90 * 24 * 3600.0
"""Unreadable remains are kept this long."""


class Header(msgspec.Struct, frozen=True):
    """The first record: whose edits, and from where they start."""

    journal: int
    path: str
    """the project file; empty where there is none yet"""
    file_sha256: str
    """of that file when the document was last equal to it"""
    base_sha256: str
    """of `base.nnd`"""
    host: str
    pid: int
    mark: str
    since: str


class _Edit(msgspec.Struct, frozen=True):
    name: str
    set: list[tuple[str, dict[str, Any]]] = []
    gone: list[str] = []


class Journal:
    """The journal of one open document. Every method but `discard` may raise WriteError, and then may be called again:
    nothing is forgotten."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._clock = clock
        self._log = LogWriter(folder / LOG)
        self._synced = clock()
        self._unsynced = False

    @staticmethod
    def start(
        document: Document,
        path: Path | None = None,
        file_sha256: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> Journal:
        """A new journal of edits that start from `document`. Raises WriteError; nothing is left behind then."""
        folder = journals_folder() / new_id()
        try:
            folder.mkdir(mode=0o700)
            base = encode(document)
            write_atomically(folder / BASE, base)
            journal = Journal(folder, clock)
        except OSError as error:
            raise WriteError(folder, reason(error)) from error
        except WriteError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        header = Header(
            journal=1,
            path=str(path.absolute()) if path is not None else "",
            file_sha256=file_sha256,
            base_sha256=hashlib.sha256(base).hexdigest(),
            host=host_tag(),
            pid=os.getpid(),
            mark=start_mark(os.getpid()),
            since=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        journal._log.append(msgspec.json.encode(header))
        journal._log.flush()
        return journal

    def record(self, name: str, diff: Diff) -> None:
        """Adds one edit that was just made."""
        kept = [*diff.added.values(), *(after for _, after in diff.changed.values())]
        edit = _Edit(name, [(record.id, plain_record(record)) for record in kept], list(diff.removed))
        self._log.append(msgspec.json.encode(edit))
        self._unsynced = True
        self._log.flush()
        self.tick()

    def tick(self) -> None:
        """To be called now and then: flushes to the disk what has waited for two seconds."""
        if self._unsynced and self._clock() - self._synced >= SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Flushes to the disk now: before work that may bring the machine down."""
        self._log.sync()
        self._unsynced = False
        self._synced = self._clock()

    def close(self) -> None:
        """Leaves the journal as it is, for somebody to recover."""
        self._log.close()

    def discard(self) -> None:
        """The edits are in the project file, or nobody wants them."""
        with contextlib.suppress(WriteError):
            self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


# ----------------------------------------------------------------------------------------------------- recovery


class Recovered(msgspec.Struct, frozen=True):
    """What a crash left."""

    folder: Path
    """of the journal, to be dropped with `drop` once the user has saved or does not want it"""
    document: Document
    path: Path | None
    """the project file that the edits belong to"""
    conflict: bool
    """whether that file is not the one that the edits started from any more: keep both"""
    edits: int
    damaged: bool
    """whether the journal went on, but could not be read further"""
    since: str
    """when the edits began (ISO 8601, UTC)"""


def journals_folder() -> Path:
    """Raises WriteError where the user's state folder cannot be made."""
    folder = state_folder() / "journals"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise WriteError(folder, reason(error)) from error
    return folder


def left_behind() -> tuple[Recovered, ...]:
    """The unsaved work of designers that ended without saying so, the newest first.

    What is already in the project file is dropped on the way; what cannot be read is left where it is. Never raises.
    """
    found: list[Recovered] = []
    try:
        folders = sorted(entry for entry in journals_folder().iterdir() if entry.is_dir())
    except (OSError, WriteError):
        return ()
    for folder in folders:
        if _is_alive(folder):
            continue
        recovered = recover(folder)
        if recovered is None:
            if _age(folder) > FORGOTTEN_SECONDS:
                drop(folder)
        elif recovered.edits == 0 or _is_saved(recovered):
            drop(folder)
        else:
            found.append(recovered)
    return tuple(sorted(found, key=lambda recovered: recovered.since, reverse=True))


def recover(folder: Path) -> Recovered | None:
    """The document with the longest whole run of edits; None where the journal does not say where they start."""
    try:
        payloads, damaged = read_log(folder / LOG)
        header = msgspec.json.decode(payloads[0], type=Header)
        document = _base(folder, header)
    except (OSError, IndexError, msgspec.MsgspecError, Refusal, ValueError):
        return None
    records: dict[str, AnyRecord] = dict(document.records)
    edits = 0
    for payload in payloads[1:]:
        after = _replayed(records, payload)
        if after is None:
            damaged = True
            break
        records = after
        edits += 1
    path = Path(header.path) if header.path else None
    return Recovered(
        folder=folder,
        document=Document(mend(records, lambda sentence: None)),
        path=path,
        conflict=path is not None and _sha256(path) != header.file_sha256,
        edits=edits,
        damaged=damaged,
        since=header.since,
    )


def drop(folder: Path) -> None:
    """Removes a journal whose edits are saved, or which nobody wants."""
    shutil.rmtree(folder, ignore_errors=True)


def _base(folder: Path, header: Header) -> Document:
    """Where the edits start. Raises Refusal or OSError where it cannot be had."""
    data = (folder / BASE).read_bytes()
    if hashlib.sha256(data).hexdigest() != header.base_sha256:
        # Damaged; but the project file may still be the one that was opened.
        data = read_bytes(Path(header.path))
        if hashlib.sha256(data).hexdigest() != header.file_sha256:
            raise Refusal("")
    return decode(data).document


def _replayed(records: Mapping[str, AnyRecord], payload: bytes) -> dict[str, AnyRecord] | None:
    """The records after one edit; None where it does not fit them."""
    try:
        edit = msgspec.json.decode(payload, type=_Edit)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    after = dict(records)
    for id in edit.gone:
        if after.pop(id, None) is None:
            return None
    for id, plain in edit.set:
        record = record_from_plain(plain)
        if isinstance(record, Unknown):
            record = msgspec.structs.replace(record, id=id)
        if record is None or record.id != id:
            return None
        after[id] = record
    return after


def _is_alive(folder: Path) -> bool:
    """Whether somebody still writes there. A journal without a readable header is not alive."""
    try:
        with open(folder / LOG, "rb") as file:
            line = file.readline(1 << 20)
        header = msgspec.json.decode(line[18:], type=Header)
    except (OSError, msgspec.MsgspecError, ValueError):
        return _age(folder) < ELSEWHERE_SECONDS  # perhaps it is being made right now
    if header.host != host_tag():
        return _age(folder) < ELSEWHERE_SECONDS
    return is_same_process(header.pid, header.mark)


def _age(folder: Path) -> float:
    """Seconds since something was written there."""
    newest = 0.0
    with contextlib.suppress(OSError):
        newest = max(entry.stat().st_mtime for entry in (folder, *folder.iterdir()))
    return time.time() - newest


def _is_saved(recovered: Recovered) -> bool:
    """Whether the project file already holds what was recovered: saved, and killed before the journal was dropped."""
    if recovered.path is None:
        return False
    return _sha256(recovered.path) == hashlib.sha256(encode(recovered.document)).hexdigest()


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except Refusal:
        return ""
