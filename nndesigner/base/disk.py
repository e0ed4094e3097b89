"""The disk itself: every byte accepted, flushed for real, and a refusal put into words.

It knows nothing of files that must stay whole; `base.atomic` and `base.checked_log` are built on it.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from nndesigner.base.text import tr


def write_fully(fd: int, data: bytes | memoryview) -> None:
    """Write until every byte is accepted: a disk that is nearly full takes a part and reports no error."""
    rest = memoryview(data)
    while rest:
        accepted = os.write(fd, rest)
        if accepted == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[accepted:]


def flush_to_disk(fd: int) -> None:
    """fsync. After an error the content is unknown and a second fsync may lie: write anew, never retry."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync there stops at the drive's own cache
            return
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(fd)


def flush_folder(folder: Path) -> None:
    """fsync of the names in `folder`, so that what was created or renamed there survives a power failure."""
    if sys.platform == "win32":
        return  # a folder cannot be flushed there; NTFS journals its renames
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flush_to_disk(fd)
    finally:
        os.close(fd)


def reason(error: OSError) -> str:
    """Why the system refused and what to do about it, as the second half of a sentence."""
    if getattr(error, "winerror", None) in (32, 33):  # a sharing violation; its errno says only EACCES
        return tr("another program holds it open. Close it there and try again.")
    match error.errno:
        case errno.ENOSPC:
            return tr("the disk is full. Free some space and try again.")
        case errno.EDQUOT:
            return tr("your share of the disk is used up. Free some space and try again.")
        case errno.EFBIG:
            return tr("the file would be larger than this disk or this account allows.")
        case errno.EROFS:
            return tr("the disk is read-only. Choose another folder.")
        case errno.EACCES | errno.EPERM:
            return tr("you may not write there. Choose another folder, or change its permissions.")
        case errno.ENOENT | errno.ENOTDIR:
            return tr("its folder does not exist. Choose another one, or create it.")
        case errno.EEXIST | errno.ENOTEMPTY:
            return tr("there already is something of this name. Choose another name.")
        case errno.EISDIR:
            return tr("it is a folder. Choose another name.")
        case errno.ENAMETOOLONG:
            return tr("the name is too long for this disk. Choose a shorter one.")
        case errno.ELOOP:
            return tr("it is a link that leads back to itself. Choose another name.")
        case errno.EIO:
            return tr("the disk reported an error. Write to another disk, and check this one.")
        case _:
            return tr("the system says “{text}”. Try another folder.", text=error.strerror or str(error))
