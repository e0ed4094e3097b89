"""The Hugging Face hub: what a data set holds at a commit, which of its Parquet files are wanted, and having them.

Plain HTTPS to the public addresses (https://huggingface.co/docs/hub/api): `/api/datasets/{name}/revision/{revision}`
tells the commit and each file with its size and checksum, `/datasets/{name}/resolve/{commit}/{path}` gives a file. No
token is ever sent. The library `huggingface_hub` would bring a cache of its own and a second protocol for large files;
two addresses need neither. What a commit holds is kept beside its files, so that the hub is not asked again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import listing, tr
from nndesigner.data.fetching import AGENT, TIMEOUT, fetch, holds, not_here, not_reached, reason
from nndesigner.data.files import readable
from nndesigner.data.source import Download
from nndesigner.data.stored import check_room

CONVERTED = "refs/convert/parquet"
"""the branch on which the hub keeps every data set that it could convert: {configuration}/{split}/{number}.parquet"""
MOST_FETCHED = 16 << 30
MOST_FILES = 10_000
_LONGEST_ANSWER = 64 << 20
_ONLY = "default"
"""the configuration of a data set that has no others"""
_NAME = re.compile(
    r"([A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?/)?[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?", re.A
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PLAIN = re.compile(r"[\w(][\w .,+=()@-]*(?<![ .])")
"""what may be the name of a folder or file on every system"""
_NUMBERED = re.compile(r"(.+?)[-_.]\d+(-of-\d+)?(-[0-9a-f]{8,})?")


class HubFile(msgspec.Struct, frozen=True):
    """A file as the hub states it."""

    path: str
    bytes: int
    sha256: str
    git_blob: str


class Snapshot(msgspec.Struct, frozen=True):
    """The Parquet files of a data set at one commit."""

    name: str
    commit: str
    files: tuple[HubFile, ...]
    programs: bool = False
    """whether the data set comes with a program"""


class Piece(NamedTuple):
    """A file that is wanted, and the split that it belongs to."""

    file: HubFile
    split: str
    partial: bool
    """whether it holds only the beginning of a large split"""


class _Lfs(msgspec.Struct):
    sha256: str = ""


class _Sibling(msgspec.Struct, rename="camel"):
    rfilename: str
    size: int | None = None
    blob_id: str | None = None
    lfs: _Lfs | None = None


class _About(msgspec.Struct):
    sha: str
    siblings: list[_Sibling] = []
    gated: bool | str = False
    private: bool = False
    disabled: bool | None = False


def hub() -> str:
    """The address of the hub. As in Hugging Face's own libraries, HF_ENDPOINT names another one, such as a mirror."""
    named = os.environ.get("HF_ENDPOINT", "").rstrip("/")
    return named if named.startswith(("https://", "http://")) else "https://huggingface.co"


def host() -> str:
    return urlsplit(hub()).hostname or ""


def plain_name(text: str) -> str:
    """The name of a data set, which may be given by its address: `ag_news`, `user/name`. Raises `Refusal`."""
    text = text.strip()
    name = re.sub(r"^(https?://[^/]+/)?(datasets/)?", "", text).strip("/")
    name = name.partition("/tree/")[0].partition("/viewer")[0]
    if not name:
        raise Refusal(
            tr(
                "No data set is named yet: write its name at {host}, such as ag_news or user/name.",
                host=host(),
            )
        )
    if not _NAME.fullmatch(name) or "--" in name or ".." in name or name.endswith(".git"):
        raise Refusal(
            tr("“{name}” is no name of a data set; names look like ag_news or user/name.", name=text[:100])
        )
    return name


def is_commit(text: str) -> bool:
    return bool(_COMMIT.fullmatch(text))


# -- asking ------------------------------------------------------------------------------------------------------------
def newest(name: str, revision: str) -> Snapshot:
    """What the hub holds of the data set now: at `revision`, or where that is "" on its main branch, or as the hub
    converted it where there is no Parquet. Raises `Refusal`."""
    found = ask(name, revision or "main")
    if found.files or revision:
        return found
    try:
        return ask(name, CONVERTED)
    except _Missing:
        return found


def ask(name: str, revision: str) -> Snapshot:
    """What the hub states of the data set at a branch, tag or commit. Raises `Refusal`."""
    import urllib.error
    import urllib.request
    from http.client import HTTPException

    address = f"{hub()}/api/datasets/{name}/revision/{quote(revision, safe='')}?blobs=true"
    request = urllib.request.Request(address, headers={"User-Agent": AGENT})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            told = answer.read(_LONGEST_ANSWER + 1)
            whole = not answer.length
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(name, revision, error.code, error.headers.get("X-Error-Code", "")) from error
    except (OSError, ValueError, HTTPException) as error:
        raise not_reached(name, host(), reason(error)) from error
    if not whole:
        raise not_reached(name, host(), tr("the connection was cut"))
    try:
        about = msgspec.json.decode(told, type=_About)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_understood() from error
    if about.gated or about.private:
        raise _gated(name)
    if about.disabled:
        raise Refusal(tr("{host} has closed the data set {name}.", host=host(), name=name))
    if not is_commit(about.sha) or (is_commit(revision) and about.sha != revision):
        raise _not_understood()
    parquet = [sibling for sibling in about.siblings if sibling.rfilename.endswith(".parquet")]
    programs = any(s.rfilename.endswith(".py") for s in about.siblings)
    return Snapshot(name, about.sha, tuple(_stated(sibling) for sibling in parquet), programs)


class _Missing(Refusal):
    """The hub has no such data set, or not this revision of it."""


def _refusal(name: str, revision: str, code: int, word: str) -> Refusal:
    words = {"host": host(), "name": name, "revision": revision}
    if word == "GatedRepo" or code == 403:
        return _gated(name)
    if word == "RevisionNotFound" and is_commit(revision):
        return _Missing(
            tr(
                "{host} no longer has commit {revision} of {name}: empty “Fetched commit” to take the newest.",
                **words,
            )
        )
    if word == "RevisionNotFound":
        return _Missing(tr("{name} has no revision “{revision}” at {host}.", **words))
    if code in (401, 404):  # the hub says 401 of whatever it does not show, to tell nobody what exists
        return _Missing(
            tr(
                "{host} has no public data set “{name}”. Where it is private, download a copy and read it as a “Hugging"
                " Face folder”: nndesigner asks for no token.",
                **words,
            )
        )
    return not_reached(name, host(), tr("it answers {code}", code=code))


def _gated(name: str) -> Refusal:
    return Refusal(
        tr(
            "{host} gives {name} only to people whom its owner lets in, and nndesigner asks for no token: download it"
            " with your own account, and read it as a “Hugging Face folder”.",
            host=host(),
            name=name,
        )
    )


def _not_understood() -> Refusal:
    return Refusal(tr("What {host} answers is not understood: is it a hub of Hugging Face?", host=host()))


def _stated(sibling: _Sibling) -> HubFile:
    sha256 = sibling.lfs.sha256.lower() if sibling.lfs is not None else ""
    blob = "" if sha256 else (sibling.blob_id or "").lower()
    good = re.fullmatch(r"[0-9a-f]{64}", sha256) or (is_commit(blob) and not sha256)
    if sibling.size is None or sibling.size < 0 or not good:
        raise _not_understood()
    return HubFile(sibling.rfilename, sibling.size, sha256, blob)


# -- which files -------------------------------------------------------------------------------------------------------
def place(path: str) -> tuple[str, str, bool] | None:
    """The configuration and split that a Parquet file belongs to by its path, and whether it is only a beginning.

    As the hub converts data sets (`{configuration}/{split}/0000.parquet`, a split that is only begun being called
    `partial-{split}`), and as `push_to_hub` lays them out (`data/` or `{configuration}/`, then
    `{split}-00000-of-00001.parquet`). None where the path is neither.
    """
    *folders, file = path.split("/")
    if len(folders) > 2 or not all(_PLAIN.fullmatch(word) for word in (*folders, file)):
        return None
    stem = file.removesuffix(".parquet")
    numbered = _NUMBERED.fullmatch(stem)
    split = numbered[1] if numbered else "train" if stem.isdigit() else stem
    if len(folders) == 2:
        split = folders[1]
    configuration = folders[0] if folders and folders[0] != "data" else _ONLY
    partial = split.startswith("partial-")
    return configuration, split.removeprefix("partial-"), partial


def wanted(snapshot: Snapshot, configuration: str, splits: Sequence[str]) -> tuple[str, list[Piece]]:
    """The configuration and its files, those of `splits` where any are named. Raises `Refusal` where there are none."""
    found: dict[str, list[Piece]] = {}
    for file in snapshot.files:
        if (at := place(file.path)) is not None:
            found.setdefault(at[0], []).append(Piece(file, at[1], at[2]))
    name = snapshot.name
    if not found:
        raise Refusal(
            tr("{name} is a program at the hub, and has no Parquet files; programs are not run.", name=name)
            if snapshot.programs
            else tr("{name} has no Parquet files at this revision.", name=name)
        )
    known = sorted(found)
    chosen = configuration or (known[0] if len(known) == 1 else _ONLY)
    if chosen not in found:
        few = known if len(known) <= 20 else [*known[:20], "…"]
        words = {"name": name, "wanted": chosen, "known": ", ".join(few)}
        raise Refusal(
            tr("{name} has no configuration “{wanted}”. It has: {known}.", **words)
            if configuration
            else tr("{name} has several configurations; choose one: {known}.", **words)
        )
    pieces = found[chosen]
    there = list(dict.fromkeys(piece.split for piece in pieces))
    if missing := [split for split in splits if split not in there]:
        raise Refusal(
            tr(
                "{name} has no split “{wanted}”. It has: {known}.",
                name=name,
                wanted=missing[0],
                known=listing(there),
            )
        )
    return chosen, [piece for piece in pieces if not splits or piece.split in splits]


# -- having them -------------------------------------------------------------------------------------------------------
def kept(name: str, commit: str) -> Snapshot | None:
    """What the hub stated of the commit, where it was asked before."""
    try:
        told = _note(name, commit).read_bytes()
        found = msgspec.json.decode(told, type=Snapshot)
    except (OSError, msgspec.DecodeError):
        return None
    return found if (found.name, found.commit) == (name, commit) else None


def keep(snapshot: Snapshot) -> None:
    """Notes what the hub stated, for `kept`."""
    path = _note(snapshot.name, snapshot.commit)
    with readable(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_atomically(path, msgspec.json.encode(snapshot))
    except WriteError as error:
        raise Refusal(str(error)) from error


def folder_of(snapshot: Snapshot, configuration: str) -> Path:
    """Where the files of a configuration lie in the cache; it is called like the data set."""
    commit = _note(snapshot.name, snapshot.commit).with_suffix("")
    return commit / configuration / snapshot.name.rpartition("/")[2]


def having(
    snapshot: Snapshot, configuration: str, pieces: Sequence[Piece], allowed: bool, progress: Progress
) -> list[Path]:
    """The files in the cache, each held against its checksum, and fetched where it is not there and that is allowed.

    Raises `Refusal` where it is not, where there is no network, or where what comes is not what was stated.
    """
    root = folder_of(snapshot, configuration)
    total = sum(piece.file.bytes for piece in pieces)
    if len(pieces) > MOST_FILES or total > MOST_FETCHED:
        raise Refusal(
            tr(
                "{name} has {size:.1f} GB in {n:,} files; at most {most} GB are fetched: name fewer splits.",
                name=snapshot.name,
                size=total / 1e9,
                n=len(pieces),
                most=MOST_FETCHED >> 30,
            )
        )
    files = [root / piece.split / piece.file.path.replace("/", "--") for piece in pieces]
    missing = []
    done = 0
    for piece, path in zip(pieces, files, strict=True):
        progress(0.1 * done / max(total, 1), tr("Checking {name}", name=piece.file.path))
        done += piece.file.bytes
        download = _download(snapshot, piece.file)
        if not holds(path, download):
            missing.append((download, path))
    size = sum(download.bytes for download, _ in missing)
    if missing and not allowed:
        raise not_here(snapshot.name, size, host())
    if missing:
        check_room(
            size, cache_folder(), tr("The files of {name}", name=snapshot.name), tr("name fewer splits")
        )
    done = 0
    for download, path in missing:
        part = span(
            progress, 0.1 + 0.9 * done / max(size, 1), 0.1 + 0.9 * (done + download.bytes) / max(size, 1)
        )
        done += download.bytes
        fetch(download, path, snapshot.name, part)
    return files


def _download(snapshot: Snapshot, file: HubFile) -> Download:
    return Download(
        name=file.path,
        address=f"{hub()}/datasets/{snapshot.name}/resolve/{snapshot.commit}/{quote(file.path)}",
        bytes=file.bytes,
        sha256=file.sha256,
        git_blob=file.git_blob,
    )


def _note(name: str, commit: str) -> Path:
    return cache_folder() / "data" / "hub" / name.replace("/", "--") / f"{commit}.json"
