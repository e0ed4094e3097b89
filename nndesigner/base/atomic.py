"""Files that are whole: what stood before, or what was meant to stand there, and never anything between.

The one place that replaces a user's file (`write_atomically`) or publishes a folder of files (`StagedFolder`,
for checkpoints). The recipe: a temporary file in the same folder, every byte accepted, flushed to the disk,
closed without complaint, renamed over the target, and the folder flushed. A kill or a failing call at any
point leaves the target as it was; what a killed process leaves behind, `sweep_litter` removes.

Every failure is a `WriteError` with a sentence for the user. This module knows nothing of what it writes. It
keeps the target's mode and, where the system allows, its owner, but no extended attributes or access lists.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from nndesigner.base.disk import flush_folder, flush_to_disk, reason, write_fully
from nndesigner.base.processes import host_tag, is_running
from nndesigner.base.text import tr


class WriteError(Exception):
    """It could not be written, and what stood there before still does. `str()` is a sentence for the user."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return tr("{path} was not written: {reason}", path=self.path, reason=self.reason)


class Written(msgspec.Struct, frozen=True):
    """What was written, links resolved. `durable` is False where the system could not say that it would also
    survive a power failure: the new content is in place, but the folder could not be flushed to the disk."""

    path: Path
    durable: bool


# --------------------------------------------------------------------------------------------------- one file


def write_atomically(path: Path, data: bytes) -> Written:
    """Make `data` the whole content of the file at `path`, following links; `WriteError` leaves it as it was.

    A file that exists keeps its mode; a new one gets what the umask says. A file with a second name (hard
    link), a read-only one and anything that is not a regular file are refused.
    """
    return write_pieces_atomically(path, (data,))


def write_pieces_atomically(path: Path, pieces: Iterable[bytes]) -> Written:
    """As `write_atomically`, for content made piece by piece; what making it raises leaves the file as it was."""
    target, before = _resolve(path)
    # Not made from the target's name, which may already be the longest that the disk allows.
    temporary = target.parent / f".nndesigner{_temporary_ending()}"
    try:
        # A new file is born with the mode that it will keep: only creating it applies the umask.
        fd = _create(temporary, 0o666 if before is None else 0o600)
        try:
            for piece in pieces:
                write_fully(fd, piece)
            if before is not None:
                _copy_mode(fd, before)
            flush_to_disk(fd)
        finally:
            os.close(fd)  # a network drive may report a failed write only here
        _replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):  # else sweep_litter finds it at the next start
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise WriteError(target, reason(error)) from error
        raise
    return _in_place(target)


def _in_place(target: Path) -> Written:
    """After the rename: the new content is there, and no error can undo that."""
    try:
        flush_folder(target.parent)
    except OSError:
        return Written(target, durable=False)
    return Written(target, durable=True)


def _resolve(path: Path) -> tuple[Path, os.stat_result | None]:
    """The file that `path` means when every link is followed, and its stat (None: there is no file yet)."""
    try:
        target = Path(os.path.realpath(path))
        before = os.lstat(target)
    except FileNotFoundError:
        return target, None
    except OSError as error:
        raise WriteError(path, reason(error)) from error
    except ValueError as error:
        raise WriteError(path, tr("its name holds a character that no file name may hold.")) from error
    if stat.S_ISLNK(before.st_mode):  # realpath leaves a link unresolved only where links lead in a circle
        raise WriteError(path, reason(OSError(errno.ELOOP, "")))
    if stat.S_ISDIR(before.st_mode):
        raise WriteError(target, reason(OSError(errno.EISDIR, "")))
    if not stat.S_ISREG(before.st_mode):
        raise WriteError(target, tr("it is a device, not a file. Choose another name."))
    if before.st_nlink > 1:
        raise WriteError(
            target,
            tr(
                "the same file also stands under another name (a hard link), and saving would part the two."
                " Use Save As to write a new file."
            ),
        )
    if not before.st_mode & 0o222 or not _may_write(target):
        raise WriteError(target, tr("it is read-only. Make it writable, or use Save As to write a new file."))
    return target, before


def _may_write(target: Path) -> bool:
    """Asked because a rename needs no permission of the file that it replaces."""
    if os.access in os.supports_effective_ids:
        return os.access(target, os.W_OK, effective_ids=True)
    return os.access(target, os.W_OK)


def _create(path: Path, mode: int) -> int:
    binary: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | binary, mode)


def _copy_mode(fd: int, before: os.stat_result) -> None:
    if os.name == "nt":
        return  # a mode there is only the read-only bit, and read-only files are refused
    mode, now = stat.S_IMODE(before.st_mode), os.fstat(fd)
    if now.st_uid != before.st_uid:
        with contextlib.suppress(PermissionError):  # only root may give files away; the content matters more
            os.fchown(fd, before.st_uid, -1)
    if now.st_gid != before.st_gid:
        try:
            os.fchown(fd, -1, before.st_gid)
        except PermissionError:
            mode &= ~0o070 | mode << 3  # another group now: it may do no more than everybody might
    with contextlib.suppress(PermissionError):  # a memory card has no modes to copy
        os.fchmod(fd, mode)


def _replace(source: Path, target: Path) -> None:
    """Rename over the target. Windows refuses while a virus scanner looks at it: keep asking for a second."""
    give_up = time.monotonic() + 1.0
    while True:
        try:
            return os.replace(source, target)
        except PermissionError:
            if os.name != "nt" or time.monotonic() > give_up:
                raise
            time.sleep(0.05)


# ----------------------------------------------------------------------------------------------------- litter

_TEMPORARY = re.compile(r".+\.tmp-([0-9a-f]{6})-([0-9]{1,10})-[0-9a-f]{16}", re.DOTALL)
_A_DAY = 24 * 3600.0


def _temporary_ending() -> str:
    """Unique, and says who writes there."""
    return f".tmp-{host_tag()}-{os.getpid()}-{os.urandom(8).hex()}"


def sweep_litter(folder: Path) -> list[Path]:
    """Remove the temporary files and folders in `folder` whose writer was killed; returns them, never raises.

    A writer on another machine cannot be asked whether it lives: its litter goes after a day.
    """
    removed = []
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    for entry in entries:
        named = _TEMPORARY.fullmatch(entry.name)
        if named is None:
            continue
        with contextlib.suppress(OSError):
            age = time.time() - entry.stat(follow_symlinks=False).st_mtime
            here = named[1] == host_tag()
            if age < 0 or (is_running(int(named[2])) if here else age < _A_DAY):
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
            removed.append(Path(entry.path))
    return removed


# ------------------------------------------------------------------------------------------ a folder of files

MANIFEST = "MANIFEST.json"
_MANIFEST_FORMAT = {"format": "nndesigner-manifest", "version": 1}
_CHECKSUM_KEY = b',\n "sha256": "'  # always the last entry, over every byte before it
_MANIFEST_LIMIT = 16 << 20  # bytes


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a sealed folder: its size in bytes and the SHA-256 of its content, in hex."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a sealed folder holds, by file name, and what its writer had to say about it."""

    files: dict[str, FileEntry]
    extra: dict[str, Any]


class StagedFolder:
    """A folder that stands under its name only when it is complete.

        with StagedFolder(checkpoints / "step-000100") as staged:
            staged.write("model.safetensors", data)
            staged.seal({"step": 100})

    Until `seal` the files lie in `staged.folder`, a temporary one beside it; leaving the block without `seal`
    discards them. A library that wants a path writes into `staged.folder` itself: files only, no folders.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent / f"{path.name}{_temporary_ending()}"
        self._written: dict[str, FileEntry] = {}

    def __enter__(self) -> StagedFolder:
        try:
            os.mkdir(self.folder)
        except OSError as error:
            raise WriteError(self.path, reason(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)  # once sealed, nothing is left under this name

    def write(self, name: str, data: bytes) -> None:
        """Put `data` on the disk as the file `name`; `WriteError` where the disk does not take it."""
        if not _is_plain(name) or name == MANIFEST:
            raise ValueError(f"{name!r} cannot name a file of a sealed folder")
        try:
            self._put(name, data)
        except OSError as error:
            raise WriteError(self.path / name, reason(error)) from error
        self._written[name] = FileEntry(len(data), hashlib.sha256(data).hexdigest())

    def seal(self, extra: Mapping[str, Any]) -> Written:
        """Write the manifest last, with `extra` (what JSON can say), and give the folder its name.

        `WriteError` where the name is taken or the disk fails; nothing new then stands under it.
        """
        try:
            files = {name: self._entry(name) for name in sorted(os.listdir(self.folder))}
            self._put(MANIFEST, _manifest_bytes(Manifest(files, dict(extra))))
            flush_folder(self.folder)
            if os.path.lexists(self.path):  # an empty folder of that name would be replaced without a word
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            _replace(self.folder, self.path)
        except OSError as error:
            raise WriteError(self.path, reason(error)) from error
        return _in_place(self.path)

    def _put(self, name: str, data: bytes) -> None:
        fd = _create(self.folder / name, 0o666)
        try:
            write_fully(fd, data)
            flush_to_disk(fd)
        finally:
            os.close(fd)

    def _entry(self, name: str) -> FileEntry:
        """What `write` was given; for a file that a library wrote, what stands there, after flushing it."""
        known = self._written.get(name)
        if known is not None:
            return known
        with open(self.folder / name, "r+b") as file:
            flush_to_disk(file.fileno())
            return FileEntry(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


def verify_folder(path: Path) -> Manifest | str:
    """The manifest of a sealed folder, every listed file read and found as it was written; else why not.

    Files that the manifest does not list are not looked at: a file browser may put its own there.
    """
    try:
        manifest = _read_manifest(path / MANIFEST)
        for name, entry in manifest.files.items():
            _verify_file(path / name, entry)
    except FileNotFoundError as error:
        return tr("{name} is missing.", name=Path(error.filename).name)
    except OSError as error:
        return tr("it cannot be read: the system says “{text}”.", text=error.strerror or str(error))
    except _Damaged as damage:
        return tr("{name} is not as it was written.", name=damage)
    return manifest


class _Damaged(Exception):
    """Names the file that is not as it was written."""


def _read_manifest(path: Path) -> Manifest:
    with open(path, "rb") as file:
        data = file.read(_MANIFEST_LIMIT)
    head, _, tail = data.rpartition(_CHECKSUM_KEY)
    if tail != _checksum(head):
        raise _Damaged(MANIFEST)
    try:
        content = json.loads(data)
        manifest = msgspec.convert(content, Manifest)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise _Damaged(MANIFEST) from error
    if not content.items() >= _MANIFEST_FORMAT.items() or not all(map(_is_plain, manifest.files)):
        raise _Damaged(MANIFEST)
    return manifest


def _manifest_bytes(manifest: Manifest) -> bytes:
    content = _MANIFEST_FORMAT | msgspec.to_builtins(manifest)
    head = json.dumps(content, indent=1, allow_nan=False).encode("ascii").removesuffix(b"\n}")
    return head + _CHECKSUM_KEY + _checksum(head)


def _checksum(head: bytes) -> bytes:
    return hashlib.sha256(head).hexdigest().encode("ascii") + b'"\n}\n'


def _verify_file(path: Path, entry: FileEntry) -> None:
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size != entry.size:
        raise _Damaged(path.name)
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
            raise _Damaged(path.name)


def _is_plain(name: str) -> bool:
    """Whether `name` stays in its folder on every system."""
    return name not in ("", ".", "..") and not any(mark in name for mark in "/\\:\0")
