"""Exploring: one at a time, in a worker, about a run or about what is drawn; results, progress and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import Explore
from nndesigner.protocol.messages import Done, Failed, Frame, Progress
from nndesigner.session.session import Session
from tests.session.projects import classifier
from tests.session.workers import Asked, Pool

RUN = Path("/runs/0001-iris")


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool, tmp_path: Path) -> Session:
    session = Session(pool)
    session.files.new(classifier())
    session.files.save_as(tmp_path / "iris.nnd")
    return session


def last(pool: Pool) -> Asked:
    assert isinstance(pool.last.job, Explore)
    return pool.last


def frame(value: float, name: str = "sharpness") -> Frame:
    return Frame(name, "", 7, 0.5, {"largest": np.array([value])}, {"sharpness": value})


def test_a_run_is_explored_by_its_folder_and_a_project_by_its_bytes(session: Session, pool: Pool) -> None:
    session.exploring.start("sharpness", RUN, {"products": 5})
    job = last(pool).job
    assert (job.run, job.project, job.options) == (str(RUN), b"", {"products": 5})
    last(pool).end()
    session.exploring.start("lr_finder", None, weights=RUN)
    job = last(pool).job
    assert decode(job.project).document.nodes() and job.run == str(RUN)
    assert job.folder == str(session.files.folder)


def test_progress_and_results_are_told_as_they_come(session: Session, pool: Pool) -> None:
    exploring, told = session.exploring, []
    exploring.changed.connect(lambda: told.append(exploring.progress))
    exploring.start("sharpness", RUN)
    assert exploring.going_on == (RUN, "sharpness") and exploring.progress is not None
    last(pool).say(Progress(0.5, "half"))
    last(pool).say(frame(1.0))
    assert exploring.progress == Progress(0.5, "half")
    assert exploring.found(RUN, "sharpness").meta["sharpness"] == 1.0
    last(pool).say(frame(2.0))
    last(pool).end(Done({"step": 7, "kept": True}))
    assert exploring.going_on is None and exploring.progress is None and len(told) == 5
    assert exploring.found(RUN, "sharpness").meta["sharpness"] == 2.0
    assert exploring.found(None, "sharpness") is None and exploring.found(RUN, "gradient_noise") is None


def test_one_at_a_time(session: Session, pool: Pool) -> None:
    session.exploring.start("sharpness", RUN)
    with pytest.raises(Refusal, match="being explored"):
        session.exploring.start("gradient_noise", RUN)
    session.exploring.cancel()
    assert last(pool).cancelled
    last(pool).end(Failed("Cancelled.", "", "cancelled"))
    session.exploring.start("gradient_noise", RUN)


def test_half_of_an_answer_is_none_and_the_one_before_stands(session: Session, pool: Pool) -> None:
    exploring = session.exploring
    exploring.start("sharpness", RUN)
    last(pool).say(frame(1.0))
    last(pool).end(Failed("Cancelled.", "", "cancelled"))
    assert exploring.found(RUN, "sharpness") is None and exploring.failure(RUN, "sharpness") == ""
    exploring.start("sharpness", RUN)
    last(pool).say(frame(2.0))
    last(pool).end()
    exploring.start("sharpness", RUN)
    last(pool).say(frame(3.0))
    last(pool).end(Failed("It is too large.", "", "memory"))
    assert exploring.found(RUN, "sharpness").meta["sharpness"] == 2.0
    assert exploring.failure(RUN, "sharpness") == "It is too large."
    exploring.start("sharpness", RUN)
    assert exploring.failure(RUN, "sharpness") == ""


def test_what_is_drawn_is_outdated_by_an_edit_that_changes_it(session: Session, pool: Pool) -> None:
    session.exploring.start("sharpness")
    last(pool).say(frame(1.0))
    last(pool).end()
    assert not session.exploring.outdated("sharpness")
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=9)
    assert session.exploring.outdated("sharpness") and not session.exploring.outdated("lr_finder")


def test_another_project_has_nothing_of_the_one_before(session: Session, pool: Pool) -> None:
    session.exploring.start("sharpness")
    asked = last(pool)
    asked.say(frame(1.0))
    session.files.new(classifier())
    assert asked.cancelled and session.exploring.going_on is None
    asked.say(frame(2.0))
    asked.end()
    assert session.exploring.found(None, "sharpness") is None


def test_what_cannot_be_explored_is_said_before_any_worker_is_asked(session: Session, pool: Pool) -> None:
    before = len(pool.asked)
    with pytest.raises(Refusal, match="Products"):
        session.exploring.start("sharpness", RUN, {"products": -1})
    wire = next(iter(session.document.edges))
    session.edit("", "remove", ids=[wire.id])
    with pytest.raises(Refusal):
        session.exploring.start("sharpness")
    session.files.new()
    with pytest.raises(Refusal, match="no data yet"):
        session.exploring.start("sharpness")
    assert len(pool.asked) == before and session.exploring.going_on is None
    with pytest.raises(Refusal, match="no worker"):
        Session().exploring.start("sharpness", RUN)
