from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

IMAGE = ("ImageInput", {"channels": 3, "height": 2, "width": 2})
ROW = ("TableInput", {"features": 4})
X = torch.tensor([[-2.0, -0.0, 0.0, 3.0]])


def test_step_is_one_for_positive_values_only() -> None:
    assert model(ROW, ("Step", {}))(X).tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_step_passes_a_gradient_of_zero() -> None:
    x = X.clone().requires_grad_()
    model(ROW, ("Step", {}))(x).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() == 0


@pytest.mark.parametrize(
    ("type", "values", "expected"),
    [
        ("ReLU", {}, lambda x: torch.where(x > 0, x, 0 * x)),
        ("LeakyReLU", {"negative_slope": 0.2}, lambda x: torch.where(x >= 0, x, 0.2 * x)),
        ("ELU", {"alpha": 0.5}, lambda x: torch.where(x > 0, x, 0.5 * (x.exp() - 1))),
        ("GELU", {}, lambda x: x * (1 + torch.erf(x / 2**0.5)) / 2),
        ("SiLU", {}, lambda x: x / (1 + (-x).exp())),
        ("Sigmoid", {}, lambda x: 1 / (1 + (-x).exp())),
        ("Tanh", {}, lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())),
        ("LogSoftmax", {}, lambda x: x - x.exp().sum(1, keepdim=True).log()),
    ],
)
def test_each_is_the_formula_that_its_help_gives(type: str, values: dict, expected) -> None:  # type: ignore[no-untyped-def, type-arg]
    torch.testing.assert_close(model(ROW, (type, values))(X), expected(X))


@pytest.mark.parametrize("type", ["Softmax", "LogSoftmax"])
def test_probabilities_sum_to_one_over_the_classes(type: str) -> None:
    """Channels of an image, else the last axis."""
    image = model(IMAGE, (type, {}))(torch.randn(2, 3, 2, 2))
    series = model(("SequenceInput", {"length": "T", "features": 6}), (type, {}))(torch.randn(2, 5, 6))
    if type == "LogSoftmax":
        image, series = image.exp(), series.exp()
    torch.testing.assert_close(image.sum(1), torch.ones(2, 2, 2))
    torch.testing.assert_close(series.sum(2), torch.ones(2, 5))


def test_tokens_are_not_numbers() -> None:
    with pytest.raises(ShapeError, match="real numbers") as caught:
        infer("ReLU", tensor("int", time=3))
    assert [s.type for s in caught.value.suggestions] == ["Embedding"]  # type: ignore[union-attr]


@pytest.mark.parametrize("type", ["Softmax", "LogSoftmax"])
def test_probabilities_are_never_taken_over_the_batch(type: str) -> None:
    with pytest.raises(ShapeError, match="only the batch arrives"):
        infer(type, tensor())
