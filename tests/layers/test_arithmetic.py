from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.arithmetic import FUNCTIONS
from nndesigner.layers.declaration import InsertBefore, ShapeError
from tests.layers.shapes_of import answers, infer

ROW = tensor(feature=4)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_that_of_torch(name: str) -> None:
    x = torch.rand(2, 4) + 0.1
    (y,) = answers("Operation", {"function": name}, (ROW, x))
    torch.testing.assert_close(y, getattr(torch, name)(x), equal_nan=True)


def test_power_by_a_number_or_by_a_wire() -> None:
    x, p = torch.rand(2, 4), torch.rand(2, 4)
    torch.testing.assert_close(answers("Power", {"power": 3.0}, (ROW, x))[0], x**3)
    torch.testing.assert_close(answers("Power", {}, (ROW, x), (ROW, p))[0], x**p)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (2.0, 0.0), (1.0, 3.0), (-0.5, 1.0)])
def test_multiply_and_add(scale: float, shift: float) -> None:
    x = torch.randn(2, 4)
    (y,) = answers("ScaleShift", {"scale": scale, "shift": shift}, (ROW, x))
    torch.testing.assert_close(y, scale * x + shift)


def test_clamp_with_one_limit_or_two() -> None:
    x = torch.tensor([[-2.0, 0.5, 3.0, 0.0]])
    assert answers("Clamp", {}, (ROW, x))[0].tolist() == [[0.0, 0.5, 1.0, 0.0]]
    assert answers("Clamp", {"lower": False}, (ROW, x))[0].tolist() == [[-2.0, 0.5, 1.0, 0.0]]
    assert answers("Clamp", {"lower": False, "upper": False}, (ROW, x))[0].equal(x)
    with pytest.raises(ShapeError, match="lower limit 2 of Clamp lies above the upper limit 1"):
        infer("Clamp", ROW, smallest=2.0)


def test_a_running_sum_along_time() -> None:
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(answers("CumSum", {}, (tensor(time=3, feature=4), x))[0], x.cumsum(1))


def test_tokens_and_truth_values_are_refused_with_a_way_out() -> None:
    for element, kind, first in (("int", "tokens", "Embedding"), ("bool", "truth values", "Cast")):
        with pytest.raises(ShapeError, match=f"{kind} arrive") as refused:
            infer("Operation", tensor(element, time=3))
        suggestion = refused.value.suggestions[0]
        assert isinstance(suggestion, InsertBefore) and suggestion.type == first
