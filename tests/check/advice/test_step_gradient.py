from __future__ import annotations

import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import build
from tests.check.advice.drawings import YES_NO, advice, mended, names, rows, types

CODE = "step-gradient"
HIDDEN = ("Linear", "Step", ("Linear", {"out_features": 1}), "Sigmoid")


def test_a_hidden_step_keeps_the_layers_before_it_from_learning() -> None:
    document = rows(*HIDDEN, target=YES_NO)
    (problem,) = advice(document, CODE)
    assert names(document, [problem]) == ["step1"]
    assert "linear1" in problem.message and "linear2" not in problem.message
    model = build(check(document))
    model.losses(model.for_loss(torch.randn(8, 5)), [torch.arange(8) % 2])[0].backward()
    assert model.linear1.weight.grad.abs().max() == 0  # what the rule says is so
    assert model.linear2.weight.grad.abs().max() > 0


def test_the_remedy_makes_it_a_sigmoid_in_the_same_place() -> None:
    document = mended(rows(*HIDDEN, target=YES_NO), CODE)
    assert types(document) == ["TableInput", "Linear", "Sigmoid", "Linear", "Sigmoid", "Output"]
    assert document.node_named("step1") is None


def test_a_step_that_the_perceptron_rule_trains_is_right() -> None:
    assert advice(rows(("Linear", {"out_features": 1}), "Step", target=YES_NO), CODE) == []


def test_a_step_with_nothing_to_learn_before_it_is_right() -> None:
    assert advice(rows("Step", ("Linear", {"out_features": 3})), CODE) == []
