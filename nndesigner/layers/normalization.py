"""Normalization: values brought to mean 0 and variance 1, over the batch or within each sample."""

from __future__ import annotations

from math import prod

from nndesigner.base.fields import BoolField, FloatField, IntField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.convolution import expect_spatial
from nndesigner.layers.declaration import (
    Layer,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_channels_first,
    expect_float,
    fixed,
    module,
)

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
        if dimensions == 2:
            x = expect_spatial(use, label, 2)
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

    shape = {"height": 4, "width": 5}
    return Layer(
        type=name,
        label=label,
        group="Normalization",
        stem="norm",
        summary="Brings each "
        + ("channel" if dimensions == 2 else "feature")
        + " to mean 0 and variance 1 over the batch, then scales and shifts it.",
        help="Deep networks learn faster and with larger learning rates. While training, mean and variance come"
        " from the batch, so batches must hold more than one sample; afterwards the running averages are used.",
        formula="y = γ · (x − mean) / √(variance + ε) + β",
        reference="Ioffe & Szegedy, Batch normalization: accelerating deep network training by reducing internal"
        " covariate shift, 2015",
        synonyms=("normalization", "batch normalization", "batchNormalizationLayer", "bn"),
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
            Sample(inputs={"x": tensor(channel=2, height="H", width="W")}, names={"N": 2, "H": 3, "W": 4}),
        )
        if dimensions == 2
        else (
            Sample(inputs={"x": tensor(feature=5)}),
            Sample(
                values={"affine": False}, inputs={"x": tensor(channel=3, length="L")}, names={"N": 2, "L": 7}
            ),
        ),
    )


def _normalized(use: Use) -> list[int]:
    """The lengths of the last axes, over which mean and variance are taken."""
    x = expect_float(use, "Layer norm")
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


BATCH_NORM_1D = _batch_norm(1)
BATCH_NORM_2D = _batch_norm(2)
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
    lower=lambda use: module(
        "torch.nn.LayerNorm",
        {"eps": 1e-5, "elementwise_affine": True},
        normalized_shape=_normalized(use),  # a list: a tuple of equal sizes would be taken for one number
        eps=use["eps"],
        elementwise_affine=use["affine"],
    ),
    weights=lambda use: 2 * prod(_normalized(use)) if use["affine"] else 0,
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=6)}, names={"N": 2, "T": 5}),
        Sample(values={"axes": 3}, inputs={"x": tensor(channel=3, height=4, width=5)}),
        Sample(values={"affine": False}, inputs={"x": tensor(feature=5)}),
    ),
)
