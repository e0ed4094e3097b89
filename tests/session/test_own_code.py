"""Functions of one's own in a session with real workers: nothing runs untrusted, and what does not end can be left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nndesigner.base import trust
from nndesigner.base.problem import READ_AND_TRUST, Refusal
from nndesigner.compiler.describing import answer_here
from nndesigner.data.dataset import read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers import described
from nndesigner.project.writer import encode, save
from nndesigner.protocol.jobs import Evaluate, Export, Inspect, Predict, Preload, Preview, Train
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.blocking import BlockingDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session
from nndesigner.session.trust import code_in
from tests.own_texts import ASYMMETRIC, METRICS, RING, leaves_a_trace
from tests.session.projects import chain
from tests.training.small import Recorder

LAYERS = ("TableInput", "Linear", "Tanh", "Linear", "Output")


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


def network(data: str, loss: str, metrics: str) -> Document:
    """A project of three texts, its data read: they are trusted for that, and not any more afterwards."""
    texts = (data, loss, metrics)
    for text in texts:
        trust.trust(text)
    document = chain(*LAYERS)
    document = document.apply(edits.set_parameters(document, "n3", {"out_features": 2}))
    document = document.apply(edits.set_data(document, "own", {"code": data}))
    found = read(document.data, Path())
    fields = tuple(found.fields.values())
    document = document.apply(edits.set_found(document, fields, found.counts, found.fingerprint))
    own = {"loss": "own", "loss_code": loss, "own_weight": 2.0, "own_metrics": True, "metric_code": metrics}
    document = document.apply(edits.set_parameters(document, "n4", own))
    return document.apply(edits.set_plan(document, {"epochs": 1}))


def test_nothing_of_an_untrusted_project_runs(
    driver: BlockingDriver, pool: WorkerPool, tmp_path: Path
) -> None:
    traces = {kind: tmp_path / f"{kind} ran" for kind in ("data", "loss", "metrics")}
    texts = {
        "data": leaves_a_trace(RING, traces["data"]),
        "loss": ASYMMETRIC.replace(
            "import math\n", f"import math\nopen({str(traces['loss'])!r}, 'w').close()\n"
        ),
        "metrics": leaves_a_trace(METRICS, traces["metrics"]),
    }
    document = network(texts["data"], texts["loss"], texts["metrics"])
    answer_here()
    run = _trained_here(document, tmp_path)
    assert all(trace.exists() for trace in traces.values()), "each text leaves a trace where it runs"
    for kind, trace in traces.items():
        trust.withdraw(texts[kind])
        trace.unlink()
    described.answer_here(None)
    described.forget()
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
    finally:
        session.close()

    def ended(job: Any) -> Done | Failed:
        answers: list[Done | Failed] = []
        pool.submit(job, lambda message: None, answers.append)
        assert driver.run_until(lambda: bool(answers), 120.0)
        return answers[0]

    project, folder = encode(document), str(tmp_path)
    refused = [
        Inspect(project, folder),
        Preload(project, folder),
        Train(project, folder, str(tmp_path / "runs" / "new")),
        Evaluate(run=str(run), part="test"),
        Predict(run=str(run), split="test", indices=(0,)),
        Export(run=str(run), format="script", out=str(tmp_path / "out.py")),
        Preview(project=project, folder=folder),
    ]
    for job in refused:
        outcome = ended(job)
        assert isinstance(outcome, Failed) and outcome.code == "refused", (job, outcome)
        assert "not trusted" in outcome.sentence or "read and trusted" in outcome.sentence, (job, outcome)
    # What the network answers needs none of the three: it can still be taken out of the house.
    assert isinstance(ended(Export(run=str(run), format="safetensors", out=str(tmp_path / "w.st"))), Done)
    assert not [trace for trace in traces.values() if trace.exists()]


def _trained_here(document: Document, folder: Path) -> Path:
    """A run of the project in its folder, made in this process."""
    import torch

    from nndesigner.check.check import check
    from nndesigner.compiler.build import build
    from nndesigner.objectives.catalogue import whole_plan
    from nndesigner.runs.store import create_run
    from nndesigner.training.loop import Trainer

    plan, checked = whole_plan(document)[0], check(document)
    assert not checked.obstacles, checked.obstacles
    torch.manual_seed(0)
    run = create_run(folder / "runs", document)
    data = read(document.data, folder)
    it = Trainer(build(checked), data, {**plan, "device": "cpu"}, run, Recorder(), checked=checked)
    it.start()
    it.train()
    return run.path


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
