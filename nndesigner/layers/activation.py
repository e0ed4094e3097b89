"""Activations: functions applied to every value, which make a network more than one linear map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from nndesigner.base.fields import ChoiceField, Field, FloatField
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
    class_axis,
    expect_float,
    module,
    no_count,
)

IMAGE = tensor(channel=3, height=4, width=5)


def elementwise(
    type: str,
    label: str,
    stem: str,
    summary: str,
    formula: str,
    *,
    help: str,
    reference: str = "",
    parameters: tuple[Field, ...] = (),
    synonyms: tuple[str, ...] = (),
    lower: Callable[[Use], Lowering] | None = None,
    samples: tuple[Mapping[str, Any], ...] = ({},),
    arriving: tuple[TensorType, ...] = (IMAGE,),
    common: bool = True,
    over_classes: bool = False,
    covers: Mapping[str, str] = MappingProxyType({}),
    infer: Callable[[Use], dict[str, TensorType]] | None = None,
    weights: Callable[[Use], int] = no_count,
) -> Layer:
    """An activation that keeps the shape; by default the module torch.nn.`type` built with the parameters by name.

    With `over_classes` it works along the class axis rather than on each value.
    """

    usual = {p.name: p.default for p in parameters}  # ours are torch's own

    def keeps(use: Use) -> dict[str, TensorType]:
        x = expect_float(use, label)
        if over_classes and x.rank < 2:
            raise ShapeError(
                tr("{layer} needs an axis besides the batch, but only the batch arrives.", layer=label),
                port="x",
            )
        return {"y": x}

    def lower_module(use: Use) -> Lowering:
        if over_classes:
            axis = class_axis(use.x)
            return module(f"torch.nn.{type}", dim=axis if axis < use.x.rank - 1 else -1)
        return module(f"torch.nn.{type}", usual, **{p.name: use[p.name] for p in parameters})

    return Layer(
        type=type,
        label=label,
        group="Activation",
        stem=stem,
        summary=summary,
        formula=formula,
        help=help,
        reference=reference,
        parameters=parameters,
        synonyms=("activation", *synonyms),
        activation=True,
        common=common,
        infer=infer or keeps,
        weights=weights,
        covers=covers,
        lower=lower or lower_module,
        card=lambda values: ", ".join(p.describe(values[p.name]) for p in parameters if not p.advanced),
        samples=tuple(Sample(values=values, inputs={"x": x}) for values in samples for x in arriving),
    )


STEP = elementwise(
    "Step",
    "Step",
    "step",
    "Fires or not: 1 for positive values, 0 otherwise.",
    "y = 1 if x > 0, else 0",
    help="The threshold of the first artificial neurons. Its gradient is zero everywhere, so nothing before it learns"
    " by gradient descent: before an output it is trained by the perceptron rule instead, and in a hidden layer a"
    " sigmoid or tanh takes its place.",
    reference="Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the"
    " brain, 1958",
    synonyms=("heaviside", "threshold", "perceptron", "hardlim"),
    # sign before relu rather than a comparison: the result stays part of the gradient's graph, with gradient zero
    lower=lambda use: Lowering(
        calls=(Call(target="torch.sign", step="sign"), Call(target="torch.relu", args=(Ref("sign"),)))
    ),
)
RELU = elementwise(
    "ReLU",
    "ReLU",
    "relu",
    "Keeps positive values and sets negative ones to zero.",
    "y = max(0, x)",
    help="The usual activation of hidden layers: cheap, and its gradient does not shrink for positive values."
    " A unit whose input is always negative gets no gradient and is “dead”.",
    reference="Nair & Hinton, Rectified linear units improve restricted Boltzmann machines, 2010",
    synonyms=("rectifier", "reluLayer"),
)
LEAKY_RELU = elementwise(
    "LeakyReLU",
    "Leaky ReLU",
    "leaky_relu",
    "Like ReLU, but lets a small part of negative values through.",
    "y = x for x ≥ 0, slope · x otherwise",
    help="Negative values are made small rather than zero. The small slope keeps a gradient alive for them, so that"
    " units do not die.",
    reference="Maas et al., Rectifier nonlinearities improve neural network acoustic models, 2013",
    parameters=(
        FloatField(
            name="negative_slope",
            label="Slope",
            default=0.01,
            minimum=0.0,
            maximum=10.0,
            help="Slope for negative values; 0 makes it a ReLU.",
        ),
    ),
    samples=({}, {"negative_slope": 0.2}),
    synonyms=("lrelu", "leakyReluLayer"),
)
GELU = elementwise(
    "GELU",
    "GELU",
    "gelu",
    "A smooth ReLU: each value is weighted by how large it is among normally distributed ones.",
    "y = x · Φ(x), Φ the normal distribution function",
    help="The usual activation inside transformers. Unlike ReLU it is smooth at zero and lets slightly negative"
    " values through a little.",
    reference="Hendrycks & Gimpel, Gaussian error linear units, 2016",
    parameters=(
        ChoiceField(
            name="approximate",
            label="Computation",
            default="none",
            choices={"none": "exact", "tanh": "tanh approximation"},
            help="The approximation by a tanh is what GPT-2 used; it differs by less than 0.001.",
            advanced=True,
        ),
    ),
    samples=({}, {"approximate": "tanh"}),
    synonyms=("geluLayer",),
)
SILU = elementwise(
    "SiLU",
    "SiLU (swish)",
    "silu",
    "A smooth ReLU: each value times its own sigmoid.",
    "y = x · σ(x) = x / (1 + exp(−x))",
    help="Used by EfficientNet and many newer networks. It dips slightly below zero before it rises, which lets a"
    " gradient pass for small negative values.",
    reference="Elfwing et al., Sigmoid-weighted linear units, 2017; Ramachandran et al., Searching for activation"
    " functions, 2017",
    synonyms=("swish", "swishLayer"),
)
SIGMOID = elementwise(
    "Sigmoid",
    "Sigmoid",
    "sigmoid",
    "Squeezes every value into 0 to 1.",
    "y = σ(x) = 1 / (1 + exp(−x))",
    help="On one output unit it gives the probability of “yes”; trained with binary cross-entropy it is computed in"
    " the stable way. In deep hidden layers its gradient, at most ¼, fades from layer to layer.",
    reference="Rumelhart, Hinton & Williams, Learning representations by back-propagating errors, 1986",
    synonyms=("logistic", "sigmoidLayer"),
)
TANH = elementwise(
    "Tanh",
    "Tanh",
    "tanh",
    "Squeezes every value into −1 to 1.",
    "y = tanh(x) = (exp(x) − exp(−x)) / (exp(x) + exp(−x))",
    help="Like a sigmoid, but centred on zero, which learns faster in hidden layers. For large"
    " values its gradient fades.",
    reference="LeCun et al., Efficient backprop, 1998",
    synonyms=("hyperbolic tangent", "tanhLayer"),
)
SOFTMAX = elementwise(
    "Softmax",
    "Softmax",
    "softmax",
    "Turns scores into probabilities that sum to 1.",
    "y_i = exp(x_i) / Σ_j exp(x_j)",
    help="Drawn before the output it says how likely each class is; the loss is then computed from the scores before"
    " it, so it is never applied twice. The sum runs over the channels of images and signals, else over the last"
    " axis.",
    reference="Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990",
    synonyms=("probabilities", "softmaxLayer"),
    over_classes=True,
    covers={"Softmax2d": tr("Softmax, which takes the channels of images by itself")},
    arriving=(IMAGE, tensor(feature=5), tensor(time="T", feature=5)),
)
LOG_SOFTMAX = elementwise(
    "LogSoftmax",
    "Log-softmax",
    "log_softmax",
    "Turns scores into logarithms of probabilities.",
    "y_i = x_i − log Σ_j exp(x_j)",
    help="What older networks end in, to be trained by the negative log-likelihood: the same as cross-entropy on the"
    " scores before it, and trained so here. The sum runs over the channels of images and signals, else over the"
    " last axis.",
    reference="Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990",
    synonyms=("log probabilities", "nll"),
    over_classes=True,
    arriving=(IMAGE, tensor(feature=5)),
    common=False,
)
