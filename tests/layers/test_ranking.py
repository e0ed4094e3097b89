from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import SetParameter, ShapeError
from tests.layers.shapes_of import answers, infer, use

SEQUENCE = tensor(time=6, feature=4)


def test_the_place_of_the_largest_is_a_token_for_an_embedding() -> None:
    x = torch.randn(2, 6, 4)
    (y,) = answers("ArgMax", {}, (SEQUENCE, x))
    assert y.equal(x.argmax(2))
    assert infer("ArgMax", SEQUENCE) == TensorType("int", tensor(time=6).axes, 4)
    assert answers("ArgMax", {"smallest": True}, (tensor(feature=4), x[:, 0]))[0].equal(
        x[:, 0].argmin(1, keepdim=True)
    )


def test_the_k_largest_and_where_they_lie() -> None:
    x = torch.randn(2, 6, 4)
    values, places = answers("TopK", {"k": 2, "axis": "time"}, (SEQUENCE, x))
    want = x.topk(2, dim=1)
    assert values.equal(want.values) and places.equal(want.indices)


def test_more_than_there_are_cannot_be_taken() -> None:
    with pytest.raises(ShapeError, match="only 4 values arrive") as refused:
        layers()["TopK"].infer(use("TopK", {"k": 5}, x=SEQUENCE))
    assert refused.value.suggestions == (SetParameter("k", 4, "Take all 4"),)


def test_gather_takes_steps_by_number() -> None:
    x, places = torch.randn(2, 6, 4), torch.tensor([[0, 5, 5], [3, 2, 1]])
    index = TensorType("int", tensor(time=3).axes, 6)
    (y,) = answers("Gather", {}, (SEQUENCE, x), (index, places))
    assert y.equal(torch.stack([x[n, places[n]] for n in range(2)]))


def test_places_beyond_the_end_are_refused() -> None:
    with pytest.raises(ShapeError, match="Places up to 8 are asked for, but the axis has 6"):
        layers()["Gather"].infer(
            use("Gather", {}, x=SEQUENCE, index=TensorType("int", tensor(time=3).axes, 9))
        )


def test_unit_length() -> None:
    (y,) = answers("L2Normalize", {}, (SEQUENCE, torch.randn(2, 6, 4)))
    torch.testing.assert_close(y.norm(dim=2), torch.ones(2, 6))
