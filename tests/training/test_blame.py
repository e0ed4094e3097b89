"""Which place is named when a value is no number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.training import blame
from nndesigner.training.loop import Trainer
from tests.training.small import mlp, trainer


@pytest.fixture
def it(tmp_path: Path) -> Trainer:
    return trainer(mlp(), tmp_path)


def found(it: Trainer, inputs: list[torch.Tensor], targets: list[torch.Tensor]) -> tuple[str, str]:
    blamed = blame.find(it.compiled, it.checked, inputs, targets)
    node = it.checked.node(blamed.node) if blamed.node else None
    return (node.name if node is not None else "", blamed.why)


def test_the_data(it: Trainer) -> None:
    inputs, targets = next(it.feed.evaluation("train", 4))
    inputs[0] = inputs[0].clone()
    inputs[0][1, 1] = torch.inf
    assert found(it, inputs, targets)[0] == "table1"


def test_the_last_of_the_weights_that_a_spoiled_gradient_reached(it: Trainer) -> None:
    inputs, targets = next(it.feed.evaluation("train", 4))
    with torch.no_grad():
        for name in ("linear1.weight", "linear2.weight"):
            it.compiled.get_parameter(name)[0, 0] = torch.nan
    name, why = found(it, inputs, targets)
    assert name == "linear2" and "the step before" in why


def test_the_first_node_whose_values_overflow(it: Trainer) -> None:
    inputs, targets = next(it.feed.evaluation("train", 4))
    with torch.no_grad():
        it.compiled.get_parameter("linear1.weight").fill_(3e38)
        it.compiled.get_parameter("linear1.bias").fill_(3e38)
    name, why = found(it, [torch.ones_like(inputs[0])], targets)
    assert name == "linear1" and "no longer finite" in why


def test_the_target_and_the_loss(it: Trainer) -> None:
    inputs, targets = next(it.feed.evaluation("train", 4))
    assert "target" in found(it, inputs, [torch.full((4, 1), torch.nan)])[1]
    assert "loss itself" in found(it, inputs, targets)[1]
