from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import alone, infer, use

TOKENS = TensorType("int", tensor(time="T").axes, 9)


def test_padding_is_the_padding_token() -> None:
    mask = alone("PaddingMask", {"token": 2}, x=TOKENS)
    assert mask(torch.tensor([[3, 2, 2]])).tolist() == [[False, True, True]]
    with pytest.raises(ShapeError, match="takes tokens"):
        infer("PaddingMask", tensor(time=3, feature=2))


def test_steps_from_the_length_on_are_masked() -> None:
    mask = alone("LengthMask", {}, x=tensor(time="T", feature=2), lengths=tensor(feature=1))
    given = mask(torch.zeros(2, 3, 2), torch.tensor([[2.0], [0.0]]))
    assert given.tolist() == [[False, False, True], [True, True, True]]
    two = use("LengthMask", {}, x=tensor(time=3, feature=2), lengths=tensor(feature=2))
    with pytest.raises(ShapeError, match="one number for each sample"):
        layers()["LengthMask"].infer(two)


def test_a_window_is_open_around_each_step() -> None:
    mask = alone("WindowMask", {"back": 1, "ahead": 0}, x=TOKENS)
    given = mask(torch.zeros(2, 3, dtype=torch.int64))
    open_ = [[False, True, True], [False, False, True], [True, False, False]]
    assert given.tolist() == [open_, open_]


def test_the_mean_is_that_of_what_is_left() -> None:
    x = torch.randn(2, 4, 3)
    padding = torch.tensor([[False, False, True, True], [True] * 4])
    mean = alone("MaskedMean", {}, x=tensor(time="T", feature=3), padding=tensor("bool", time="T"))(
        x, padding
    )
    torch.testing.assert_close(mean[0], x[0, :2].mean(0))
    assert mean[1].tolist() == [0.0, 0.0, 0.0]
