"""Regularization: noise added while training, so that a network does not learn its samples by heart."""

from __future__ import annotations

from nndesigner.base.fields import FloatField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.convolution import expect_spatial
from nndesigner.layers.declaration import Layer, Sample, Use, expect_float, module


def _rate(what: str) -> FloatField:
    return FloatField(
        name="p",
        label="Drop rate",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
        help=f"Share of {what} that is set to zero in each training step; 0 switches the layer off.",
    )


def _dropout(use: Use) -> dict[str, TensorType]:
    return {"y": expect_float(use, "Dropout")}


def _dropout_2d(use: Use) -> dict[str, TensorType]:
    return {"y": expect_spatial(use, "Dropout 2-D", 2)}


DROPOUT = Layer(
    type="Dropout",
    label="Dropout",
    group="Regularization",
    stem="dropout",
    summary="Sets random values to zero while training, so that no unit relies on a single other one.",
    help="The values that stay are scaled up by 1/(1 − p), so that their mean does not change; outside training"
    " nothing is dropped. Put it between hidden layers, not right before the output.",
    formula="y = x · mask / (1 − p), each mask value 0 with probability p, else 1",
    reference="Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014",
    synonyms=("regularization", "dropoutLayer", "overfitting"),
    parameters=(_rate("the values"),),
    preserves=True,
    linear=True,
    infer=_dropout,
    lower=lambda use: module("torch.nn.Dropout", p=use["p"]),
    card=lambda values: f"{values['p']:g}",
    samples=(
        Sample(inputs={"x": tensor(feature=5)}),
        Sample(values={"p": 0.1}, inputs={"x": tensor(channel=3, height="H", width="W")}),
    ),
)
DROPOUT_2D = Layer(
    type="Dropout2d",
    label="Dropout 2-D",
    group="Regularization",
    stem="dropout",
    summary="Sets whole feature maps to zero at random while training.",
    help="Neighbouring pixels of a map say nearly the same, so dropping single ones hides little; this drops whole"
    " channels. Outside training nothing is dropped.",
    formula="y[c] = x[c] · mask[c] / (1 − p), each mask value 0 with probability p, else 1",
    reference="Tompson et al., Efficient object localization using convolutional networks, 2015",
    synonyms=("spatial dropout", "SpatialDropout2D", "regularization", "spatialDropoutLayer"),
    parameters=(_rate("the feature maps"),),
    preserves=True,
    linear=True,
    common=False,
    infer=_dropout_2d,
    lower=lambda use: module("torch.nn.Dropout2d", p=use["p"]),
    card=lambda values: f"{values['p']:g}",
    samples=(Sample(inputs={"x": tensor(channel=3, height=4, width=5)}),),
)
