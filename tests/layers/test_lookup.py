from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import alone, infer

TOKENS = TensorType("int", tensor(time="T").axes, 9)
X = torch.tensor([[3, 0, 5], [1, 1, 8]])


def test_a_bag_does_not_know_the_order_and_leaves_padding_out() -> None:
    bag = alone("EmbeddingBag", {"embedding_dim": 4, "padding_idx": 0}, x=TOKENS)
    table = bag.tested.weight
    torch.testing.assert_close(bag(X)[0], (table[3] + table[5]) / 2)
    torch.testing.assert_close(bag(X), bag(X.flip(1)))
    most = alone("EmbeddingBag", {"embedding_dim": 4, "mode": "max"}, x=TOKENS)
    torch.testing.assert_close(most(X)[1], most.tested.weight[[1, 8]].amax(0))


def test_one_hot_has_one_one() -> None:
    given = alone("OneHot", {}, x=TOKENS)(X)
    assert given.shape == (2, 3, 9) and given.dtype == torch.float32
    assert torch.equal(given.argmax(-1), X) and given.sum() == 6


def test_each_column_has_a_table_of_its_own() -> None:
    columns = TensorType("int", tensor(time=3).axes, 9)
    layer = alone("ColumnEmbedding", {"embedding_dim": 4}, x=columns)
    table = layer.tested.weight.unflatten(0, (3, 9))
    given = layer(X)
    for n in range(2):
        for c in range(3):
            assert torch.equal(given[n, c], table[c, X[n, c]])


@pytest.mark.parametrize("type", ["EmbeddingBag", "OneHot", "ColumnEmbedding"])
def test_numbers_are_not_looked_up(type: str) -> None:
    with pytest.raises(ShapeError, match="whole numbers"):
        infer(type, tensor(feature=3))
    with pytest.raises(ShapeError, match="9 different tokens arrive") as caught:
        infer(type, TensorType("int", tensor(time=3).axes, 9), vocabulary=4)
    assert caught.value.suggestions[0].value == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("type", ["EmbeddingBag", "OneHot", "Embedding"])
def test_places_along_an_axis_of_free_length_have_no_bound(type: str) -> None:
    """A vocabulary that is typed in would be a promise that the next longer text breaks."""
    free, fixed = (infer("ArgMax", tensor(time=length, feature=4), axis="1") for length in ("T", 9))
    with pytest.raises(ShapeError, match="free length: fix that length at the input"):
        infer(type, free, vocabulary=5)
    assert infer(type, fixed, vocabulary=9)
