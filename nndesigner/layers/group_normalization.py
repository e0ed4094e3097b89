"""Normalization within each sample or place: groups of channels, single maps, the root mean square, neighbours."""

from __future__ import annotations

from math import prod
from typing import Any

import msgspec

from nndesigner.base.fields import BoolField, FloatField, IntField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Constant,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_channels_first,
    expect_float,
    fixed,
    module,
)
from nndesigner.layers.normalization import EPS
from nndesigner.layers.spatial import NAMES, expect_spatial, small, small_free


def _affine(default: bool, what: str) -> BoolField:
    return BoolField(
        name="affine", label="Scale and shift", default=default, advanced=True, help=f"Learn {what}."
    )


def _spread(x: TensorType, layer: str, per: int, suggestions: tuple[SetParameter, ...] = ()) -> None:
    """Raises ShapeError where a mean and a variance would be taken of a single value: all would become 0."""
    count = prod(size.value if size.value is not None else 2 for size in x.sizes[2:]) * per
    if count < 2:
        raise ShapeError(
            tr(
                "{layer} needs more than one value to take a mean of, but {shape} arrives.",
                layer=layer,
                shape=x,
            ),
            port="x",
            suggestions=suggestions,
        )


# -- groups of channels ----------------------------------------------------------------------------------------------
def _infer_group(use: Use) -> dict[str, TensorType]:
    label = "Group norm"
    x = expect_channels_first(expect_float(use, label), label)
    if x.rank < 2:
        raise ShapeError(tr("Group norm needs channels, but only the batch arrives."), port="x")
    channels, groups = fixed(x.axes[1], label), use["num_groups"]
    if channels % groups:
        fits = next(k for k in range(min(groups, channels), 0, -1) if channels % k == 0)
        raise ShapeError(
            tr("{count} channels cannot be split into {groups} equal groups.", count=channels, groups=groups),
            parameter="num_groups",
            suggestions=(SetParameter("num_groups", fits, tr("Take {groups} groups", groups=fits)),),
        )
    together = (SetParameter("num_groups", 1, tr("Take all channels together")),) if channels > 1 else ()
    _spread(x, label, channels // groups, together)
    return {"y": x}


def _lower_group(use: Use) -> Lowering:
    made = module(
        "torch.nn.GroupNorm",
        {"eps": 1e-5, "affine": True},
        num_groups=use["num_groups"],
        num_channels=fixed(use.x.axes[1], "Group norm"),
        eps=use["eps"],
        affine=use["affine"],
    )
    if use.x.rank < 4 or not use["affine"]:
        return made
    # Of maps that lie channels last in memory and need no gradient themselves, torch 2.13 on a processor computes the
    # gradient of the scale through a null pointer, and the process is gone. `contiguous` is not enough: one sample of
    # one place lies both ways, and is left as it is.
    first = Call(
        target=".clone",
        args=(Ref("x"),),
        keywords={"memory_format": Constant("torch.contiguous_format")},
        step="whole",
    )
    return Lowering(calls=(first, msgspec.structs.replace(made.calls[0], args=(Ref("whole"),))))


GROUP_NORM = Layer(
    type="GroupNorm",
    label="Group norm",
    group="Normalization",
    stem="norm",
    summary="Brings groups of channels of each sample to mean 0 and variance 1, then scales and shifts them.",
    help="Works within each sample, so unlike batch norm it does as well with small batches. One group takes all"
    " channels together; as many groups as channels take each by itself.",
    formula="y = γ · (x − mean) / √(variance + ε) + β, mean and variance over a group's channels and places",
    reference="Wu & He, Group normalization, 2018",
    synonyms=("normalization", "group normalization", "groupNormalizationLayer", "GroupNormalization", "gn"),
    parameters=(
        IntField(
            name="num_groups",
            label="Groups",
            default=4,
            minimum=1,
            maximum=1_000_000,
            help="Groups of channels that are normalized together; they must divide the channels.",
        ),
        EPS,
        _affine(True, "γ and β for each channel"),
    ),
    common=False,
    infer=_infer_group,
    lower=_lower_group,
    weights=lambda use: 2 * fixed(use.x.axes[1], "Group norm") if use["affine"] else 0,
    card=lambda v: str(v["num_groups"]),
    samples=(
        Sample(
            values={"num_groups": 2},
            inputs={"x": tensor(channel=4, height="H", width="W")},
            names={"N": 2, "H": 3, "W": 4},
        ),
        Sample(values={"num_groups": 3, "affine": False}, inputs={"x": tensor(channel=6, length=5)}),
        Sample(values={"num_groups": 1}, inputs={"x": tensor(feature=4)}),
    ),
)


# -- single maps -----------------------------------------------------------------------------------------------------
def _instance_norm(dimensions: int) -> Layer:
    name, label = f"InstanceNorm{dimensions}d", f"Instance norm {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        fixed(x.axes[1], label)
        _spread(x, label, 1)
        return {"y": x}

    def lower(use: Use) -> Lowering:
        options: dict[str, Any] = {"num_features": fixed(use.x.axes[1], label)}
        options |= {key: use[key] for key in ("eps", "momentum", "affine", "track_running_stats")}
        if not use["track_running_stats"]:
            del options["momentum"]
        usual = {"eps": 1e-5, "momentum": 0.1, "affine": False, "track_running_stats": False}
        return module(f"torch.nn.{name}", usual, **options)

    return Layer(
        type=name,
        label=label,
        group="Normalization",
        stem="norm",
        summary="Brings each channel of each sample to mean 0 and variance 1.",
        help="Takes the contrast out of every single map, whatever the rest of the batch holds. It is the normalization"
        " of style transfer and image translation.",
        formula="y = (x − mean) / √(variance + ε), mean and variance over the places of one channel of one sample",
        reference="Ulyanov et al., Instance normalization: the missing ingredient for fast stylization, 2016",
        synonyms=(
            "normalization",
            "instance normalization",
            "instanceNormalizationLayer",
            "contrast",
            "style",
        ),
        parameters=(
            _affine(False, "γ and β for each channel"),
            EPS,
            BoolField(
                name="track_running_stats",
                label="Keep averages",
                default=False,
                advanced=True,
                help="Use averages of the training instead of the sample's own mean and variance afterwards.",
            ),
            FloatField(
                name="momentum",
                label="Momentum",
                default=0.1,
                minimum=0.0,
                maximum=1.0,
                advanced=True,
                help="Share of each new batch in these averages.",
                shown_when=lambda values: bool(values["track_running_stats"]),
            ),
        ),
        common=False,
        infer=infer,
        lower=lower,
        weights=lambda use: 2 * fixed(use.x.axes[1], label) if use["affine"] else 0,
        samples=(
            Sample(inputs={"x": tensor(channel=2, **small_free(dimensions))}, names=NAMES),
            Sample(
                values={"affine": True, "track_running_stats": True},
                inputs={"x": tensor(channel=3, **small(dimensions))},
            ),
        ),
    )


INSTANCE_NORM_1D = _instance_norm(1)
INSTANCE_NORM_2D = _instance_norm(2)
INSTANCE_NORM_3D = _instance_norm(3)


# -- root mean square --------------------------------------------------------------------------------------------------
def _last(use: Use) -> list[int]:
    """The lengths of the last axes, over which the mean square is taken."""
    x = expect_float(use, "RMS norm")
    if use["axes"] > x.rank - 1:
        raise ShapeError(
            tr(
                "RMS norm is set to the last {axes} axes, but a sample has {have}.",
                axes=use["axes"],
                have=x.rank - 1,
            ),
            parameter="axes",
            suggestions=(SetParameter("axes", max(1, x.rank - 1), tr("Normalize over the whole sample")),),
        )
    return [fixed(axis, "RMS norm") for axis in x.axes[-use["axes"] :]]


def _infer_rms(use: Use) -> dict[str, TensorType]:
    _last(use)
    return {"y": use.x}


RMS_NORM = Layer(
    type="RMSNorm",
    label="RMS norm",
    group="Normalization",
    stem="norm",
    summary="Brings the features of each sample to a root mean square of 1, then scales them.",
    help="A layer norm that leaves the mean where it is: cheaper, and as good in large language models. In a sequence"
    " it works within each step.",
    formula="y = γ · x / √(mean(x²) + ε), the mean over the last axes",
    reference="Zhang & Sennrich, Root mean square layer normalization, 2019",
    synonyms=("normalization", "root mean square", "RMSNormalization", "LLaMA"),
    parameters=(
        IntField(
            name="axes",
            label="Last axes",
            default=1,
            minimum=1,
            maximum=4,
            help="How many of the last axes are normalized together; 1 is the features of each step.",
        ),
        FloatField(
            name="eps",
            label="ε",
            default=1e-6,
            minimum=0.0,
            maximum=1.0,
            open_minimum=True,
            logarithmic=True,
            advanced=True,
            help="Added to the mean square, so that nothing is divided by zero.",
        ),
        BoolField(
            name="affine",
            label="Scale",
            default=True,
            advanced=True,
            help="Learn γ for every normalized position.",
        ),
    ),
    common=False,
    infer=_infer_rms,
    lower=lambda use: module(
        "torch.nn.RMSNorm",
        {"elementwise_affine": True},
        normalized_shape=_last(use),  # a list: a tuple of equal sizes would be taken for one number
        eps=use["eps"],
        elementwise_affine=use["affine"],
    ),
    weights=lambda use: prod(_last(use)) if use["affine"] else 0,
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=6)}, names={"N": 2, "T": 5}),
        Sample(values={"axes": 3, "affine": False}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)


# -- neighbouring channels ---------------------------------------------------------------------------------------------
def _infer_local(use: Use) -> dict[str, TensorType]:
    x = expect_channels_first(expect_float(use, "Local response norm"), "Local response norm")
    if x.rank < 3:
        return {"y": expect_spatial(use, "Local response norm", 2)}
    return {"y": x}


LOCAL_RESPONSE_NORM = Layer(
    type="LocalResponseNorm",
    label="Local response norm",
    group="Normalization",
    stem="norm",
    summary="Damps each value by how strong its neighbours in the channels are.",
    help="Channels that answer strongly hold back those beside them, as nerve cells do. AlexNet and GoogLeNet used it;"
    " batch norm has taken its place.",
    formula="y[c] = x[c] / (k + α/n · Σ x[c']²)^β, the sum over n neighbouring channels",
    reference="Krizhevsky et al., ImageNet classification with deep convolutional neural networks, 2012",
    synonyms=("lrn", "crossChannelNormalizationLayer", "lateral inhibition", "AlexNet", "normalization"),
    parameters=(
        IntField(
            name="size",
            label="Neighbours",
            default=5,
            minimum=1,
            maximum=10_000,
            help="How many channels, itself in the middle, are summed up.",
        ),
        FloatField(
            name="alpha",
            label="α",
            default=1e-4,
            minimum=0.0,
            maximum=1e3,
            help="How strongly neighbours damp.",
        ),
        FloatField(
            name="beta",
            label="β",
            default=0.75,
            minimum=0.0,
            maximum=10.0,
            help="The exponent of the damping.",
        ),
        FloatField(
            name="k",
            label="k",
            default=1.0,
            minimum=0.0,
            maximum=1e3,
            open_minimum=True,
            help="Keeps the denominator from zero; without neighbours it is all that damps.",
        ),
    ),
    covers={"CrossMapLRN2d": tr("the same function, as the older Lua Torch had it")},
    common=False,
    infer=_infer_local,
    lower=lambda use: module(
        "torch.nn.LocalResponseNorm",
        {"alpha": 1e-4, "beta": 0.75, "k": 1.0},
        **{key: use[key] for key in ("size", "alpha", "beta", "k")},
    ),
    card=lambda v: str(v["size"]),
    samples=(
        Sample(inputs={"x": tensor(channel=6, height="H", width="W")}, names={"N": 2, "H": 3, "W": 4}),
        Sample(values={"size": 2, "alpha": 0.1, "k": 2.0}, inputs={"x": tensor(channel=3, length=4)}),
    ),
)
