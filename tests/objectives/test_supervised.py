"""Supervised learning: which networks it takes, which targets, what it counts for each kind of head."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.objectives.catalogue import objective, objectives
from nndesigner.objectives.supervised import SUPERVISED, judge
from tests.objectives.known import example
from tests.training.small import chain, compiled, mlp, trained


def test_it_is_found_by_its_name() -> None:
    assert objectives()["supervised"] is SUPERVISED
    with pytest.raises(Refusal, match=r"knows no objective “magic”; it knows .*supervised"):
        objective("magic")


def test_a_network_without_an_output_or_with_an_error_is_refused_with_the_reason() -> None:
    whole = mlp()
    assert SUPERVISED.why_not(check(whole)) == ""
    output = whole.node_named("output1")
    assert output is not None
    headless = check(whole.apply(edits.remove(whole, [output.id])))
    assert SUPERVISED.why_not(headless)
    wrong = check(mlp(classes=3))
    assert SUPERVISED.why_not(wrong) == wrong.errors[0].message


@pytest.mark.parametrize(
    ("data", "layers", "rule", "threshold"),
    [
        ("iris", [("Linear", {"out_features": 3})], "largest", 0.0),
        ("iris", [("Linear", {"out_features": 3}), ("Softmax", {})], "largest", 0.0),
        ("breast-cancer", [("Linear", {"out_features": 1})], "threshold", 0.0),
        ("breast-cancer", [("Linear", {"out_features": 1}), ("Sigmoid", {})], "threshold", 0.0),
        ("breast-cancer", [("Linear", {"out_features": 1}), ("Step", {})], "threshold", 0.0),
        ("diabetes", [("Linear", {"out_features": 1})], "error", 0.0),
    ],
)
def test_what_is_counted_follows_from_target_and_loss(
    data: str, layers: list[tuple[str, dict[str, int]]], rule: str, threshold: float
) -> None:
    from nndesigner.data.catalogue import sources

    data = data if data in sources() else data.replace("-", "_")
    model, _ = compiled(chain(data, [("TableInput", {}), *layers, ("Output", {})]))
    (score,) = SUPERVISED.scores(model.heads)
    assert (score.rule, score.threshold) == (rule, threshold)


def test_a_squared_error_on_probabilities_is_counted_at_one_half() -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 1}),
        ("Sigmoid", {}),
        ("Output", {"loss": "mse"}),
    ]
    model, _ = compiled(chain("moons", layers))
    (score,) = SUPERVISED.scores(model.heads)
    assert (score.rule, score.threshold) == ("threshold", 0.5)


def test_a_softmax_drawn_and_one_left_out_cost_the_same() -> None:
    batch = torch.randn(8, 4), torch.randint(3, (8,))
    costs = []
    for last in ([], [("Softmax", {})]):
        model, _ = compiled(
            chain("iris", [("TableInput", {}), ("Linear", {"out_features": 3}), *last, ("Output", {})])
        )
        costs.append(float(judge(model, [batch[0]], [batch[1]]).loss.detach()))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("loss", "threshold"), [("hinge_embedding", 1.5), ("soft_margin", 0.0), ("binary_focal", 0.0)]
)
def test_one_unit_changes_sides_where_its_loss_says(loss: str, threshold: float) -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 1}),
        ("Output", {"loss": loss, **({"margin": 3.0} if loss == "hinge_embedding" else {})}),
    ]
    model, _ = compiled(chain("moons", layers))
    (score,) = SUPERVISED.scores(model.heads)
    assert (score.rule, score.threshold) == ("threshold", threshold)


def test_what_the_loss_ignores_is_not_counted() -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 3}),
        ("Output", {"loss": "cross_entropy", "ignore": "1"}),
    ]
    model, _ = compiled(chain("iris", layers))
    (score,) = SUPERVISED.scores(model.heads)
    assert (score.rule, score.ignore) == ("largest", 1)


@pytest.mark.long
def test_a_small_unet_finds_the_pixels_of_shapes(tmp_path: Path) -> None:
    """The bar: a mean IoU of 0.9 over background and three kinds of shapes of the test images."""
    _, result = trained(example("shapes-unet"), tmp_path)
    found = result["metrics"]["test"]["iou"]
    print(f"shapes-unet: mean IoU {found:.4f}")
    assert found >= 0.9
