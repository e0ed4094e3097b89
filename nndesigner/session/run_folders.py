"""A project's folder of runs: the run in it that is not finished, a place for the next one, and its move elsewhere."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.document.document import Document
from nndesigner.runs.history import RunHistory
from nndesigner.runs.listing import list_runs
from nndesigner.runs.store import open_run, relative_folder

_NUMBERED = re.compile(r"(\d{4,})(?:-.*)?", re.DOTALL)


class Unfinished(NamedTuple):
    """A run that was not finished when its project was opened: one that goes on has no `history` here."""

    run: Path
    document: Document
    history: RunHistory | None


def find_unfinished(folder: Path, progress: Progress) -> Unfinished | None:
    """The run in a project's folder of runs that goes on, else the last one where it broke off. Raises Refusal."""
    runs = list_runs(folder, span(progress, 0.0, 0.3))
    going_on = next((run for run in reversed(runs) if run.going_on), None)
    if going_on is not None:
        return Unfinished(going_on.path, open_run(going_on.path).document(), None)
    if runs and runs[-1].broke_off:
        last = open_run(runs[-1].path)
        return Unfinished(last.path, last.document(), RunHistory.from_folder(last, span(progress, 0.3, 1.0)))
    return None


def move_runs(before: Path, after: Path, project_folder: Path) -> bool:
    """Moves a folder of runs; whether it could be moved (not to another disk). Each says where its project is now."""
    try:
        before.rename(after)
    except OSError:
        return False
    for summary in list_runs(after):
        with contextlib.suppress(Refusal, WriteError):
            run = open_run(summary.path)
            run.save_record(folder=relative_folder(run.path, project_folder))
    return True


def free_run_path(folder: Path, document: Document) -> Path:
    """The next `<number>-<name>` in a folder of runs: one that no run has yet. The worker makes it."""
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    number = 1 + max((int(m[1]) for name in names if (m := _NUMBERED.fullmatch(name))), default=0)
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", document.main.name).strip("-")[:40]
    return folder / f"{number:04d}-{word or 'run'}"
