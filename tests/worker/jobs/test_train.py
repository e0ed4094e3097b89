"""The train job in real worker processes: what it says and writes, and what is left when it is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nndesigner.data import dataset
from nndesigner.document.document import Document
from nndesigner.project.writer import encode
from nndesigner.protocol.channel import write_job
from nndesigner.protocol.controls import Stop, Subscribe, Subscription
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import Clock, DataFound, Done, Failed, Frame, Message, Scalars, State
from nndesigner.runs.blocking import run_job
from nndesigner.runs.history import RunHistory
from nndesigner.runs.listing import list_runs
from nndesigner.runs.store import open_run
from nndesigner.runs.tasks import Task
from nndesigner.training import checkpoints
from nndesigner.worker import datasets
from nndesigner.worker.link import Link
from tests.training.small import Recorder, chain, mlp


def project(**plan: Any) -> Document:
    """A network with dropout, batch statistics and momentum, that trains for a second or two."""
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 12}),
        ("BatchNorm1d", {}),
        ("ReLU", {}),
        ("Dropout", {"p": 0.3}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    return chain("moons", layers, **{"epochs": 250, "batch_size": 24, "learning_rate": 0.01, **plan})


def job(document: Document, run: Path, **options: Any) -> Train:
    return Train(project=encode(document), folder=str(run.parent), run=str(run), **options)


def rows(run: Path) -> list[tuple[Any, ...]]:
    return [tuple(row[:5]) for row in open_run(run).rows()]


def model(run: Path) -> bytes:
    newest = open_run(run).latest_checkpoint()
    assert newest is not None
    return (newest.path / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Message], Done]:
    """A run that nothing happened to: its folder, what was said, and its end."""
    run = tmp_path_factory.mktemp("unbroken") / "run"
    said: list[Message] = []
    outcome = run_job(job(project(), run), said.append, [Subscribe((Subscription("", "decision_boundary"),))])
    assert isinstance(outcome, Done), outcome
    return run, said, outcome


def test_a_run_is_told_live_and_its_folder_says_the_same(unbroken: tuple[Path, list[Message], Done]) -> None:
    run, said, outcome = unbroken
    assert outcome.result["state"] == "finished" and outcome.result["epochs"] == 250
    assert outcome.result["path"] == str(run)
    assert outcome.result["samples_per_second"] > 0 and outcome.result["seconds"] > 0
    assert outcome.result["metrics"]["test"]["accuracy"] > 0.8
    states = [message.state for message in said if isinstance(message, State)]
    assert states[0] == "starting" and states[-1] == "finished" and "running" in states
    assert any(isinstance(message, Clock) for message in said)
    assert any(isinstance(message, Frame) for message in said)
    assert not any(isinstance(message, DataFound) for message in said)  # the project knew its data
    live = RunHistory()
    for message in said:
        live.take(message)
    assert live.same_as(RunHistory.from_folder(run))
    record = open_run(run).record
    assert record.state == "finished"
    assert record.result | {"path": str(run)} == outcome.result
    assert record.versions["torch"] and record.threads == 1 and record.device == "cpu"
    assert record.data["fingerprint"] and record.project and record.weights > 0


def killed_and_resumed(document: Document, run: Path, moments: list[float]) -> int:
    """Train, killed after so many seconds of training each; then to the end. How many kills met a live run."""
    kills = 0
    start = "fresh"
    for moment in [*moments, None]:
        worker: list[Task] = []
        due: list[float] = []

        def strike(
            message: Message,
            moment: float | None = moment,
            worker: list[Task] = worker,
            due: list[float] = due,
        ) -> None:
            if moment is None or not isinstance(message, Scalars | Clock):
                return
            due[:] = due or [time.monotonic() + moment]
            if time.monotonic() >= due[0] and worker[0].worker is not None:
                os.kill(worker[0].worker.child.pid, signal.SIGKILL)

        outcome = run_job(job(document, run, start=start), strike, on_start=worker.append)
        start = "resume"
        if isinstance(outcome, Failed):
            assert moment is not None and outcome.code == "ended", outcome
            assert list_runs(run.parent)[0].state == "interrupted"
            kills += 1
        else:
            assert outcome.result["state"] == "finished"
            break
    return kills


def test_a_killed_run_goes_on_and_ends_bit_for_bit_as_one_that_was_not(
    tmp_path: Path, unbroken: tuple[Path, list[Message], Done]
) -> None:
    run = tmp_path / "run"
    assert killed_and_resumed(project(), run, [0.1, 0.25]) >= 1
    assert model(run) == model(unbroken[0])
    assert rows(run) == rows(unbroken[0])


@pytest.mark.long
def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    document = project(epochs=1500, optimizer="sgd", momentum=0.9)
    whole = tmp_path / "whole" / "run"
    assert isinstance(run_job(job(document, whole)), Done)
    chance = random.Random(1)
    kills = 0
    for number in range(50):
        if kills >= 20:
            break
        run = tmp_path / str(number) / "run"
        kills += killed_and_resumed(document, run, [chance.uniform(0.0, 0.6) for _ in range(4)])
        assert model(run) == model(whole) and rows(run) == rows(whole)
    assert kills >= 20


def test_when_the_designer_is_gone_the_run_is_saved_and_the_worker_ends(tmp_path: Path) -> None:
    run = tmp_path / "run"
    document = project(epochs=1_000_000)
    worker = subprocess.Popen(
        [sys.executable, "-I", "-m", "nndesigner.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert worker.stdin is not None
        worker.stdin.write(write_job(job(document, run)))
        worker.stdin.flush()
        wait_until(lambda: (run / "metrics.log").exists() and len(open_run(run).rows()) > 100)
        began = time.monotonic()
        worker.stdin.close()
        worker.wait(timeout=15)
        assert time.monotonic() - began <= 10
    finally:
        worker.kill()
        worker.wait()
    again = open_run(run)
    assert again.record.state == "stopped"
    newest = again.latest_checkpoint()
    assert newest is not None and newest.step >= again.rows()[-1].step


def wait_until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# -- in this process ---------------------------------------------------------------------------------------------------
class Quiet(Link):
    """A link whose prints stay where they are."""

    def log_to(self, path: Path) -> None:
        path.touch()


def train(job: Train, speaker: Recorder | None = None) -> dict[str, Any]:
    from nndesigner.worker.jobs.train import JOB

    result = JOB.run(job, Quiet(speaker or Recorder(), job))
    assert result is not None
    return result


def test_data_that_the_project_does_not_know_yet_is_told(tmp_path: Path) -> None:
    import msgspec

    known = mlp(epochs=1)
    data = known.data
    assert data is not None
    from nndesigner.document.diff import Diff

    unknown = known.apply(
        Diff(changed={data.id: (data, msgspec.structs.replace(data, fields=(), fingerprint=""))})
    )
    speaker = Recorder()
    train(job(unknown, tmp_path / "run"), speaker)
    (found,) = speaker.of(DataFound)
    assert found.fingerprint == data.fingerprint and found.fields == data.fields
    assert open_run(tmp_path / "run").document().data == data


def test_what_the_data_pinned_is_told_and_kept_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = mlp(epochs=1)
    data = document.data
    assert data is not None
    read = dataset.read
    monkeypatch.setattr(datasets, "_kept", None)
    monkeypatch.setattr(dataset, "read", lambda *asked: replace(read(*asked), pinned={"commit": "c"}))
    speaker = Recorder()
    train(job(document, tmp_path / "run"), speaker)
    (found,) = speaker.of(DataFound)
    assert found.pinned == {"commit": "c"} and found.fingerprint == data.fingerprint
    kept = open_run(tmp_path / "run").document().data
    assert kept is not None and kept.parameters == {**data.parameters, "commit": "c"}


def test_stop_then_resume_then_continue(tmp_path: Path) -> None:
    document = mlp(epochs=30)

    class Stops(Recorder):
        def send(self, message: Message) -> None:
            super().send(message)
            if isinstance(message, Clock) and message.step >= 20:
                link.deliver(Stop())

    first = job(document, tmp_path / "0001-a")
    speaker = Stops()
    link = Quiet(speaker, first)
    from nndesigner.worker.jobs.train import JOB

    stopped = JOB.run(first, link)
    assert stopped is not None and stopped["state"] == "stopped" and stopped["steps"] < 30 * 8 * 2
    resumed = train(job(document, tmp_path / "0001-a", start="resume"))
    assert resumed["state"] == "finished"
    best = open_run(tmp_path / "0001-a").best_checkpoint()
    assert best is not None
    on = train(job(mlp(epochs=2), tmp_path / "0002-b", start="continue", checkpoint=str(best.path)))
    assert on["epochs"] == 2
    record = open_run(tmp_path / "0002-b").record
    assert record.origin == {"run": "0001-a", "checkpoint": best.path.name}
    assert checkpoints.read(best.path).standing.step == best.step


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"data": None}, "no data"),
        ({"device": "cuda:77"}, "cannot be used here"),
        ({"start": "resume"}, "There is no run"),
        ({"start": "continue"}, "no checkpoint to continue from"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_sentence(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    from nndesigner.base.problem import Refusal
    from nndesigner.document import edits

    document = mlp(epochs=1)
    if "data" in change:
        document, change = edits.new_document(), {}
    with pytest.raises(Refusal, match=sentence):
        train(job(document, tmp_path / "run", **change))
    if (tmp_path / "run" / "run.json").exists():
        assert open_run(tmp_path / "run").record.state == "failed"


def test_a_run_whose_data_changed_is_not_resumed(tmp_path: Path) -> None:
    from nndesigner.base.problem import Refusal

    train(job(mlp(epochs=1), tmp_path / "run"))
    run = open_run(tmp_path / "run")
    run.save_record(data={**run.record.data, "fingerprint": "another"})
    with pytest.raises(Refusal, match="The data has changed"):
        train(job(mlp(epochs=1), tmp_path / "run", start="resume"))
