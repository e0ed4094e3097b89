"""What the plan says of watching reaches the run that goes on; nothing else of it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.project.writer import save
from nndesigner.protocol.controls import SetBudget, Watch
from nndesigner.protocol.messages import Done, State
from nndesigner.session.session import Session
from tests.session.projects import classifier
from tests.session.workers import Pool


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool, tmp_path: Path) -> Session:
    save(classifier(), tmp_path / "iris.nnd")
    session = Session(pool)
    session.files.open(tmp_path / "iris.nnd")
    return session


def plan(session: Session, **values: object) -> None:
    assert session.edit("", "set_plan", values=values) is not None


def told(pool: Pool) -> list[object]:
    return [control for control in pool.last.controls if isinstance(control, Watch | SetBudget)]


def test_a_run_is_told_what_changes(session: Session, pool: Pool) -> None:
    session.training.train()
    pool.last.say(State("running"))
    plan(session, watched="class", watched_class="setosa")
    plan(session, monitor_budget=5.0)
    plan(session, epochs=7)
    session.edit("", "rename", node="n0", name="rows")
    assert told(pool) == [Watch("class", "setosa", (), 64), SetBudget(0.05)]
    assert session.training.budget == 0.05
    session.undo()
    session.undo()
    session.undo()
    assert told(pool)[2:] == [SetBudget(0.02)]
    session.undo()
    assert told(pool)[3:] == [Watch()]


def test_a_run_that_begins_has_it_from_its_plan(session: Session, pool: Pool) -> None:
    plan(session, watched="samples", watched_samples="3, 4", monitor_budget=1.0)
    session.training.train()
    assert told(pool) == [] and session.training.budget == 0.01
    pool.last.end(Done({}))
    plan(session, monitor_budget=4.0)
    assert told(pool) == [], "nothing goes on"


def test_another_project_does_not_speak_to_the_run(session: Session, pool: Pool) -> None:
    session.training.train()
    pool.last.say(State("running"))
    session.files.new()
    plan(session, watched="samples", watched_samples="3")
    assert told(pool) == []
