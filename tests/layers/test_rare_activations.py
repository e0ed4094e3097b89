from __future__ import annotations

from typing import Any

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

ROW = ("TableInput", {"features": 6})
IMAGE = ("ImageInput", {"channels": 4, "height": 2, "width": 2})
X = torch.tensor([[-4.0, -0.3, 0.0, 0.2, 1.5, 7.0]])


@pytest.mark.parametrize(
    ("type", "values", "expected"),
    [
        ("SELU", {}, lambda x: 1.0507010 * torch.where(x > 0, x, 1.6732632 * (x.exp() - 1))),
        ("CELU", {"alpha": 0.5}, lambda x: x.clamp(min=0) + (0.5 * ((x / 0.5).exp() - 1)).clamp(max=0)),
        ("PReLU", {}, lambda x: torch.where(x >= 0, x, 0.25 * x)),
        ("RReLU", {}, lambda x: torch.where(x >= 0, x, (1 / 8 + 1 / 3) / 2 * x)),
        ("ReLU6", {}, lambda x: x.clamp(0, 6)),
        ("Mish", {}, lambda x: x * (1 + x.exp()).log().tanh()),
        ("Hardswish", {}, lambda x: x * (x + 3).clamp(0, 6) / 6),
        ("Softplus", {"beta": 2.0}, lambda x: (1 + (2 * x).exp()).log() / 2),
        ("Hardsigmoid", {}, lambda x: (x / 6 + 0.5).clamp(0, 1)),
        ("Hardtanh", {"min_val": -0.5, "max_val": 2.0}, lambda x: x.clamp(-0.5, 2)),
        ("Softsign", {}, lambda x: x / (1 + x.abs())),
        ("LogSigmoid", {}, lambda x: (1 / (1 + (-x).exp())).log()),
        ("Tanhshrink", {}, lambda x: x - x.tanh()),
        ("Hardshrink", {"lambd": 0.25}, lambda x: torch.where(x.abs() > 0.25, x, 0)),
        ("Softshrink", {"lambd": 0.25}, lambda x: x.sign() * (x.abs() - 0.25).clamp(min=0)),
        ("Threshold", {"threshold": 0.1, "value": -1.0}, lambda x: torch.where(x > 0.1, x, -1)),
        ("Softmin", {}, lambda x: (-x).exp() / (-x).exp().sum(1, keepdim=True)),
        ("GLU", {}, lambda x: x[:, :3] * x[:, 3:].sigmoid()),
    ],
)
def test_each_is_the_formula_that_its_help_gives(type: str, values: dict[str, Any], expected: Any) -> None:
    torch.testing.assert_close(model(ROW, (type, values))(X), expected(X), atol=1e-5, rtol=1e-5)


def test_a_slope_for_each_channel() -> None:
    layer = model(IMAGE, ("PReLU", {"per_channel": True, "init": 0.5}))
    assert layer.prelu1.weight.tolist() == [0.5] * 4
    with pytest.raises(ShapeError, match="channels first"):
        infer("PReLU", tensor(time=3, feature=2), per_channel=True)


def test_glu_halves_the_channels_of_an_image() -> None:
    assert infer("GLU", tensor(channel=4, height=3, width=2)) == tensor(channel=2, height=3, width=2)
    with pytest.raises(ShapeError, match="cannot be halved") as caught:
        infer("GLU", tensor(feature=5))
    assert caught.value.suggestions[0].values == {"out_features": 6}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("type", "values"),
    [("Hardtanh", {"min_val": 2.0, "max_val": 2.0}), ("RReLU", {"lower": 3.0, "upper": 2.0})],
)
def test_limits_are_in_order(type: str, values: dict[str, float]) -> None:
    with pytest.raises(ShapeError, match="not below the upper one") as caught:
        infer(type, tensor(feature=2), **values)
    mend = caught.value.suggestions[0]
    infer(type, tensor(feature=2), **{**values, mend.parameter: mend.value})  # type: ignore[union-attr]
