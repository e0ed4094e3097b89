"""A value made no number at a node: the alarm names the node, wherever it is."""

from __future__ import annotations

from pathlib import Path

import torch

from nndesigner.base.problem import Severity
from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, name_at, only, run


def break_at(name: str):  # type: ignore[no-untyped-def]
    def prepare(it: Trainer) -> None:
        def broken(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor:
            return output * float("nan") if it.at.step >= 3 else output

        it.compiled.get_submodule(name).register_forward_hook(broken)

    return prepare


def test_the_node_at_which_it_began_is_blamed(tmp_path: Path) -> None:
    document = rectified(epochs=2)
    history, result = run(document, tmp_path, break_at("linear2"))
    assert result["state"] == "diverged"
    problem = only(document, alarms_of(document, history, result), "run-not-finite")
    assert problem.severity is Severity.ERROR and name_at(document, problem) == "linear2"
    assert "the values that leave linear2 are no longer finite" in problem.message
    assert "step 4" in problem.message and problem.remedies[0].sentence == "Learn at 0.0001"


def test_a_run_that_ends_well_blames_nobody(tmp_path: Path) -> None:
    document = rectified(epochs=1)
    history, result = run(document, tmp_path)
    assert result["blamed"] == ""
    assert alarms_of(document, history, result) == []
