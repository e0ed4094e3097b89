"""k-fold cross-validation: a run for each fold, one after the other, and nothing of a fold in its own preparation."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import read
from nndesigner.project.reader import decode
from nndesigner.project.writer import save
from nndesigner.protocol import controls
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.cross_validation import lines
from nndesigner.runs.pool import WorkerPool
from nndesigner.runs.store import open_run
from nndesigner.session.session import Session
from tests.session.projects import chain, classifier
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


def jobs(pool: Pool) -> list[Train]:
    return [asked.job for asked in pool.asked if isinstance(asked.job, Train)]


def end(pool: Pool, state: str = "finished") -> None:
    pool.last.end(Done({"state": state, "sentence": ""}))


def test_each_fold_is_trained_after_the_other(session: Session, pool: Pool) -> None:
    before = session.document
    session.cross_validating.start(3)
    seen = []
    for fold in (1, 2, 3):
        assert (session.cross_validating.fold, len(jobs(pool))) == (fold, fold)
        seen.append(session.cross_validating.fold)
        if fold == 2:  # what is edited meanwhile changes nothing of it, not even where it breaks the network
            session.edit("", "disconnect", edge=session.document.edges[1].id)
        end(pool)
    assert not session.cross_validating.busy and session.cross_validating.failure == ""
    data = [decode(job.project).document.data for job in jobs(pool)]
    assert [(d.parameters["folds"], d.parameters["fold"]) for d in data if d] == [(3, 1), (3, 2), (3, 3)]
    assert [decode(job.project).document.edges for job in jobs(pool)] == [before.edges] * 3
    groups = [job.group for job in jobs(pool)]
    assert [group["fold"] for group in groups] == [1, 2, 3] and len({group["id"] for group in groups}) == 1
    assert [Path(job.run).name for job in jobs(pool)] == [f"0001-network-fold-{i}-of-3" for i in (1, 2, 3)]
    assert session.document.data is not None and "folds" not in session.document.data.parameters
    session.close()


@pytest.mark.parametrize("how", ["cancel", "stop", "failed", "killed"])
def test_it_ends_where_a_run_is_stopped_or_fails(session: Session, pool: Pool, how: str) -> None:
    session.cross_validating.start(4)
    end(pool, "diverged")  # a fold that diverges is a result too: the next one begins
    assert session.cross_validating.fold == 2
    if how == "cancel":
        session.cross_validating.cancel()
        assert pool.last.controls[-1] == controls.Stop()
        end(pool, "stopped")
    elif how == "stop":
        session.training.stop()
        end(pool, "stopped")
    else:
        pool.last.end(Failed("The disk is full.", "", "cancelled" if how == "killed" else "refused"))
    assert not session.cross_validating.busy and len(jobs(pool)) == 2
    assert "fold 2 of 4" in session.cross_validating.failure
    assert ("The disk is full." in session.cross_validating.failure) == (how == "failed")
    session.training.check_ready()
    session.close()


def test_what_cannot_be_cut_into_folds_is_refused(session: Session, pool: Pool) -> None:
    for folds in (1, 101):
        with pytest.raises(Refusal, match="2 to 100"):
            session.cross_validating.start(folds)
    session.edit("", "set_data", type="sine")
    with pytest.raises(Refusal, match="at random"):
        session.cross_validating.start(5)
    assert not jobs(pool) and not session.cross_validating.busy


def test_another_project_ends_it(session: Session, pool: Pool) -> None:
    session.cross_validating.start(3)
    session.files.new(classifier())
    assert not session.cross_validating.busy
    end(pool)
    assert len(jobs(pool)) == 1
    session.close()


# -- with real workers -------------------------------------------------------------------------------------------------
def table(path: Path, seed: int = 0) -> None:
    """60 rows of two numbers and a class, far from zero and of different spread."""
    draw = np.random.default_rng(seed)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "kind"])
        for i in range(60):
            kind = i % 3
            writer.writerow(
                [f"{100 + 5 * kind + draw.normal():.4f}", f"{-3 + 0.1 * draw.normal():.5f}", "xyz"[kind]]
            )


def test_nothing_of_a_fold_is_in_its_own_preparation(tmp_path: Path) -> None:
    """Each run standardizes with the numbers of its training part, worked out here from the rows themselves; and the
    folds share out all that is not the test part, each row once, the classes in proportion."""
    table(tmp_path / "table.csv")
    driver = BlockingDriver()
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    session = Session(pool)

    def wait(over: Callable[[], bool]) -> None:
        assert driver.run_until(over, 120.0), "it took too long"

    try:
        session.files.new(chain("TableInput", "Linear", "Output"))
        session.files.save_as(tmp_path / "table.nnd")
        session.edit("", "set_data", type="csv", parameters={"path": "table.csv", "target": "kind"})
        wait(lambda: not session.data.busy)
        assert session.data.failure == ""
        session.edit("", "set_parameter", node="n1", parameter="out_features", value=3)
        session.edit("", "set_plan", values={"epochs": 2})
        session.cross_validating.start(2, device="cpu")
        wait(lambda: not session.cross_validating.busy)
        assert session.cross_validating.failure == ""
        (found,) = session.cross_validating.found()
        assert found.whole and found.id == session.cross_validating.id
        validated: list[int] = []
        means = set()
        for run in found.runs:
            assert run is not None
            document = open_run(run.path).document()
            assert document.data is not None
            data = read(document.data, tmp_path)
            given, wanted = (
                next(f for f in document.data.fields if f.role == role) for role in ("input", "target")
            )
            rows = data.arrays[given.name].astype(np.float64)
            train = rows[data.indices["train"]]
            columns = given.preparation["columns"]
            said = np.array([c["offset"] for c in columns]), np.array([c["scale"] for c in columns])
            assert np.allclose(said[0], train.mean(axis=0), rtol=1e-6)
            assert np.allclose(said[1], train.std(axis=0), rtol=1e-4)
            assert not np.allclose(said[0], rows.mean(axis=0), rtol=1e-6), "not those of all rows"
            means.add(tuple(said[0]))
            validated += data.indices["validation"].tolist()
            kinds = data.arrays[wanted.name][data.indices["validation"]]
            assert np.ptp(np.bincount(kinds.reshape(-1), minlength=3)) <= 1
            counts = document.data.counts
            assert counts["validation"] == len(data.indices["validation"])
        assert len(means) == 2
        tested = data.indices["test"].tolist()
        assert sorted(validated) == sorted(set(range(60)) - set(tested))
        accuracy = next(
            line for line in lines(found) if (line.part, line.metric) == ("validation", "accuracy")
        )
        assert None not in accuracy.values and accuracy.mean is not None
    finally:
        session.close()
        pool.close()
        driver.close()
