"""Gradients that are exactly zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import raised_by
from nndesigner.check.alarms.measured import Looks, Measured
from nndesigner.check.check import check
from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, ids_of, mended, name_at, run


def nearly_dead(it: Trainer) -> None:
    """Seven of every eight units of the first ReLU are dead: fewer than would make their layer's alarm too late."""
    with torch.no_grad():
        it.compiled.get_submodule("linear1").bias[:14] = -100.0


def test_a_layer_in_front_of_dead_units_has_a_gradient_of_zeros(tmp_path: Path) -> None:
    document = rectified(epochs=1)
    history, result = run(document, tmp_path, nearly_dead)
    # Dead units are the cause and speak first; without that alarm this one is heard.
    assert [p.code for p in alarms_of(document, history, result)] == ["run-dead"]
    problems = alarms_of(document, history, result, {"run-dead": {"watch": False}})
    problem = next(p for p in problems if p.code == "run-zero-gradient")
    assert name_at(document, problem) == "linear1"
    assert (
        problem.message.startswith("87.5 % of the gradient of linear1") and "limit: 70 %" in problem.message
    )
    assert not ids_of(mended(document, problem), "ReLU")


def test_it_rises_and_falls_with_hysteresis() -> None:
    document = rectified()
    nodes = tuple(ids_of(document, "Linear"))

    def codes(*shares: float, loss: float = 0.5) -> list[str]:
        column = np.array(shares)[:, None]
        numbers = {"zero_gradient": np.repeat(column, len(nodes), axis=1)}
        curves = {("train", "epoch loss"): np.array([1.0, loss])}
        found = Measured(health=Looks(tuple(range(len(shares))), nodes, numbers), curves=curves)
        return [
            p.code for p in raised_by(Evidence(document=document, checked=check(document), run=found), {})
        ]

    assert codes(0.9, 0.9) == []
    assert codes(0.9, 0.9, 0.9, 0.6)[:1] == ["run-zero-gradient"], "0.6 is not yet far enough below 0.7"
    assert codes(0.9, 0.9, 0.9, 0.5) == []
    assert codes(0.9, 0.9, 0.9, loss=0.0) == [], "everything is learned"
