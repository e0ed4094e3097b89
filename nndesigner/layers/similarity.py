"""Comparing two vectors: how alike they are, and how far apart."""

from __future__ import annotations

from nndesigner.base.fields import FloatField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    class_axis,
    expect_float,
    plain,
)


def _pair(use: Use, layer: str) -> TensorType:
    """The type of both inputs, which must be the same. Raises ShapeError."""
    a, b = expect_float(use, layer, "a"), expect_float(use, layer, "b")
    if a.rank < 2:
        raise ShapeError(
            tr("{layer} needs an axis besides the batch, but only the batch arrives.", layer=layer), port="a"
        )
    if a.sizes != b.sizes:
        raise ShapeError(
            tr("{layer} compares two of one shape; here are {a} and {b}.", layer=layer, a=a, b=b), port="b"
        )
    return a


def _eps(default: float, help: str) -> FloatField:
    return FloatField(
        name="eps",
        label="ε",
        default=default,
        minimum=0.0,
        maximum=1.0,
        open_minimum=True,
        logarithmic=True,
        advanced=True,
        help=help,
    )


def _to_one(type: TensorType, position: int) -> dict[str, TensorType]:
    axes = [Axis(a.meaning, Size.of(1)) if i == position else a for i, a in enumerate(type.axes)]
    return {"y": type.with_axes(*axes)}


def _infer_cosine(use: Use) -> dict[str, TensorType]:
    type = _pair(use, "Cosine similarity")
    return _to_one(type, class_axis(type))


def _lower_cosine(use: Use) -> Lowering:
    axis = class_axis(use.inputs["a"])
    alike = Call(
        target="torch.nn.CosineSimilarity",
        construct=plain({"dim": axis, "eps": use["eps"]}, {"dim": 1, "eps": 1e-8}),
        args=(Ref("a"), Ref("b")),
        step="alike",
    )
    return Lowering(calls=(alike, Call(target="torch.unsqueeze", args=(Ref("alike"), axis))))


def _infer_distance(use: Use) -> dict[str, TensorType]:
    type = _pair(use, "Pairwise distance")
    if class_axis(type) != type.rank - 1:
        raise ShapeError(
            tr(
                "Pairwise distance works along features that come last, but {axes} arrives.",
                axes=" × ".join(type.meanings),
            ),
            port="a",
        )
    return _to_one(type, type.rank - 1)


def _lower_distance(use: Use) -> Lowering:
    options = plain({"p": use["p"], "eps": use["eps"], "keepdim": True}, {"p": 2.0, "eps": 1e-6})
    apart = Call(target="torch.nn.PairwiseDistance", construct=options, args=(Ref("a"), Ref("b")))
    return Lowering(calls=(apart,))


TWO = (Port("a"), Port("b"))
ROWS = {"a": tensor(feature=4), "b": tensor(feature=4)}
STEPS = {"a": tensor(time="T", feature=3), "b": tensor(time="T", feature=3)}
IMAGES = {port: tensor(channel=3, height="H", width=2) for port in "ab"}

COSINE_SIMILARITY = Layer(
    type="CosineSimilarity",
    label="Cosine similarity",
    group="Merge",
    stem="cosine",
    summary="Tells how alike the directions of two vectors are: 1 the same, 0 unrelated, −1 opposite.",
    help="The length of the vectors does not count. It compares embeddings, as in siamese networks and retrieval; the"
    " vectors are the channels of images and signals, else the features.",
    formula="y = a·b / max(‖a‖·‖b‖, ε)",
    reference="Bromley et al., Signature verification using a siamese time delay neural network, 1993",
    synonyms=("cosine distance", "dot product", "similarity", "siamese", "angle"),
    inputs=TWO,
    parameters=(_eps(1e-8, "Smallest product of lengths, so that nothing is divided by zero."),),
    common=False,
    infer=_infer_cosine,
    lower=_lower_cosine,
    samples=(
        Sample(inputs=ROWS),
        Sample(inputs=STEPS, names={"N": 2, "T": 4}),
        Sample(inputs=IMAGES, names={"N": 2, "H": 3}),
    ),
)
PAIRWISE_DISTANCE = Layer(
    type="PairwiseDistance",
    label="Pairwise distance",
    group="Merge",
    stem="distance",
    summary="Tells how far apart two vectors are.",
    help="With the power 2 it is the Euclidean distance, with 1 the sum of all differences. It ends siamese networks"
    " that learn by a contrastive loss.",
    formula="y = (Σ_i |a_i − b_i + ε|^p)^(1/p)",
    reference="Hadsell et al., Dimensionality reduction by learning an invariant mapping, 2006",
    synonyms=("euclidean distance", "norm", "difference", "siamese", "L2", "L1"),
    inputs=TWO,
    parameters=(
        FloatField(
            name="p",
            label="Power",
            default=2.0,
            minimum=1.0,
            maximum=16.0,
            help="2 for the Euclidean distance, 1 for the sum of the differences.",
        ),
        _eps(1e-6, "Added to each difference, so that equal vectors have a gradient."),
    ),
    common=False,
    infer=_infer_distance,
    lower=_lower_distance,
    samples=(
        Sample(inputs=ROWS),
        Sample(values={"p": 1.0}, inputs=STEPS, names={"N": 2, "T": 4}),
    ),
)
