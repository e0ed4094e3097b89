"""The material of a report: everything of a run, evaluated first where that is still to be done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.document import edits
from nndesigner.protocol.jobs import Evaluate
from nndesigner.protocol.messages import Done, Failed, ScalarRow
from nndesigner.runs.evaluations import save
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.session.reporting import Material, gather, not_evaluated
from nndesigner.session.session import Session
from tests.networks import digits_cnn
from tests.session.workers import Pool
from tests.training.evaluation.hand_made import class_output, evaluation

FOUND = evaluation(class_output(np.array([0, 1, 1]), np.array([0, 1, 0]), 2))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run with numbers, and a checkpoint as a folder knows it."""
    document = digits_cnn()
    assert document.data is not None
    found = edits.set_found(document, document.data.fields, {"all": 9, "train": 5, "validation": 4}, "f" * 64)
    made = create_at(tmp_path / "0001-a", document.apply(found))
    made.append_rows([ScalarRow(1, 1.0, "train", "loss", 0.5, 2.0)])
    made.append_event("resumed", "Resumed after step 1.")
    made.close()
    made.checkpoint_path(40).mkdir(parents=True)
    return made


def test_everything_is_gathered(run: RunFolder) -> None:
    save(run, FOUND)
    said: list[float] = []
    found = gather(run, lambda fraction, sentence: said.append(fraction))
    assert found.evaluations == (FOUND,) and found.checkpoints == 1
    assert found.history.last("train", "loss") == 0.5 and found.events == ("Resumed after step 1.",)
    assert found.analysis.weights > 0 and said == sorted(said)


def test_the_first_part_that_has_samples_is_wanted_once(run: RunFolder) -> None:
    assert not_evaluated(run) == ("validation",)
    save(run, evaluation(*FOUND.outputs, part="validation", best=False))
    assert not_evaluated(run) == ()


def test_what_is_missing_is_evaluated_before(run: RunFolder) -> None:
    pool = Pool()
    session = Session(pool)
    got: list[Material] = []
    failed: list[str] = []
    session.reporting.prepare(run.path, got.append, failed.append)
    job = pool.last.job
    assert isinstance(job, Evaluate) and job.part == "validation" and not got
    save(run, evaluation(*FOUND.outputs, part="validation"))
    pool.last.end(Done({}))
    assert len(got) == 1 and got[0].evaluations[0].part == "validation" and not failed


def test_as_it_is_no_worker_is_asked(run: RunFolder) -> None:
    pool = Pool()
    got: list[Material] = []
    Session(pool).reporting.prepare(run.path, got.append, got.append, evaluate=False)
    assert not pool.asked and got[0].evaluations == ()


def test_a_failure_is_told_and_after_cancelling_nothing_is(run: RunFolder, tmp_path: Path) -> None:
    pool = Pool()
    session = Session(pool)
    got: list[object] = []
    session.reporting.prepare(run.path, got.append, got.append)
    pool.last.end(Failed("There is no data.", "", "refused"))
    assert got == ["There is no data."]
    session.reporting.prepare(run.path, got.append, got.append)
    session.reporting.cancel()
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert len(got) == 1
    session.reporting.prepare(tmp_path / "gone", got.append, got.append)
    assert "no run" in str(got[-1])
