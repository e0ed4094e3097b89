"""Fetching well-known data sets, once and only when the user asks for it: from a stated address, against a checksum.

A source declares its `Download`s. Without the user's word nothing is ever asked of the net; what was fetched is kept in
the cache and found there from then on. What does not have the stated checksum is thrown away.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nndesigner.base.fields import BoolField
from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.files import readable
from nndesigner.data.source import Download

FETCH = "fetch"
"""the name of the parameter with which the user asks for it"""
AGENT = "nndesigner"
TIMEOUT = 20.0
"""seconds without a byte"""
_CHUNK = 1 << 16
_CUTS = 4
"""how often a connection may be cut before a file is given up"""
_PARTIAL = 206


def fetch_field(downloads: Sequence[Download]) -> BoolField:
    """The parameter that lets a source fetch what it needs; its help says what, from where and how it is checked."""
    total = sum(download.bytes for download in downloads)
    where = "; ".join(f"{d.name} (SHA-256 {d.sha256[:16]}…)" for d in downloads)
    host = urlsplit(downloads[0].address).hostname
    return BoolField(
        name=FETCH,
        label="Fetch from the net",
        help=f"Loads {total / 1e6:.0f} MB from {host}, once, into this computer's cache: {where}. What arrives is"
        " compared with these checksums. Nothing is loaded without this switch.",
    )


def fetched(downloads: Sequence[Download], label: str, allowed: bool, progress: Progress) -> list[Path]:
    """The files in the cache, fetched first where they are not there and the user allows it.

    Raises `Refusal` where they are not there and not allowed, where there is no network, or where a checksum differs.
    """
    folder = cache_folder() / "data"
    files = [folder / f"{download.sha256[:12]}-{download.name}" for download in downloads]
    total = sum(download.bytes for download in downloads)
    done = 0
    for download, path in zip(downloads, files, strict=True):
        part = span(progress, done / total, (done + download.bytes) / total)
        done += download.bytes
        if holds(path, download):
            continue
        if not allowed:
            raise not_here(label, total, urlsplit(downloads[0].address).hostname)
        fetch(download, path, label, part)
    return files


def not_here(label: str, size: int, host: str | None) -> Refusal:
    """What is said where so many bytes are not on this computer, and the user did not ask for them."""
    return Refusal(
        tr(
            "{label} is not on this computer yet. Switch on “Fetch from the net” to load {size:.0f} MB from {host}.",
            label=label,
            size=size / 1e6,
            host=host,
        )
    )


def holds(path: Path, download: Download) -> bool:
    """Whether the file is there, whole and as stated."""
    if not path.is_file():
        return False
    with readable(path), path.open("rb") as file:
        if path.stat().st_size != download.bytes:
            return False
        digest = hashlib.file_digest(file, lambda: _digest(download))
    return digest.hexdigest() == (download.sha256 or download.git_blob)


def fetch(download: Download, path: Path, label: str, progress: Progress) -> None:
    """Tries each address in turn; the file is in its place only when it is whole and its checksum is right.

    Raises `Refusal` where none of them gives it.
    """
    with readable(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    from http.client import HTTPException

    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    host, failure = urlsplit(download.address).hostname, ""
    try:
        for address in (download.address, *download.mirrors):
            host = urlsplit(address).hostname
            try:
                right = _load(address, partial, download, progress)
            except (OSError, ValueError, HTTPException) as error:
                if not of_the_net(error):
                    raise Refusal(
                        tr("{name} cannot be kept: {reason}.", name=path.parent, reason=reason(error))
                    ) from error
                failure = reason(error)
            else:
                if right:
                    os.replace(partial, path)
                    return
                failure = tr("what it sent is not {name}: the checksum differs", name=download.name)
        raise not_reached(label, host, failure)
    finally:
        with suppress(OSError):
            partial.unlink()


def not_reached(label: str, host: str | None, failure: str) -> Refusal:
    """What is said where the net did not give it. `failure` is what it gave instead."""
    return Refusal(
        tr(
            "{label} cannot be fetched from {host}: {reason}. Is this computer connected to the net?",
            label=label,
            host=host,
            reason=failure.rstrip("."),
        )
    )


def of_the_net(error: Exception) -> bool:
    """Whether it is the net that failed, rather than the disk."""
    from http.client import HTTPException
    from ssl import SSLError
    from urllib.error import URLError

    of_net = (URLError, ConnectionError, TimeoutError, SSLError, HTTPException)
    return isinstance(error, of_net) or not isinstance(error, OSError)


def reason(error: Exception) -> str:
    """What went wrong, as the end of a sentence."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    if isinstance(error, HTTPError):
        return tr("it answers {code}", code=error.code)
    if isinstance(error, HTTPException):
        return tr("what it answers cannot be understood")
    told: object = error.reason if isinstance(error, URLError) else error
    return str((isinstance(told, OSError) and told.strerror) or told)


def _load(address: str, partial: Path, download: Download, progress: Progress) -> bool:
    """Writes what the address sends; whether it is what is stated. It ends where more comes than was announced.

    A connection that is cut is taken up where it ended, a few times; then it raises ConnectionError.
    """
    import urllib.request
    from http.client import HTTPException
    from ssl import SSLError

    digest, loaded, cuts = _digest(download), 0, 0
    with partial.open("wb") as file:
        while True:
            headers = {"User-Agent": AGENT} | ({"Range": f"bytes={loaded}-"} if loaded else {})
            request = urllib.request.Request(address, headers=headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                if loaded and answer.status != _PARTIAL:  # it knows no ranges, and begins anew
                    file.seek(0)
                    file.truncate()
                    digest, loaded = _digest(download), 0
                cut = True
                with suppress(ConnectionError, TimeoutError, SSLError, HTTPException):
                    while block := answer.read(_CHUNK):
                        loaded += len(block)
                        if loaded > download.bytes:
                            return False
                        digest.update(block)
                        file.write(block)
                        progress(
                            loaded / download.bytes,
                            tr("Fetching {name}: {n:.1f} MB", name=download.name, n=loaded / 1e6),
                        )
                    cut = bool(answer.length)  # of what was announced
            if not cut or loaded == download.bytes:
                break
            if (cuts := cuts + 1) > _CUTS:
                raise ConnectionError(
                    tr(
                        "the connection was cut after {n:.1f} of {size:.1f} MB",
                        n=loaded / 1e6,
                        size=download.bytes / 1e6,
                    )
                )
    return bool(digest.hexdigest() == (download.sha256 or download.git_blob))


def _digest(download: Download) -> Any:
    if download.sha256:
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % download.bytes, usedforsecurity=False)  # as git names what it keeps
