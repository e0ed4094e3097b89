"""Weights that are far too large."""

from __future__ import annotations

from pathlib import Path

import torch

from nndesigner.document.plan import plan_values
from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, mended, name_at, run


def one_large(it: Trainer) -> None:
    with torch.no_grad():
        it.compiled.get_submodule("linear2").weight[3, 3] = 12.0


def test_one_large_weight_is_told_with_its_size(tmp_path: Path) -> None:
    document = rectified(epochs=1)
    history, result = run(document, tmp_path, one_large)
    problem = next(p for p in alarms_of(document, history, result) if p.code == "run-large-weights")
    assert name_at(document, problem) == "linear2"
    assert "largest weight of linear2 is 1" in problem.message and "limit: 5" in problem.message
    rate = plan_values(document)[0]["learning_rate"]
    assert plan_values(mended(document, problem))[0]["learning_rate"] == rate / 10
    assert alarms_of(document, history, result, {"run-large-weights": {"size": 20.0}}) == []
