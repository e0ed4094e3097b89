"""Ranking along an axis, and what is done with the places found: the largest, their numbers, values looked up."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import axis_field, chosen_axis, resized, without
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_float,
    function,
)

LAST = "channels or features"


# -- the place of the largest ----------------------------------------------------------------------------------------
def _argmax(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "Place of the largest")
    position = chosen_axis(use, "Place of the largest")
    found = without(x, (position,))
    axes = found.axes if found.rank > 1 else (x.axes[0], Axis("time", Size.of(1)))
    return {"y": TensorType("int", _steps(axes), x.sizes[position].value or 0)}


def _steps(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """One axis of whole numbers is a row of tokens."""
    return (axes[0], Axis("time", axes[1].size)) if len(axes) == 2 else axes


def _lower_argmax(use: Use) -> Lowering:
    options = {"keepdim": True} if use.x.rank == 2 else {}
    target = "torch.argmin" if use["smallest"] else "torch.argmax"
    return function(target, Ref("x"), dim=chosen_axis(use, "Place of the largest"), **options)


ARGMAX = Layer(
    type="ArgMax",
    label="Place of the largest",
    group="Arithmetic",
    stem="argmax",
    summary="Gives the number of the place at which the largest value lies.",
    help="Turns scores into the class or token that they favour, as whole numbers from 0. No gradient passes: use it"
    " behind what is trained, or before an Embedding.",
    formula="y = argmax_i x[i]",
    reference="torch.argmax, ONNX ArgMax",
    synonyms=("argmax", "argmin", "prediction", "decode", "greedy", "hard decision"),
    parameters=(
        axis_field(LAST),
        BoolField(
            name="smallest", label="Smallest", default=False, help="Look for the smallest value instead."
        ),
    ),
    common=False,
    infer=_argmax,
    lower=_lower_argmax,
    card=lambda values: "min" if values["smallest"] else "",
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(inputs={"x": tensor(feature=4)}),
        Sample(values={"axis": "1", "smallest": True}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)


# -- the k largest -----------------------------------------------------------------------------------------------
def _topk(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "Top k")
    position, k = chosen_axis(use, "Top k"), int(use["k"])
    have = x.sizes[position].value
    if have is not None and k > have:
        raise ShapeError(
            tr("Top k takes the {k} largest, but only {have} values arrive along the axis.", k=k, have=have),
            parameter="k",
            suggestions=(SetParameter("k", have, tr("Take all {have}", have=have)),),
        )
    y = resized(x, position, k)
    axes = _steps(y.axes)
    return {"y": y, "index": TensorType("int", axes, have or 0)}


TOPK = Layer(
    type="TopK",
    label="Top k",
    group="Arithmetic",
    stem="topk",
    summary="Gives the k largest values along an axis, largest first, and the places at which they lie.",
    help="A mixture of experts asks only its best ones, k-max pooling keeps the strongest responses of a text. The"
    " gradient goes to the values that were taken.",
    formula="y = the k largest of x; index = where they lie",
    reference="Kalchbrenner et al., A convolutional neural network for modelling sentences, 2014 (k-max pooling)",
    synonyms=("top-k", "k-max pooling", "largest", "sort", "best", "mixture of experts"),
    outputs=(
        Port("y", help="the values"),
        Port("index", label="index", help="their places, whole numbers from 0"),
    ),
    parameters=(
        IntField(
            name="k", label="k", default=1, minimum=1, maximum=1_000_000, help="How many values are taken."
        ),
        axis_field(LAST),
    ),
    common=False,
    infer=_topk,
    lower=lambda use: Lowering(
        calls=(
            Call(target="torch.topk", args=(Ref("x"), use["k"]), keywords={"dim": chosen_axis(use, "Top k")}),
        ),
        outputs={"y": Ref("", (0,)), "index": Ref("", (1,))},
    ),
    card=lambda values: f"{values['k']}",
    samples=(
        Sample(values={"k": 2}, inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"k": 3, "axis": "length"}, inputs={"x": tensor(channel=2, length=5)}),
        Sample(values={"k": 2}, inputs={"x": tensor(feature=4)}),
    ),
)


# -- looking up by number ------------------------------------------------------------------------------------------
def _gathered(use: Use) -> int:
    """The axis of x in which the places are looked up. Raises ShapeError."""
    x, index = use.x, use.inputs["index"]
    if index.element != "int":
        raise ShapeError(tr("Gather looks up by whole numbers, but “index” gets real ones."), port="index")
    position = chosen_axis(use, "Gather", ("time", "length"))
    have = x.sizes[position].value
    if index.values is not None and have is not None and index.values > have:
        raise ShapeError(
            tr(
                "Places up to {most} are asked for, but the axis has {have} values.",
                most=index.values - 1,
                have=have,
            ),
            port="index",
        )
    if index.rank == x.rank:
        if any(a != b for i, (a, b) in enumerate(zip(x.sizes, index.sizes, strict=True)) if i != position):
            raise ShapeError(
                tr(
                    "Gather with as many axes on both sides needs equal sizes beside the axis; {x} and {index} arrive.",
                    x=x,
                    index=index,
                ),
                port="index",
            )
    elif index.rank != 2 or position != 1 or index.sizes[0] != x.sizes[0]:
        raise ShapeError(
            tr(
                "Gather takes places N × K along the first axis, or as many axes as x has; {index} arrives for {x}.",
                x=x,
                index=index,
            ),
            port="index",
        )
    return position


def _gather(use: Use) -> dict[str, TensorType]:
    position, index = _gathered(use), use.inputs["index"]
    return {"y": resized(use.x, position, index.sizes[position])}


def _lower_gather(use: Use) -> Lowering:
    position, x, index = _gathered(use), use.x, use.inputs["index"]
    if index.rank == x.rank:
        return function("torch.gather", Ref("x"), position, Ref("index"))
    calls: list[Call] = []
    sizes: list[Ref | int] = []
    places = Ref("index")
    for i in range(2, x.rank):  # one axis more for each of those that are taken whole
        size = x.sizes[i].value
        if size is None:
            calls.append(Call(target=".size", args=(Ref("x"), i), step=f"size_{i}"))
        sizes.append(Ref(f"size_{i}") if size is None else size)
        calls.append(Call(target="torch.unsqueeze", args=(places, -1), step=f"places_{i}"))
        places = Ref(f"places_{i}")
    return Lowering(
        calls=(
            *calls,
            Call(target=".expand", args=(places, -1, -1, *sizes), step="everywhere"),
            Call(target="torch.gather", args=(Ref("x"), 1, Ref("everywhere"))),
        )
    )


GATHER = Layer(
    type="Gather",
    label="Gather",
    group="Shape",
    stem="gather",
    summary="Takes the steps whose numbers arrive on a second wire.",
    help="Places N × K pick K steps of each sample, such as the masked words of a text or the best of a ranking. The"
    " numbers count from 0; the gradient goes to what was taken.",
    formula="y[n, k] = x[n, index[n, k]]",
    reference="torch.gather, ONNX GatherElements",
    synonyms=("index", "take", "lookup", "indexing", "index_select", "batch gather"),
    inputs=(Port("x"), Port("index", label="index", help="whole numbers: the places to take")),
    parameters=(axis_field("time or length"),),
    common=False,
    infer=_gather,
    lower=_lower_gather,
    samples=(
        Sample(
            inputs={"x": tensor(time=6, feature=4), "index": TensorType("int", tensor(time="K").axes, 6)},
            names={"N": 2, "K": 3},
        ),
        Sample(
            values={"axis": "-1"},
            inputs={
                "x": tensor(time="T", feature=5),
                "index": TensorType("int", tensor(time="T", feature=2).axes, 5),
            },
            names={"N": 2, "T": 3},
        ),
        Sample(inputs={"x": tensor(feature=6), "index": TensorType("int", tensor(time=3).axes, 6)}),
    ),
)


# -- unit length -------------------------------------------------------------------------------------------------
L2_NORMALIZE = Layer(
    type="L2Normalize",
    label="Unit length",
    group="Normalization",
    stem="unit",
    summary="Divides the values along an axis by their norm, so that vectors get length 1.",
    help="Between two vectors of length 1 the matrix product is the cosine of their angle, as contrastive and face"
    " networks compare them. It has no weights.",
    formula="y = x / max(‖x‖_p, ε)",
    reference="Schroff et al., FaceNet: a unified embedding for face recognition and clustering, 2015",
    synonyms=("L2 normalize", "UnitNormalization", "F.normalize", "cosine", "unit norm", "LpNormalization"),
    parameters=(
        axis_field(LAST),
        ChoiceField(
            name="order",
            label="Norm",
            default="2",
            choices={"1": "1: sum of absolute values", "2": "2: length of the vector"},
            help="What becomes 1.",
            advanced=True,
        ),
        FloatField(
            name="eps",
            label="Epsilon",
            default=1e-12,
            logarithmic=True,
            minimum=0.0,
            maximum=1.0,
            open_minimum=True,
            help="The least number that is divided by.",
            advanced=True,
        ),
    ),
    common=False,
    infer=lambda use: {"y": _normalized(use)[0]},
    lower=lambda use: function(
        "torch.nn.functional.normalize",
        Ref("x"),
        **({"p": float(use["order"])} if use["order"] != "2" else {}),
        dim=_normalized(use)[1],
        **({"eps": use["eps"]} if use["eps"] != 1e-12 else {}),
    ),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"order": "1"}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)


def _normalized(use: Use) -> tuple[TensorType, int]:
    return expect_float(use, "Unit length"), chosen_axis(use, "Unit length")
