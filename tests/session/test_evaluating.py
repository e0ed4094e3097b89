"""Evaluations are read from the run's folder, or asked of a worker; one that does not hold any more is told so."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.protocol.jobs import Evaluate
from nndesigner.protocol.messages import Done, Failed, Progress
from nndesigner.runs.evaluations import plain, save
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn
from tests.session.workers import Pool
from tests.training.evaluation.hand_made import class_output, evaluation


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool) -> Session:
    return Session(pool)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    document = digits_cnn()
    assert document.data is not None
    found = edits.set_found(document, document.data.fields, {"all": 9, "train": 5, "test": 4}, "f" * 64)
    return create_at(tmp_path / "0001-a", document.apply(found))


FOUND = evaluation(class_output(np.array([0, 1, 1]), np.array([0, 1, 0]), 2))


def test_what_is_kept_is_shown_without_a_worker(session: Session, pool: Pool, run: RunFolder) -> None:
    evaluating = session.evaluating
    evaluating.look(run.path, "test")
    assert evaluating.found is None and not pool.asked
    assert evaluating.known.counts == {"test": 4, "train": 5}
    assert [choice.key for choice in evaluating.known.choices] == ["digit"]
    save(run, FOUND)
    evaluating.look(run.path, "test")
    assert evaluating.found is not None and evaluating.found.evaluation == FOUND
    assert evaluating.found.remarks == ()


def test_of_data_that_has_changed_it_is_told(session: Session, run: RunFolder) -> None:
    save(run, FOUND)
    data = run.document().data
    assert data is not None
    session.evaluating.look(run.path, "test", msgspec.structs.replace(data, fingerprint="other"))
    assert session.evaluating.found is not None
    assert "data has changed" in session.evaluating.found.remarks[0]
    elsewhere = msgspec.structs.replace(data, fingerprint="other", parameters={"seed": 5})
    session.evaluating.look(run.path, "test", elsewhere)  # another source says nothing of this one
    assert session.evaluating.found is not None and session.evaluating.found.remarks == ()


def test_a_worker_is_asked_and_its_answer_shown(session: Session, pool: Pool, run: RunFolder) -> None:
    evaluating = session.evaluating
    evaluating.evaluate(run.path, "test", group="digit", newest=True)
    job = pool.last.job
    assert isinstance(job, Evaluate)
    assert (job.run, job.part, job.group, job.checkpoint) == (str(run.path), "test", "digit", "last")
    pool.last.say(Progress(0.5, "Half"))
    assert evaluating.progress == Progress(0.5, "Half") and evaluating.busy
    with pytest.raises(Refusal, match="going on"):
        evaluating.evaluate(run.path, "test")
    pool.last.end(Done({**plain(FOUND), "remarks": ["Odd."]}))
    assert evaluating.found is not None and evaluating.found.evaluation == FOUND
    assert evaluating.found.remarks == ("Odd.",)
    assert not evaluating.busy and evaluating.progress is None


def test_a_failure_is_a_sentence_and_cancelling_is_none(session: Session, pool: Pool, run: RunFolder) -> None:
    evaluating = session.evaluating
    evaluating.evaluate(run.path, "test")
    pool.last.end(Failed("There is no data.", "", "refused"))
    assert evaluating.failure == "There is no data."
    evaluating.evaluate(run.path, "test")
    evaluating.cancel()
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert evaluating.failure == "" and not evaluating.busy


def test_a_run_that_is_gone_is_told(session: Session, tmp_path: Path) -> None:
    session.evaluating.look(tmp_path / "gone", "test")
    assert "no run" in session.evaluating.failure
