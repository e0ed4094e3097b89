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
_TIMEOUT = 20.0
"""seconds without a byte"""
_CHUNK = 1 << 16


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
        if path.is_file() and _checksum(path) == download.sha256:
            continue
        if not allowed:
            raise Refusal(
                tr(
                    "{label} is not on this computer yet. Switch on “Fetch from the net” to load {size:.0f} MB from"
                    " {host}.",
                    label=label,
                    size=total / 1e6,
                    host=urlsplit(downloads[0].address).hostname,
                )
            )
        with readable(folder):
            folder.mkdir(parents=True, exist_ok=True)
        _fetch(download, path, label, part)
    return files


def _fetch(download: Download, path: Path, label: str, progress: Progress) -> None:
    """Tries each address in turn; the file is in its place only when it is whole and its checksum is right."""
    import urllib.error

    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    host, failure = urlsplit(download.address).hostname, ""
    try:
        for address in (download.address, *download.mirrors):
            host = urlsplit(address).hostname
            try:
                found = _load(address, partial, download, progress)
            except urllib.error.HTTPError as error:
                failure = tr("it answers {code}", code=error.code)
            except urllib.error.URLError as error:
                reason = error.reason
                failure = reason.strerror or str(reason) if isinstance(reason, OSError) else str(reason)
            except (OSError, ValueError) as error:
                failure = (error.strerror if isinstance(error, OSError) else "") or str(error)
                if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
                    raise Refusal(
                        tr("{name} cannot be kept: {reason}.", name=path.parent, reason=failure)
                    ) from error
            else:
                if found == download.sha256:
                    os.replace(partial, path)
                    return
                failure = tr("what it sent is not {name}: the checksum differs", name=download.name)
        raise Refusal(
            tr(
                "{label} cannot be fetched from {host}: {reason}. Is this computer connected to the net?",
                label=label,
                host=host,
                reason=failure.rstrip("."),
            )
        )
    finally:
        with suppress(OSError):
            partial.unlink()


def _load(address: str, partial: Path, download: Download, progress: Progress) -> str:
    """Writes what the address sends, and gives its SHA-256. It ends where more comes than was announced."""
    import urllib.request

    request = urllib.request.Request(address, headers={"User-Agent": "nndesigner"})
    digest = hashlib.sha256()
    loaded = 0
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer, partial.open("wb") as file:
        while block := answer.read(_CHUNK):
            loaded += len(block)
            if loaded > download.bytes:
                return ""
            digest.update(block)
            file.write(block)
            progress(
                loaded / download.bytes,
                tr("Fetching {name}: {n:.1f} MB", name=download.name, n=loaded / 1e6),
            )
    return digest.hexdigest()


def _checksum(path: Path) -> str:
    with readable(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
