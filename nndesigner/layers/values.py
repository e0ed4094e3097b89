"""Values that no data brings: learnable ones, constants, positions, the mask of the future, a channel's scale.

Learnable and constant values stand once for the whole batch: their batch axis has length 1, so that Add spreads them
and Concatenate repeats them for every sample.
"""

from __future__ import annotations

from math import prod
from typing import Any

from nndesigner.base.fields import BadValue, BoolField, ChoiceField, FloatField, TextField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import axis_field, chosen_axis
from nndesigner.layers.declaration import (
    SPATIAL,
    Buffer,
    Call,
    Constant,
    Layer,
    Learnable,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Slices,
    Use,
    class_axis,
    expect_float,
    fixed,
)
from nndesigner.layers.reshaping import WholeNumbersField, axes_fields, numbers, wanted_meanings

ONE = Axis("batch", Size.of(1))
MOST = 100_000
"""Numbers that one may type."""


def _shape(use: Use) -> tuple[int, ...]:
    """The typed sizes, as many as there are axes. Raises ShapeError."""
    meanings, sizes = wanted_meanings(use), tuple(numbers(use["sizes"]))
    if len(meanings) != len(sizes):
        raise ShapeError(
            tr(
                "{axes} has {want} sizes; here are {have}.",
                axes=" × ".join(meanings),
                want=len(meanings),
                have=len(sizes),
            ),
            parameter="sizes",
            suggestions=(
                SetParameter("sizes", ", ".join(["1"] * len(meanings)), tr("Begin with one value")),
            ),
        )
    return sizes


def _typed(use: Use) -> dict[str, TensorType]:
    axes = [Axis(m, Size.of(s)) for m, s in zip(wanted_meanings(use), _shape(use), strict=True)]
    return {"y": TensorType("float", (ONE, *axes))}


def _shape_fields(sizes: str) -> tuple[Any, ...]:
    to, own = axes_fields("row")
    return (
        to,
        own,
        WholeNumbersField(
            name="sizes",
            label="Sizes",
            default=sizes,
            help="Length of each axis, without the batch, such as 1, 64.",
        ),
    )


# -- parameter -----------------------------------------------------------------------------------------------------
BEGINNINGS = {
    "zeros": "zeros",
    "ones": "ones",
    "normal": "normal distribution",
    "uniform": "uniform distribution",
    "constant": "one number",
}
_SCALED = ("normal", "uniform", "constant")

PARAMETER = Layer(
    type="Parameter",
    label="Parameter",
    group="Arithmetic",
    stem="parameter",
    summary="Numbers that are learned, and depend on no input.",
    help="A class token to put before a sequence, a table of positions to add, a query that asks every sample the"
    " same. They stand once for the whole batch: Add spreads them, Concatenate gives them to every sample.",
    formula="y = θ",
    reference="Dosovitskiy et al., An image is worth 16×16 words, 2021 (class token)",
    synonyms=(
        "nn.Parameter",
        "class token",
        "cls token",
        "learnable",
        "position table",
        "query",
        "variable",
        "weight",
    ),
    inputs=(),
    parameters=(
        *_shape_fields("64"),
        ChoiceField(
            name="begin",
            label="Begins as",
            default="zeros",
            choices=BEGINNINGS,
            help="The values before training.",
        ),
        FloatField(
            name="scale",
            label="Scale",
            default=0.02,
            minimum=-1e6,
            maximum=1e6,
            help="The standard deviation, the bound of the uniform distribution, or the number itself.",
            shown_when=lambda values: values["begin"] in _SCALED,
        ),
    ),
    common=False,
    infer=_typed,
    lower=lambda use: Lowering(
        learnable={
            "": Learnable(
                shape=(1, *_shape(use)),
                begin=use["begin"],
                scale=use["scale"] if use["begin"] == "constant" else abs(use["scale"]),
            )
        },
        outputs={"y": Ref("@")},
    ),
    weights=lambda use: prod(_shape(use)),
    card=lambda values: str(values["sizes"]).replace(", ", " × "),
    samples=(
        Sample(inputs={}),
        Sample(values={"to": "sequence", "sizes": "2, 6", "begin": "normal"}, inputs={}),
        Sample(
            values={"to": "own", "names": "unit, feature", "sizes": "3, 4", "begin": "constant"}, inputs={}
        ),
    ),
)


# -- constant ----------------------------------------------------------------------------------------------------
class NumbersField(TextField):
    """Numbers as text, kept in the form "1, 0.5"."""

    def check(self, value: object) -> str:
        text = super().check(value)
        words = [word for word in text.replace(",", " ").split() if word]
        try:
            found = [float(word) for word in words]
        except ValueError:
            found = []
        if not found or not all(abs(number) <= 1e30 for number in found):
            raise BadValue(
                tr("{label} is numbers such as 1, 0.5, not “{value}”.", label=self.label, value=text[:40])
            )
        return ", ".join(f"{number!r}".removesuffix(".0") for number in found)


def _numbers(use: Use) -> list[float]:
    """The typed numbers: one for all, or as many as the shape holds. Raises ShapeError."""
    found = [float(word) for word in use["numbers"].split(",")]
    count = prod(_shape(use))
    if len(found) not in (1, count):
        raise ShapeError(
            tr(
                "The constant holds {count} values: type that many numbers, or one for all; here are {have}.",
                count=count,
                have=len(found),
            ),
            parameter="numbers",
            suggestions=(SetParameter("numbers", "0", tr("Begin with zeros")),),
        )
    return found


def _constant(use: Use) -> dict[str, TensorType]:
    _numbers(use)
    return _typed(use)


def _nested(flat: list[float], shape: tuple[int, ...]) -> Any:
    """Nested tuples, last axis fastest."""
    rows: list[Any] = list(flat)
    for size in reversed(shape):
        rows = [tuple(rows[i : i + size]) for i in range(0, len(rows), size)]
    return rows[0]


def _lower_constant(use: Use) -> Lowering:
    found, shape = _numbers(use), (1, *_shape(use))
    if len(found) < prod(shape):
        spread = Call(target=".expand", args=(Ref("@numbers"), *shape))
        return Lowering(
            buffers={"numbers": Buffer(values=_nested(found, (1,) * len(shape)))}, calls=(spread,)
        )
    return Lowering(buffers={"numbers": Buffer(values=_nested(found, shape))}, outputs={"y": Ref("@numbers")})


CONSTANT = Layer(
    type="Constant",
    label="Constant",
    group="Arithmetic",
    stem="constant",
    summary="Numbers that stay as they are typed.",
    help="A mean to subtract, a kernel that is known, weights of a sum. They stand once for the whole batch and are"
    " saved with the model, but never learned.",
    formula="y = c",
    reference="torch.Tensor, ONNX Constant",
    synonyms=("number", "fixed", "buffer", "zeros", "ones", "full", "tensor"),
    inputs=(),
    parameters=(
        *_shape_fields("1"),
        NumbersField(
            name="numbers",
            label="Numbers",
            default="0",
            longest=20 * MOST,
            help="As many numbers as the sizes hold, last axis fastest; or one for all.",
        ),
    ),
    common=False,
    infer=_constant,
    lower=_lower_constant,
    card=lambda values: str(values["numbers"])[:16],
    samples=(
        Sample(values={"sizes": "4", "numbers": "0.5"}, inputs={}),
        Sample(values={"to": "sequence", "sizes": "2, 3", "numbers": "1, 2, 3, 4, 5, -6.5"}, inputs={}),
    ),
)


# -- positions ---------------------------------------------------------------------------------------------------
_STEPS = ("time", *SPATIAL)


def _positions(use: Use) -> dict[str, TensorType]:
    x = use.x
    position = chosen_axis(use, "Positions", _STEPS)
    size = x.sizes[position]
    element = "int" if use["element"] == "int" else "float"
    meaning = "time" if element == "int" else "feature"
    return {"y": TensorType(element, (ONE, Axis(meaning, size)), size.value if element == "int" else None)}


def _counted(port: TensorType, position: int) -> tuple[Call, ...]:
    """0, 1, 2 … along an axis of x as the step "counted", on the device of x, whichever that is."""
    corner = Slices(tuple(None if i == position else 0 for i in range(port.rank)))
    return (
        Call(
            target="torch.ones_like",
            args=(Ref("x", (corner,)),),
            keywords={"dtype": Constant("torch.int64")},
            step="ones",
        ),
        Call(target="torch.cumsum", args=(Ref("ones"), 0), step="places"),
        Call(target="operator.sub", args=(Ref("places"), 1), step="counted"),
    )


def _lower_positions(use: Use) -> Lowering:
    calls = _counted(use.x, chosen_axis(use, "Positions", _STEPS))
    row = Call(target="torch.unsqueeze", args=(Ref("counted"), 0), step="row")
    number = Call(target=".float", args=(Ref("row"),))
    return Lowering(
        calls=(*calls, row) if use["element"] == "int" else (*calls, row, number), outputs={"y": Ref("")}
    )


POSITIONS = Layer(
    type="Positions",
    label="Positions",
    group="Embedding",
    stem="positions",
    summary="Counts the places along an axis of what arrives, from 0 on.",
    help="Whole numbers go into an Embedding, which learns a vector for each position, as GPT-2 and BERT do; real"
    " numbers are a feature to compute with. They stand once for the whole batch, whatever its length.",
    formula="y[t] = t",
    reference="Gehring et al., Convolutional sequence to sequence learning, 2017 (position embeddings)",
    synonyms=("arange", "range", "position ids", "index", "counter", "linspace"),
    parameters=(
        axis_field("time or positions, else channels or features"),
        ChoiceField(
            name="element",
            label="Numbers",
            default="int",
            choices={"int": "whole numbers, for an Embedding", "float": "real numbers"},
            help="What kind of numbers comes out.",
        ),
    ),
    common=False,
    infer=_positions,
    lower=_lower_positions,
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"element": "float"}, inputs={"x": tensor(channel=3, height=4, width=5)}),
        Sample(inputs={"x": tensor("int", time=5)}),
    ),
)


# -- the future ----------------------------------------------------------------------------------------------------
def _mask_axis(use: Use) -> int:
    """The axis of the steps. Raises ShapeError."""
    for i, meaning in enumerate(use.x.meanings):
        if meaning in _STEPS:
            return i
    raise ShapeError(
        tr(
            "Causal mask is about the steps of a sequence, but {axes} arrives.",
            axes=" × ".join(use.x.meanings),
        ),
        port="x",
    )


def _causal(use: Use) -> dict[str, TensorType]:
    size = use.x.sizes[_mask_axis(use)]
    heads = (Axis("channel", Size.of(1)),) if use["heads"] else ()
    return {"y": TensorType("bool", (ONE, *heads, Axis("time", size), Axis("feature", size)))}


def _lower_causal(use: Use) -> Lowering:
    target = "torch.gt" if use["marks"] == "future" else "torch.le"
    return Lowering(
        calls=(
            *_counted(use.x, _mask_axis(use)),
            Call(target="torch.unsqueeze", args=(Ref("counted"), 0), step="columns"),
            Call(target="torch.unsqueeze", args=(Ref("counted"), 1), step="rows"),
            Call(target=target, args=(Ref("columns"), Ref("rows")), step="mask"),
            Call(target="torch.unsqueeze", args=(Ref("mask"), 0), step="once"),
            *((Call(target="torch.unsqueeze", args=(Ref("once"), 0)),) if use["heads"] else ()),
        )
    )


CAUSAL_MASK = Layer(
    type="CausalMask",
    label="Causal mask",
    group="Attention",
    stem="mask",
    summary="Marks for every step the steps that come after it.",
    help="Wired to Masked fill before the softmax it keeps attention from looking ahead, so that a language model can"
    " learn every next word at once. It is as long as what arrives.",
    formula="y[i, j] = (j > i)",
    reference="Vaswani et al., Attention is all you need, 2017 (masked attention)",
    synonyms=("triangular", "triu", "tril", "look-ahead mask", "future", "subsequent mask", "autoregressive"),
    parameters=(
        ChoiceField(
            name="marks",
            label="True is",
            default="future",
            choices={"future": "what lies ahead", "past": "what may be seen"},
            help="Masked fill fills where the mask is true; other tools mark what may be seen.",
        ),
        BoolField(
            name="heads",
            label="Axis for heads",
            default=False,
            help="Add an axis of length 1 for the heads: 1 × 1 × T × T in place of 1 × T × T.",
        ),
    ),
    common=False,
    infer=_causal,
    lower=_lower_causal,
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"marks": "past", "heads": True}, inputs={"x": tensor("int", time=4)}),
    ),
)


# -- a scale per channel -------------------------------------------------------------------------------------------
def _channels(use: Use) -> tuple[int, int]:
    """(position of the class axis, its length). Raises ShapeError."""
    x = expect_float(use, "Scale per channel")
    if x.rank < 2:
        raise ShapeError(
            tr("{layer} needs at least one axis besides the batch.", layer="Scale per channel"), port="x"
        )
    position = class_axis(x)
    return position, fixed(x.axes[position], "Scale per channel")


def _scaled(use: Use) -> dict[str, TensorType]:
    _channels(use)
    return {"y": use.x}


def _lower_channel_scale(use: Use) -> Lowering:
    position, count = _channels(use)
    shape = (count, *(1,) * (use.x.rank - 1 - position))
    learnable = {"": Learnable(shape=shape, begin="constant", scale=use["initial"])}
    if use["initial"] == 1:
        learnable = {"": Learnable(shape=shape, begin="ones")}
    scaled = Call(target="operator.mul", args=(Ref("x"), Ref("@")), step="scaled" if use["bias"] else "")
    if not use["bias"]:
        return Lowering(calls=(scaled,), learnable=learnable)
    shifted = Call(target="operator.add", args=(Ref("scaled"), Ref("@bias")))
    return Lowering(calls=(scaled, shifted), learnable={**learnable, "bias": Learnable(shape=shape)})


CHANNEL_SCALE = Layer(
    type="ChannelScale",
    label="Scale per channel",
    group="Normalization",
    stem="scale",
    summary="Multiplies every channel or feature by a number that is learned.",
    help="At the end of a residual branch, begun near 0, it is the layer scale of ConvNeXt and CaiT: a deep network"
    " begins as nearly the identity and learns how much of each branch it wants.",
    formula="y[c] = γ[c] · x[c] + β[c]",
    reference="Touvron et al., Going deeper with image transformers, 2021 (LayerScale)",
    synonyms=("LayerScale", "layer scale", "gamma", "affine", "scale", "scalingLayer", "per-channel gain"),
    parameters=(
        FloatField(
            name="initial",
            label="Begins as",
            default=1.0,
            minimum=-1e6,
            maximum=1e6,
            help="The scale before training; ConvNeXt takes 0.000001.",
        ),
        BoolField(name="bias", label="Shift", default=False, help="Also add a learned number per channel."),
    ),
    common=False,
    linear=True,
    infer=_scaled,
    lower=_lower_channel_scale,
    weights=lambda use: _channels(use)[1] * (1 + use["bias"]),
    card=lambda values: f"{values['initial']:g}",
    samples=(
        Sample(values={"initial": 0.1}, inputs={"x": tensor(channel=3, height="H", width=4)}),
        Sample(values={"bias": True}, inputs={"x": tensor(time=3, feature=4)}),
    ),
)
