"""Functions of one's own in a session with real workers: nothing runs untrusted, and what does not end can be left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nndesigner.base import trust
from nndesigner.base.problem import READ_AND_TRUST, Refusal
from nndesigner.layers import described
from nndesigner.project.writer import save
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session
from nndesigner.session.trust import code_in
from tests.own_projects import network, no_longer_trusted, texts_with_traces
from tests.own_texts import ASYMMETRIC, METRICS, RING


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.answer_here(None)
    described.forget()


@pytest.fixture
def driver() -> Iterator[BlockingDriver]:
    driver = BlockingDriver()
    yield driver
    driver.close()


@pytest.fixture
def pool(driver: BlockingDriver) -> Iterator[WorkerPool]:
    pool = WorkerPool(driver, replacement_delay=0.0)
    pool.open()
    yield pool
    pool.close()


def test_nothing_of_an_untrusted_project_runs(
    driver: BlockingDriver, pool: WorkerPool, tmp_path: Path
) -> None:
    """What workers refuse besides: `tests/worker/jobs/test_own_code.py`."""
    texts, traces = texts_with_traces(tmp_path)
    document = network(texts["data"], texts["loss"], texts["metrics"])
    no_longer_trusted(texts, traces)
    save(document, tmp_path / "theirs.nnd")
    session = Session(pool)
    try:
        session.files.open(tmp_path / "theirs.nnd")
        found = [p for p in session.problems if p.code == "untrusted"]
        assert [p.where.field for p in found] == ["code", "loss_code", "metric_code"]
        assert all(p.remedies[0].verb == READ_AND_TRUST for p in found)
        assert {session.trust.text_of(p.where.node) for p in found} == {texts["data"], texts["loss"]}
        assert not any(c.trusted for c in session.trust.code) and len(session.trust.code) == 3
        with pytest.raises(Refusal, match="does not run before you have read and trusted it"):
            session.training.train(device="cpu")
        session.data.inspect()
        assert driver.run_until(lambda: not session.data.busy, 120.0)
        assert "is not trusted and was not run" in session.data.failure
        assert not session.describing.busy
    finally:
        session.close()
    assert not [trace for trace in traces.values() if trace.exists()]


def test_trusted_code_is_read_and_tried_out_by_workers(
    driver: BlockingDriver, pool: WorkerPool, tmp_path: Path
) -> None:
    wrong = ASYMMETRIC.replace(
        "return inputs.mean(dim=1) if each", "return output.detach().sum() if not each"
    )
    session = Session(pool)
    try:
        session.files.new(network(RING, wrong, METRICS))
        session.files.save_as(tmp_path / "mine.nnd")
        session.edit("", "set_data", type="own", parameters={"code": RING, "own_samples": 80})
        quiet = lambda: not (session.data.busy or session.describing.busy)  # noqa: E731
        assert driver.run_until(lambda: quiet() and not _pending(session), 120.0)
        assert session.document.data is not None and session.document.data.counts["all"] == 80
        (problem,) = [p for p in session.problems if p.in_the_way]
        assert problem.where.field == "loss_code" and problem.message == (
            "No gradient leads from what loss gives back to the output: compute it from output with torch, without"
            f" detach, numpy, argmax or comparisons (line {len(wrong.splitlines())} of the code)."
        )
        trust.trust(ASYMMETRIC)
        session.edit("", "set_parameter", node="n4", parameter="loss_code", value=ASYMMETRIC)
        assert driver.run_until(lambda: quiet() and not _pending(session), 120.0)
        assert not [p for p in session.problems if p.in_the_way]
        session.undo()
        assert [p.where.field for p in session.problems if p.in_the_way] == ["loss_code"]
        endless = "def data(a: int = 1):\n    while True:\n        a += 1\n    return a, a\n"
        trust.trust(endless)
        session.edit("", "set_data", type="own", parameters={"code": endless})
        assert session.data.busy
        assert not driver.run_until(lambda: not session.data.busy, 1.0), "it does not end by itself"
        session.data.cancel()
        assert driver.run_until(lambda: not session.data.busy, 60.0), "it was not ended"
        assert session.data.failure == ""
    finally:
        session.close()


def _pending(session: Session) -> bool:
    return any(problem.code == "pending" for problem in session.problems)


def test_code_in_use_is_listed_with_what_it_defines() -> None:
    found = code_in(network(RING, ASYMMETRIC, METRICS))
    assert [(c.class_name, c.nodes) for c in found] == [
        ("loss", ("output1",)),
        ("share_of_right, samples", ("output1",)),
        ("data", ("the data",)),
    ]
