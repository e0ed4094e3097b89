"""Additive attention: a small network, not a product, says how well a key fits a query."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from nndesigner.base.fields import BoolField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.attention_mask import expect_masks, masked
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Learnable,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    fixed,
)
from nndesigner.layers.recurrent import expect_sequence

_LABEL = "Additive attention"


def _value(use: Use) -> str:
    return "value" if "value" in use.inputs else "key"


def _infer(use: Use) -> dict[str, TensorType]:
    query, key, value = (expect_sequence(use, _LABEL, port) for port in ("query", "key", _value(use)))
    for port in ("query", "key", _value(use)):
        fixed(use.inputs[port].axes[2], _LABEL, port)
    if key.sizes[1] != value.sizes[1]:
        raise ShapeError(
            tr(
                "Each key belongs to one value, but {keys} keys and {values} values arrive.",
                keys=key.sizes[1],
                values=value.sizes[1],
            ),
            port="value",
        )
    expect_masks(use, _LABEL, "query", "key", causal=False)
    found = {"y": query.with_axes(*query.axes[:2], value.axes[2])}
    if use["weights"]:
        keys = Axis("feature", key.sizes[1])
        found["weights"] = query.with_axes(*query.axes[:2], keys)
    return found


def _widths(use: Use) -> tuple[int, int, int]:
    """Features of queries and keys, and the hidden units."""
    query, key = (fixed(use.inputs[port].axes[2], _LABEL, port) for port in ("query", "key"))
    return query, key, int(use["units"])


def _lower(use: Use) -> Lowering:
    query, key, units = _widths(use)
    learnable = {
        "query_weight": Learnable(shape=(units, query), begin="uniform", scale=sqrt(6 / (units + query))),
        "key_weight": Learnable(shape=(units, key), begin="uniform", scale=sqrt(6 / (units + key))),
        "score_weight": Learnable(shape=(1, units), begin="uniform", scale=sqrt(6 / (units + 1))),
    }
    biases: tuple[Ref, ...] = ()
    if use["bias"]:
        learnable["bias"] = Learnable(shape=(units,))
        biases = (Ref("@bias"),)
    linear = "torch.nn.functional.linear"
    calls = [
        Call(target=linear, args=(Ref("query"), Ref("@query_weight")), step="queries", named=True),
        Call(target=linear, args=(Ref("key"), Ref("@key_weight"), *biases), step="keys", named=True),
        Call(target=".unsqueeze", args=(Ref("queries"), 2), step="each_query"),
        Call(target=".unsqueeze", args=(Ref("keys"), 1), step="each_key"),
        Call(target="operator.add", args=(Ref("each_query"), Ref("each_key")), step="pairs"),
        Call(target=".tanh", args=(Ref("pairs"),), step="compared", named=True),
        Call(target=linear, args=(Ref("compared"), Ref("@score_weight")), step="score"),
        Call(target=".squeeze", args=(Ref("score"), -1), step="scores", named=True),
    ]
    scores = Ref("scores")
    hidden = masked(use, "query", causal=False)
    if hidden.form:
        calls += hidden.calls
        mask = hidden.value
        if hidden.form == "padding":
            calls.append(Call(target=".unsqueeze", args=(mask, 1), step="hidden_once"))
            mask = Ref("hidden_once")
        calls.append(Call(target=".masked_fill", args=(scores, mask, float("-inf")), step="scores_masked"))
        scores = Ref("scores_masked")
    calls += [
        Call(target=".softmax", args=(scores,), keywords={"dim": -1}, step="weights"),
        Call(target="operator.matmul", args=(Ref("weights"), Ref(_value(use)))),
    ]
    outputs = {"y": Ref("")}
    if use["weights"]:
        outputs["weights"] = Ref("weights")
    return Lowering(calls=tuple(calls), learnable=learnable, outputs=outputs)


def _macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    query, key, units = _widths(use)
    steps, keys = use.inputs["query"].sizes[1], use.inputs["key"].sizes[1]
    taken = fixed(use.inputs[_value(use)].axes[2], _LABEL)
    return steps * (query * units) + keys * (key * units) + steps * keys * (units + taken)


ADDITIVE_ATTENTION = Layer(
    type="AdditiveAttention",
    label=_LABEL,
    group="Attention",
    stem="attention",
    summary="Each query takes a mean of the values, weighted by what a small network says of query and key.",
    help="The first attention: in a translator each step of the decoder looks over all states of the encoder. Query and"
    " key may differ in size. For long sequences dot products are faster and take less memory.",
    formula="y = softmax(e) V,  e[t, s] = vᵀ tanh(W q_t + U k_s + b)",
    reference="Bahdanau et al., Neural machine translation by jointly learning to align and translate, 2014",
    synonyms=("Bahdanau attention", "concat attention", "attention", "seq2seq", "alignment"),
    common=False,
    inputs=(
        Port("query", help="what asks, such as the states of a decoder; as long as what comes out"),
        Port("key", help="what is compared with each query, such as the states of an encoder"),
        Port("value", help="what is taken; the key itself when nothing is wired", optional=True),
        Port("padding", help="true at the keys that only fill up (from a Padding mask)", optional=True),
        Port("mask", help="batch × queries × keys, true where a query must not look at a key", optional=True),
    ),
    outputs=lambda values: (
        (Port("y"), Port("weights", help="how much each query takes from each key"))
        if values.get("weights") is True
        else (Port("y"),)
    ),
    parameters=(
        IntField(
            name="units",
            label="Hidden units",
            default=64,
            minimum=1,
            maximum=1_000_000,
            help="Units of the small network that compares.",
        ),
        BoolField(
            name="bias",
            label="Bias",
            default=False,
            advanced=True,
            help="Add learnable constants before the tanh; the paper has none.",
        ),
        BoolField(
            name="weights",
            label="Weights as well",
            default=False,
            advanced=True,
            help="Give out the attention weights on a second port: which key each query looks at.",
        ),
    ),
    infer=_infer,
    lower=_lower,
    weights=lambda use: int(use["units"]) * (sum(_widths(use)[:2]) + 1 + (1 if use["bias"] else 0)),
    macs=_macs,
    card=lambda values: f"{values['units']}",
    samples=(
        Sample(
            values={"units": 5, "weights": True},
            inputs={
                "query": tensor(time="T", feature=3),
                "key": tensor(time="S", feature=4),
                "padding": tensor("bool", time="S"),
            },
            names={"N": 2, "T": 3, "S": 4},
        ),
        Sample(
            values={"units": 4, "bias": True},
            inputs={
                "query": tensor(time=2, feature=3),
                "key": tensor(time=3, feature=4),
                "value": tensor(time=3, feature=5),
            },
        ),
    ),
)
