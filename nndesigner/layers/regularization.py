"""Regularization: noise added while training, so that a network does not learn its samples by heart."""

from __future__ import annotations

from nndesigner.base.fields import FloatField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    ShapeError,
    Use,
    expect_channels_first,
    expect_float,
    module,
)
from nndesigner.layers.spatial import expect_spatial, small


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
    synonyms=("regularization", "dropoutLayer", "overfitting", "regularize"),
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


def _of_maps(dimensions: int) -> Layer:
    """Dropout of whole channels."""
    name, label = f"Dropout{dimensions}d", f"Dropout {dimensions}-D"
    where = {1: "steps of a signal", 2: "pixels of a map", 3: "places of a volume"}[dimensions]
    return Layer(
        type=name,
        label=label,
        group="Regularization",
        stem="dropout",
        summary="Sets whole feature maps to zero at random while training.",
        help=f"Neighbouring {where} say nearly the same, so dropping single ones hides little; this drops whole"
        " channels. Outside training nothing is dropped.",
        formula="y[c] = x[c] · mask[c] / (1 − p), each mask value 0 with probability p, else 1",
        reference="Tompson et al., Efficient object localization using convolutional networks, 2015",
        synonyms=(
            "spatial dropout",
            "regularization",
            "spatialDropoutLayer",
            f"SpatialDropout{dimensions}D",
            "channel dropout",
        ),
        parameters=(_rate("the feature maps"),),
        preserves=True,
        linear=True,
        common=False,
        infer=lambda use: {"y": expect_spatial(use, label, dimensions)},
        lower=lambda use: module(f"torch.nn.{name}", p=use["p"]),
        card=lambda values: f"{values['p']:g}",
        samples=(Sample(inputs={"x": tensor(channel=3, **small(dimensions))}),),
    )


DROPOUT_1D = _of_maps(1)
DROPOUT_2D = _of_maps(2)
DROPOUT_3D = _of_maps(3)


def _feature_alpha(use: Use) -> dict[str, TensorType]:
    label = "Alpha dropout of maps"
    x = expect_channels_first(expect_float(use, label), label)
    return {"y": x if x.rank > 2 else expect_spatial(use, label, 2)}


def _alpha(use: Use) -> dict[str, TensorType]:
    return {"y": expect_float(use, "Alpha dropout")}


ALPHA_DROPOUT = Layer(
    type="AlphaDropout",
    label="Alpha dropout",
    group="Regularization",
    stem="dropout",
    summary="Dropout for networks with SELU: mean and variance stay as they are.",
    help="What is dropped becomes the value that SELU gives far below zero, and everything is scaled and shifted so"
    " that mean 0 and variance 1 are kept. Outside training nothing is dropped.",
    formula="y = a · (x · mask + α' · (1 − mask)) + b, α' = −1.758, a and b keeping mean and variance",
    reference="Klambauer et al., Self-normalizing neural networks, 2017",
    synonyms=("regularization", "SELU", "self-normalizing"),
    parameters=(_rate("the values"),),
    preserves=True,
    linear=True,
    common=False,
    infer=_alpha,
    lower=lambda use: module("torch.nn.AlphaDropout", p=use["p"]),
    card=lambda values: f"{values['p']:g}",
    samples=(Sample(inputs={"x": tensor(feature=5)}),),
)
FEATURE_ALPHA_DROPOUT = Layer(
    type="FeatureAlphaDropout",
    label="Alpha dropout of maps",
    group="Regularization",
    stem="dropout",
    summary="Alpha dropout of whole feature maps, for convolutional networks with SELU.",
    help="As alpha dropout keeps mean and variance, so does this; what is dropped is a whole channel at once. Outside"
    " training nothing is dropped.",
    formula="y[c] = a · (x[c] · mask[c] + α' · (1 − mask[c])) + b, α' = −1.758",
    reference="Klambauer et al., Self-normalizing neural networks, 2017",
    synonyms=("regularization", "SELU", "self-normalizing", "spatial dropout"),
    parameters=(_rate("the feature maps"),),
    preserves=True,
    linear=True,
    common=False,
    infer=_feature_alpha,
    lower=lambda use: module("torch.nn.FeatureAlphaDropout", p=use["p"]),
    card=lambda values: f"{values['p']:g}",
    samples=(Sample(inputs={"x": tensor(channel=3, height=4, width=5)}),),
)


# -- whole samples, and noise -----------------------------------------------------------------------------------------
def _drop_path(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "Drop path")
    if x.rank < 2:
        raise ShapeError(
            tr("Drop path needs an axis besides the batch, but only the batch arrives."), port="x"
        )
    return {"y": x}


def _lower_drop_path(use: Use) -> Lowering:
    """A dropout of ones, one for each sample, by which the sample is multiplied."""
    ones = (Ref("batch"), *(1 for _ in use.x.sizes[1:]))
    return Lowering(
        calls=(
            Call(target=".size", args=(Ref("x"), 0), step="batch"),
            Call(target=".new_ones", args=(Ref("x"), ones), step="ones"),
            Call(target="torch.nn.Dropout", construct={"p": use["p"]}, args=(Ref("ones"),), step="mask"),
            Call(target="operator.mul", args=(Ref("x"), Ref("mask"))),
        )
    )


DROP_PATH = Layer(
    type="DropPath",
    label="Drop path",
    group="Regularization",
    stem="drop_path",
    summary="Drops a whole branch for random samples while training: stochastic depth.",
    help="Put it at the end of a residual branch, before the Add: for the samples that it drops only the shortcut is"
    " left, so that the network learns to do with less depth. Outside training nothing is dropped.",
    formula="y[n] = x[n] · mask[n] / (1 − p), each mask value 0 with probability p, else 1",
    reference="Huang et al., Deep networks with stochastic depth, 2016",
    synonyms=("stochastic depth", "regularization", "residual", "skip"),
    parameters=(_rate("the samples"),),
    preserves=True,
    linear=True,
    common=False,
    infer=_drop_path,
    lower=_lower_drop_path,
    card=lambda values: f"{values['p']:g}",
    samples=(
        Sample(inputs={"x": tensor(channel=3, height="H", width=4)}, names={"N": 2, "H": 3}),
        Sample(values={"p": 0.1}, inputs={"x": tensor(time=3, feature=4)}),
    ),
)


def _noise(use: Use) -> dict[str, TensorType]:
    return {"y": expect_float(use, "Gaussian noise")}


def _lower_noise(use: Use) -> Lowering:
    """A dropout of everything tells whether the network is training: it gives 0 then, and 1 afterwards."""
    return Lowering(
        calls=(
            Call(target=".new_ones", args=(Ref("x"), ()), step="one"),
            Call(target="torch.nn.Dropout", construct={"p": 1.0}, args=(Ref("one"),), step="still"),
            Call(target="operator.sub", args=(1.0, Ref("still")), step="training"),
            Call(target="operator.mul", args=(use["std"], Ref("training")), step="size"),
            Call(target="torch.randn_like", args=(Ref("x"),), step="noise"),
            Call(target="operator.mul", args=(Ref("noise"), Ref("size")), step="added"),
            Call(target="operator.add", args=(Ref("x"), Ref("added"))),
        )
    )


GAUSSIAN_NOISE = Layer(
    type="GaussianNoise",
    label="Gaussian noise",
    group="Regularization",
    stem="noise",
    summary="Adds normally distributed noise to every value while training.",
    help="The network learns to give the same answer to inputs that differ a little. Right after the input it is the"
    " corruption of a denoising autoencoder; outside training nothing is added.",
    formula="y = x + σ · e, e normally distributed with mean 0 and variance 1",
    reference="Bishop, Training with noise is equivalent to Tikhonov regularization, 1995",
    synonyms=("noise", "regularization", "denoising", "augmentation", "jitter"),
    parameters=(
        FloatField(
            name="std",
            label="σ",
            default=0.1,
            minimum=0.0,
            maximum=1e6,
            help="Standard deviation of the noise, in the units of the values.",
        ),
    ),
    preserves=True,
    linear=True,
    common=False,
    infer=_noise,
    lower=_lower_noise,
    card=lambda values: f"{values['std']:g}",
    samples=(
        Sample(inputs={"x": tensor(channel=3, height="H", width=4)}, names={"N": 2, "H": 3}),
        Sample(values={"std": 0.5}, inputs={"x": tensor(feature=4)}),
    ),
)
