"""Padding: a border around signals, images and volumes, or one cut away."""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, FloatField
from nndesigner.base.shapes import Axis, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_channels_first,
    expect_float,
    function,
)
from nndesigner.layers.reshaping import WholeNumbersField, numbers
from nndesigner.layers.spatial import Borders, check_border, expect_spatial, pad_widths, small_free

MODES = {
    "zeros": "zeros or another value",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}


def _arriving(use: Use) -> TensorType:
    x = expect_channels_first(expect_float(use, "Pad"), "Pad")
    return x if 3 <= x.rank <= 5 else expect_spatial(use, "Pad", 2)


def _borders(use: Use) -> Borders:
    """Width before and after each spatial axis: one number for all, one for each axis, or two for each axis."""
    given, axes = numbers(use["widths"]), _arriving(use).rank - 2
    if len(given) == 1:
        given = given * 2 * axes
    elif len(given) == axes:
        given = [width for width in given for _ in range(2)]
    elif len(given) != 2 * axes:
        raise ShapeError(
            tr(
                "Padding of {axes} takes 1, {one} or {two} numbers; here are {have}.",
                axes=" × ".join(use.x.meanings[2:]),
                one=axes,
                two=2 * axes,
                have=len(given),
            ),
            parameter="widths",
            suggestions=(SetParameter("widths", str(given[0]), tr("The first on every side")),),
        )
    return tuple(zip(given[::2], given[1::2], strict=True))


def _infer(use: Use) -> dict[str, TensorType]:
    x, axes = _arriving(use), []
    for axis, border in zip(x.axes[2:], _borders(use), strict=True):
        check_border(use["mode"], axis, max(border), "mode")
        out = axis.size + sum(border)
        left = (axis.size + min(border)).value
        if (out.value is not None and out.value < 1) or (left is not None and left < 1):
            raise ShapeError(
                tr("Nothing is left of the {axis} that arrives ({size}).", axis=axis.meaning, size=axis.size),
                port="x",
                parameter="widths",
                suggestions=(SetParameter("widths", "0", tr("Cut nothing away")),),
            )
        axes.append(Axis(axis.meaning, out))
    return {"y": x.with_axes(*x.axes[:2], *axes)}


def _lower(use: Use) -> Lowering:
    options = (
        {"mode": use["mode"]} if use["mode"] != "zeros" else {"value": use["value"]} if use["value"] else {}
    )
    return function("torch.nn.functional.pad", Ref("x"), pad_widths(_borders(use)), **options)


KINDS = {
    "ZeroPad": "Pad with zeros",
    "ConstantPad": "Pad with another value",
    "ReflectionPad": "Pad, reflecting",
    "ReplicationPad": "Pad, replicating",
    "CircularPad": "Pad, circular",
}
PAD = Layer(
    type="Pad",
    label="Pad",
    group="Shape",
    stem="pad",
    summary="Puts a border around signals, images or volumes; a negative width cuts one away.",
    help="The border is filled with one value, mirrors or repeats what lies at the edge, or goes round to the other"
    " side. Convolutions can pad by themselves; this is for borders that differ from side to side, and for cropping.",
    formula="n → n + width at the start + width at the end",
    reference="Islam et al., How much position information do convolutional neural networks encode?, 2020",
    synonyms=(
        "padding",
        "zero padding",
        "ZeroPadding2D",
        "crop",
        "Cropping2D",
        "crop2dLayer",
        "reflection",
        "border",
    ),
    parameters=(
        WholeNumbersField(
            name="widths",
            label="Widths",
            default="1",
            smallest=-65_536,
            help="One number for all sides, one for each axis (height, width), or one for each side (top, bottom,"
            " left, right); negative numbers cut away.",
        ),
        ChoiceField(
            name="mode",
            label="Border",
            default="zeros",
            choices=MODES,
            help="What the border is made of.",
        ),
        FloatField(
            name="value",
            label="Value",
            default=0.0,
            minimum=-1e9,
            maximum=1e9,
            help="The value that fills the border.",
            advanced=True,
            shown_when=lambda values: bool(values["mode"] == "zeros"),
        ),
    ),
    covers={f"{kind}{d}d": tr(sentence) for kind, sentence in KINDS.items() for d in (1, 2, 3)},
    common=False,
    infer=_infer,
    lower=_lower,
    card=lambda v: str(v["widths"]),
    samples=(
        Sample(
            values={"widths": "1, -1, 0, 2"},
            inputs={"x": tensor(channel=2, **small_free(2))},
            names={"N": 2, "H": 4, "W": 3},
        ),
        Sample(
            values={"widths": "2, 1", "mode": "reflect"},
            inputs={"x": tensor(channel=2, length="L")},
            names={"N": 2, "L": 5},
        ),
        Sample(
            values={"widths": "1, 0, 2", "mode": "circular"},
            inputs={"x": tensor(channel=2, **small_free(3))},
            names={"N": 2, "D": 3},
        ),
        Sample(
            values={"widths": "2", "mode": "replicate"}, inputs={"x": tensor(channel=2, height=3, width=1)}
        ),
        Sample(values={"value": 0.5}, inputs={"x": tensor(channel=2, length=3)}),
    ),
)
