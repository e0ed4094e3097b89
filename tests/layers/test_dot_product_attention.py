from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from nndesigner.layers.dot_product_attention import slopes
from tests.layers.shapes_of import alone, use

TYPE = "ScaledDotProductAttention"


def test_it_is_the_formula() -> None:
    q, k, v = torch.randn(2, 4, 6), torch.randn(2, 3, 6), torch.randn(2, 3, 5)
    ports = {
        "query": tensor(time=4, feature=6),
        "key": tensor(time=3, feature=6),
        "value": tensor(time=3, feature=5),
    }
    for scale in (0.0, 1.0):
        layer = alone(TYPE, {"num_heads": 1, "scale": scale}, **ports)
        scores = q @ k.mT * (scale or 6**-0.5)
        torch.testing.assert_close(layer(q, k, v), scores.softmax(-1) @ v)


@pytest.mark.parametrize("weights", ["none", "mean"])
def test_shared_keys_are_as_if_each_head_had_a_copy(weights: str) -> None:
    """torch's own function and the one by hand, which also gives the weights."""
    q, kv = torch.randn(2, 4, 8), torch.randn(2, 3, 4)
    shared = alone(
        TYPE,
        {"num_heads": 4, "kv_heads": 2, "weights": weights},
        query=tensor(time=4, feature=8),
        key=tensor(time=3, feature=4),
    )
    each = alone(
        TYPE,
        {"num_heads": 4, "weights": weights},
        query=tensor(time=4, feature=8),
        key=tensor(time=3, feature=8),
    )
    copied = kv.unflatten(-1, (2, 2)).repeat_interleave(2, dim=2).flatten(2)
    for have, want in zip(shared(q, kv), each(q, copied), strict=True):
        torch.testing.assert_close(have, want)


def test_alibi_takes_the_distance_off() -> None:
    x = torch.randn(1, 5, 4)
    given, weights = alone(
        TYPE, {"num_heads": 2, "alibi": True, "weights": "heads"}, query=tensor(time="T", feature=4)
    )(x)
    q = x.unflatten(-1, (2, 2)).transpose(1, 2)
    far = (torch.arange(5)[:, None] - torch.arange(5)).abs()
    scores = q @ q.mT / 2**0.5 - torch.tensor([2**-4, 2**-8]).view(2, 1, 1) * far
    torch.testing.assert_close(weights, scores.softmax(-1))
    assert given.shape == x.shape


def test_slopes_are_those_of_the_paper() -> None:
    assert slopes(8) == tuple(2.0**-i for i in range(1, 9))
    assert slopes(3) == (2.0**-4, 2.0**-8, 2.0**-2)


def test_heads_must_fit_queries_and_keys() -> None:
    def infer(values: dict[str, int], **widths: int) -> None:
        inputs = {port: tensor(time=4, feature=width) for port, width in widths.items()}
        layers()[TYPE].infer(use(TYPE, values, **inputs))

    with pytest.raises(ShapeError, match="4 heads of queries cannot share 3"):
        infer({"num_heads": 4, "kv_heads": 3}, query=8)
    with pytest.raises(ShapeError, match="keys need 4 features in all; 8 arrive"):
        infer({"num_heads": 4, "kv_heads": 2}, query=8, key=8)
