"""Resampling: maps brought to another size between their values, or by trading channels against places."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor, isqrt
from typing import Any

from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField, Values
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Layer,
    Lowering,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_channels_first,
    expect_float,
    module,
)
from nndesigner.layers.reshaping import WholeNumbersField, numbers
from nndesigner.layers.spatial import expect_spatial

# -- upsample ------------------------------------------------------------------------------------------------------
_LABEL = "Upsample"
LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}
MODES = {
    "nearest": "nearest value",
    "linear": "linear (bilinear, trilinear)",
    "bicubic": "bicubic",
    "nearest-exact": "nearest value, centred",
}


def _arriving(use: Use) -> TensorType:
    x = expect_channels_first(expect_float(use, _LABEL), _LABEL)
    if x.rank not in LINEAR:
        return expect_spatial(use, _LABEL, 2)
    if use["mode"] == "bicubic" and x.rank != 4:
        raise ShapeError(
            tr("Bicubic works on images only, but {axes} arrives.", axes=" × ".join(x.meanings)),
            parameter="mode",
            suggestions=(SetParameter("mode", "linear", tr("Take linear")),),
        )
    return x


def _scaled(size: Size, factor: float) -> Size:
    """⌊n · factor⌋ (torch.nn.Upsample). Raises ShapeError for a free size and a factor that is no short fraction."""
    if size.value is not None:
        return Size.of(floor(size.value * factor))
    exact = Fraction(factor)
    if exact.denominator > 1024:
        raise ShapeError(
            tr(
                "{factor} times the free size {size} is not known exactly: take a factor such as 2, 1.5 or 0.25.",
                factor=f"{factor:g}",
                size=size,
            ),
            parameter="scale_factor",
            suggestions=(
                SetParameter("scale_factor", float(max(1, round(factor))), tr("Take a whole factor")),
            ),
        )
    return size * exact.numerator // exact.denominator


def _sizes(use: Use, x: TensorType) -> tuple[int, ...]:
    """The sizes that are asked for; one number stands for every axis. Raises ShapeError."""
    given, axes = numbers(use["size"]), x.rank - 2
    if len(given) not in (1, axes):
        raise ShapeError(
            tr(
                "The size has {have} numbers, but {axes} arrives: give one number, or one for each of {wanted}.",
                have=len(given),
                axes=" × ".join(x.meanings),
                wanted=", ".join(x.meanings[2:]),
            ),
            parameter="size",
            suggestions=(SetParameter("size", str(given[0]), tr("Take the first for all")),),
        )
    return tuple(given) if len(given) == axes else tuple(given * axes)


def _upsample(use: Use) -> dict[str, TensorType]:
    x = _arriving(use)
    if use["by"] == "size":
        made = [Size.of(size) for size in _sizes(use, x)]
    else:
        made = [_scaled(size, use["scale_factor"]) for size in x.sizes[2:]]
    for axis, size in zip(x.axes[2:], made, strict=True):
        if size.value is not None and size.value < 1:
            raise ShapeError(
                tr(
                    "{factor} times the {axis} that arrives ({size}) leaves nothing.",
                    factor=f"{use['scale_factor']:g}",
                    axis=axis.meaning,
                    size=axis.size,
                ),
                parameter="scale_factor",
                suggestions=(SetParameter("scale_factor", 1.0, tr("Keep the size")),),
            )
    axes = (Axis(axis.meaning, size) for axis, size in zip(x.axes[2:], made, strict=True))
    return {"y": x.with_axes(*x.axes[:2], *axes)}


def _lower_upsample(use: Use) -> Lowering:
    x = _arriving(use)
    smooth = use["mode"] in ("linear", "bicubic")
    options: dict[str, Any] = {
        **({"size": _sizes(use, x)} if use["by"] == "size" else {"scale_factor": use["scale_factor"]}),
        "mode": LINEAR[x.rank] if use["mode"] == "linear" else use["mode"],
        **({"align_corners": use["align_corners"]} if smooth else {}),
    }
    if len(options.get("size", ())) == 1:
        options["size"] = options["size"][0]
    # align_corners is said even where it is torch's default: without it, torch warns about linear modes
    return module("torch.nn.Upsample", {"mode": "nearest"}, **options)


def _by(word: str) -> Callable[[Values], bool]:
    return lambda values: bool(values["by"] == word)


UPSAMPLE = Layer(
    type="Upsample",
    label=_LABEL,
    group="Pooling",
    stem="upsample",
    summary="Makes images, signals or volumes larger or smaller, without weights.",
    help="New values are copied from the nearest old one, or interpolated between neighbours. In decoders it stands"
    " before a convolution instead of a transposed convolution, which avoids chequered patterns.",
    formula="n → ⌊s · n⌋, or the size that is set",
    reference="Odena et al., Deconvolution and checkerboard artifacts, 2016; Keys, Cubic convolution interpolation for"
    " digital image processing, 1981",
    synonyms=(
        "interpolate",
        "resize",
        "upsampling",
        "UpSampling2D",
        "resize2dLayer",
        "bilinear",
        "nearest",
        "zoom",
    ),
    parameters=(
        ChoiceField(
            name="by",
            label="Give",
            default="scale",
            choices={"scale": "a factor", "size": "the new size"},
            help="Whether the new size follows what arrives or is set.",
        ),
        FloatField(
            name="scale_factor",
            label="Factor",
            default=2.0,
            minimum=0.0,
            maximum=1000.0,
            open_minimum=True,
            help="The new size over the old one; 2 doubles it, 0.5 halves it.",
            shown_when=_by("scale"),
        ),
        WholeNumbersField(
            name="size",
            label="Size",
            default="32",
            help="The new size: one number, or one for each axis, such as 24, 32.",
            shown_when=_by("size"),
        ),
        ChoiceField(
            name="mode",
            label="Between values",
            default="nearest",
            choices=MODES,
            help="How new values are made: copied from the nearest, or smoothly interpolated.",
        ),
        BoolField(
            name="align_corners",
            label="Keep the corners",
            default=False,
            advanced=True,
            help="Let the outermost values lie exactly at the corners, as older networks do.",
            shown_when=lambda values: values["mode"] in ("linear", "bicubic"),
        ),
    ),
    linear=True,
    covers={
        "UpsamplingNearest2d": tr("Upsample with nearest values"),
        "UpsamplingBilinear2d": tr("Upsample, linear, with the corners kept"),
    },
    infer=_upsample,
    lower=_lower_upsample,
    card=lambda v: (
        f"×{v['scale_factor']:g}" if v["by"] == "scale" else "→ " + str(v["size"]).replace(", ", "×")
    ),
    samples=(
        Sample(
            inputs={"x": tensor(channel=3, height="H", width="W")},
            names={"N": 2, "H": 4, "W": 5},
        ),
        Sample(
            values={"scale_factor": 1.5, "mode": "linear", "align_corners": True},
            inputs={"x": tensor(channel=3, length="L")},
            names={"N": 2, "L": 7},
        ),
        Sample(
            values={"by": "size", "size": "3, 4, 9", "mode": "linear"},
            inputs={"x": tensor(channel=2, depth=4, height=5, width=6)},
        ),
        Sample(
            values={"scale_factor": 0.7, "mode": "bicubic"},
            inputs={"x": tensor(channel=2, height=5, width=6)},
        ),
    ),
)

# -- channels against places -----------------------------------------------------------------------------------------
FACTOR = IntField(
    name="factor",
    label="Factor",
    default=2,
    minimum=1,
    maximum=1000,
    help="By how much height and width grow or shrink; the channels change by its square.",
)


def _divided(axis: Axis, divisor: int, layer: str) -> Size:
    """Raises ShapeError where the axis is not a multiple."""
    share = axis.size.divided_exactly(divisor)
    if share is None:
        raise ShapeError(
            tr(
                "{layer} splits the {axis} into {divisor} equal parts, but {size} is no multiple of that.",
                layer=layer,
                axis=axis.meaning,
                divisor=divisor,
                size=axis.size,
            ),
            port="x",
        )
    return share


def _shuffle_out(use: Use) -> dict[str, TensorType]:
    x, r = expect_spatial(use, "Pixel shuffle", 2), use["factor"]
    count = x.sizes[1].value
    if count is not None and count % (r * r):
        fits = next(k for k in range(isqrt(count), 0, -1) if count % (k * k) == 0)
        raise ShapeError(
            tr(
                "Pixel shuffle by {factor} needs a multiple of {square} channels, but {count} arrive.",
                factor=r,
                square=r * r,
                count=count,
            ),
            port="x",
            parameter="factor",
            suggestions=(SetParameter("factor", fits, tr("Shuffle by {factor}", factor=fits)),),
        )
    channels = Axis("channel", _divided(x.axes[1], r * r, "Pixel shuffle"))
    grown = (Axis(axis.meaning, axis.size * r) for axis in x.axes[2:])
    return {"y": x.with_axes(x.axes[0], channels, *grown)}


def _shuffle_in(use: Use) -> dict[str, TensorType]:
    x, r = expect_spatial(use, "Pixel unshuffle", 2), use["factor"]
    shrunk = (Axis(axis.meaning, _divided(axis, r, "Pixel unshuffle")) for axis in x.axes[2:])
    return {"y": x.with_axes(x.axes[0], Axis("channel", x.sizes[1] * (r * r)), *shrunk)}


PIXEL_SHUFFLE = Layer(
    type="PixelShuffle",
    label="Pixel shuffle",
    group="Shape",
    stem="shuffle",
    summary="Turns groups of channels into finer pixels: fewer channels, larger images.",
    help="Every r·r channels become one of r times the height and width. After a convolution it enlarges images with"
    " learned values and without chequered patterns, as super-resolution does.",
    formula="N × C·r² × H × W → N × C × H·r × W·r",
    reference="Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional"
    " neural network, 2016",
    synonyms=("sub-pixel", "depth to space", "depthToSpace2dLayer", "upsampling", "super-resolution"),
    parameters=(FACTOR,),
    linear=True,
    common=False,
    infer=_shuffle_out,
    lower=lambda use: module("torch.nn.PixelShuffle", upscale_factor=use["factor"]),
    card=lambda v: f"×{v['factor']}",
    samples=(
        Sample(inputs={"x": tensor(channel=8, height="H", width="W")}, names={"N": 2, "H": 3, "W": 4}),
        Sample(values={"factor": 3}, inputs={"x": tensor(channel=9, height=2, width=3)}),
    ),
)
PIXEL_UNSHUFFLE = Layer(
    type="PixelUnshuffle",
    label="Pixel unshuffle",
    group="Shape",
    stem="unshuffle",
    summary="Turns blocks of pixels into channels: smaller images, more channels, nothing lost.",
    help="The way back from a pixel shuffle: each block of r × r pixels becomes r·r channels of one pixel. It makes"
    " maps smaller without leaving a value out.",
    formula="N × C × H·r × W·r → N × C·r² × H × W",
    reference="Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional"
    " neural network, 2016",
    synonyms=("space to depth", "spaceToDepthLayer", "downsample", "focus"),
    parameters=(FACTOR,),
    linear=True,
    common=False,
    infer=_shuffle_in,
    lower=lambda use: module("torch.nn.PixelUnshuffle", downscale_factor=use["factor"]),
    card=lambda v: f"/{v['factor']}",
    samples=(
        Sample(inputs={"x": tensor(channel=2, height=4, width=6)}),
        Sample(values={"factor": 3}, inputs={"x": tensor(channel=1, height=3, width=6)}),
    ),
)


def _shuffle_channels(use: Use) -> dict[str, TensorType]:
    x = expect_channels_first(expect_float(use, "Channel shuffle"), "Channel shuffle")
    if x.rank < 3:
        expect_spatial(use, "Channel shuffle", 2)
    count, groups = x.sizes[1].value, use["groups"]
    if count is not None and count % groups:
        fits = next(k for k in range(min(groups, count), 0, -1) if count % k == 0)
        raise ShapeError(
            tr("{count} channels cannot be split into {groups} equal groups.", count=count, groups=groups),
            parameter="groups",
            suggestions=(SetParameter("groups", fits, tr("Take {groups} groups", groups=fits)),),
        )
    _divided(x.axes[1], groups, "Channel shuffle")
    return {"y": x}


CHANNEL_SHUFFLE = Layer(
    type="ChannelShuffle",
    label="Channel shuffle",
    group="Shape",
    stem="shuffle",
    summary="Deals the channels out anew, so that groups of them mix.",
    help="Grouped convolutions keep their groups apart; dealing the channels out like cards lets the next one see all"
    " groups. It has no weights.",
    formula="channel g·C/G + c → channel c·G + g",
    reference="Zhang et al., ShuffleNet: an extremely efficient convolutional neural network for mobile devices, 2018",
    synonyms=("ShuffleNet", "groups"),
    parameters=(
        IntField(
            name="groups",
            label="Groups",
            default=2,
            minimum=1,
            maximum=1_000_000,
            help="As many as the grouped convolution before it has; it must divide the channels.",
        ),
    ),
    linear=True,
    common=False,
    infer=_shuffle_channels,
    lower=lambda use: module("torch.nn.ChannelShuffle", groups=use["groups"]),
    card=lambda v: str(v["groups"]),
    samples=(
        Sample(inputs={"x": tensor(channel=4, height="H", width="W")}, names={"N": 2, "H": 3, "W": 4}),
        Sample(values={"groups": 3}, inputs={"x": tensor(channel=6, length=5)}),
    ),
)
