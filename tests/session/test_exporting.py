from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.protocol.jobs import Export
from nndesigner.protocol.messages import Done, Failed, Progress
from nndesigner.session.session import Session
from tests.session.workers import Pool

RUN = Path("/runs/0001-a")


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def session(pool: Pool) -> Session:
    return Session(pool)


def test_every_format_can_be_asked_for(session: Session, pool: Pool, tmp_path: Path) -> None:
    assert {"onnx", "safetensors"} <= {exporter.format for exporter in session.exporting.formats()}
    session.exporting.export(RUN, "onnx", tmp_path / "a.onnx")
    job = pool.last.job
    assert isinstance(job, Export)
    assert (job.run, job.format, job.out) == (str(RUN), "onnx", str(tmp_path / "a.onnx"))
    pool.last.say(Progress(0.5, "Writing"))
    assert session.exporting.progress == Progress(0.5, "Writing")
    with pytest.raises(Refusal, match="going on"):
        session.exporting.export(RUN, "onnx", tmp_path / "b.onnx")
    pool.last.end(Done({"path": "a.onnx", "bytes": 5, "max_abs_difference": 0.0}))
    assert session.exporting.result["bytes"] == 5
    assert not session.exporting.busy


def test_a_failed_export_says_why(session: Session, pool: Pool, tmp_path: Path) -> None:
    session.exporting.export(RUN, "onnx", tmp_path / "a.onnx")
    session.exporting.cancel()
    assert pool.last.cancelled
    pool.last.end(Failed("It differs.", "", "refused"))
    assert (session.exporting.failure, session.exporting.result) == ("It differs.", {})
    assert session.exporting.progress is None


def test_a_wrong_wish_is_refused(session: Session, pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There are:"):
        session.exporting.export(RUN, "pickle", tmp_path / "a.pkl")
    assert pool.asked == []
