"""Networks for predictions are built once, and again only when something about them is another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training import predict
from nndesigner.worker import predictors
from nndesigner.worker.predictors import predictor
from tests.training.small import mlp, trained

CPU = torch.device("cpu")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    it, _ = trained(mlp(epochs=3, learning_rate=0.02), tmp_path)
    return open_run(it.run.path)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Grows with every network that is built."""
    made: list[str] = []
    build = predict.build

    def counted(checked: predict.CheckedNetwork) -> object:
        made.append(checked.name)
        return build(checked)

    monkeypatch.setattr(predict, "build", counted)
    predictors.forget()
    yield made
    predictors.forget()


def test_the_second_prediction_builds_nothing(run: RunFolder, built: list[str]) -> None:
    first = predictor(run, None, CPU)
    again = predictor(open_run(run.path), None, CPU)
    assert again is first and len(built) == 1
    assert predictor(run, run.checkpoints()[-1].path, CPU) is first, "named, the same checkpoint is the same"


def test_another_checkpoint_or_project_is_built_anew(run: RunFolder, built: list[str]) -> None:
    newest, before = run.checkpoints()[-1], run.checkpoints()[0]
    assert newest.step != before.step
    first = predictor(run, None, CPU)
    assert predictor(run, before.path, CPU).step == before.step and len(built) == 2
    shutil.rmtree(newest.path)
    assert predictor(run, None, CPU).step < first.step
    project = run.path / "project.nnd"
    count = len(built)
    project.write_bytes(project.read_bytes() + b"\n")
    predictor(run, None, CPU)
    assert len(built) == count + 1


def test_a_checkpoint_that_was_written_again_is_another(run: RunFolder, built: list[str]) -> None:
    path, other = run.checkpoints()[-1].path, run.checkpoints()[0]
    first = predictor(run, path, CPU)
    shutil.rmtree(path)
    shutil.copytree(other.path, path)
    assert predictor(run, path, CPU).step == other.step != first.step and len(built) == 2


def test_few_are_kept_and_none_that_is_too_large(
    run: RunFolder, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [checkpoint.path for checkpoint in run.checkpoints()]
    assert len(paths) >= 2
    monkeypatch.setattr(predictors, "MOST_KEPT", 1)
    for _ in range(2):
        for path in paths[:2]:
            predictor(run, path, CPU)
    assert len(built) == 4
    predictors.forget()
    monkeypatch.setattr(predictors, "MOST_BYTES", 10)
    assert predictor(run, None, CPU) is not predictor(run, None, CPU)
