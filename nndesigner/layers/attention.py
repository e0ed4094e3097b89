"""Attention: every step of a sequence looks at the others and takes what it needs from them."""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField
from nndesigner.base.shapes import Size, TensorType, tensor
from nndesigner.base.text import count as counted
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Constant,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
    plain,
)
from nndesigner.layers.recurrent import expect_sequence

HEADS = IntField(
    name="num_heads",
    label="Heads",
    default=4,
    minimum=1,
    maximum=10_000,
    help="Attentions side by side, each on its own part of the features; it must divide their number.",
)
CAUSAL = BoolField(
    name="causal",
    label="Causal",
    default=False,
    help="Each step sees only itself and what came before: needed to predict the next one.",
)
BIAS = BoolField(
    name="bias",
    label="Bias",
    default=True,
    advanced=True,
    help="Add learnable constants to every projection.",
)


def _features(use: Use, layer: str, port: str) -> int:
    """The number of features at the port, which the heads must divide. Raises ShapeError."""
    count, heads = fixed(expect_sequence(use, layer, port).axes[2], layer, port), int(use["num_heads"])
    if count % heads:
        fewer = next(h for h in range(min(heads, count), 0, -1) if count % h == 0)
        raise ShapeError(
            tr(
                "{what} cannot be split evenly among {heads}.",
                what=counted(count, "feature", "features"),
                heads=counted(heads, "head", "heads"),
            ),
            port=port,
            parameter="num_heads",
            suggestions=(
                SetParameter("num_heads", fewer, tr("Use {heads}", heads=counted(fewer, "head", "heads"))),
            ),
        )
    return count


def _mask(port: str) -> tuple[Call, ...]:
    """Steps that make `mask`, T × T, true where a step must not look: above the diagonal."""
    return (
        Call(target=".size", args=(Ref(port), 1), step="length"),
        Call(
            target=".new_ones",
            args=(Ref(port), (Ref("length"), Ref("length"))),
            keywords={"dtype": Constant("torch.bool")},
            step="ones",
        ),
        Call(target="torch.triu", args=(Ref("ones"),), keywords={"diagonal": 1}, step="mask"),
    )


# -- multi-head attention ------------------------------------------------------------------------------------------
_LABEL = "Multi-head attention"


def _ports(use: Use) -> tuple[str, str]:
    """The ports from which keys and values are read: a missing key follows the query, a missing value the key."""
    key = "key" if "key" in use.inputs else "query"
    return key, "value" if "value" in use.inputs else key


def _infer(use: Use) -> dict[str, TensorType]:
    _features(use, _LABEL, "query")
    query = use.inputs["query"]
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
    if use["causal"] and query.sizes[1] != key.sizes[1]:
        raise ShapeError(
            tr(
                "Causal attention needs as many keys as queries, but {keys} keys and {queries} queries arrive.",
                keys=key.sizes[1],
                queries=query.sizes[1],
            ),
            parameter="causal",
            suggestions=(SetParameter("causal", False, tr("Switch causal off")),),
        )
    return {"y": query}


def _widths(use: Use) -> tuple[int, int, int]:
    """Features of query, key and value."""
    key, value = _ports(use)
    query, keys, values = (fixed(use.inputs[p].axes[2], _LABEL, p) for p in ("query", key, value))
    return query, keys, values


def _lower(use: Use) -> Lowering:
    key, value = _ports(use)
    query, keys, values = _widths(use)
    options = plain(
        {
            "embed_dim": query,
            "num_heads": use["num_heads"],
            "dropout": use["dropout"],
            "bias": use["bias"],
            "kdim": keys if keys != query else None,
            "vdim": values if values != query else None,
            "batch_first": True,
        },
        {"dropout": 0.0, "bias": True, "kdim": None, "vdim": None},
    )
    attend = Call(
        target="torch.nn.MultiheadAttention",
        construct=options,
        args=(Ref("query"), Ref(key), Ref(value)),
        keywords={"need_weights": False, **({"attn_mask": Ref("mask")} if use["causal"] else {})},
        step="attended",
    )
    calls = (*_mask("query"), attend) if use["causal"] else (attend,)
    return Lowering(calls=calls, outputs={"y": Ref("attended", (0,))})


def _weights(use: Use) -> int:
    query, keys, values = _widths(use)
    return query * (2 * query + keys + values) + (4 * query if use["bias"] else 0)


def _macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    query, keys, values = _widths(use)
    steps, looked_at = use.inputs["query"].sizes[1], use.inputs[_ports(use)[0]].sizes[1]
    projections = steps * (2 * query * query) + looked_at * (query * (keys + values))
    return projections + steps * looked_at * (2 * query)


MULTIHEAD_ATTENTION = Layer(
    type="MultiheadAttention",
    label=_LABEL,
    group="Attention",
    stem="attention",
    summary="Each step asks a question of all steps and takes a weighted mean of their answers.",
    help="Queries are compared with keys; the better a key fits, the more its value counts. With nothing wired to"
    " key and value a sequence attends to itself (self-attention); wired to another sequence it attends to that one.",
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
    ),
    inputs=(
        Port("query", help="the sequence that asks; as long as what comes out"),
        Port(
            "key",
            help="what questions are compared with; the query itself when nothing is wired",
            optional=True,
        ),
        Port("value", help="what is taken; the key itself when nothing is wired", optional=True),
    ),
    parameters=(
        HEADS,
        CAUSAL,
        FloatField(
            name="dropout",
            label="Drop rate",
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            help="Share of the attention weights that is set to zero in each training step.",
        ),
        BIAS,
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
            values={"num_heads": 2},
            inputs={"query": tensor(time=4, feature=6), "key": tensor(time="S", feature=5)},
            names={"N": 2, "S": 7},
        ),
        Sample(
            values={"num_heads": 1, "dropout": 0.1},
            inputs={
                "query": tensor(time=4, feature=6),
                "key": tensor(time=3, feature=6),
                "value": tensor(time=3, feature=8),
            },
        ),
    ),
)


# -- one layer of a transformer ---------------------------------------------------------------------------------------
_ENCODER = "Transformer encoder layer"


def _infer_encoder(use: Use) -> dict[str, TensorType]:
    _features(use, _ENCODER, "x")
    return {"y": use.x}


def _lower_encoder(use: Use) -> Lowering:
    options = plain(
        {
            "d_model": fixed(use.x.axes[2], _ENCODER),
            "nhead": use["num_heads"],
            "dim_feedforward": use["dim_feedforward"],
            "dropout": use["dropout"],
            "activation": use["activation"],
            "batch_first": True,
            "norm_first": use["norm_first"],
            "bias": use["bias"],
        },
        {"activation": "relu", "norm_first": False, "bias": True},
    )
    run = Call(
        target="torch.nn.TransformerEncoderLayer",
        construct=options,
        keywords={"src_mask": Ref("mask"), "is_causal": True} if use["causal"] else {},
    )
    return Lowering(calls=(*_mask("x"), run) if use["causal"] else (run,))


def _encoder_weights(use: Use) -> int:
    features, hidden, bias = fixed(use.x.axes[2], _ENCODER), int(use["dim_feedforward"]), bool(use["bias"])
    attention = 4 * features * (features + bias)
    forward = features * hidden + hidden * features + (hidden + features) * bias
    return attention + forward + 2 * features * (1 + bias)


def _encoder_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    features, hidden = fixed(use.x.axes[2], _ENCODER), int(use["dim_feedforward"])
    steps = use.x.sizes[1]
    return steps * (4 * features * features + 2 * features * hidden) + steps * steps * (2 * features)


TRANSFORMER_ENCODER_LAYER = Layer(
    type="TransformerEncoderLayer",
    label=_ENCODER,
    group="Attention",
    stem="encoder",
    summary="Self-attention and a small network for each step, both with a shortcut and layer norm around them.",
    help="The block that transformers are stacked from; shape in and shape out are the same. It does not know the"
    " order of the steps: add a positional encoding before the first one.",
    formula="z = norm(x + attention(x)),  y = norm(z + W₂ · f(W₁ z))",
    reference="Vaswani et al., Attention is all you need, 2017; norm first: Xiong et al., On layer normalization in"
    " the transformer architecture, 2020",
    synonyms=("transformer", "encoder", "gpt", "bert", "decoder only"),
    parameters=(
        HEADS,
        IntField(
            name="dim_feedforward",
            label="Hidden units",
            default=256,
            minimum=1,
            maximum=10_000_000,
            help="Units of the small network; often four times the features.",
        ),
        CAUSAL,
        FloatField(
            name="dropout",
            label="Drop rate",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help="Dropout after the attention and inside the small network.",
        ),
        ChoiceField(
            name="activation",
            label="Activation",
            default="relu",
            choices={"relu": "ReLU", "gelu": "GELU"},
            help="The activation f between W₁ and W₂.",
        ),
        BoolField(
            name="norm_first",
            label="Norm first",
            default=False,
            help="Normalize before attention and network rather than after: steadier in deep stacks.",
        ),
        BIAS,
    ),
    infer=_infer_encoder,
    lower=_lower_encoder,
    weights=_encoder_weights,
    macs=_encoder_macs,
    card=lambda values: (
        tr("{heads} heads", heads=values["num_heads"]) + (tr(" · causal") if values["causal"] else "")
    ),
    samples=(
        Sample(
            values={"num_heads": 2, "dim_feedforward": 7},
            inputs={"x": tensor(time="T", feature=6)},
            names={"N": 2, "T": 5},
        ),
        Sample(
            values={
                "num_heads": 3,
                "dim_feedforward": 8,
                "causal": True,
                "norm_first": True,
                "activation": "gelu",
                "dropout": 0.0,
                "bias": False,
            },
            inputs={"x": tensor(time="T", feature=6)},
            names={"N": 2, "T": 4},
        ),
    ),
)
