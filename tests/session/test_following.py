"""A project is opened while a run of it goes on, or after one broke off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nndesigner.base.checked_log import read_log
from nndesigner.base.processes import start_mark
from nndesigner.document.document import Document
from nndesigner.project.writer import save
from nndesigner.protocol.controls import Pause, Stop, read_control_line
from nndesigner.protocol.messages import Done, Failed, ScalarRow
from nndesigner.runs.attach import CONTROLS
from nndesigner.runs.store import RunFolder, create_run, open_run
from nndesigner.session.session import Session
from tests.session.projects import classifier
from tests.session.workers import Pool


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(classifier(), tmp_path / "a.nnd")
    return tmp_path / "a.nnd"


def run_of(path: Path, document: Document | None = None, **record: object) -> RunFolder:
    run = create_run(path.with_name("a.runs"), document or classifier())
    run.save_record(**record)
    return run


def row(step: int, value: float) -> ScalarRow:
    return ScalarRow(step, step / 10, "train", "loss", value, 0.1 * step)


def opened(path: Path, pool: Pool | None = None) -> Session:
    session = Session(pool or Pool())
    session.files.open(path)
    return session


def test_a_run_that_goes_on_is_followed_steered_and_heard_to_its_end(path: Path) -> None:
    run = run_of(path, state="running")
    run.append_rows([row(1, 0.5)])
    run.flush()
    session = opened(path)
    training = session.training
    assert (training.busy, training.followed, training.run, training.state) == (
        True,
        True,
        run.path,
        "running",
    )
    assert training.history.last("train", "loss") == 0.5, "what was written before"
    run.append_rows([row(2, 0.25)])
    run.flush()
    session.tick()
    assert training.history.last("train", "loss") == 0.25
    training.pause()
    training.stop()
    said = [read_control_line(line) for line in read_log(run.path / CONTROLS)[0]]
    assert [type(control) for control in said if isinstance(control, Pause | Stop)] == [Pause, Stop]
    run.save_record(state="stopped", result={"state": "stopped", "epochs": 1})
    run.close()
    session.tick()
    assert not training.busy and isinstance(training.outcome, Done)
    assert training.outcome.result["epochs"] == 1
    session.close()


def test_while_it_is_followed_no_other_run_begins_and_leaving_it_changes_nothing(path: Path) -> None:
    run = run_of(path, state="running")
    pool = Pool()
    session = opened(path, pool)
    with pytest.raises(Exception, match="going on"):
        session.training.train()
    session.training.detach()
    assert not session.training.busy and not (run.path / CONTROLS).exists()
    session.training.train()
    assert len(pool.asked) == 1
    session.tick()
    session.close()


@pytest.mark.parametrize(
    "record",
    [
        {"state": "running", "process": 2**22 + 1},
        {"state": "paused", "process": 2**22 + 1},
        {"state": "created", "process": 2**22 + 1},
        {"state": "running", "process": os.getpid(), "mark": "another process of this number"},
        {"state": "stopped", "result": {"state": "orphaned"}},
    ],
    ids=["killed", "killed while paused", "killed at the start", "number given anew", "designer gone"],
)
def test_a_run_that_broke_off_is_offered(path: Path, record: dict[str, object]) -> None:
    run = run_of(path, **record)
    run.append_rows([row(1, 0.5)])
    run.close()
    pool = Pool()
    session = opened(path, pool)
    training = session.training
    assert (training.busy, training.broke_off, training.run) == (False, True, run.path)
    assert isinstance(training.outcome, Failed) and run.name in training.outcome.sentence
    assert training.history.last("train", "loss") == 0.5
    training.resume(run.path)
    assert pool.last.job.start == "resume" and not training.broke_off
    session.close()


@pytest.mark.parametrize("state", ["finished", "early", "stopped", "diverged"])
def test_a_run_that_came_to_its_end_is_not(path: Path, state: str) -> None:
    run_of(path, state="running", process=2**22 + 1)  # an older one that nobody resumed
    run_of(path, state=state, result={"state": state})
    training = opened(path).training
    assert (training.busy, training.broke_off, training.run) == (False, False, None)


def test_another_project_forgets_the_run_of_the_one_before(path: Path) -> None:
    run_of(path, state="running", process=2**22 + 1)
    session = opened(path)
    assert session.training.broke_off
    session.files.new()
    assert session.training.run is None and not session.training.broke_off
    session.close()


def test_saving_the_project_looks_for_no_runs(path: Path, tmp_path: Path) -> None:
    session = opened(path)
    run_of(path, state="running")
    session.edit("", "rename", node="n0", name="again")
    session.files.save()
    assert not session.training.busy
    session.close()


def test_a_process_writes_its_mark(path: Path) -> None:
    record = open_run(run_of(path).path).record
    assert (record.process, record.mark) == (os.getpid(), start_mark(os.getpid()))


def test_the_folder_of_a_followed_run_is_removed(path: Path) -> None:
    import shutil

    run = run_of(path, state="running")
    session = opened(path)
    run.close()
    shutil.rmtree(run.path)
    session.tick()
    assert not session.training.busy and isinstance(session.training.outcome, Failed)
    assert not session.training.broke_off, "there is nothing to resume"
    session.close()


@pytest.mark.parametrize("begun", [0, 40])
def test_where_a_followed_run_stands_is_worked_out_from_its_numbers(path: Path, begun: int) -> None:
    run = run_of(path, state="running", plan={"epochs": 20})
    made = [ScalarRow(10 * begun + n, begun + n / 10, "train", "loss", 0.5, 0.1 * n) for n in range(1, 51)]
    run.append_rows(made)
    run.flush()
    clock = opened(path).training.history.clock
    assert clock is not None
    assert (clock.step, clock.steps) == (10 * begun + 50, 10 * (begun + 20))
    assert (clock.epoch, clock.epochs) == (begun + 5, begun + 20)
    assert clock.seconds_left == pytest.approx(15.0)
