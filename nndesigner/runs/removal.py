"""Taking a run away: first by one rename, so that nobody sees half of it and it can be put back, later for good."""

from __future__ import annotations

import shutil
from pathlib import Path

from nndesigner.base.atomic import WriteError
from nndesigner.base.disk import reason
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.runs.listing import state
from nndesigner.runs.store import open_run

REMOVED = ".removed"
"""the folder, among a project's runs, of those that were taken away"""


def take_away(run: Path) -> Path:
    """Moves a run's folder to where no list of runs looks; its new place. Raises Refusal, WriteError."""
    if state(open_run(run).record) in ("running", "paused"):
        raise Refusal(tr("The run {name} is going on: stop it first.", name=run.name))
    kept = run.parent / REMOVED
    target, number = kept / run.name, 1
    try:
        kept.mkdir(exist_ok=True)
        while target.exists():
            number += 1
            target = kept / f"{run.name}-{number}"
        run.rename(target)
    except OSError as error:
        raise WriteError(run, reason(error)) from error
    return target


def put_back(removed: Path, run: Path) -> None:
    """Undoes `take_away`. Raises WriteError where the place is taken or the run is gone."""
    try:
        if run.exists():
            raise FileExistsError(17, "exists", str(run))
        removed.rename(run)
    except OSError as error:
        raise WriteError(run, reason(error)) from error


def erase_removed(parent: Path) -> None:
    """Deletes everything that was taken away from the runs in `parent`; what cannot be deleted stays out of sight."""
    shutil.rmtree(parent / REMOVED, ignore_errors=True)
