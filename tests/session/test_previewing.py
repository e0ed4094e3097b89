"""Previews are asked for while somebody looks, one at a time, and again after every edit that changes the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.document import edits
from nndesigner.project.writer import save
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.jobs import Preview
from nndesigner.protocol.messages import Done, Failed, Frame
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session
from tests.session.projects import FOUND, chain, classifier
from tests.session.workers import Asked, Pool

LINEAR = (Subscription("n1", "node_output", {"sample": 0}),)


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool, tmp_path: Path) -> Session:
    session = Session(pool)
    session.files.new(classifier())
    session.files.save_as(tmp_path / "iris.nnd")
    return session


def previews(pool: Pool) -> list[Asked]:
    return [asked for asked in pool.asked if isinstance(asked.job, Preview)]


def frame(value: float) -> Frame:
    return Frame("node_output", "n1", 0, 0.0, {"values": np.full(3, value, np.float32)})


def test_nobody_looks_and_nothing_is_asked(session: Session, pool: Pool) -> None:
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=5)
    assert previews(pool) == []


def test_what_is_looked_at_is_asked_once_and_again_after_an_edit(session: Session, pool: Pool) -> None:
    told: list[int] = []
    session.previewing.changed.connect(lambda: told.append(1))
    session.previewing.look(LINEAR)
    session.previewing.look(LINEAR)
    (first,) = previews(pool)
    assert isinstance(first.job, Preview) and first.job.subscriptions == LINEAR
    first.say(frame(1.0))
    assert session.previewing.frames == () and not told, "all of an answer comes at once"
    first.end(Done({"number": 7}))
    assert len(session.previewing.frames) == 1 and session.previewing.number == 7 and told
    session.edit("", "move", places={"n1": (5.0, 5.0)})
    session.previewing.look(LINEAR)
    assert len(previews(pool)) == 1, "where it stands changes nothing"
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=5)
    session.previewing.look(LINEAR)
    assert len(previews(pool)) == 2
    previews(pool)[1].end()
    session.edit("", "set_plan", values={"seed": 5})
    session.previewing.look(LINEAR)
    assert len(previews(pool)) == 3, "another seed, other weights"


def test_one_question_is_under_way_and_only_the_newest_follows(session: Session, pool: Pool) -> None:
    session.previewing.look(LINEAR)
    for width in (5, 6, 7):
        session.edit("", "set_parameter", node="n1", parameter="out_features", value=width)
        session.previewing.look(LINEAR)
    assert len(previews(pool)) == 1
    previews(pool)[0].end()
    first, second = previews(pool)
    assert isinstance(second.job, Preview) and b'"out_features": 7' in second.job.project.replace(
        b":7", b": 7"
    )
    second.end()
    assert len(previews(pool)) == 2
    assert first is not second


def test_another_sample_is_another_question(session: Session, pool: Pool) -> None:
    session.previewing.look(LINEAR)
    previews(pool)[0].end()
    session.previewing.choose("test", 99)
    job = previews(pool)[1].job
    assert isinstance(job, Preview) and (job.split, job.index) == ("test", 14), "the last of fifteen"
    assert session.previewing.parts == ("validation", "train", "test")


def test_out_of_sight_it_is_called_off_and_asked_anew_later(session: Session, pool: Pool) -> None:
    session.previewing.look(LINEAR)
    session.previewing.look(())
    (first,) = previews(pool)
    assert first.cancelled
    session.previewing.look(LINEAR)
    first.end(Failed("Cancelled.", "", "cancelled"))
    assert len(previews(pool)) == 2 and session.previewing.problem == ""


def test_errors_are_told_and_the_last_pictures_stand(session: Session, pool: Pool) -> None:
    session.previewing.look(LINEAR)
    previews(pool)[0].say(frame(1.0))
    previews(pool)[0].end()
    session.edit("", "set_parameter", node="n3", parameter="out_features", value=7)
    session.previewing.look(LINEAR)
    assert len(previews(pool)) == 1
    assert (
        session.previewing.problem.startswith("The preview waits: ")
        and "3 classes" in session.previewing.problem
    )
    assert len(session.previewing.frames) == 1
    session.undo()
    session.previewing.look(LINEAR)
    previews(pool)[1].end(Failed("“linear1” cannot be computed for this sample: too wide", "", "refused"))
    assert session.previewing.problem.startswith("“linear1” cannot be computed")
    session.previewing.look(LINEAR)
    assert len(previews(pool)) == 2, "what failed is not asked again unchanged"


def test_without_data_or_workers_there_is_none(pool: Pool) -> None:
    session = Session(pool)
    session.files.new(chain("TableInput", "Linear", "Output"))
    session.previewing.look(LINEAR)
    assert not session.previewing.possible and previews(pool) == []
    alone = Session()
    alone.files.new(classifier())
    alone.previewing.look(LINEAR)
    assert not alone.previewing.possible


def test_data_outside_the_projects_folder_is_not_read_unasked(pool: Pool, tmp_path: Path) -> None:
    document = classifier()
    document = document.apply(edits.set_data(document, "csv", {"path": "../elsewhere.csv"}))
    save(document.apply(edits.set_found(document, **FOUND)), tmp_path / "a.nnd")
    session = Session(pool)
    session.files.open(tmp_path / "a.nnd")
    session.previewing.look(LINEAR)
    assert previews(pool) == [] and "outside the project's folder" in session.previewing.problem
    session.data.inspect()
    session.previewing.look(LINEAR)
    assert len(previews(pool)) == 1
    session.close()


def test_another_project_starts_afresh(session: Session, pool: Pool) -> None:
    session.previewing.look(LINEAR)
    (first,) = previews(pool)
    session.files.new(classifier())
    assert first.cancelled
    first.say(frame(1.0))
    first.end()
    assert session.previewing.frames == ()


def test_with_a_real_worker_an_edit_shows_in_what_comes_back(tmp_path: Path) -> None:
    driver = BlockingDriver()
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    session = Session(pool)

    def wait(over: Callable[[], bool]) -> None:
        assert driver.run_until(over, 120.0), "it took too long"

    def shape() -> list[int]:
        (found,) = session.previewing.frames
        assert np.isfinite(found.arrays["values"]).all() and found.arrays["values"].any()
        return list(found.meta["shape"])

    try:
        session.files.new(classifier())
        session.files.save_as(tmp_path / "iris.nnd")
        session.data.inspect()
        wait(lambda: not session.data.busy)
        session.previewing.look(LINEAR)
        wait(lambda: not session.previewing.busy)
        assert session.previewing.problem == ""
        before = shape()
        session.edit("", "set_parameter", node="n1", parameter="out_features", value=21)
        session.previewing.look(LINEAR)
        wait(lambda: not session.previewing.busy)
        assert shape() == [21] != before
        session.edit("", "set_plan", values={"epochs": 1})
        run = session.training.train(device="cpu")
        wait(lambda: not session.training.busy)
        session.previewing.run = run
        fresh = session.previewing.frames[0].arrays["values"]
        session.previewing.look(LINEAR)
        wait(lambda: not session.previewing.busy)
        assert session.previewing.kept
        assert not np.array_equal(session.previewing.frames[0].arrays["values"], fresh)
        assert len(pool.workers) <= 2, "questions do not use workers up"
    finally:
        session.close()
        pool.close()
        driver.close()
