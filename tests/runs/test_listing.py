"""Runs as lines of a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.atomic import StagedFolder
from nndesigner.base.progress import Cancelled
from nndesigner.document import edits
from nndesigner.runs.listing import list_runs
from nndesigner.runs.store import RunFolder, create_run


def checkpoint(run: RunFolder, step: int, **extra: object) -> None:
    run.checkpoint_folder.mkdir(exist_ok=True)
    with StagedFolder(run.checkpoint_path(step)) as staged:
        staged.write("model", b"x")
        staged.seal({"step": step, **extra})


def test_a_line_tells_the_best_score_and_how_many_checkpoints_there_are(tmp_path: Path) -> None:
    run = create_run(tmp_path, edits.new_document())
    assert (list_runs(tmp_path)[0].best, list_runs(tmp_path)[0].checkpoints) == (None, 0)
    checkpoint(run, 10, best=True, score=-0.5)
    checkpoint(run, 20, best=True, score=-0.25)
    checkpoint(run, 30, best=False, score=-0.1)
    (line,) = list_runs(tmp_path)
    assert (line.best, line.checkpoints) == (-0.25, 3)


def test_listing_tells_how_far_it_is_and_can_be_called_off(tmp_path: Path) -> None:
    for _ in range(4):
        create_run(tmp_path, edits.new_document())
    told: list[float] = []
    assert len(list_runs(tmp_path, lambda fraction, sentence: told.append(fraction))) == 4
    assert told == [0.0, 0.25, 0.5, 0.75]

    def enough(fraction: float, sentence: str) -> None:
        if fraction >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        list_runs(tmp_path, enough)
