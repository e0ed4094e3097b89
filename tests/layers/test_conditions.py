from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.conditions import COMPARISONS
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import answers, infer

ROW, TRUTH = tensor(feature=4), tensor("bool", feature=4)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_with_a_number_and_with_a_wire(name: str) -> None:
    x, other = torch.tensor([[-1.0, 0.0, 1.0, 2.0]]), torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    assert answers("Compare", {"comparison": name}, (ROW, x))[0].equal(getattr(torch, name)(x, 0))
    both = answers("Compare", {"comparison": name}, (ROW, x), (ROW, other))[0]
    assert both.equal(getattr(torch, name)(x, other)) and both.dtype == torch.bool


def test_truth_values_are_joined() -> None:
    a, b = torch.tensor([[True, True, False, False]]), torch.tensor([[True, False, True, False]])
    for name, want in (("and", a & b), ("or", a | b), ("xor", a ^ b)):
        assert answers("Logic", {"operation": name}, (TRUTH, a), (TRUTH, b))[0].equal(want)
    assert answers("Logic", {"operation": "not"}, (TRUTH, a))[0].equal(~a)


def test_where_takes_a_wire_or_a_number_else() -> None:
    mask, a, b = torch.tensor([[True, False, True, False]]), torch.ones(1, 4), torch.full((1, 4), 5.0)
    assert answers("Where", {}, (TRUTH, mask), (ROW, a), (ROW, b))[0].tolist() == [[1.0, 5.0, 1.0, 5.0]]
    assert answers("Where", {"value": -2.0}, (TRUTH, mask), (ROW, a))[0].tolist() == [[1.0, -2.0, 1.0, -2.0]]


def test_minus_infinity_shuts_a_place_off() -> None:
    mask = torch.tensor([[True, False, False, False]])
    (y,) = answers("MaskedFill", {"fill": "minus_infinity"}, (ROW, torch.zeros(1, 4)), (TRUTH, mask))
    assert y.softmax(-1).tolist() == [[0.0, *[pytest.approx(1 / 3)] * 3]]


def test_a_mask_is_not_larger_than_what_it_masks() -> None:
    small, large = tensor(time=1, feature=4), tensor("bool", time=3, feature=4)
    with pytest.raises(ShapeError, match="spread over x"):
        answers("MaskedFill", {}, (small, torch.zeros(1, 1, 4)), (large, torch.zeros(1, 3, 4).bool()))


def test_numbers_are_no_condition() -> None:
    with pytest.raises(ShapeError, match="put a Compare before it"):
        answers("Logic", {}, (ROW, torch.zeros(1, 4)), (ROW, torch.zeros(1, 4)))


def test_tokens_and_truth_values_become_numbers() -> None:
    tokens = TensorType("int", tensor(time=3).axes, 9)
    assert answers("Cast", {}, (tokens, torch.tensor([[1, 2, 8]])))[0].tolist() == [[1.0, 2.0, 8.0]]
    assert infer("Cast", TRUTH) == ROW
