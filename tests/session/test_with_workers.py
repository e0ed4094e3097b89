"""One session with real workers: data read, trained, resumed from, exported and asked, as a user would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.history import RunHistory
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session
from tests.session.projects import chain


@pytest.fixture
def driver() -> BlockingDriver:
    return BlockingDriver()


def test_the_main_job(driver: BlockingDriver, tmp_path: Path) -> None:
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    session = Session(pool)

    def wait(over: Callable[[], bool]) -> None:
        assert driver.run_until(over, 120.0), "it took too long"

    try:
        session.files.new(chain("TableInput", "Linear", "Tanh", "Linear", "Output"))
        session.files.save_as(tmp_path / "iris.nnd")
        session.edit("", "set_data", type="iris")
        wait(lambda: not session.data.busy)
        assert session.data.failure == ""
        assert session.document.data is not None
        assert session.document.data.counts["all"] == 150
        session.edit("", "set_parameter", node="n3", parameter="out_features", value=3)
        session.edit("", "set_plan", values={"epochs": 3, "batch_size": 16})
        run = session.training.train(device="cpu")
        wait(lambda: not session.training.busy)
        assert isinstance(session.training.outcome, Done), session.training.outcome
        assert session.training.history.same_as(RunHistory.from_folder(run))
        assert [summary.state for summary in session.training.runs()] == ["finished"]
        session.exporting.export(run, "onnx", tmp_path / "iris.onnx")
        wait(lambda: not session.exporting.busy)
        assert session.exporting.failure == ""
        assert (tmp_path / "iris.onnx").stat().st_size == session.exporting.result["bytes"]
        answers: list[Done | Failed] = []
        session.trying.predict(run, answers.append, split="test", indices=(0, 1))
        wait(lambda: bool(answers))
        assert isinstance(answers[0], Done), answers[0]
        assert len(answers[0].result["answers"]["output1"]["values"]) == 2
        second = session.training.go_on(run, device="cpu")
        wait(lambda: not session.training.busy)
        assert isinstance(session.training.outcome, Done), session.training.outcome
        assert [summary.path for summary in session.training.runs()] == [run, second]
    finally:
        session.close()
        pool.close()
        driver.close()
