"""A data set of the Hugging Face hub by name: fetched once, when the user asks, and always from the same commit.

The commit is found out at the first fetch and pinned: it is kept in the project, so that whoever opens it later, and
wherever, gets the same data. Reading is that of a folder (`data/hugging_face.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nndesigner.base.fields import BoolField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import listing, tr
from nndesigner.data import hub
from nndesigner.data.fetching import FETCH
from nndesigner.data.hugging_face import READING, part_of, read_files
from nndesigner.data.source import TRAIN, Indices, Loaded, Source

_LISTED = 6
"""files whose checksums are told"""


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    name = hub.plain_name(values["name"])
    allowed = values[FETCH]
    asked = f"{name}@{values['revision'].strip() or 'newest'}"
    progress(0.0, tr("Asking {host} for {name}", host=hub.host(), name=name))
    snapshot = _snapshot(name, values["revision"].strip(), _pinned(values["commit"], asked), allowed)
    splits = [split for split in (part.strip() for part in values["splits"].split(",")) if split]
    configuration, pieces = hub.wanted(snapshot, values["configuration"].strip(), splits)
    remarks: list[str] = []
    if not splits:
        pieces = _of_parts(pieces, remarks)
    if beginnings := sorted({piece.split for piece in pieces if piece.partial}):
        remarks.append(
            tr(
                "The hub converted only the beginning of {splits}: it is too large.",
                splits=listing(beginnings),
            )
        )
    files = hub.having(snapshot, configuration, pieces, allowed, span(progress, 0.0, 0.7))
    parts = [part_of(piece.split) for piece in pieces]
    coded = [(path, TRAIN if part is None else part) for path, part in zip(files, parts, strict=True)]
    loaded = read_files(hub.folder_of(snapshot, configuration), coded, values, span(progress, 0.7, 1.0))
    told = (_where_from(snapshot, configuration, pieces), *remarks)
    return _with(told, replace(loaded, pinned={"commit": f"{asked} {snapshot.commit}"}))


def _snapshot(name: str, revision: str, pinned: str, allowed: bool) -> hub.Snapshot:
    if pinned and (found := hub.kept(name, pinned)) is not None:
        return found
    if not allowed:
        raise Refusal(
            tr(
                "{name} is not on this computer yet. Switch on “Fetch from the net” to load it from {host}.",
                name=name,
                host=hub.host(),
            )
        )
    found = hub.ask(name, pinned) if pinned else hub.newest(name, revision)
    hub.keep(found)
    return found


def _pinned(text: str, asked: str) -> str:
    """The commit that is pinned for what is asked, or "" where something else was asked then."""
    before, _, commit = text.strip().rpartition(" ")
    if text.strip() and not hub.is_commit(commit):
        raise Refusal(tr("“Fetched commit” holds no commit: empty it, and the newest is fetched."))
    return commit if before in ("", asked) else ""


def _of_parts(pieces: list[hub.Piece], remarks: list[str]) -> list[hub.Piece]:
    """Those of the splits that are to train, validate or test, where there are any: others are left out and told."""
    kept = [piece for piece in pieces if part_of(piece.split) is not None]
    left = sorted({piece.split for piece in pieces} - {piece.split for piece in kept})
    if not kept or not left:
        return pieces
    remarks.append(
        tr(
            "Left out, being neither to train nor to validate nor to test: {splits}. Name them under “Splits” to have"
            " them.",
            splits=listing(left),
        )
    )
    return kept


def _where_from(snapshot: hub.Snapshot, configuration: str, pieces: list[hub.Piece]) -> str:
    files = [piece.file for piece in pieces]
    sums = [f"{f.path} ({'SHA-256' if f.sha256 else 'git'} {(f.sha256 or f.git_blob)[:16]}…)" for f in files]
    total = sum(file.bytes for file in files)
    large = total >= 1_000_000
    return tr(
        "From {address}, commit {commit}, configuration {configuration}: {size}, each file as the checksum of the hub"
        " says: {files}.",
        address=f"{hub.hub()}/datasets/{snapshot.name}",
        commit=snapshot.commit[:12],
        configuration=configuration,
        size=tr("{n:.1f} MB", n=total / 1e6) if large else tr("{n:.0f} KB", n=total / 1e3),
        files=", ".join([*sums[:_LISTED], *(["…"] if len(sums) > _LISTED else [])]),
    )


def _with(told: tuple[str, ...], loaded: Loaded) -> Loaded:
    """The same with further remarks, now and when it is settled."""
    settle = loaded.settle
    later: Callable[[Indices], Loaded] | None = None
    if settle is not None:
        later = lambda train: _with(told, settle(train))  # noqa: E731
    return replace(loaded, remarks=(*told, *loaded.remarks), settle=later)


def _asks(values: Values) -> tuple[str, ...]:
    try:
        name = hub.plain_name(str(values.get("name", "")))
    except Refusal:
        return (hub.hub(),)
    return f"{hub.hub()}/api/datasets/{name}", f"{hub.hub()}/datasets/{name}"


HUGGING_FACE_HUB = Source(
    type="huggingface_hub",
    label="Hugging Face hub",
    group="Classic data sets",
    summary="A data set of huggingface.co by its name: pictures, texts or a table; fetched when you ask.",
    help="Write the name as it stands at huggingface.co/datasets, such as ag_news or user/name, and switch on “Fetch"
    " from the net”. Its Parquet files, or those that the hub made of it, are loaded once into this computer's cache,"
    " and compared with the checksums that the hub states. The commit is kept in the project: every later fetch gives"
    " the same data. No token is asked for, so sets that are private or given only to some are not fetched. Programs"
    " that come with old data sets are not run. It needs the package pyarrow.",
    synonyms=("datasets", "hub", "huggingface", "load_dataset", "parquet", "download", "net"),
    parameters=(
        TextField(
            name="name",
            label="Name",
            longest=300,
            help="The name of the data set at huggingface.co/datasets, such as ag_news or user/name.",
        ),
        BoolField(
            name=FETCH,
            label="Fetch from the net",
            help="Asks huggingface.co what the data set holds and loads its Parquet files, once, into this computer's"
            " cache. What arrives is compared with the size and checksum that the hub states for each file. Nothing is"
            " asked or loaded without this switch. The environment variable HF_ENDPOINT names another hub.",
        ),
        TextField(
            name="configuration",
            label="Configuration",
            longest=200,
            help="The configuration (subset) of the data set; empty takes the only one, or the one called default.",
        ),
        TextField(
            name="splits",
            label="Splits",
            longest=1000,
            help="The splits to fetch, with commas between them, such as train, test; empty takes all that train,"
            " validate or test. Splits called so stay these parts, whatever else is named trains.",
        ),
        TextField(
            name="revision",
            label="Revision",
            longest=200,
            advanced=True,
            help="A branch, tag or commit of the data set; empty takes its main branch, and where that has no Parquet"
            " files those that the hub made of it.",
        ),
        TextField(
            name="commit",
            label="Fetched commit",
            longest=700,
            advanced=True,
            help="What was asked for, and the commit that it was then: filled in at the first fetch. Empty it to fetch"
            " what is newest.",
        ),
        *READING,
    ),
    asks=_asks,
    load=_load,
)
