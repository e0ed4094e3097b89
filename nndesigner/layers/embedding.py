"""Embedding: token numbers and positions turned into vectors that are learned."""

from __future__ import annotations

from math import log

from nndesigner.base.fields import ChoiceField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.computed_weights import GIVE_WEIGHT, giving_weight, weight_ports, weight_table
from nndesigner.layers.declaration import (
    Call,
    Constant,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Slices,
    Use,
    fixed,
    module,
)
from nndesigner.layers.lookup import vocabulary
from nndesigner.layers.recurrent import expect_sequence


def _embed(use: Use) -> dict[str, TensorType]:
    size, padding = vocabulary(use, "Embedding"), use["padding_idx"]
    if padding >= size:
        raise ShapeError(
            tr(
                "Token {token} cannot be the padding: tokens go from 0 to {last}.",
                token=padding,
                last=size - 1,
            ),
            parameter="padding_idx",
            suggestions=(SetParameter("padding_idx", -1, tr("Have no padding token")),),
        )
    feature = Axis("feature", Size.of(use["embedding_dim"]))
    y = TensorType("float", (*use.x.axes, feature))
    return {"y": y, "weight": weight_table(size, use["embedding_dim"])} if use["give_weight"] else {"y": y}


EMBEDDING = Layer(
    type="Embedding",
    label="Embedding",
    group="Embedding",
    stem="embedding",
    summary="Looks up a learned vector for every token.",
    help="A table with one row per token; tokens that are used alike end up with similar rows. The size of the table"
    " follows from the tokens that arrive.",
    formula="y[t] = W[x[t]]",
    reference="Bengio et al., A neural probabilistic language model, 2003",
    synonyms=("lookup", "word vectors", "tokens", "wordEmbeddingLayer"),
    outputs=weight_ports,
    parameters=(
        IntField(
            name="embedding_dim",
            label="Features",
            default=64,
            minimum=1,
            maximum=1_000_000,
            help="Length of each vector.",
        ),
        IntField(
            name="vocabulary",
            label="Vocabulary",
            default=0,
            minimum=0,
            maximum=10_000_000,
            advanced=True,
            help="Number of different tokens; 0 follows what arrives.",
        ),
        IntField(
            name="padding_idx",
            label="Padding token",
            default=-1,
            minimum=-1,
            maximum=9_999_999,
            advanced=True,
            help="The token that fills up short texts: its vector stays zero. −1 for none.",
        ),
        GIVE_WEIGHT,
    ),
    width="embedding_dim",
    infer=_embed,
    lower=lambda use: giving_weight(
        module(
            "torch.nn.Embedding",
            num_embeddings=vocabulary(use, "Embedding"),
            embedding_dim=use["embedding_dim"],
            **({"padding_idx": use["padding_idx"]} if use["padding_idx"] >= 0 else {}),
        ),
        use,
    ),
    weights=lambda use: vocabulary(use, "Embedding") * int(use["embedding_dim"]),
    card=lambda values: f"{values['embedding_dim']}",
    samples=(
        Sample(
            values={"embedding_dim": 6},
            inputs={"x": TensorType("int", tensor(time="T").axes, 10)},
            names={"N": 2, "T": 5},
        ),
        Sample(
            values={"vocabulary": 12, "embedding_dim": 3, "padding_idx": 0},
            inputs={"x": tensor("int", time=4)},
        ),
        Sample(
            values={"vocabulary": 7, "embedding_dim": 3, "give_weight": True},
            inputs={"x": tensor("int", time=4)},
        ),
    ),
)


# -- positions -------------------------------------------------------------------------------------------------
def _place(use: Use) -> dict[str, TensorType]:
    x = expect_sequence(use, "Positional encoding")
    fixed(x.axes[2], "Positional encoding")
    time = x.axes[1].size.value
    if use["kind"] == "learned" and time is not None and time > use["max_length"]:
        raise ShapeError(
            tr(
                "Positions are learned for {most} steps, but {time} arrive.",
                most=use["max_length"],
                time=time,
            ),
            parameter="max_length",
            suggestions=(SetParameter("max_length", time, tr("Learn {time} positions", time=time)),),
        )
    return {"y": x}


def _lower_positions(use: Use) -> Lowering:
    features = fixed(use.x.axes[2], "Positional encoding")
    add = Call(target="operator.add", args=(Ref("x"), Ref("encoding")))
    if use["kind"] == "learned":
        # 0, 1, 2 … counted on the device of x, whichever that is
        return Lowering(
            calls=(
                Call(
                    target="torch.ones_like",
                    args=(Ref("x", (Slices((0, None, 0)),)),),
                    keywords={"dtype": Constant("torch.int64")},
                    step="ones",
                ),
                Call(target="torch.cumsum", args=(Ref("ones"), 0), step="counted"),
                Call(target="operator.sub", args=(Ref("counted"), 1), step="positions"),
                Call(
                    target="torch.nn.Embedding",
                    construct={"num_embeddings": use["max_length"], "embedding_dim": features},
                    args=(Ref("positions"),),
                    step="encoding",
                ),
                add,
            )
        )
    waves: tuple[Call, ...] = (
        Call(target=".size", args=(Ref("x"), 1), step="length"),
        Call(target="torch.arange", args=(Ref("length"),), step="counted"),
        Call(target=".to", args=(Ref("counted"), Ref("x")), step="positions"),
        Call(target="torch.arange", args=(0, features, 2), step="even"),
        Call(target=".to", args=(Ref("even"), Ref("x")), step="features"),
        Call(target="operator.mul", args=(Ref("features"), -log(10_000.0) / features), step="exponents"),
        Call(target="torch.exp", args=(Ref("exponents"),), step="rates"),
        Call(target="torch.outer", args=(Ref("positions"), Ref("rates")), step="angles"),
        Call(target="torch.sin", args=(Ref("angles"),), step="sines"),
        Call(target="torch.cos", args=(Ref("angles"),), step="cosines"),
        Call(
            target="torch.stack",
            args=((Ref("sines"), Ref("cosines")),),
            keywords={"dim": -1},
            step="pairs",
        ),
        Call(
            target="torch.flatten",
            args=(Ref("pairs"), 1),
            step="encoding" if features % 2 == 0 else "waves",
        ),
    )
    if features % 2:
        waves = (*waves, Call(target="torch.narrow", args=(Ref("waves"), 1, 0, features), step="encoding"))
    return Lowering(calls=(*waves, add))


def _position_weights(use: Use) -> int:
    if use["kind"] != "learned":
        return 0
    return int(use["max_length"]) * fixed(use.x.axes[2], "Positional encoding")


POSITIONAL_ENCODING = Layer(
    type="PositionalEncoding",
    label="Positional encoding",
    group="Embedding",
    stem="positions",
    summary="Adds a vector for each position, so that a transformer knows the order of the steps.",
    help="Attention alone does not see which step comes first. Learned positions are a table with one row per step;"
    " sinusoidal ones are fixed waves of falling frequency, which serve sequences of any length.",
    formula="y[t] = x[t] + P[t]; sinusoidal: P[t, 2i] = sin(t / 10000^(2i/d)), P[t, 2i+1] = cos(t / 10000^(2i/d))",
    reference="Vaswani et al., Attention is all you need, 2017",
    synonyms=(
        "position embedding",
        "sinusoidal",
        "positionEmbeddingLayer",
        "sinusoidalPositionEncodingLayer",
    ),
    parameters=(
        ChoiceField(
            name="kind",
            label="Positions",
            default="sinusoidal",
            choices={"sinusoidal": "sinusoidal", "learned": "learned"},
            help="Fixed waves, or a vector learned for each position.",
        ),
        IntField(
            name="max_length",
            label="Longest sequence",
            default=512,
            minimum=1,
            maximum=10_000_000,
            help="Number of positions that are learned; no longer sequence can be read.",
            shown_when=lambda values: bool(values["kind"] == "learned"),
        ),
    ),
    infer=_place,
    lower=_lower_positions,
    weights=_position_weights,
    card=lambda values: tr("learned") if values["kind"] == "learned" else tr("sinusoidal"),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=6)}, names={"N": 2, "T": 5}),
        Sample(inputs={"x": tensor(time=4, feature=5)}),
        Sample(
            values={"kind": "learned", "max_length": 9},
            inputs={"x": tensor(time="T", feature=6)},
            names={"N": 2, "T": 5},
        ),
    ),
)
