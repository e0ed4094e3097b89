"""Metric learning: the losses over the pairs of a batch, and neighbours of the same class."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.objectives.metric import METRIC, NEIGHBOURS, contrastive_loss, triplet_loss
from tests.objectives.known import example
from tests.training.small import mlp, trained, trainer


def by_hand(z: torch.Tensor, label: torch.Tensor, margin: float) -> tuple[float, float, float, float]:
    """Hardest triplets, those that cost something, all of them, and pairs, each in plain loops."""
    n = len(z)
    d = [[float((z[i] - z[j]).norm()) for j in range(n)] for i in range(n)]
    same = [[bool(label[i] == label[j]) for j in range(n)] for i in range(n)]
    hardest = [
        max(
            max(d[i][j] for j in range(n) if same[i][j])
            - min(d[i][k] for k in range(n) if not same[i][k])
            + margin,
            0.0,
        )
        for i in range(n)
    ]
    costs = [
        d[i][j] - d[i][k] + margin
        for i in range(n)
        for j in range(n)
        for k in range(n)
        if i != j and same[i][j] and not same[i][k]
    ]
    number, costs = len(costs), [cost for cost in costs if cost > 0]
    near = [d[i][j] ** 2 for i in range(n) for j in range(i) if same[i][j]]
    far = [max(margin - d[i][j], 0.0) ** 2 for i in range(n) for j in range(i) if not same[i][j]]
    pairs = 0.5 * (sum(near) / len(near) + sum(far) / len(far))
    return sum(hardest) / n, sum(costs) / max(len(costs), 1), sum(costs) / number, pairs


def test_the_losses_are_those_of_plain_loops() -> None:
    torch.manual_seed(0)
    z, label = torch.randn(9, 3), torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2])
    hardest, costly, every, pairs = by_hand(z, label, 0.7)
    assert float(triplet_loss(z, label, 0.7, hardest=True)) == pytest.approx(hardest, rel=1e-5)
    assert float(triplet_loss(z, label, 0.7, hardest=False)) == pytest.approx(costly, rel=1e-5)
    over_all = triplet_loss(z, label, 0.7, hardest=False, costly=False)
    assert float(over_all) == pytest.approx(every, rel=1e-5) and every < costly
    assert float(contrastive_loss(z, label, 0.7)) == pytest.approx(pairs, rel=1e-5)


def test_a_batch_of_one_class_and_equal_places_give_finite_gradients() -> None:
    for loss in (
        lambda z, y: triplet_loss(z, y, 1.0, hardest=True),
        lambda z, y: triplet_loss(z, y, 1.0, hardest=False),
        lambda z, y: contrastive_loss(z, y, 1.0),
    ):
        z = torch.zeros(4, 2, requires_grad=True)
        loss(z, torch.zeros(4, dtype=torch.int64)).backward()
        assert torch.isfinite(z.grad).all()


def test_neighbours_are_counted_over_the_whole_part(tmp_path: Path) -> None:
    it = trainer(example("digits-embedding"), tmp_path)
    assert it.way.whole is not None
    z = torch.tensor([[0.0], [0.1], [5.0], [5.2], [0.3], [9.0]])
    label = torch.tensor([0, 0, 1, 1, 1, 2])
    judged = [([z[:4]], [label[:4]]), ([z[4:]], [label[4:]])]
    assert it.way.whole(judged) == {NEIGHBOURS: pytest.approx(4 / 6)}


def test_an_output_with_a_loss_of_its_own_is_refused() -> None:
    assert "none (learned elsewhere)" in METRIC.why_not(check(mlp()))
    assert METRIC.why_not(check(example("digits-embedding"))) == ""


@pytest.mark.long
@pytest.mark.parametrize("kind", ["triplet", "contrastive"])
def test_neighbours_are_of_the_same_class(kind: str, tmp_path: Path) -> None:
    """The bar: in a plane, nine of ten test digits have a digit of their own class as the nearest other one."""
    _, result = trained(example("digits-embedding", metric_loss=kind), tmp_path)
    found = result["metrics"]["test"][NEIGHBOURS]
    print(f"digits-embedding, {kind}: {found:.3f}")
    assert found >= 0.9


def test_the_best_state_is_the_one_with_the_best_neighbours(tmp_path: Path) -> None:
    it = trainer(example("digits-embedding"), tmp_path)
    it.metrics["validation"] = {"loss": 1.0, NEIGHBOURS: 0.5}
    assert it.is_best()
    it.metrics["validation"] = {"loss": 2.0, NEIGHBOURS: 0.6}
    assert it.is_best() and it.at.best_score == 0.6
    it.metrics["validation"] = {"loss": 0.5, NEIGHBOURS: 0.4}
    assert not it.is_best()
