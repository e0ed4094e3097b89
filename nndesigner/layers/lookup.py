"""Tokens turned into numbers without order: bags of vectors, one-hot rows, and a vector table for each column."""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Buffer,
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
    module,
)

VOCABULARY = IntField(
    name="vocabulary",
    label="Vocabulary",
    default=0,
    minimum=0,
    maximum=10_000_000,
    advanced=True,
    help="Number of different tokens; 0 follows what arrives.",
)


def vocabulary(use: Use, layer: str) -> int:
    """How many different tokens there are: what is set, else what arrives. Raises ShapeError."""
    x = use.x
    if x.element != "int":
        kind = tr("truth values") if x.element == "bool" else tr("real numbers")
        raise ShapeError(
            tr(
                "{layer} looks up whole numbers (tokens), but {kind} arrive: it is not needed here.",
                layer=layer,
                kind=kind,
            ),
            port="x",
        )
    if x.values == 0:
        raise ShapeError(
            tr(
                "{layer} needs to know how large the numbers that arrive can become, but they are places along an axis"
                " of free length: fix that length at the input.",
                layer=layer,
            ),
            port="x",
        )
    asked = int(use["vocabulary"])
    if asked and x.values is not None and asked < x.values:
        raise ShapeError(
            tr(
                "The vocabulary is set to {set}, but {have} different tokens arrive.",
                set=asked,
                have=x.values,
            ),
            parameter="vocabulary",
            suggestions=(SetParameter("vocabulary", 0, tr("Follow what arrives")),),
        )
    if asked or x.values:
        return asked or int(x.values or 0)
    raise ShapeError(
        tr("The number of different tokens is not known yet: choose data for the project, or type it in."),
        parameter="vocabulary",
    )


def _expect_row(use: Use, layer: str) -> TensorType:
    if use.x.rank != 2:
        raise ShapeError(
            tr(
                "{layer} takes tokens (batch × time), but {axes} arrives.",
                layer=layer,
                axes=" × ".join(use.x.meanings),
            ),
            port="x",
        )
    return use.x


# -- bags ----------------------------------------------------------------------------------------------------------
_BAG = "Embedding bag"


def _bag(use: Use) -> dict[str, TensorType]:
    size, padding = vocabulary(use, _BAG), use["padding_idx"]
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
    x = _expect_row(use, _BAG)
    return {"y": TensorType("float", (x.axes[0], Axis("feature", Size.of(use["embedding_dim"]))))}


EMBEDDING_BAG = Layer(
    type="EmbeddingBag",
    label=_BAG,
    group="Embedding",
    stem="bag",
    summary="Looks up a learned vector for every token and gives their mean, sum or maximum.",
    help="A text as a bag of words: which tokens occur counts, their order does not. The fastest classifier of texts is"
    " this and a Linear; padding tokens are left out.",
    formula="y = mean over t of W[x[t]], or their sum, or the largest of each number",
    reference="Joulin et al., Bag of tricks for efficient text classification, 2016",
    synonyms=("fasttext", "bag of words", "cbow", "lookup", "tokens", "text classification"),
    common=False,
    parameters=(
        IntField(
            name="embedding_dim",
            label="Features",
            default=64,
            minimum=1,
            maximum=1_000_000,
            help="Length of each vector.",
        ),
        ChoiceField(
            name="mode",
            label="Gives",
            default="mean",
            choices={"mean": "mean", "sum": "sum", "max": "maximum"},
            help="What is made of the vectors of a text.",
        ),
        VOCABULARY,
        IntField(
            name="padding_idx",
            label="Padding token",
            default=-1,
            minimum=-1,
            maximum=9_999_999,
            advanced=True,
            help="The token that fills up short texts: it does not count. −1 for none.",
        ),
    ),
    width="embedding_dim",
    infer=_bag,
    lower=lambda use: module(
        "torch.nn.EmbeddingBag",
        {"mode": "mean"},
        num_embeddings=vocabulary(use, _BAG),
        embedding_dim=use["embedding_dim"],
        mode=use["mode"],
        **({"padding_idx": use["padding_idx"]} if use["padding_idx"] >= 0 else {}),
    ),
    weights=lambda use: vocabulary(use, _BAG) * int(use["embedding_dim"]),
    card=lambda values: f"{values['embedding_dim']}",
    samples=(
        Sample(
            values={"embedding_dim": 6},
            inputs={"x": TensorType("int", tensor(time="T").axes, 10)},
            names={"N": 2, "T": 5},
        ),
        Sample(
            values={"embedding_dim": 3, "mode": "sum", "vocabulary": 12, "padding_idx": 0},
            inputs={"x": TensorType("int", tensor(time=4).axes, 10)},
        ),
        Sample(
            values={"embedding_dim": 3, "mode": "max"},
            inputs={"x": TensorType("int", tensor(time="T").axes, 10)},
            names={"N": 2, "T": 3},
        ),
    ),
)


# -- one-hot -------------------------------------------------------------------------------------------------------
_ONE_HOT = "One-hot"


def _one_hot(use: Use) -> dict[str, TensorType]:
    kinds = vocabulary(use, _ONE_HOT)
    return {"y": TensorType("float", (*use.x.axes, Axis("feature", Size.of(kinds))))}


ONE_HOT = Layer(
    type="OneHot",
    label=_ONE_HOT,
    group="Embedding",
    stem="one_hot",
    summary="Turns every token into a row of zeros with a one at the token's place.",
    help="Nothing is learned and no two tokens are alike: for few different tokens, or where the network shall see them"
    " as they are. For many an Embedding is smaller and learns which are alike.",
    formula="y[t, v] = 1 where v = x[t], else 0",
    synonyms=("one_hot", "CategoryEncoding", "dummy variables", "onehotencode", "indicator"),
    common=False,
    parameters=(VOCABULARY,),
    infer=_one_hot,
    lower=lambda use: Lowering(
        calls=(
            Call(
                target="torch.nn.functional.one_hot",
                args=(Ref("x"), vocabulary(use, _ONE_HOT)),
                step="places",
            ),
            Call(target=".float", args=(Ref("places"),)),
        )
    ),
    samples=(
        Sample(inputs={"x": TensorType("int", tensor(time="T").axes, 4)}, names={"N": 2, "T": 5}),
        Sample(values={"vocabulary": 6}, inputs={"x": TensorType("int", tensor(time=3).axes, 4)}),
    ),
)


# -- columns -------------------------------------------------------------------------------------------------------
_COLUMNS = "Column embedding"


def _columns(use: Use) -> dict[str, TensorType]:
    vocabulary(use, _COLUMNS)
    x = _expect_row(use, _COLUMNS)
    fixed(x.axes[1], _COLUMNS)
    feature = Axis("feature", Size.of(use["embedding_dim"]))
    return {"y": TensorType("float", (x.axes[0], Axis("time", x.sizes[1]), feature))}


def _lower_columns(use: Use) -> Lowering:
    kinds, columns = vocabulary(use, _COLUMNS), fixed(use.x.axes[1], _COLUMNS)
    return Lowering(
        calls=(
            Call(target="operator.add", args=(Ref("x"), Ref("@first_rows")), step="rows"),
            Call(
                target="torch.nn.Embedding",
                construct={"num_embeddings": kinds * columns, "embedding_dim": use["embedding_dim"]},
                args=(Ref("rows"),),
            ),
        ),
        buffers={"first_rows": Buffer(values=tuple(kinds * i for i in range(columns)), element="int")},
    )


COLUMN_EMBEDDING = Layer(
    type="ColumnEmbedding",
    label=_COLUMNS,
    group="Embedding",
    stem="columns",
    summary="Looks up a learned vector in a table of its own for every column of whole numbers.",
    help="For categories in columns that mean different things, such as weekday and shop: the same number in two"
    " columns gets two vectors, where an Embedding would give one. All tables have the size of the largest vocabulary.",
    formula="y[c] = W_c[x[c]]",
    reference="Guo & Berkhahn, Entity embeddings of categorical variables, 2016",
    synonyms=("entity embedding", "categorical", "categories", "feature embedding", "factorization machine"),
    common=False,
    parameters=(
        IntField(
            name="embedding_dim",
            label="Features",
            default=16,
            minimum=1,
            maximum=1_000_000,
            help="Length of each vector.",
        ),
        VOCABULARY,
    ),
    width="embedding_dim",
    infer=_columns,
    lower=_lower_columns,
    weights=lambda use: (
        vocabulary(use, _COLUMNS) * fixed(use.x.axes[1], _COLUMNS) * int(use["embedding_dim"])
    ),
    card=lambda values: f"{values['embedding_dim']}",
    samples=(
        Sample(values={"embedding_dim": 3}, inputs={"x": TensorType("int", tensor(time=4).axes, 5)}),
        Sample(
            values={"embedding_dim": 2, "vocabulary": 9},
            inputs={"x": TensorType("int", tensor(time=2).axes, 7)},
        ),
    ),
)
