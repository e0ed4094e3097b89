"""Multi-head attention: every step of a sequence looks at the others and takes what it needs from them."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from nndesigner.base.fields import BoolField, IntField
from nndesigner.base.shapes import Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.attention_mask import (
    BIAS,
    CAUSAL,
    DROPOUT,
    HEADS,
    MASK,
    PADDING,
    WEIGHTS,
    expect_masks,
    for_each_head,
    masked,
    split_features,
    weights_port,
    weights_type,
)
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
    plain,
)
from nndesigner.layers.dot_product_attention import attend
from nndesigner.layers.recurrent import expect_sequence

_LABEL = "Multi-head attention"


def _ports(use: Use) -> tuple[str, str]:
    """The ports from which keys and values are read: a missing key follows the query, a missing value the key."""
    key = "key" if "key" in use.inputs else "query"
    return key, "value" if "value" in use.inputs else key


def _own_size(use: Use) -> int:
    """The numbers per head where they are not an even share of the features, else 0: torch has no module for that."""
    size, features = int(use["head_dim"]), fixed(use.inputs["query"].axes[2], _LABEL, "query")
    return 0 if size * int(use["num_heads"]) == features else size


def _extra_keys(use: Use) -> int:
    """Keys beside those that arrive: a learned one, and one of zeros."""
    return 0 if _own_size(use) else int(use["add_bias_kv"]) + int(use["add_zero_attn"])


def _infer(use: Use) -> dict[str, TensorType]:
    query = expect_sequence(use, _LABEL, "query")
    fixed(query.axes[2], _LABEL, "query")
    if not use["head_dim"]:
        split_features(use, _LABEL, "query")
    key, value = (expect_sequence(use, _LABEL, port) for port in _ports(use))
    for port, type in zip(_ports(use), (key, value), strict=True):
        fixed(type.axes[2], _LABEL, port)
    if key.sizes[1] != value.sizes[1]:
        raise ShapeError(
            tr(
                "Each key belongs to one value, but {keys} keys and {values} values arrive.",
                keys=key.sizes[1],
                values=value.sizes[1],
            ),
            port="value",
        )
    expect_masks(use, _LABEL, "query", _ports(use)[0], causal=use["causal"])
    return {"y": query, **weights_type(use, query.axes[1], key.sizes[1] + _extra_keys(use))}


def _widths(use: Use) -> tuple[int, int, int]:
    """Features of query, key and value."""
    key, value = _ports(use)
    query, keys, values = (fixed(use.inputs[p].axes[2], _LABEL, p) for p in ("query", key, value))
    return query, keys, values


def _inner(use: Use) -> int:
    """Numbers of all heads together."""
    return int(use["num_heads"]) * _own_size(use) or _widths(use)[0]


_USUAL = {
    "dropout": 0.0,
    "bias": True,
    "add_bias_kv": False,
    "add_zero_attn": False,
    "kdim": None,
    "vdim": None,
}
"""What torch.nn.MultiheadAttention takes when nothing is said."""


def _lower(use: Use) -> Lowering:
    if _own_size(use):
        return _lower_own_size(use)
    key, value = _ports(use)
    query, keys, values = _widths(use)
    options = plain(
        {
            "embed_dim": query,
            "num_heads": use["num_heads"],
            "dropout": use["dropout"],
            "bias": use["bias"],
            "add_bias_kv": use["add_bias_kv"],
            "add_zero_attn": use["add_zero_attn"],
            "kdim": keys if keys != query else None,
            "vdim": values if values != query else None,
            "batch_first": True,
        },
        _USUAL,
    )
    hidden = for_each_head(masked(use, "query", causal=use["causal"]), use["num_heads"])
    name = {"": "", "padding": "key_padding_mask"}.get(hidden.form, "attn_mask")
    asked = {"none": {"need_weights": False}, "heads": {"average_attn_weights": False}}
    attending = Call(
        target="torch.nn.MultiheadAttention",
        construct=options,
        usual=_USUAL,
        args=(Ref("query"), Ref(key), Ref(value)),
        keywords={**asked.get(use["weights"], {}), **({name: hidden.value} if name else {})},
        step="attended",
    )
    outputs = {"y": Ref("attended", (0,))}
    if use["weights"] != "none":
        outputs["weights"] = Ref("attended", (1,))
    return Lowering(calls=(*hidden.calls, attending), outputs=outputs)


def _lower_own_size(use: Use) -> Lowering:
    """Heads of any size: projections of our own around scaled dot-product attention."""
    heads, inner, names = int(use["num_heads"]), _inner(use), ("query", *_ports(use))
    learnable: dict[str, Learnable] = {}
    calls: list[Call] = []

    def project(part: str, x: Ref, arriving: int, leaving: int, step: str) -> None:
        learnable[f"{part}_weight"] = Learnable(
            shape=(leaving, arriving), begin="uniform", scale=sqrt(6 / (arriving + leaving))
        )
        bias: tuple[Ref, ...] = ()
        if use["bias"]:
            learnable[f"{part}_bias"] = Learnable(shape=(leaving,))
            bias = (Ref(f"@{part}_bias"),)
        calls.append(
            Call(
                target="torch.nn.functional.linear",
                args=(x, Ref(f"@{part}_weight"), *bias),
                step=step,
                named=bool(step),
            )
        )

    for part, port, width in zip(("query", "key", "value"), names, _widths(use), strict=True):
        project(part, Ref(port), width, inner, f"{part}_projected")
    hidden = masked(use, "query", causal=use["causal"])
    calls += attend(
        use,
        Ref("query_projected"),
        Ref("key_projected"),
        Ref("value_projected"),
        hidden,
        heads=(heads, heads),
        size=_own_size(use),
        joined="joined",
    )
    project("out", Ref("joined"), inner, _widths(use)[0], "")
    outputs = {"y": Ref("")}
    if use["weights"] != "none":
        outputs["weights"] = Ref("weights")
    return Lowering(calls=tuple(calls), learnable=learnable, outputs=outputs)


def _weights(use: Use) -> int:
    query, keys, values = _widths(use)
    inner = _inner(use)
    numbers = inner * (2 * query + keys + values) + (3 * inner + query if use["bias"] else 0)
    return numbers + (2 * inner if use["add_bias_kv"] and not _own_size(use) else 0)


def _macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    query, keys, values = _widths(use)
    inner = _inner(use)
    steps, looked_at = use.inputs["query"].sizes[1], use.inputs[_ports(use)[0]].sizes[1]
    projections = steps * (2 * query * inner) + looked_at * (inner * (keys + values))
    return projections + steps * (looked_at + _extra_keys(use)) * (2 * inner)


MULTIHEAD_ATTENTION = Layer(
    type="MultiheadAttention",
    label=_LABEL,
    group="Attention",
    stem="attention",
    summary="Each step asks a question of all steps and takes a weighted mean of their answers.",
    help="Queries are compared with keys; the better a key fits, the more its value counts. With nothing wired to"
    " key and value a sequence attends to itself (self-attention); wired to another sequence it attends to that one."
    " The core of every transformer. Masks are true where nothing may be looked at, as in torch.",
    formula="y = softmax(Q Kᵀ / √d) V for each head, heads joined and projected; Q = query W_Q, K = key W_K, V ="
    " value W_V",
    reference="Vaswani et al., Attention is all you need, 2017",
    synonyms=(
        "self attention",
        "cross attention",
        "transformer",
        "selfAttentionLayer",
        "attentionLayer",
        "mha",
        "MultiHeadAttention",
        "key_padding_mask",
    ),
    inputs=(
        Port("query", help="the sequence that asks; as long as what comes out"),
        Port(
            "key",
            help="what questions are compared with; the query itself when nothing is wired",
            optional=True,
        ),
        Port("value", help="what is taken; the key itself when nothing is wired", optional=True),
        PADDING,
        MASK,
    ),
    outputs=lambda values: (Port("y"), *weights_port(values)),
    parameters=(
        HEADS,
        CAUSAL,
        DROPOUT,
        BIAS,
        IntField(
            name="head_dim",
            label="Numbers per head",
            default=0,
            minimum=0,
            maximum=100_000,
            advanced=True,
            help="Size of each head; 0 shares the features evenly. With another size heads are projected to it and"
            " back, so that they need not divide the features.",
        ),
        WEIGHTS,
        BoolField(
            name="add_bias_kv",
            label="Learned key",
            default=False,
            advanced=True,
            help="One more key and value that are learned, for steps that find nothing they look for.",
            shown_when=lambda values: not values["head_dim"],
        ),
        BoolField(
            name="add_zero_attn",
            label="Key of zeros",
            default=False,
            advanced=True,
            help="One more key and value of zeros, so that a step may take nothing.",
            shown_when=lambda values: not values["head_dim"],
        ),
    ),
    infer=_infer,
    lower=_lower,
    weights=_weights,
    macs=_macs,
    card=lambda values: (
        tr("{heads} heads", heads=values["num_heads"]) + (tr(" · causal") if values["causal"] else "")
    ),
    samples=(
        Sample(
            values={"num_heads": 2}, inputs={"query": tensor(time="T", feature=6)}, names={"N": 2, "T": 5}
        ),
        Sample(
            values={"num_heads": 3, "causal": True, "bias": False},
            inputs={"query": tensor(time="T", feature=6)},
            names={"N": 2, "T": 4},
        ),
        Sample(
            values={"num_heads": 2, "add_bias_kv": True, "weights": "heads"},
            inputs={
                "query": tensor(time=4, feature=6),
                "key": tensor(time="S", feature=5),
                "padding": tensor("bool", time="S"),
            },
            names={"N": 2, "S": 7},
        ),
        Sample(
            values={"num_heads": 1, "dropout": 0.1, "add_zero_attn": True},
            inputs={
                "query": tensor(time=4, feature=6),
                "key": tensor(time=4, feature=6),
                "value": tensor(time=4, feature=8),
                "mask": tensor("bool", time=4, feature=4),
            },
        ),
        Sample(
            values={"num_heads": 2, "causal": True, "weights": "mean"},
            inputs={"query": tensor(time="T", feature=4), "padding": tensor("bool", time="T")},
            names={"N": 2, "T": 4},
        ),
        Sample(
            values={"num_heads": 3, "head_dim": 4, "causal": True},
            inputs={"query": tensor(time="T", feature=5), "padding": tensor("bool", time="T")},
            names={"N": 2, "T": 4},
        ),
        Sample(
            values={"num_heads": 2, "head_dim": 2, "bias": False, "dropout": 0.1, "weights": "mean"},
            inputs={"query": tensor(time="T", feature=5), "key": tensor(time=3, feature=4)},
            names={"N": 2, "T": 4},
        ),
    ),
)
