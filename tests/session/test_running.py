from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.project.reader import decode
from nndesigner.project.writer import encode, save
from nndesigner.protocol import controls
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import DataFound, Done, Failed, ScalarRow, Scalars, State
from nndesigner.runs.store import create_at, open_run
from nndesigner.session.running import NotReady
from nndesigner.session.session import Session
from tests.session.projects import FOUND, chain, classifier
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


def train_job(pool: Pool) -> Train:
    job = pool.last.job
    assert isinstance(job, Train)
    return job


def test_training_sends_the_project_as_it_is_now(session: Session, pool: Pool, tmp_path: Path) -> None:
    session.edit("", "rename", node="n0", name="rows")
    run = session.training.train(device="cpu")
    job = train_job(pool)
    assert run == tmp_path / "iris.runs" / "0001-network"
    assert (job.run, job.folder, job.start, job.device) == (str(run), str(tmp_path), "fresh", "cpu")
    assert job.project == encode(session.document)
    assert not run.exists(), "the worker makes it"
    assert session.training.document is session.document
    assert (session.training.busy, session.training.state) == (True, "starting")
    session.edit("", "rename", node="n0", name="later")
    assert decode(train_job(pool).project).document == session.training.document
    session.close()


def test_training_a_wrong_network_is_refused_with_its_problems(session: Session, pool: Pool) -> None:
    session.edit("", "disconnect", edge=session.document.edges[1].id)
    with pytest.raises(NotReady) as refusal:
        session.training.train()
    assert refusal.value.problems
    assert refusal.value.problems[0].message in str(refusal.value)
    session.undo()
    session.edit("", "set_plan", values={"epochs": -3})
    with pytest.raises(NotReady) as refusal:
        session.training.train()
    assert [problem.where.field for problem in refusal.value.problems] == ["epochs"]
    assert pool.asked == []
    session.close()


def test_without_data_there_is_nothing_to_learn_from(pool: Pool) -> None:
    session = Session(pool)
    session.files.new(chain("TableInput", "Linear", "Output"))
    with pytest.raises(NotReady, match="no data"):
        session.training.train()
    session.edit("", "set_data", type="iris")
    pool.asked.clear()
    with pytest.raises(NotReady):
        session.training.train()
    assert pool.asked == []


def test_an_unsaved_project_has_its_runs_in_the_users_data_folder(pool: Pool, user_folders: Path) -> None:
    session = Session(pool)
    session.files.new(classifier())
    run = session.training.train()
    assert run.is_relative_to(user_folders)
    other = Session(pool)
    other.files.new(classifier())
    assert other.training.folder != session.training.folder


def test_one_run_at_a_time(session: Session, pool: Pool) -> None:
    session.training.train()
    with pytest.raises(Refusal, match="going on"):
        session.training.train()
    pool.last.end()
    session.training.train()
    session.close()


def test_runs_are_numbered_on(session: Session, pool: Pool) -> None:
    for name in ("0001-network", "0007-other", "0012", "notes", "12-x"):
        (session.training.folder / name).mkdir(parents=True)
    assert session.training.train().name == "0013-network"
    session.close()


def test_steering_says_what_is_meant(session: Session, pool: Pool) -> None:
    training = session.training
    training.pause()  # nothing runs: nothing to say
    training.train()
    training.pause()
    training.step()
    training.carry_on()
    training.set_learning_rate(0.5)
    training.stop()
    assert pool.last.controls == [
        controls.Pause(),
        controls.StepBatch(),
        controls.Resume(),
        controls.SetLearningRate(0.5),
        controls.Stop(),
    ]
    training.kill()
    assert pool.last.killed
    session.close()


def test_what_is_looked_at_is_said_to_later_runs_too(session: Session, pool: Pool) -> None:
    looked = (Subscription("n1", "weights"),)
    session.training.subscribe(looked)
    session.training.train()
    assert pool.last.controls == [controls.Subscribe(looked)]
    session.training.subscribe(())
    assert pool.last.controls[-1] == controls.Subscribe(())
    session.close()


def test_messages_become_history_and_events(session: Session, pool: Pool) -> None:
    told: list[str] = []
    session.training.changed.connect(lambda: told.append(session.training.state))
    said: list[object] = []
    session.training.said.connect(said.append)
    session.training.train()
    pool.last.say(State("running"))
    pool.last.say(Scalars((ScalarRow(1, 0.1, "train", "loss", 2.0, 0.01),)))
    pool.last.say(State("paused"))
    assert session.training.paused
    assert list(session.training.history.series("train", "loss").values) == [2.0]
    outcome = Done({"run": "x"})
    pool.last.end(outcome)
    assert told == ["starting", "running", "paused", ""]
    assert len(said) == 4
    assert session.training.outcome is outcome
    assert not session.training.busy
    session.close()


def test_a_worker_that_fails_leaves_the_session(session: Session, pool: Pool) -> None:
    session.training.train()
    failed = Failed("The worker was ended by signal 9.", "", "ended")
    pool.last.end(failed)
    assert session.training.outcome == failed
    session.training.train()
    assert session.training.outcome is None
    session.close()


def test_a_detached_run_is_not_heard_any_more(session: Session, pool: Pool) -> None:
    session.training.train()
    first = pool.last
    session.training.detach()
    assert first.detached
    assert not session.training.busy
    session.training.train()
    first.say(State("running"))
    assert session.training.state == "starting"
    session.close()


def test_edits_are_on_the_disk_before_training(
    session: Session, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(session.autosave, "sync", lambda: synced.append(len(pool.asked)))
    session.training.train()
    assert synced == [0]
    session.close()


def test_a_run_is_listed_resumed_and_gone_on_from(session: Session, pool: Pool) -> None:
    before = session.document
    run = session.training.folder / "0001-network"
    folder = create_at(run, before)
    assert [summary.name for summary in session.training.runs()] == ["0001-network"]
    session.edit("", "rename", node="n1", name="renamed")
    session.training.resume(run)
    job = train_job(pool)
    assert (job.start, job.run, job.project) == ("resume", str(run), folder.project_bytes())
    assert session.training.document == before
    pool.last.end()
    with pytest.raises(Refusal, match="no checkpoint"):
        session.training.go_on(run)
    checkpoint = run / "checkpoints" / "step-00000010"
    session.training.go_on(run, checkpoint)
    job = train_job(pool)
    assert (job.start, job.checkpoint, Path(job.run).name) == ("continue", str(checkpoint), "0002-network")
    assert decode(job.project).document == session.document
    session.close()


def test_what_still_fits_is_said_beforehand(session: Session, pool: Pool) -> None:
    run = session.training.folder / "0001-network"
    create_at(run, session.document)
    assert session.training.fits(run).all
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=7)
    fits = session.training.fits(run)
    assert (fits.kept, fits.resized, fits.fresh, fits.unused) == ((), ("linear1", "linear2"), (), ())
    session.undo()
    session.edit("", "rename", node="n3", name="head")
    fits = session.training.fits(run)
    assert (fits.kept, fits.fresh, fits.unused) == (("linear1", "head"), (), ())
    session.edit("", "move", places={"n1": (1.0, 1.0)})
    session.edit("", "insert_on_wire", edge=session.document.edges_of("n0")[0].id, type="Dropout")
    assert session.training.fits(run) == fits
    session.close()


def test_saving_under_another_name_changes_where_runs_go(session: Session, tmp_path: Path) -> None:
    session.files.save_as(tmp_path / "b.nnd")
    assert session.training.folder == tmp_path / "b.runs"
    session.close()


def test_the_runs_of_an_unsaved_project_move_beside_its_file(pool: Pool, tmp_path: Path) -> None:
    session = Session(pool)
    session.files.new(classifier())
    run = session.training.train()
    create_at(run, session.document).save_record(folder="../../elsewhere")
    session.files.save_as(tmp_path / "mine.nnd")
    assert run.exists(), "not while it goes on"
    pool.last.end()
    assert not run.parent.exists()
    assert session.training.run == tmp_path / "mine.runs" / run.name
    assert [summary.path for summary in session.training.runs()] == [session.training.run]
    assert open_run(session.training.run).project_folder() == tmp_path
    session.close()


def test_runs_that_are_there_already_are_not_replaced(pool: Pool, tmp_path: Path) -> None:
    session = Session(pool)
    session.files.new(classifier())
    run = session.training.train()
    create_at(run, session.document)
    pool.last.end()
    (tmp_path / "mine.runs").mkdir()
    session.files.save_as(tmp_path / "mine.nnd")
    assert run.exists()
    assert session.training.runs() == ()
    session.close()


def test_data_that_changed_is_told_to_the_document(session: Session, pool: Pool) -> None:
    session.training.train()
    news = DataFound(**{**FOUND, "fingerprint": "new"}, pinned={"commit": "c"})
    pool.last.say(news)
    assert session.document.data is not None
    assert session.document.data.fingerprint == "new"
    assert session.document.data.parameters["commit"] == "c"
    session.edit("", "set_data", type="wine")
    train = pool.asked[0]
    train.say(DataFound(**{**FOUND, "fingerprint": "newer"}))
    assert session.document.data.fingerprint == ""
    session.close()
