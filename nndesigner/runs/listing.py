"""The runs in a folder as lines of a list, and what state each is in. It reads run folders and writes none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.problem import Refusal
from nndesigner.base.processes import host_tag, is_same_process
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.runs.store import RunFolder, RunRecord, open_run


class RunSummary(msgspec.Struct, frozen=True):
    """One line of a list of runs. `state` is "interrupted" where the process that wrote the run is gone."""

    path: Path
    name: str
    created: str
    state: str
    sentence: str
    objective: str
    plan: dict[str, Any]
    result: dict[str, Any]
    checkpoints: int
    best: float | None = None
    """the score by which its best checkpoint was chosen, greater is better"""
    group: dict[str, Any] = {}
    """what it is of several runs that belong together; empty for a run by itself"""

    @property
    def going_on(self) -> bool:
        """Whether a process works on it now."""
        return self.state in ("running", "paused")

    @property
    def broke_off(self) -> bool:
        """Whether it ended because its process, or the designer that it worked for, was gone."""
        orphaned = self.state == "stopped" and self.result.get("state") == "orphaned"
        return self.state == "interrupted" or orphaned

    @property
    def can_resume(self) -> bool:
        """Whether it has not come to its end and can go on where it stopped."""
        return self.state in ("interrupted", "stopped", "failed")


def list_runs(parent: Path, progress: Progress = quiet) -> tuple[RunSummary, ...]:
    """The runs in a folder, oldest first. What is no run, or cannot be read, is left out."""
    found = []
    names = sorted(_names(parent))
    for number, name in enumerate(names):
        progress(number / len(names), tr("Reading the runs"))
        if not (parent / name / "run.json").exists():
            continue
        try:
            found.append(summary(open_run(parent / name)))
        except Refusal:
            continue
    return tuple(sorted(found, key=lambda s: (s.created, s.name)))


def summary(run: RunFolder) -> RunSummary:
    record = run.record
    checkpoints = run.checkpoints()
    scores = [each.score for each in checkpoints if each.best and each.score is not None]
    return RunSummary(
        path=run.path,
        name=run.name,
        created=record.created,
        state=state(record),
        sentence=record.sentence,
        objective=record.objective,
        plan=record.plan,
        result=record.result,
        checkpoints=len(checkpoints),
        best=max(scores, default=None),
        group=record.group,
    )


def state(record: RunRecord) -> str:
    """The run's state, "interrupted" where it was left by a process that is gone."""
    unfinished = record.state in ("created", "running", "paused") and record.process
    if unfinished and record.host == host_tag() and not is_same_process(record.process, record.mark):
        return "interrupted"
    return record.state


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
