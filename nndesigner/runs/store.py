"""Run folders: everything about one training run in one folder, written by a worker and readable by anybody.

    run.json              what the run is: plan, seed, device, threads, versions, hashes, state, result
    project.nnd           the project as it was
    metrics.log           every number of every curve: one JSON array (step, epoch, split, name, value, seconds) a line
    events.log            what happened, one JSON object a line
    checkpoints/step-…/   sealed folders: model.safetensors, optimizer.safetensors, loop.safetensors, state.json
    frames/last.frames    the newest picture of each measurement, as the messages that carried them
    frames/trail.frames   earlier pictures, in the same form
    explored/….frame      what explorations found out about it, one file each, in the same form
    controls.log          what a detached run is told
    worker.log            what libraries printed

A run that goes on from an older checkpoint appends the row (step, epoch, "", "resume", 0, seconds): numbers of later
steps that stand before it no longer count, nor do those of the test part, which is measured when a run ends. This
module knows no torch, no process and no curve.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.atomic import MANIFEST, WriteError, sweep_litter, verify_folder, write_atomically
from nndesigner.base.checked_log import LogWriter, read_log
from nndesigner.base.disk import reason
from nndesigner.base.problem import Refusal
from nndesigner.base.processes import host_tag, start_mark
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.project.reader import decode
from nndesigner.project.writer import encode
from nndesigner.protocol.channel import message_reader, write_message
from nndesigner.protocol.framing import ProtocolError
from nndesigner.protocol.messages import Frame, ScalarRow

RESUME = "resume"
"""the name of the row, of no split, after which numbers of later steps before it do not count"""
ENDED = ("finished", "early", "stopped", "diverged", "failed")
"""states in which nothing more is written"""
LINES_PER_WORD = 1000
"""lines of numbers that are read between two words on how far it is"""
_CHECKPOINT = re.compile(r"step-(\d{8,})")
_NUMBERED = re.compile(r"(\d{4,})(?:-.*)?", re.DOTALL)
_ENCODER = msgspec.json.Encoder()
_Line = tuple[int, float, str, str, float | None, float]
"""a row as it is written; null stands for a value that is no number"""


class RunRecord(msgspec.Struct, kw_only=True):
    """`run.json`. It says nothing of the user and of the machine beyond what decides the numbers."""

    format: str = "nndesigner-run"
    version: int = 1
    name: str = ""
    created: str = ""
    """UTC, ISO 8601"""
    state: str = "created"
    """"created", "running", "paused", or one of `ENDED`"""
    sentence: str = ""
    objective: str = ""
    plan: dict[str, Any] = {}
    seed: int = 0
    device: str = ""
    threads: int = 0
    versions: dict[str, str] = {}
    project: str = ""
    """SHA-256 of project.nnd"""
    data: dict[str, Any] = {}
    """{"type", "fingerprint", "counts"}"""
    weights: int = 0
    origin: dict[str, Any] = {}
    """{"run", "checkpoint"} that this run went on from"""
    beginning: dict[str, Any] = {}
    """what of the weights that the plan begins with fitted (`training/beginning.py`); empty for fresh ones"""
    group: dict[str, Any] = {}
    """what this run is of several that belong together (`runs/cross_validation.py`); empty for a run by itself"""
    folder: str = ""
    """the project's folder, seen from the run's; empty where it is not known"""
    first_epoch: int = 0
    last_epoch: int = 0
    result: dict[str, Any] = {}
    process: int = 0
    mark: str = ""
    """tells that process from a later one of the same number"""
    host: str = ""
    """a tag that says on which machine the process number means something, and not its name"""


class Checkpoint(msgspec.Struct, frozen=True):
    """A checkpoint as its manifest describes it. `score` is what `best` was decided by, greater is better."""

    path: Path
    step: int
    epoch: float
    best: bool = False
    score: float | None = None
    seconds: float = 0.0


class RunFolder:
    """One run's folder. Opening it for reading makes no file; the first write opens the logs."""

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self.record = record
        self._metrics: LogWriter | None = None
        self._events: LogWriter | None = None

    @property
    def name(self) -> str:
        return self.path.name

    def document(self) -> Document:
        """The project as it was. Raises Refusal where its file is gone or damaged."""
        return decode(self.project_bytes()).document

    def project_folder(self) -> Path:
        """Where relative paths of the project's data start; by custom the folder of the project file."""
        if self.record.folder:
            return Path(os.path.normpath(self.path.absolute() / self.record.folder))
        return self.path.absolute().parent.parent

    def project_bytes(self) -> bytes:
        try:
            return (self.path / "project.nnd").read_bytes()
        except OSError as error:
            raise Refusal(
                tr("The run {name} cannot be read: {why}", name=self.name, why=reason(error))
            ) from error

    # -- writing ---------------------------------------------------------------------------------------------------
    def replace_project(self, document: Document) -> None:
        """Another project for a run that has not begun: its file, and what `run.json` says of it. Raises WriteError."""
        project = encode(document)
        write_atomically(self.path / "project.nnd", project)
        self.save_record(**_described(document, project))

    def save_record(self, **changes: Any) -> None:
        """`run.json` with these fields changed. Raises WriteError; the fields are changed in memory all the same."""
        for key, value in changes.items():
            setattr(self.record, key, value)
        data = msgspec.json.format(msgspec.json.encode(self.record, order="sorted"), indent=1)
        write_atomically(self.path / "run.json", data + b"\n")

    def append_rows(self, rows: Iterable[ScalarRow]) -> None:
        """Numbers for `metrics.log`, in memory until `flush` or `sync`."""
        if self._metrics is None:
            self._metrics = LogWriter(self.path / "metrics.log")
        for row in rows:
            self._metrics.append(_ENCODER.encode(row))

    def append_event(self, kind: str, sentence: str, **details: Any) -> None:
        """Something that happened, at once handed to the system."""
        if self._events is None:
            self._events = LogWriter(self.path / "events.log")
        self._events.append(_ENCODER.encode({"kind": kind, "sentence": sentence, **details}))
        self._events.flush()

    def flush(self) -> None:
        """Hand every number to the system: from here on they survive the death of this process."""
        if self._metrics is not None:
            self._metrics.flush()

    def sync(self) -> None:
        """Put every number on the disk."""
        if self._metrics is not None:
            self._metrics.sync()

    def save_frames(self, frames: Iterable[Frame], trail: Iterable[Frame] = ()) -> None:
        """Keep these as the last pictures of their measurements, and as the earlier ones, which replace all that were
        kept where there are any."""
        folder = self.path / "frames"
        _make(folder)
        if earlier := b"".join(write_message(frame) for frame in trail):
            write_atomically(folder / "trail.frames", earlier)
        write_atomically(folder / "last.frames", b"".join(write_message(frame) for frame in frames))

    def save_explored(self, frame: Frame) -> None:
        """Keep what an exploration found out, in place of what it found before. Raises WriteError."""
        folder = self.path / "explored"
        _make(folder)
        write_atomically(folder / f"{frame.measurement}.frame", write_message(frame))

    def close(self) -> None:
        """Sync and close the logs."""
        for log in (self._metrics, self._events):
            if log is not None:
                log.close()
        self._metrics = self._events = None

    # -- reading ---------------------------------------------------------------------------------------------------
    def rows(self) -> list[ScalarRow]:
        """Every number that counts, oldest first."""
        return counted_rows(self.all_rows())

    def all_rows(self, progress: Progress = quiet) -> list[ScalarRow]:
        """The lines of metrics.log as they stand, "resume" rows and what they cut off included."""
        rows = []
        lines = read_log(self.path / "metrics.log")[0]
        for number, line in enumerate(lines):
            if number % LINES_PER_WORD == 0:
                progress(number / len(lines), tr("Reading {name}", name=self.name))
            try:
                step, epoch, split, name, value, seconds = msgspec.json.decode(line, type=_Line)
            except (msgspec.MsgspecError, TypeError):
                continue  # a line of a later version
            rows.append(ScalarRow(step, epoch, split, name, math.nan if value is None else value, seconds))
        return rows

    def events(self) -> list[dict[str, Any]]:
        found = []
        for line in read_log(self.path / "events.log")[0]:
            event = msgspec.json.decode(line)
            if isinstance(event, dict):
                found.append(event)
        return found

    def frames(self) -> list[Frame]:
        """The last picture of each measurement; none where the file is absent or damaged."""
        return self._frames("last.frames")

    def trail(self) -> list[Frame]:
        """The earlier pictures of each measurement, oldest first; none where the file is absent or damaged."""
        return self._frames("trail.frames")

    def explored(self) -> list[Frame]:
        """What explorations found out; what is damaged is left out."""
        names = sorted(name for name in _names(self.path / "explored") if name.endswith(".frame"))
        return [frame for name in names for frame in self._frames(name, "explored")]

    def _frames(self, name: str, folder: str = "frames") -> list[Frame]:
        try:
            data = (self.path / folder / name).read_bytes()
            return [message for message in message_reader().feed(data) if isinstance(message, Frame)]
        except (OSError, ProtocolError):
            return []

    # -- checkpoints -----------------------------------------------------------------------------------------------
    @property
    def checkpoint_folder(self) -> Path:
        return self.path / "checkpoints"

    def checkpoint_path(self, step: int) -> Path:
        return self.checkpoint_folder / f"step-{step:08d}"

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Every checkpoint by step, as its manifest describes it. Their content is not looked at here."""
        found = []
        try:
            entries = sorted(os.scandir(self.checkpoint_folder), key=lambda entry: entry.name)
        except OSError:
            return ()
        for entry in entries:
            named = _CHECKPOINT.fullmatch(entry.name)
            if named is not None:
                found.append(_describe(Path(entry.path), int(named[1])))
        return tuple(sorted(found, key=lambda checkpoint: checkpoint.step))

    def latest_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint whose every byte is as it was written."""
        return next(filter(whole, reversed(self.checkpoints())), None)

    def best_checkpoint(self) -> Checkpoint | None:
        """The newest whole checkpoint that was the best when it was written, else the newest whole one."""
        best = (checkpoint for checkpoint in reversed(self.checkpoints()) if checkpoint.best)
        return next(filter(whole, best), None) or self.latest_checkpoint()

    def set_damaged_aside(self) -> tuple[str, ...]:
        """Rename checkpoints that are not as they were written, so that none is taken for one; their names."""
        moved = []
        for checkpoint in self.checkpoints():
            if not whole(checkpoint):
                target = checkpoint.path.with_name(f"damaged-{checkpoint.path.name}")
                number = 1
                while target.exists():
                    number += 1
                    target = checkpoint.path.with_name(f"damaged-{checkpoint.path.name}-{number}")
                try:
                    checkpoint.path.rename(target)
                except OSError as error:
                    raise WriteError(checkpoint.path, reason(error)) from error
                moved.append(checkpoint.path.name)
        return tuple(moved)


def whole(checkpoint: Checkpoint) -> bool:
    """Whether every byte of the checkpoint is as it was written."""
    return not isinstance(verify_folder(checkpoint.path), str)


def _describe(path: Path, step: int) -> Checkpoint:
    try:
        said = msgspec.json.decode((path / MANIFEST).read_bytes())["extra"]
        return Checkpoint(
            path,
            step,
            float(said.get("epoch", 0.0)),
            bool(said.get("best", False)),
            said.get("score"),
            float(said.get("seconds", 0.0)),
        )
    except (OSError, msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        return Checkpoint(path, step, 0.0)


def counted_rows(rows: Iterable[ScalarRow]) -> list[ScalarRow]:
    """The rows without what a "resume" row cut off, and without those rows themselves."""
    kept: list[ScalarRow] = []
    for row in rows:
        if row.split == "" and row.name == RESUME:
            kept = [earlier for earlier in kept if earlier.step <= row.step and earlier.split != "test"]
        else:
            kept.append(row)
    return kept


# -- making and opening ------------------------------------------------------------------------------------------------
def create_run(
    parent: Path,
    document: Document,
    *,
    name: str = "",
    versions: Mapping[str, str] = {},
    origin: Mapping[str, Any] = {},
) -> RunFolder:
    """A new run in a folder of its own, `<number>-<name>` in `parent` (made where it is missing).

    Any number of processes may do this at once: no two get the same number. Raises WriteError.
    """
    _make(parent)
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", name or _network_name(document)).strip("-")[:40] or "run"
    while True:
        number = 1 + max((int(m[1]) for e in _names(parent) if (m := _NUMBERED.fullmatch(e))), default=0)
        claimed = parent / f"{number:04d}"
        path = parent / f"{number:04d}-{word}"
        try:
            claimed.mkdir()
            # Whoever held this number before has given the claim its full name by now, or still holds it.
            if any(
                e != claimed.name and (m := _NUMBERED.fullmatch(e)) and int(m[1]) == number
                for e in _names(parent)
            ):
                claimed.rmdir()
                continue
            claimed.rename(path)
        except FileExistsError:
            continue
        except OSError as error:
            raise WriteError(path, reason(error)) from error
        return create_at(path, document, versions=versions, origin=origin)


def create_at(
    path: Path,
    document: Document,
    *,
    versions: Mapping[str, str] = {},
    origin: Mapping[str, Any] = {},
    group: Mapping[str, Any] = {},
) -> RunFolder:
    """A new run in the folder `path` itself, made, or there and without a run. Raises Refusal, WriteError."""
    if (path / "run.json").exists():
        raise Refusal(tr("{path} already holds a run. Choose another folder.", path=path))
    _make(path)
    project = encode(document)
    write_atomically(path / "project.nnd", project)
    run = RunFolder(path, RunRecord())
    run.save_record(
        name=path.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=dict(versions),
        origin=dict(origin),
        group=dict(group),
        host=host_tag(),
        process=os.getpid(),
        mark=start_mark(os.getpid()),
        **_described(document, project),
    )
    return run


def open_run(path: Path) -> RunFolder:
    """The run in a folder. Raises Refusal where there is none or its description cannot be read."""
    try:
        data = (path / "run.json").read_bytes()
    except OSError:
        raise Refusal(tr("There is no run at {path}.", path=path)) from None
    try:
        record = msgspec.json.decode(data, type=RunRecord)
    except msgspec.MsgspecError as error:
        raise Refusal(tr("{path} cannot be read: {why}.", path=path / "run.json", why=error)) from None
    if record.format != "nndesigner-run" or record.version > 1:
        raise Refusal(tr("The run at {path} was written by a newer version of nndesigner.", path=path))
    return RunFolder(path, record)


def relative_folder(run: Path, project: Path) -> str:
    """The project's folder as `RunRecord.folder` keeps it; empty where that would tell the user's name."""
    try:
        path = Path(os.path.relpath(project.absolute(), run.absolute()))
        home = Path.home()
    except (ValueError, RuntimeError):  # another drive; a home that is not known
        return ""
    return "" if home.name and home.name in path.parts else path.as_posix()


def sweep(run: RunFolder) -> None:
    """Remove what a killed writer left unfinished."""
    for folder in (run.path, run.checkpoint_folder, run.path / "frames", run.path / "explored"):
        sweep_litter(folder)


def _described(document: Document, project: bytes) -> dict[str, Any]:
    """What `run.json` says of the project."""
    values, _ = plan_values(document)
    return {
        "objective": document.plan.objective if document.plan is not None else "supervised",
        "plan": values,
        "seed": values["seed"],
        "project": hashlib.sha256(project).hexdigest(),
        "data": _data(document),
    }


def _data(document: Document) -> dict[str, Any]:
    source = document.data
    if source is None:
        return {}
    return {"type": source.type, "fingerprint": source.fingerprint, "counts": dict(source.counts)}


def _network_name(document: Document) -> str:
    return document.networks[0].name if document.networks else "run"


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(folder, reason(error)) from error
