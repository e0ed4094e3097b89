"""Scaled dot-product attention: the comparison at the heart of attention, without projections of its own."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from nndesigner.base.fields import BoolField, FloatField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.attention_mask import (
    CAUSAL,
    DROPOUT,
    HEADS,
    MASK,
    PADDING,
    WEIGHTS,
    Masked,
    expect_masks,
    masked,
    split_features,
    weights_port,
    weights_type,
)
from nndesigner.layers.declaration import (
    Buffer,
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
)
from nndesigner.layers.recurrent import expect_sequence

_LABEL = "Dot-product attention"


# -- the calls ---------------------------------------------------------------------------------------------------
def attend(
    use: Use,
    query: Ref,
    key: Ref,
    value: Ref,
    hidden: Masked,
    *,
    heads: tuple[int, int],
    size: int = 0,
    scale: float = 0.0,
    alibi: bool = False,
    joined: str = "",
) -> list[Call]:
    """Calls from query, key and value (batch × time × feature) to the step `joined` (batch × time × feature).

    `heads` are those of the queries and those of keys and values; `size` is that of a query head, for which `scale`
    is worked out where it is 0. The attention weights are at the step `weights` where `use` asks for them. `use` has
    `dropout`, `causal` and `weights`.
    """
    of_queries, of_keys = heads
    by_hand = use["dropout"] > 0 or use["weights"] != "none" or alibi
    calls: list[Call] = []
    parts: list[Ref] = []
    for name, x, count in (
        ("queries", query, of_queries),
        ("keys", key, of_keys),
        ("values", value, of_keys),
    ):
        # N × T × (H · D) → N × H × T × D
        calls += [
            Call(target=".unflatten", args=(x, -1, (count, -1)), step=f"{name}_split"),
            Call(target=".transpose", args=(Ref(f"{name}_split"), 1, 2), step=name, named=True),
        ]
        parts.append(Ref(name))
    if by_hand and of_keys != of_queries:
        for place, name in ((1, "keys"), (2, "values")):
            shared = Call(
                target=".repeat_interleave",
                args=(parts[place], of_queries // of_keys),
                keywords={"dim": 1},
                step=f"{name}_shared",
            )
            calls.append(shared)
            parts[place] = Ref(f"{name}_shared")
    if by_hand:
        calls += _by_hand(use, parts, hidden, scale or 1 / sqrt(size), alibi)
    else:
        calls += _fused(parts, hidden, scale, shared=of_keys != of_queries)
    calls += [
        Call(target=".transpose", args=(Ref("answers"), 1, 2), step="answers_by_step"),
        Call(target=".flatten", args=(Ref("answers_by_step"), 2), step=joined),
    ]
    return calls


def _fused(parts: list[Ref], hidden: Masked, scale: float, shared: bool) -> list[Call]:
    """torch's own function, which never holds all weights at once; its masks are true where a key is looked at."""
    calls: list[Call] = []
    options: dict[str, object] = {}
    if hidden.form == "causal":
        options["is_causal"] = True
    elif hidden.form:
        mask, more = _spread(hidden)
        calls += [
            *hidden.calls,
            *more,
            Call(target=".logical_not", args=(mask,), step="looked_at", named=True),
        ]
        options["attn_mask"] = Ref("looked_at")
    if scale:
        options["scale"] = scale
    if shared:
        options["enable_gqa"] = True
    function = "torch.nn.functional.scaled_dot_product_attention"
    return [*calls, Call(target=function, args=tuple(parts), keywords=options, step="answers", named=True)]


def _by_hand(use: Use, parts: list[Ref], hidden: Masked, scale: float, alibi: bool) -> list[Call]:
    query, key, value = parts
    calls = [
        Call(target=".transpose", args=(key, -2, -1), step="keys_turned"),
        Call(target="operator.matmul", args=(query, Ref("keys_turned")), step="products"),
        Call(target="operator.mul", args=(Ref("products"), scale), step="scores", named=True),
    ]
    scores = Ref("scores")
    if alibi:
        calls += [
            *_distances(query, key),
            Call(target="operator.sub", args=(scores, Ref("far")), step="near", named=True),
        ]
        scores = Ref("near")
    if hidden.form:
        mask, more = _spread(hidden)
        calls += [*hidden.calls, *more]
        calls.append(Call(target=".masked_fill", args=(scores, mask, float("-inf")), step="scores_masked"))
        scores = Ref("scores_masked")
    shares = Ref("weights" if use["weights"] == "heads" else "shares")
    calls.append(Call(target=".softmax", args=(scores,), keywords={"dim": -1}, step=shares.name, named=True))
    if use["weights"] == "mean":
        calls.append(Call(target=".mean", args=(shares,), keywords={"dim": 1}, step="weights"))
    if use["dropout"] > 0:
        calls.append(
            Call(target="torch.nn.Dropout", construct={"p": use["dropout"]}, args=(shares,), step="kept")
        )
        shares = Ref("kept")
    return [*calls, Call(target="operator.matmul", args=(shares, value), step="answers", named=True)]


def _spread(hidden: Masked) -> tuple[Ref, tuple[Call, ...]]:
    """The mask with axes that spread over N × H × T × S."""
    if hidden.form == "causal":
        return hidden.value, ()
    if hidden.form == "pairs":
        return Ref("hidden_of_all"), (
            Call(target=".unsqueeze", args=(hidden.value, 1), step="hidden_of_all"),
        )
    steps = (
        Call(target=".unsqueeze", args=(hidden.value, 1), step="hidden_once"),
        Call(target=".unsqueeze", args=(Ref("hidden_once"), 1), step="hidden_of_all"),
    )
    return Ref("hidden_of_all"), steps


def _distances(query: Ref, key: Ref) -> list[Call]:
    """Steps to `far`, H × T × S: the distance of every two steps times the slope of the head."""
    calls: list[Call] = []
    for name, x in (("here", query), ("there", key)):
        calls += [
            Call(target=".size", args=(x, 2), step=f"{name}_length"),
            Call(target="torch.arange", args=(Ref(f"{name}_length"),), step=f"{name}_counted"),
            # in the precision of the slopes: bfloat16 cannot tell step 257 from step 256
            Call(target=".to", args=(Ref(f"{name}_counted"), Ref("@slopes")), step=name, named=True),
        ]
    return [
        *calls,
        Call(target=".unsqueeze", args=(Ref("here"), 1), step="here_down"),
        Call(target="operator.sub", args=(Ref("here_down"), Ref("there")), step="ahead_by"),
        Call(target=".abs", args=(Ref("ahead_by"),), step="apart", named=True),
        Call(target="operator.mul", args=(Ref("@slopes"), Ref("apart")), step="far"),
    ]


def slopes(heads: int) -> tuple[float, ...]:
    """ALiBi's slope of each head, 2^(−8 i / n): for a number n that is no power of two those of the next smaller one,
    then every second one of the next larger one (as in the code of Press et al.)."""
    power = 1 << (heads.bit_length() - 1)
    first = [2.0 ** (-8 * (i + 1) / power) for i in range(power)]
    second = [2.0 ** (-8 * (i + 1) / (2 * power)) for i in range(0, 2 * (heads - power), 2)]
    return (*first, *second)


# -- the layer -----------------------------------------------------------------------------------------------------
def _keys(use: Use) -> tuple[str, str]:
    key = "key" if "key" in use.inputs else "query"
    return key, "value" if "value" in use.inputs else key


def _of_keys(use: Use) -> int:
    return int(use["kv_heads"]) or int(use["num_heads"])


def _infer(use: Use) -> dict[str, TensorType]:
    heads, of_keys = int(use["num_heads"]), _of_keys(use)
    if heads % of_keys:
        raise ShapeError(
            tr(
                "{heads} heads of queries cannot share {keys} heads of keys evenly.",
                heads=heads,
                keys=of_keys,
            ),
            parameter="kv_heads",
            suggestions=(SetParameter("kv_heads", 0, tr("Give each query head its own keys")),),
        )
    queries = expect_sequence(use, _LABEL, "query")
    size = split_features(use, _LABEL, "query") // heads
    key, value = _keys(use)
    keys, values = expect_sequence(use, _LABEL, key), expect_sequence(use, _LABEL, value)
    width, values_width = fixed(keys.axes[2], _LABEL, key), fixed(values.axes[2], _LABEL, value)
    if width != of_keys * size:
        raise ShapeError(
            tr(
                "Queries have {size} numbers per head, so keys need {want} features in all; {have} arrive.",
                size=size,
                want=of_keys * size,
                have=width,
            ),
            port=key,
        )
    if keys.sizes[1] != values.sizes[1]:
        raise ShapeError(
            tr(
                "Each key belongs to one value, but {keys} keys and {values} values arrive.",
                keys=keys.sizes[1],
                values=values.sizes[1],
            ),
            port=value,
        )
    if values_width % of_keys:
        raise ShapeError(
            tr(
                "Values of {width} features cannot be split among {heads} heads.",
                width=values_width,
                heads=of_keys,
            ),
            port=value,
            parameter="kv_heads" if use["kv_heads"] else "num_heads",
        )
    expect_masks(use, _LABEL, "query", key, causal=use["causal"])
    feature = Axis("feature", Size.of(heads * (values_width // of_keys)))
    y = queries.with_axes(*queries.axes[:2], feature)
    return {"y": y, **weights_type(use, queries.axes[1], keys.sizes[1])}


def _lower(use: Use) -> Lowering:
    heads = int(use["num_heads"])
    key, value = _keys(use)
    hidden = masked(use, "query", causal=use["causal"])
    calls = attend(
        use,
        Ref("query"),
        Ref(key),
        Ref(value),
        hidden,
        heads=(heads, _of_keys(use)),
        size=fixed(use.inputs["query"].axes[2], _LABEL, "query") // heads,
        scale=float(use["scale"]),
        alibi=bool(use["alibi"]),
    )
    outputs = {"y": Ref("")}
    if use["weights"] != "none":
        outputs["weights"] = Ref("weights")
    buffers = {}
    if use["alibi"]:
        buffers["slopes"] = Buffer(values=tuple(((slope,),) for slope in slopes(heads)))
    return Lowering(calls=tuple(calls), buffers=buffers, outputs=outputs)


def _macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    queries, keys = use.inputs["query"], use.inputs[_keys(use)[0]]
    width = fixed(queries.axes[2], _LABEL, "query") + fixed(outputs["y"].axes[2], _LABEL)
    return queries.sizes[1] * keys.sizes[1] * width


DOT_PRODUCT_ATTENTION = Layer(
    type="ScaledDotProductAttention",
    label=_LABEL,
    group="Attention",
    stem="attention",
    common=False,
    summary="Takes a mean of the values, weighted by how well each key fits the query; without weights of its own.",
    help="What multi-head attention does between its projections, for networks that make queries, keys and values"
    " themselves: with rotary positions, with shared projections, with few keys for many queries (grouped-query"
    " attention). Masks are true where nothing may be looked at, as in Multi-head attention.",
    formula="y = softmax(s · Q Kᵀ) V for each head, s = 1/√d; ALiBi: softmax(s · Q Kᵀ − m_h |t − t′|) V",
    reference="Vaswani et al., Attention is all you need, 2017; grouped queries: Ainslie et al., GQA, 2023; ALiBi:"
    " Press et al., Train short, test long, 2021",
    synonyms=(
        "attention",
        "Luong attention",
        "dot attention",
        "grouped query attention",
        "gqa",
        "multi query attention",
        "scaled_dot_product_attention",
        "sdpa",
        "alibi",
        "attentionLayer",
        "GroupQueryAttention",
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
        IntField(
            name="kv_heads",
            label="Heads of keys",
            default=0,
            minimum=0,
            maximum=10_000,
            advanced=True,
            help="Fewer heads of keys and values, each shared by several heads of queries; 0 is as many.",
        ),
        FloatField(
            name="scale",
            label="Scale",
            default=0.0,
            minimum=0.0,
            maximum=1e6,
            advanced=True,
            help="What products are multiplied with before the softmax; 0 is 1/√(numbers per head), 1 leaves them.",
        ),
        BoolField(
            name="alibi",
            label="Nearer counts more",
            default=False,
            advanced=True,
            help="Take from each score the distance of the two steps, with a slope of its own for each head (ALiBi): no"
            " positional encoding is needed then, and longer sequences than in training can be read.",
        ),
        WEIGHTS,
    ),
    infer=_infer,
    lower=_lower,
    macs=_macs,
    card=lambda values: (
        tr("{heads} heads", heads=values["num_heads"]) + (tr(" · causal") if values["causal"] else "")
    ),
    samples=(
        Sample(
            values={"num_heads": 2, "causal": True},
            inputs={"query": tensor(time="T", feature=6)},
            names={"N": 2, "T": 5},
        ),
        Sample(
            values={"num_heads": 4, "kv_heads": 2, "scale": 0.3},
            inputs={
                "query": tensor(time=5, feature=8),
                "key": tensor(time="S", feature=4),
                "value": tensor(time="S", feature=6),
                "padding": tensor("bool", time="S"),
            },
            names={"N": 2, "S": 3},
        ),
        Sample(
            values={"num_heads": 6, "kv_heads": 3, "alibi": True, "weights": "mean"},
            inputs={
                "query": tensor(time="T", feature=6),
                "key": tensor(time="T", feature=3),
                "mask": tensor("bool", time="T", feature="T"),
            },
            names={"N": 2, "T": 4},
        ),
        Sample(
            values={"num_heads": 1, "dropout": 0.1, "weights": "heads", "causal": True},
            inputs={"query": tensor(time=4, feature=3), "padding": tensor("bool", time=4)},
        ),
    ),
)
