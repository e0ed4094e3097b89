"""The alarms of the run that is looked at: they are told, stay while they are true, and obey each user's limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.fields import BadValue
from nndesigner.check.alarms.alarms import alarms
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Done
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.history import RunHistory
from nndesigner.runs.measured import WATCHED
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.alarms import Alarms
from nndesigner.session.session import Session
from tests.check.alarms.networks import sigmoids
from tests.check.alarms.runs import run
from tests.training.small import chain

DEPTH = 24
DEAD = next(alarm for alarm in alarms() if alarm.code == "run-dead")
VANISHING = next(alarm for alarm in alarms() if alarm.code == "run-vanishing")
Ran = tuple[Document, RunHistory]


@pytest.fixture(scope="module")
def vanished(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    document = sigmoids(DEPTH, epochs=1)
    return document, run(document, tmp_path_factory.mktemp("runs"))[0]


@pytest.fixture
def session(vanished: Ran) -> Session:
    made = Session()
    made.files.new(vanished[0])
    return made


def look(session: Session, ran: Ran) -> list[str]:
    session.alarms.look("0001-a", ran[0], check(ran[0]), ran[1])
    return [problem.code for problem in session.alarms.problems]


def test_they_are_told_once_for_what_is_new(session: Session, vanished: Ran) -> None:
    told: list[int] = []
    session.alarms.changed.connect(lambda: told.append(len(session.alarms.problems)))
    assert look(session, vanished) == ["run-vanishing"]
    assert look(session, vanished) == ["run-vanishing"] and told == [1]
    session.alarms.forget()
    assert session.alarms.problems == () and told == [1, 0]


def test_the_remedy_is_one_step_and_the_alarm_goes_with_it(session: Session, vanished: Ran) -> None:
    look(session, vanished)
    (problem,) = session.alarms.problems
    assert session.run_remedy(problem.remedies[0]) is not None
    assert {node.type for node in session.document.nodes()} >= {"LeakyReLU"}
    assert session.alarms.problems == ()
    session.undo()
    assert session.alarms.problems == (problem,), "after undo it is true again"


def test_what_changes_nothing_leaves_it_and_what_is_gone_takes_it_along(
    session: Session, vanished: Ran
) -> None:
    look(session, vanished)
    (problem,) = session.alarms.problems
    node = problem.where.node
    session.edit("", "move", places={node: (7.0, 7.0)})
    session.edit("", "rename", node=node, name="first")
    session.edit("", "set_plan", values={"epochs": 77})
    assert session.alarms.problems == (problem,)
    session.edit("", "remove", ids=[node])
    assert session.alarms.problems == ()


def test_another_project_has_no_alarms(session: Session, vanished: Ran) -> None:
    look(session, vanished)
    session.files.new(edits.new_document())
    assert session.alarms.problems == () and session.alarms.run == ""


def test_limits_are_the_users_own_and_hold_at_once(session: Session, vanished: Ran) -> None:
    session.alarms.set_limit(VANISHING, "norm", 1e-30)
    session.alarms.set_limit(DEAD, "share", 0.9)
    assert "run-vanishing" not in look(session, vanished)
    other = Alarms(session.editing)
    assert other.settings(DEAD)["share"] == 0.9 and other.settings(VANISHING)["norm"] == 1e-30
    session.alarms.set_limit(VANISHING, "norm", None)
    assert look(session, vanished) == ["run-vanishing"]
    with pytest.raises(BadValue, match="between 0 and 1"):
        session.alarms.set_limit(DEAD, "share", 3.0)
    assert session.alarms.settings(DEAD)["share"] == 0.9


def test_settings_that_cannot_be_read_are_the_defaults(session: Session, user_folders: Path) -> None:
    session.alarms.set_limit(DEAD, "share", 0.9)
    (place,) = user_folders.rglob("alarms.json")
    place.write_text("{nonsense")
    assert Alarms(session.editing).settings(DEAD)["share"] == 0.5


def test_nothing_is_wanted_where_nothing_is_watched_for(session: Session) -> None:
    assert session.alarms.wanted == WATCHED
    for alarm in alarms():
        session.alarms.set_limit(alarm, "watch", False)
    assert session.alarms.wanted == ()


def test_a_real_worker_blames_the_layer_inside_a_block(tmp_path: Path) -> None:
    """The weights of a layer inside a block overflow after a step that is far too large."""
    driver = BlockingDriver()
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    session = Session(pool)
    try:
        layers = [("TableInput", {}), *[("Linear", {"out_features": 8})] * 2, ("Linear", {}), ("Output", {})]
        session.files.new(chain("diabetes", layers, epochs=3, optimizer="sgd", learning_rate=1000.0))
        linear = next(node.id for node in session.document.nodes() if node.name == "linear3")
        session.edit("", "set_parameter", node=linear, parameter="out_features", value=1)
        inner = [node.id for node in session.document.nodes() if node.name in ("linear2", "linear3")]
        session.edit("", "make_block", ids=inner)
        session.files.save_as(tmp_path / "wild.nnd")
        session.training.subscribe(tuple(Subscription("", name) for name in WATCHED))
        session.training.train(device="cpu")
        assert driver.run_until(lambda: not session.training.busy, 120.0), "it took too long"
        outcome = session.training.outcome
        assert isinstance(outcome, Done) and outcome.result["state"] == "diverged", outcome
        blamed, document = outcome.result["blamed"], session.training.document
        assert document is not None and "/" in blamed
        checked = check(document)
        session.alarms.look(
            "0001", document, checked, session.training.history, blamed, outcome.result["sentence"]
        )
        problem = session.alarms.problems[0]
        found = checked.find(blamed)
        assert problem.code == "run-not-finite" and found is not None
        assert problem.where.node == found.node.id and found.name in problem.message
    finally:
        session.close()
        pool.close()
        driver.close()
