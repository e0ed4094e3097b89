"""A layer made dead by a large negative bias."""

from __future__ import annotations

from pathlib import Path

import torch

from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, mended, name_at, only, run


def kill(share: float):  # type: ignore[no-untyped-def]
    def prepare(it: Trainer) -> None:
        with torch.no_grad():
            bias = it.compiled.get_submodule("linear2").bias
            bias[: round(share * len(bias))] = -99.0

    return prepare


def test_a_dead_layer_is_named_and_nothing_else_is_said(tmp_path: Path) -> None:
    document = rectified(epochs=2)
    problem = only(document, alarms_of(document, *run(document, tmp_path, kill(1.0))), "run-dead")
    assert name_at(document, problem) == "relu2"
    assert "100 % of the units of relu2 are dead (limit: 50 %)" in problem.message
    better = mended(document, problem)
    assert better.node(problem.where.node).type == "LeakyReLU"
    rate = next(remedy for remedy in problem.remedies if remedy.verb == "set_plan")
    assert rate.arguments == {"values": {"learning_rate": 0.0001}}


def test_some_are_no_alarm(tmp_path: Path) -> None:
    document = rectified(epochs=2)
    history, result = run(document, tmp_path, kill(0.25))
    dead = [f.arrays["dead"][4] for f in history.trail("", "health")]
    assert min(dead) >= 0.25 and max(dead) <= 0.5
    assert alarms_of(document, history, result) == []
    stricter = {"run-dead": {"share": 0.2}}
    assert {p.code for p in alarms_of(document, history, result, stricter)} == {"run-dead"}
