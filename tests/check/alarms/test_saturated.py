"""Tanhs driven to their ends by weights that are too large; sigmoids that answer may be there."""

from __future__ import annotations

from pathlib import Path

import torch

from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import sigmoids
from tests.check.alarms.runs import alarms_of, mended, name_at, run
from tests.training.small import chain


def drive(it: Trainer) -> None:
    with torch.no_grad():
        it.compiled.get_submodule("linear2").weight.mul_(500.0)


def test_a_saturated_layer_is_named_and_a_normalization_before_it_mends_it(tmp_path: Path) -> None:
    document = sigmoids(2, "Tanh", epochs=2)
    history, result = run(document, tmp_path / "a", drive)
    (problem,) = [p for p in alarms_of(document, history, result) if p.code == "run-saturated"]
    assert name_at(document, problem) == "tanh2"
    assert "limit: 70 %" in problem.message and "batch norm" in problem.remedies[0].sentence
    better = mended(document, problem)
    problems = alarms_of(better, *run(better, tmp_path / "b", drive))
    assert "run-saturated" not in {p.code for p in problems}


def test_a_sigmoid_that_answers_may_be_sure(tmp_path: Path) -> None:
    layers = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Sigmoid", {}), ("Output", {})]
    document = chain("moons", layers, epochs=2)

    def sure(it: Trainer) -> None:
        with torch.no_grad():
            it.compiled.get_submodule("linear1").weight.mul_(1000.0)

    history, result = run(document, tmp_path, sure)
    frame = history.frames["", "health"]
    assert max(v for v in frame.arrays["saturated"].tolist() if v == v) > 0.7
    assert "run-saturated" not in {p.code for p in alarms_of(document, history, result)}
