"""One session with real workers: data read, trained, resumed from, exported and asked, as a user would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.history import RunHistory
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session
from tests.session.projects import chain, classifier


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


def test_a_layer_inside_a_block_is_watched_while_it_learns(driver: BlockingDriver, tmp_path: Path) -> None:
    """Subscribed from the session, measured by the worker, kept in the run's folder."""
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    session = Session(pool)

    def wait(over: Callable[[], bool]) -> None:
        assert driver.run_until(over, 120.0), "it took too long"

    try:
        session.files.new(classifier())
        session.files.save_as(tmp_path / "iris.nnd")
        session.edit("", "make_block", ids=["n1", "n2"], name="stage")
        block = next(node.id for node in session.document.nodes() if node.type == "Block")
        session.edit("", "set_parameter", node=block, parameter="repeat", value=2)
        session.data.inspect()
        wait(lambda: not session.data.busy)
        session.edit("", "set_plan", values={"epochs": 2000, "batch_size": 16})
        key = f"{block}/1/n1"
        wanted = [(key, "activation_histogram"), (key, "weight_histogram")]
        session.training.subscribe(tuple(Subscription(*pair) for pair in wanted))
        run = session.training.train(device="cpu")
        wait(lambda: all(pair in session.training.history.frames for pair in wanted))
        assert session.training.busy  # it was seen while the network learned
        session.training.stop()
        wait(lambda: not session.training.busy)
        kept = RunHistory.from_folder(run).frames
        assert all(pair in kept for pair in wanted)
        assert kept[key, "weight_histogram"].meta["weights"]["weight"]["shape"] == [64, 64]
    finally:
        session.close()
        pool.close()
        driver.close()
