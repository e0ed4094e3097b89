from __future__ import annotations

import math

import pytest
import torch

from nndesigner.base.shapes import BATCH, Axis, Size, TensorType, tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

TEXT = ("TokensInput", {"length": "T", "vocabulary": 9})


def text(values: int | None) -> TensorType:
    return TensorType("int", (BATCH, Axis("time", Size.named("T"))), values)


def test_the_table_is_as_large_as_what_arrives() -> None:
    layer = model(TEXT, ("Embedding", {"embedding_dim": 4}))
    assert layer.embedding1.weight.shape == (9, 4)
    tokens = torch.tensor([[3, 8]])
    assert torch.equal(layer(tokens)[0, 1], layer.embedding1.weight[8])


def test_the_padding_token_is_zero() -> None:
    assert model(TEXT, ("Embedding", {"padding_idx": 0}))(torch.tensor([[0]])).abs().sum() == 0


def test_a_vocabulary_that_nobody_knows_is_asked_for() -> None:
    with pytest.raises(ShapeError, match="not known yet") as caught:
        infer("Embedding", text(None))
    assert caught.value.parameter == "vocabulary"
    assert infer("Embedding", text(None), vocabulary=5, embedding_dim=2) == tensor(time="T", feature=2)


def test_numbers_need_no_embedding() -> None:
    with pytest.raises(ShapeError, match="not needed here"):
        infer("Embedding", tensor(time=3, feature=2))


@pytest.mark.parametrize("features", [6, 7])
def test_sinusoidal_positions_are_the_formula(features: int) -> None:
    layer = model(("SequenceInput", {"length": "T", "features": features}), ("PositionalEncoding", {}))
    added = layer(torch.zeros(1, 11, features))[0]
    for t in range(11):
        for i in range(features):
            angle = t / 10_000 ** (2 * (i // 2) / features)
            assert added[t, i].item() == pytest.approx(
                math.sin(angle) if i % 2 == 0 else math.cos(angle), abs=1e-5
            )


def test_learned_positions_are_a_row_of_the_table_for_each_step() -> None:
    series = ("SequenceInput", {"length": "T", "features": 4})
    layer = model(series, ("PositionalEncoding", {"kind": "learned", "max_length": 8}))
    x = torch.randn(2, 5, 4)
    torch.testing.assert_close(layer(x), x + layer.positions1.weight[:5])


def test_positions_keep_the_precision_that_arrives() -> None:
    layer = model(("SequenceInput", {"length": "T", "features": 4}), ("PositionalEncoding", {}))
    assert layer(torch.zeros(1, 3, 4, dtype=torch.float64)).dtype == torch.float64
