"""Batch and layer normalization: values brought to mean 0 and variance 1, over the batch or within each sample."""

from __future__ import annotations

from math import prod

from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
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
    plain,
)
from nndesigner.layers.spatial import NAMES, expect_spatial, small, small_free

EPS = FloatField(
    name="eps",
    label="ε",
    default=1e-5,
    minimum=0.0,
    maximum=1.0,
    open_minimum=True,
    logarithmic=True,
    advanced=True,
    help="Added to the variance, so that nothing is divided by zero.",
)


def _batch_norm(dimensions: int) -> Layer:
    name, label = f"BatchNorm{dimensions}d", f"Batch norm {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        if dimensions > 1:
            x = expect_spatial(use, label, dimensions)
        else:
            x = expect_channels_first(expect_float(use, label), label)
            if x.rank not in (2, 3):
                raise ShapeError(
                    tr(
                        "{layer} takes rows of features or signals (batch × channel × length), but {shape} arrives."
                        " For images take Batch norm 2-D.",
                        layer=label,
                        shape=x,
                    ),
                    port="x",
                )
        fixed(x.axes[1], label)
        return {"y": x}

    shape = small(dimensions)
    return Layer(
        type=name,
        label=label,
        group="Normalization",
        stem="norm",
        summary="Brings each "
        + ("channel" if dimensions > 1 else "feature")
        + " to mean 0 and variance 1 over the batch, then scales and shifts it.",
        help="Deep networks learn faster and with larger learning rates. While training, mean and variance come"
        " from the batch, so batches must hold more than one sample; afterwards the running averages are used.",
        formula="y = γ · (x − mean) / √(variance + ε) + β",
        reference="Ioffe & Szegedy, Batch normalization: accelerating deep network training by reducing internal"
        " covariate shift, 2015",
        synonyms=("normalization", "batch normalization", "batchNormalizationLayer", "bn"),
        common=dimensions < 3,
        covers={"SyncBatchNorm": tr("a way to train batch norm on several devices; the layer is the same")}
        if dimensions == 2
        else {},
        parameters=(
            FloatField(
                name="momentum",
                label="Momentum",
                default=0.1,
                minimum=0.0,
                maximum=1.0,
                advanced=True,
                help="Share of each new batch in the running mean and variance.",
            ),
            EPS,
            BoolField(
                name="affine",
                label="Scale and shift",
                default=True,
                advanced=True,
                help="Learn γ and β for each channel.",
            ),
        ),
        linear=True,
        infer=infer,
        lower=lambda use: module(
            f"torch.nn.{name}",
            {"eps": 1e-5, "momentum": 0.1, "affine": True},
            num_features=fixed(use.x.axes[1], label),
            eps=use["eps"],
            momentum=use["momentum"],
            affine=use["affine"],
        ),
        weights=lambda use: 2 * fixed(use.x.axes[1], label) if use["affine"] else 0,
        samples=(
            Sample(inputs={"x": tensor(channel=3, **shape)}),
            Sample(values={"affine": False, "momentum": 0.2}, inputs={"x": tensor(channel=3, **shape)}),
            Sample(inputs={"x": tensor(channel=2, **small_free(dimensions))}, names=NAMES),
        )
        if dimensions > 1
        else (
            Sample(inputs={"x": tensor(feature=5)}),
            Sample(
                values={"affine": False}, inputs={"x": tensor(channel=3, length="L")}, names={"N": 2, "L": 7}
            ),
        ),
    )


def _channels(x: TensorType) -> int:
    """The axis of the channels, or of the features where these come last."""
    return x.meanings.index("channel") if "channel" in x.meanings else x.rank - 1


def _normalized(use: Use) -> list[int]:
    """The lengths of the axes over which mean and variance are taken: the last ones, or the channels."""
    x = expect_float(use, "Layer norm")
    if use["over"] == "channels":
        if x.rank < 2:
            raise ShapeError(tr("Layer norm needs channels, but only the batch arrives."), port="x")
        return [fixed(x.axes[_channels(x)], "Layer norm")]
    if use["axes"] > x.rank - 1:
        raise ShapeError(
            tr(
                "Layer norm is set to the last {axes} axes, but a sample has {have}.",
                axes=use["axes"],
                have=x.rank - 1,
            ),
            parameter="axes",
            suggestions=(SetParameter("axes", max(1, x.rank - 1), tr("Normalize over the whole sample")),),
        )
    return [fixed(axis, "Layer norm") for axis in x.axes[-use["axes"] :]]


def _infer(use: Use) -> dict[str, TensorType]:
    _normalized(use)
    return {"y": use.x}


def _lower(use: Use) -> Lowering:
    options = {
        "normalized_shape": _normalized(use),  # a list: a tuple of equal sizes would be taken for one number
        **plain(
            {"eps": use["eps"], "elementwise_affine": use["affine"]},
            {"eps": 1e-5, "elementwise_affine": True},
        ),
    }
    axis = _channels(use.x) if use["over"] == "channels" else use.x.rank - 1
    if axis == use.x.rank - 1:
        return Lowering(calls=(Call(target="torch.nn.LayerNorm", construct=options),))
    return Lowering(
        calls=(
            Call(target="torch.movedim", args=(Ref("x"), axis, -1), step="last"),
            Call(target="torch.nn.LayerNorm", construct=options, args=(Ref("last"),), step="normed"),
            Call(target="torch.movedim", args=(Ref("normed"), -1, axis)),
        )
    )


BATCH_NORM_1D = _batch_norm(1)
BATCH_NORM_2D = _batch_norm(2)
BATCH_NORM_3D = _batch_norm(3)
LAYER_NORM = Layer(
    type="LayerNorm",
    label="Layer norm",
    group="Normalization",
    stem="norm",
    summary="Brings the features of each sample to mean 0 and variance 1, then scales and shifts them.",
    help="Works within each sample (in a sequence: within each step), so it does not depend on the batch. It is the"
    " normalization of transformers and recurrent networks.",
    formula="y = γ · (x − mean) / √(variance + ε) + β, mean and variance over the last axes",
    reference="Ba, Kiros & Hinton, Layer normalization, 2016",
    synonyms=("normalization", "layer normalization", "layerNormalizationLayer", "ln"),
    parameters=(
        IntField(
            name="axes",
            label="Last axes",
            default=1,
            minimum=1,
            maximum=4,
            help="How many of the last axes are normalized together; 1 is the features of each step, 3 a whole"
            " image.",
            shown_when=lambda values: bool(values["over"] == "last"),
        ),
        ChoiceField(
            name="over",
            label="Over",
            default="last",
            choices={"last": "the last axes", "channels": "the channels at each place"},
            help="Over the channels at each place of an image or signal it is the normalization of ConvNeXt.",
            advanced=True,
        ),
        EPS,
        BoolField(
            name="affine",
            label="Scale and shift",
            default=True,
            advanced=True,
            help="Learn γ and β for every normalized position.",
        ),
    ),
    infer=_infer,
    lower=_lower,
    weights=lambda use: 2 * prod(_normalized(use)) if use["affine"] else 0,
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=6)}, names={"N": 2, "T": 5}),
        Sample(values={"axes": 3}, inputs={"x": tensor(channel=3, height=4, width=5)}),
        Sample(values={"affine": False}, inputs={"x": tensor(feature=5)}),
        Sample(
            values={"over": "channels", "eps": 1e-6},
            inputs={"x": tensor(channel=3, height="H", width="W")},
            names={"N": 2, "H": 4, "W": 5},
        ),
    ),
)
