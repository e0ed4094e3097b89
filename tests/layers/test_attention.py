from __future__ import annotations

from typing import Any

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.layers.attention import MULTIHEAD_ATTENTION
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, model, use
from tests.networks import chain

HEADS: dict[str, Any] = {"num_heads": 2}


def attend(values: dict[str, Any] = HEADS, **inputs: TensorType) -> TensorType:
    return MULTIHEAD_ATTENTION.infer(use("MultiheadAttention", values, **inputs))["y"]


@pytest.mark.parametrize("type", ["MultiheadAttention", "TransformerEncoderLayer"])
@pytest.mark.parametrize("causal", [True, False])
def test_causal_steps_do_not_see_what_comes_after_them(type: str, causal: bool) -> None:
    layer = model(SERIES, (type, {**HEADS, "causal": causal}))
    x = torch.randn(2, 7, 6)
    changed = x.clone()
    changed[:, 4:] += 1.0
    difference = (layer(x) - layer(changed)).abs().amax((0, 2))
    assert (difference[:4].max().item() < 1e-6) is causal
    assert difference[4:].min() > 1e-4
    followed = layer(x)
    with torch.no_grad():  # torch then takes another, faster way through the same layer
        torch.testing.assert_close(layer(x), followed.detach(), atol=1e-5, rtol=1e-5)


def test_self_attention_takes_key_and_value_from_the_query() -> None:
    document = chain([SERIES, ("MultiheadAttention", HEADS), ("Output", {})])
    source, attention = document.node_named("sequence1"), document.node_named("attention1")
    assert source is not None and attention is not None
    torch.manual_seed(0)
    alone = build(check(document)).eval()
    for port in ("key", "value"):
        document = document.apply(edits.connect(document, source.id, "y", attention.id, port))
    torch.manual_seed(0)
    wired = build(check(document)).eval()
    x = torch.randn(2, 5, 6)
    assert torch.equal(alone(x), wired(x))


def test_a_value_that_is_not_wired_follows_the_key() -> None:
    query, key = tensor(time=4, feature=6), tensor(time="S", feature=5)
    assert attend(query=query, key=key) == query


def test_keys_and_values_come_in_pairs() -> None:
    query = tensor(time=4, feature=6)
    with pytest.raises(ShapeError, match="3 keys and 4 values") as caught:
        attend(query=query, key=tensor(time=3, feature=6), value=query)
    assert caught.value.port == "value"


def test_causal_needs_one_key_for_each_query() -> None:
    with pytest.raises(ShapeError, match="as many keys as queries"):
        attend({**HEADS, "causal": True}, query=tensor(time=4, feature=6), key=tensor(time=3, feature=6))


def test_heads_that_do_not_divide_the_features_are_mended_by_fewer() -> None:
    with pytest.raises(ShapeError, match="6 features cannot be split evenly among 4 heads") as caught:
        attend({"num_heads": 4}, query=tensor(time=4, feature=6))
    assert caught.value.suggestions[0].value == 3  # type: ignore[union-attr]
