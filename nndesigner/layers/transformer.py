"""One layer of a transformer: attention and a small network for each step, with shortcuts and layer norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.base.fields import BoolField, ChoiceField, Field, FloatField, IntField, Values
from nndesigner.base.shapes import Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.attention_mask import (
    BIAS,
    CAUSAL,
    HEADS,
    MASK,
    PADDING,
    expect_masks,
    for_each_head,
    masked,
    split_features,
)
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    fixed,
    plain,
)
from nndesigner.layers.recurrent import expect_sequence


def _parameters(causal: Field) -> tuple[Field, ...]:
    return (
        HEADS,
        IntField(
            name="dim_feedforward",
            label="Hidden units",
            default=256,
            minimum=1,
            maximum=10_000_000,
            help="Units of the small network; often four times the features.",
        ),
        causal,
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
        FloatField(
            name="layer_norm_eps",
            label="Epsilon",
            default=1e-5,
            minimum=0.0,
            maximum=1.0,
            open_minimum=True,
            logarithmic=True,
            advanced=True,
            help="Added to the variance in the layer norms, against a division by zero; 1e-12 in BERT.",
        ),
    )


_USUAL = {"activation": "relu", "norm_first": False, "bias": True, "layer_norm_eps": 1e-5}
"""What torch's layers take when nothing is said; the rest is always written."""


def _options(use: Use, features: int) -> dict[str, Any]:
    return plain(
        {
            "d_model": features,
            "nhead": use["num_heads"],
            "dim_feedforward": use["dim_feedforward"],
            "dropout": use["dropout"],
            "activation": use["activation"],
            "layer_norm_eps": use["layer_norm_eps"],
            "batch_first": True,
            "norm_first": use["norm_first"],
            "bias": use["bias"],
        },
        _USUAL,
    )


def _count(use: Use, features: int, attentions: int) -> int:
    """Weights of so many attentions, one small network, and a norm for each."""
    hidden, bias = int(use["dim_feedforward"]), bool(use["bias"])
    attention = 4 * features * (features + bias)
    forward = features * hidden + hidden * features + (hidden + features) * bias
    return attentions * attention + forward + (attentions + 1) * features * (1 + bias)


def _card(values: Values) -> str:
    causal = tr(" · causal") if values["causal"] else ""
    return tr("{heads} heads", heads=values["num_heads"]) + causal


# -- encoder -------------------------------------------------------------------------------------------------------
_ENCODER = "Transformer encoder layer"


def _infer_encoder(use: Use) -> dict[str, TensorType]:
    split_features(use, _ENCODER, "x")
    expect_masks(use, _ENCODER, "x", "x", causal=use["causal"])
    return {"y": use.x}


def _lower_encoder(use: Use) -> Lowering:
    hidden = for_each_head(masked(use, "x", causal=use["causal"]), use["num_heads"])
    keywords: dict[str, Any] = {}
    if hidden.form == "padding":
        keywords["src_key_padding_mask"] = hidden.value
    elif hidden.form:
        keywords["src_mask"] = hidden.value
    if hidden.form == "causal":
        keywords["is_causal"] = True
    run = Call(
        target="torch.nn.TransformerEncoderLayer",
        construct=_options(use, fixed(use.x.axes[2], _ENCODER)),
        usual=_USUAL,
        keywords=keywords,
    )
    return Lowering(calls=(*hidden.calls, run))


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
    " order of the steps: add a positional encoding before the first one. Causal, it is the block of a GPT. Masks are"
    " true where nothing may be looked at.",
    formula="z = norm(x + attention(x)),  y = norm(z + W₂ · f(W₁ z));  norm first: z = x + attention(norm(x)),"
    "  y = z + W₂ · f(W₁ norm(z))",
    reference="Vaswani et al., Attention is all you need, 2017; norm first: Xiong et al., On layer normalization in"
    " the transformer architecture, 2020",
    synonyms=("transformer", "encoder", "gpt", "bert", "decoder only", "vision transformer", "src_mask"),
    inputs=(Port("x"), PADDING, MASK),
    parameters=_parameters(CAUSAL),
    infer=_infer_encoder,
    lower=_lower_encoder,
    weights=lambda use: _count(use, fixed(use.x.axes[2], _ENCODER), 1),
    macs=_encoder_macs,
    card=_card,
    samples=(
        Sample(
            values={"num_heads": 2, "dim_feedforward": 7},
            inputs={"x": tensor(time="T", feature=6), "padding": tensor("bool", time="T")},
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
        Sample(
            values={"num_heads": 2, "dim_feedforward": 5, "causal": True, "layer_norm_eps": 1e-12},
            inputs={"x": tensor(time="T", feature=4), "padding": tensor("bool", time="T")},
            names={"N": 2, "T": 5},
        ),
    ),
)


# -- decoder -------------------------------------------------------------------------------------------------------
_DECODER = "Transformer decoder layer"


def _infer_decoder(use: Use) -> dict[str, TensorType]:
    features = split_features(use, _DECODER, "x")
    memory = expect_sequence(use, _DECODER, "memory")
    arrived = fixed(memory.axes[2], _DECODER, "memory")
    if arrived != features:
        raise ShapeError(
            tr(
                "{layer} needs as many features in its memory as in what it decodes: {want}, not {have}.",
                layer=_DECODER,
                want=features,
                have=arrived,
            ),
            port="memory",
        )
    expect_masks(use, _DECODER, "x", "x", causal=use["causal"])
    expect_masks(use, _DECODER, "x", "memory", causal=False, padding="memory_padding", mask="memory_mask")
    return {"y": use.x}


def _lower_decoder(use: Use) -> Lowering:
    heads = int(use["num_heads"])
    own = for_each_head(masked(use, "x", causal=use["causal"]), heads)
    other = for_each_head(
        masked(use, "x", causal=False, padding="memory_padding", mask="memory_mask", prefix="memory_"),
        heads,
        prefix="memory_",
    )
    keywords: dict[str, Any] = {}
    for hidden, prefix in ((own, "tgt"), (other, "memory")):
        if hidden.form == "padding":
            keywords[f"{prefix}_key_padding_mask"] = hidden.value
        elif hidden.form:
            keywords[f"{prefix}_mask"] = hidden.value
    if own.form == "causal":
        keywords["tgt_is_causal"] = True
    run = Call(
        target="torch.nn.TransformerDecoderLayer",
        construct=_options(use, fixed(use.x.axes[2], _DECODER)),
        usual=_USUAL,
        args=(Ref("x"), Ref("memory")),
        keywords=keywords,
    )
    return Lowering(calls=(*own.calls, *other.calls, run))


def _decoder_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    features, hidden = fixed(use.x.axes[2], _DECODER), int(use["dim_feedforward"])
    steps, remembered = use.x.sizes[1], use.inputs["memory"].sizes[1]
    own = steps * (4 * features * features) + steps * steps * (2 * features)
    other = (steps + remembered) * (2 * features * features) + steps * remembered * (2 * features)
    return own + other + steps * (2 * features * hidden)


TRANSFORMER_DECODER_LAYER = Layer(
    type="TransformerDecoderLayer",
    label=_DECODER,
    group="Attention",
    stem="decoder",
    summary="Causal self-attention, attention to a memory, and a small network for each step.",
    help="What translates: each step looks at the steps before it, then at the whole encoded source at the port"
    " “memory”. For a network that only continues a text (GPT) take causal encoder layers, which have no memory.",
    formula="u = norm(x + attention(x)),  v = norm(u + attention(u, memory)),  y = norm(v + W₂ · f(W₁ v))",
    reference="Vaswani et al., Attention is all you need, 2017",
    synonyms=("transformer", "decoder", "cross attention", "translation", "seq2seq", "tgt_mask"),
    common=False,
    inputs=(
        Port("x", help="the sequence that is decoded"),
        Port("memory", help="what the encoder made of the source"),
        Port("padding", help="true at the steps of x that only fill up", optional=True),
        Port("memory_padding", help="true at the steps of the memory that only fill up", optional=True),
        Port("mask", help="batch × steps × steps, true where a step must not look at another", optional=True),
        Port(
            "memory_mask",
            help="batch × steps × steps of memory, true where a step must not look",
            optional=True,
        ),
    ),
    parameters=_parameters(
        BoolField(
            name="causal",
            label="Causal",
            default=True,
            help="Each step sees only itself and what came before: needed to predict the next one.",
        )
    ),
    infer=_infer_decoder,
    lower=_lower_decoder,
    weights=lambda use: _count(use, fixed(use.x.axes[2], _DECODER), 2),
    macs=_decoder_macs,
    card=_card,
    samples=(
        Sample(
            values={"num_heads": 2, "dim_feedforward": 7},
            inputs={"x": tensor(time="T", feature=6), "memory": tensor(time="S", feature=6)},
            names={"N": 2, "T": 5, "S": 3},
        ),
        Sample(
            values={"num_heads": 2, "dim_feedforward": 5, "norm_first": True, "activation": "gelu"},
            inputs={
                "x": tensor(time="T", feature=4),
                "memory": tensor(time="S", feature=4),
                "padding": tensor("bool", time="T"),
                "memory_padding": tensor("bool", time="S"),
            },
            names={"N": 2, "T": 5, "S": 3},
        ),
        Sample(
            values={"num_heads": 2, "dim_feedforward": 3, "causal": False, "bias": False},
            inputs={
                "x": tensor(time=3, feature=4),
                "memory": tensor(time=3, feature=4),
                "mask": tensor("bool", time=3, feature=3),
                "memory_mask": tensor("bool", time=3, feature=3),
            },
        ),
    ),
)
