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
from tests.layers.shapes_of import SERIES, alone, model, use
from tests.networks import chain

HEADS: dict[str, Any] = {"num_heads": 2}


def attend(values: dict[str, Any] = HEADS, **inputs: TensorType) -> TensorType:
    return MULTIHEAD_ATTENTION.infer(use("MultiheadAttention", values, **inputs))["y"]


@pytest.mark.parametrize(
    "type", ["MultiheadAttention", "TransformerEncoderLayer", "ScaledDotProductAttention"]
)
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


# -- masks ---------------------------------------------------------------------------------------------------------
MASKED: list[tuple[str, dict[str, Any], str]] = [
    ("MultiheadAttention", {}, "query"),
    ("MultiheadAttention", {"weights": "mean"}, "query"),
    ("MultiheadAttention", {"head_dim": 4}, "query"),
    ("MultiheadAttention", {"head_dim": 4, "weights": "heads"}, "query"),
    ("ScaledDotProductAttention", {}, "query"),
    ("ScaledDotProductAttention", {"alibi": True}, "query"),
    ("TransformerEncoderLayer", {"dim_feedforward": 8}, "x"),
]
X = torch.randn(3, 5, 6)
PADDING = torch.tensor([[False, False, False, False, False], [False, False, True, True, True], [True] * 5])


def first(given: Any) -> torch.Tensor:
    return given[0] if isinstance(given, tuple) else given


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("type", "values", "port"), MASKED)
def test_padding_is_as_if_it_were_not_there(
    type: str, values: dict[str, Any], port: str, causal: bool
) -> None:
    x_type = tensor(time="T", feature=6)
    values = {**HEADS, **values, "causal": causal}
    padded = alone(type, values, **{port: x_type, "padding": tensor("bool", time="T")})
    short = alone(type, values, **{port: x_type})
    with torch.no_grad():
        given = first(padded(X, PADDING))
        torch.testing.assert_close(given[:1], first(short(X[:1])), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(given[1:2, :2], first(short(X[1:2, :2])), atol=1e-5, rtol=1e-5)
    assert given.isfinite().all()
    x = X.clone().requires_grad_(True)
    first(padded(x, PADDING))[:2].sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("type", "values", "port"), MASKED)
def test_a_mask_of_pairs_hides_what_it_says(
    type: str, values: dict[str, Any], port: str, causal: bool
) -> None:
    mask = torch.zeros(3, 5, 5, dtype=torch.bool)
    mask[:, 4, 1] = True
    ports = {port: tensor(time="T", feature=6), "mask": tensor("bool", time="T", feature="T")}
    layer = alone(type, {**HEADS, **values, "causal": causal}, **ports)
    changed = X.clone()
    changed[:, 1] += 1.0
    moved = (first(layer(X, mask)) - first(layer(changed, mask))).abs().amax((0, 2))
    assert moved[4] < 1e-6
    assert moved[3] > 1e-4


def test_weights_say_how_much_is_taken() -> None:
    ports = {"query": tensor(time="T", feature=6), "padding": tensor("bool", time="T")}
    for values in ({}, {"head_dim": 4}):
        heads = alone("MultiheadAttention", {**HEADS, **values, "weights": "heads"}, **ports)
        mean = alone("MultiheadAttention", {**HEADS, **values, "weights": "mean"}, **ports)
        of_heads, of_all = heads(X, PADDING)[1], mean(X, PADDING)[1]
        assert of_heads.shape == (3, 2, 5, 5)
        torch.testing.assert_close(of_heads.mean(1), of_all)
        torch.testing.assert_close(of_all.sum(-1), torch.ones(3, 5))
        assert of_all[1, :, 2:].abs().max() == 0


def test_heads_of_an_even_share_are_those_of_the_module() -> None:
    """The same numbers through torch's module and through our own projections give the same answer."""
    ours = alone("MultiheadAttention", {"num_heads": 2, "head_dim": 2}, query=tensor(time="T", feature=6))
    module = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    state = {key.removeprefix("tested_"): value for key, value in ours.state_dict().items()}
    pass_on = torch.nn.functional.linear
    q, k, v = (
        pass_on(X, state[f"{part}_weight"], state[f"{part}_bias"]) for part in ("query", "key", "value")
    )
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.eye(4).repeat(3, 1))
        module.in_proj_bias.zero_()
        module.out_proj.weight.copy_(torch.eye(4))
        module.out_proj.bias.zero_()
        joined = module(q, k, v)[0]
        torch.testing.assert_close(ours(X), pass_on(joined, state["out_weight"], state["out_bias"]))


def test_tokens_at_a_mask_are_made_one() -> None:
    tokens = TensorType("int", tensor(time=4).axes, 5)
    with pytest.raises(ShapeError, match="truth values") as caught:
        attend(query=tensor(time=4, feature=6), padding=tokens)
    assert [s.type for s in caught.value.suggestions] == ["PaddingMask"]  # type: ignore[union-attr]
    with pytest.raises(ShapeError, match="must be N × 4 here"):
        attend(query=tensor(time=4, feature=6), padding=tensor("bool", time=3))
