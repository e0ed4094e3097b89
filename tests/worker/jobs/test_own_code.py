"""No job runs a text that is not trusted: data, loss and metrics that would leave a trace leave none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.describing import answer_here
from nndesigner.data.dataset import read
from nndesigner.document.document import Document
from nndesigner.layers import described
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Evaluate, Export, Inspect, Job, Predict, Preload, Preview, Train
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.store import create_run
from nndesigner.training.loop import Trainer
from nndesigner.worker import datasets
from nndesigner.worker.dispatch import perform
from nndesigner.worker.link import Link
from tests.own_projects import network, no_longer_trusted, texts_with_traces
from tests.training.small import Recorder


def do(job: Job) -> Done | Failed:
    return perform(job, Link(Recorder(), job))


def a_run(document: Document, folder: Path) -> Path:
    plan, checked = whole_plan(document)[0], check(document)
    assert not checked.obstacles, checked.obstacles
    torch.manual_seed(0)
    run = create_run(folder / "runs", document)
    data = read(document.data, folder)
    it = Trainer(build(checked), data, {**plan, "device": "cpu"}, run, Recorder(), checked=checked)
    it.start()
    it.train()
    return run.path


def test_no_job_runs_a_text_that_is_not_trusted(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(datasets, "_kept", None)
    texts, traces = texts_with_traces(tmp_path)
    document = network(texts["data"], texts["loss"], texts["metrics"])
    answer_here()
    run = a_run(document, tmp_path)
    assert all(trace.exists() for trace in traces.values()), "each text leaves a trace where it runs"
    no_longer_trusted(texts, traces)
    project, folder = encode(document), str(tmp_path)
    refused: list[Job] = [
        Inspect(project, folder),
        Preload(project, folder),
        Train(project, folder, str(tmp_path / "runs" / "new")),
        Evaluate(run=str(run), part="test"),
        Predict(run=str(run), split="test", indices=(0,)),
        Export(run=str(run), format="script", out=str(tmp_path / "out.py")),
        Preview(project=project, folder=folder),
    ]
    try:
        for job in refused:
            outcome = do(job)
            assert isinstance(outcome, Failed) and outcome.code == "refused", (job, outcome)
            assert "is not trusted and was not run" in outcome.sentence, (job, outcome)
        # What the network answers needs none of the three: it can still be taken out of the house.
        weights = Export(run=str(run), format="safetensors", out=str(tmp_path / "w.safetensors"))
        assert isinstance(do(weights), Done)
    finally:
        described.answer_here(None)
    assert not [trace for trace in traces.values() if trace.exists()]


def test_a_loss_that_is_not_trusted_trains_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    """The data may be trusted while the loss is not."""
    monkeypatch.setattr(datasets, "_kept", None)
    texts, traces = texts_with_traces(tmp_path)
    document = network(texts["data"], texts["loss"], texts["metrics"])
    no_longer_trusted({**texts, "data": "# another"}, traces)
    outcome = do(Train(encode(document), str(tmp_path), str(tmp_path / "runs" / "new")))
    described.answer_here(None)
    assert isinstance(outcome, Failed) and "does not run before you have read and trusted" in outcome.sentence
    assert not traces["loss"].exists() and not traces["metrics"].exists() and traces["data"].exists()
