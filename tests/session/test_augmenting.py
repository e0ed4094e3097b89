"""Samples before and after are asked for while somebody looks, one question at a time; and the steps in a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.document import edits
from nndesigner.project.reader import decode, open_project
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Augment
from nndesigner.protocol.messages import Done, Failed
from nndesigner.session.session import Session
from tests.session.projects import classifier
from tests.session.workers import Asked, Pool

STEPS = [{"type": "mixup", "parameters": {"alpha": 0.4}}, {"type": "later", "off": True, "why": ["kept"]}]


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool, tmp_path: Path) -> Session:
    session = Session(pool)
    session.files.new(classifier())
    session.files.save_as(tmp_path / "iris.nnd")
    return session


def questions(pool: Pool) -> list[Asked]:
    return [asked for asked in pool.asked if isinstance(asked.job, Augment)]


def test_nobody_looks_and_nothing_is_asked(session: Session, pool: Pool) -> None:
    session.edit("", "set_augmentation", steps=STEPS)
    session.augmenting.draw_again()
    assert questions(pool) == []


def test_one_question_at_a_time_and_the_newest_after_it(session: Session, pool: Pool) -> None:
    session.augmenting.look(True)
    session.edit("", "set_augmentation", steps=STEPS)
    session.augmenting.draw_again()
    (first,) = questions(pool)
    first.end(Done({"kind": "image"}))
    assert session.augmenting.result == {"kind": "image"} and len(questions(pool)) == 2
    job = questions(pool)[1].job
    assert isinstance(job, Augment) and job.seed == 1
    plan = decode(job.project).document.plan
    assert plan is not None and list(plan.augmentation) == STEPS
    questions(pool)[1].end(Failed("The disk is full.", "", "refused"))
    assert session.augmenting.problem == "The disk is full." and len(questions(pool)) == 2
    session.edit("", "move", places={session.document.nodes()[0].id: (20.0, 0.0)})
    assert len(questions(pool)) == 2, "where a layer stands changes no sample"
    session.augmenting.look(False)
    session.augmenting.look(True)
    assert len(questions(pool)) == 3


def test_what_is_tried_out_is_not_in_the_document_and_ends_with_an_edit(session: Session, pool: Pool) -> None:
    session.augmenting.look(True)
    questions(pool)[0].end(Done({}))
    session.augmenting.try_out([{"type": "mixup", "parameters": {"alpha": 5.0}}])
    assert session.document.plan is not None and session.document.plan.augmentation == ()
    tried = questions(pool)[1].job
    assert isinstance(tried, Augment) and b'"alpha": 5.0' in tried.project
    questions(pool)[1].end(Done({}))
    session.edit("", "set_augmentation", steps=STEPS)
    last = questions(pool)[2].job
    assert isinstance(last, Augment) and b'"alpha": 0.4' in last.project


def test_steps_are_saved_as_they_are_also_what_this_version_does_not_know(
    session: Session, tmp_path: Path
) -> None:
    session.edit("Add", "set_augmentation", steps=STEPS)
    session.files.save()
    text = (tmp_path / "iris.nnd").read_text(encoding="utf-8")
    assert '"augmentation"' in text
    opened = open_project(tmp_path / "iris.nnd")
    assert opened.warnings == () and opened.document == session.document
    assert opened.document.plan is not None and list(opened.document.plan.augmentation) == STEPS
    session.undo()
    assert session.document.plan is not None and session.document.plan.augmentation == ()
    assert b"augmentation" not in encode(session.document), "a project without it is as it was before"
    session.redo()
    assert list(session.document.plan.augmentation) == STEPS
    assert session.problems is not None


def test_other_settings_of_the_plan_leave_the_steps_alone(session: Session) -> None:
    session.edit("", "set_augmentation", steps=STEPS)
    session.edit("", "set_plan", values={"epochs": 3}, objective="supervised")
    assert session.document.plan is not None and list(session.document.plan.augmentation) == STEPS


def test_a_list_that_is_none_is_reset_with_a_sentence_and_costs_nothing_else() -> None:
    document = edits.new_document()
    document = document.apply(edits.set_plan(document, {"epochs": 7}))
    document = document.apply(edits.set_augmentation(document, [{"type": "crop"}]))
    bad = encode(document).replace(b'[{"type": "crop"}]', b'"crop"')
    opened = decode(bad)
    assert "augmentation of the training" in opened.warnings[0]
    assert opened.document.plan is not None and opened.document.plan.parameters == {"epochs": 7}
