from __future__ import annotations

import math

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import alone, infer

X = torch.randn(2, 7, 8)


@pytest.mark.parametrize("pairs", ["halves", "neighbours"])
def test_it_is_the_formula(pairs: str) -> None:
    """Two heads of four numbers; the pairs are (0, 2), (1, 3) or (0, 1), (2, 3)."""
    given = alone("RotaryEncoding", {"num_heads": 2, "pairs": pairs}, x=tensor(time="T", feature=8))(X)
    for head in (0, 4):
        for i, (a, b) in enumerate([(0, 2), (1, 3)] if pairs == "halves" else [(0, 1), (2, 3)]):
            for t in range(7):
                angle = t * 10_000 ** (-2 * i / 4)
                turned = complex(X[1, t, head + a], X[1, t, head + b]) * complex(
                    math.cos(angle), math.sin(angle)
                )
                assert given[1, t, head + a].item() == pytest.approx(turned.real, abs=1e-5)
                assert given[1, t, head + b].item() == pytest.approx(turned.imag, abs=1e-5)


def test_products_depend_on_the_distance_only() -> None:
    rotary = alone("RotaryEncoding", {"num_heads": 1}, x=tensor(time="T", feature=8))
    q, k = torch.randn(8).expand(1, 7, 8), torch.randn(8).expand(1, 7, 8)
    products = rotary(q)[0] @ rotary(k)[0].T
    for apart in range(1, 6):
        along = products.diagonal(apart)
        torch.testing.assert_close(along, along[:1].expand_as(along))


def test_numbers_beyond_the_turned_ones_rest() -> None:
    given = alone("RotaryEncoding", {"num_heads": 2, "rotary_dim": 2}, x=tensor(time="T", feature=8))(X)
    assert torch.equal(given.unflatten(-1, (2, 4))[..., 2:], X.unflatten(-1, (2, 4))[..., 2:])
    assert not torch.equal(given, X)


def test_numbers_are_turned_in_pairs() -> None:
    with pytest.raises(ShapeError, match="in pairs"):
        infer("RotaryEncoding", tensor(time=3, feature=6), num_heads=2)
    with pytest.raises(ShapeError, match="a head has 4"):
        infer("RotaryEncoding", tensor(time=3, feature=8), num_heads=2, rotary_dim=6)


def test_far_positions_are_told_apart_in_short_numbers() -> None:
    """Under autocast queries arrive in bfloat16, which has no 257; the angle must."""
    rotary = alone("RotaryEncoding", {"num_heads": 1}, x=tensor(time="T", feature=8))
    ones = torch.ones(1, 300, 8)
    short = rotary(ones.bfloat16()).float()
    torch.testing.assert_close(short, rotary(ones), atol=0.02, rtol=0.02)
