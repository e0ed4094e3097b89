"""Losses of the drawing: they alone are minimised, weighted as drawn, and what cannot be learned so is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.objectives.drawn import DRAWN
from tests.objectives.known import example
from tests.training.small import mlp, trainer


def test_what_is_minimised_is_the_drawn_loss_times_its_weight(tmp_path: Path) -> None:
    document = example("digits-verification", batch_size=16)
    node = document.node_named("contrastive")
    assert node is not None
    it = trainer(document.apply(edits.set_parameters(document, node.id, {"weight": 0.5})), tmp_path)
    it.compiled.eval()
    inputs, targets = next(it.feed.evaluation("validation", 16))
    with torch.no_grad():
        outcome = it.way.judge(inputs, targets)
        distance, _ = it.compiled.for_loss(*inputs)
    assert len(outcome.parts) == 1
    same = inputs[it.compiled.input_names.index("same")][:, 0]
    apart = distance[:, 0]
    wanted = 0.5 * (same * apart**2 + (1 - same) * torch.relu(1.0 - apart) ** 2).mean()
    assert outcome.parts[0].item() == pytest.approx(wanted.item(), rel=1e-3)
    assert outcome.loss.item() == pytest.approx(0.5 * outcome.parts[0].item())


def test_networks_without_a_drawn_loss_or_with_one_at_the_output_are_refused() -> None:
    assert "Nothing of what is drawn" in DRAWN.why_not(check(mlp()))
    document = example("digits-verification")
    assert DRAWN.why_not(check(document)) == ""
    node = document.node_named("apart")
    assert node is not None
    judged = document.apply(edits.set_parameters(document, node.id, {"loss": "binary_cross_entropy"}))
    assert "has a loss of its own" in DRAWN.why_not(check(judged))
