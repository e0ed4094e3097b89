"""Losses that judge numbers: how far off, or how likely under a distribution."""

from __future__ import annotations

import math
from typing import Any

from nndesigner.base.fields import FloatField
from nndesigner.layers.declaration import Lowering, Port, Ref
from nndesigner.layers.losses.loss import NUMBERS, TARGET, F, Loss, LossUse, X, call, half, lowered, wanted


def _compared(function: str, use: LossUse, **keywords: Any) -> Lowering:
    calls, target = wanted(use)
    return lowered(*calls, call(f"{F}{function}", X, target, **keywords))


def _huber(use: LossUse) -> Lowering:
    return _compared("huber_loss", use, **({} if use["delta"] == 1.0 else {"delta": use["delta"]}))


def _smooth_l1(use: LossUse) -> Lowering:
    return _compared("smooth_l1_loss", use, **({} if use["beta"] == 1.0 else {"beta": use["beta"]}))


def _quantile(use: LossUse) -> Lowering:
    return lowered(
        call("operator.sub", TARGET, X, step="error"),
        call("operator.mul", Ref("error"), use["quantile"], step="above"),
        call("operator.mul", Ref("error"), use["quantile"] - 1, step="below"),
        call("torch.maximum", Ref("above"), Ref("below"), step="each"),
        call("torch.mean", Ref("each")),
    )


def _gaussian(use: LossUse) -> Lowering:
    return lowered(
        call("torch.exp", Ref("log_var"), step="variance"),
        call(f"{F}gaussian_nll_loss", X, TARGET, Ref("variance")),
    )


def _kl_divergence(use: LossUse) -> Lowering:
    return lowered(
        call(f"{F}log_softmax", X, use.axis, step="logs"),
        call(f"{F}kl_div", Ref("logs"), TARGET, reduction="batchmean"),
    )


MSE = Loss(
    name="mse",
    label="Mean squared error",
    targets=(*NUMBERS, "class"),
    form="values",
    lower=lambda use: _compared("mse_loss", use),
    threshold=half,
    help="For numbers; large errors weigh most. A class target is compared one-hot.",
    formula="L = mean (y − t)²",
)
L1 = Loss(
    name="l1",
    label="Mean absolute error",
    targets=NUMBERS,
    form="values",
    lower=lambda use: _compared("l1_loss", use),
    help="For numbers; outliers weigh less than with the squared error.",
    formula="L = mean |y − t|",
)
HUBER = Loss(
    name="huber",
    label="Huber",
    targets=NUMBERS,
    form="values",
    lower=_huber,
    options=(
        FloatField(
            name="delta",
            label="Turning point (δ)",
            default=1.0,
            minimum=0.0,
            open_minimum=True,
            help="The error from which on it counts in proportion instead of with the square.",
        ),
    ),
    help="Squared for small errors, absolute for large ones.",
    formula="L = ½ e² for |e| ≤ δ, δ·(|e| − ½ δ) otherwise",
)
SMOOTH_L1 = Loss(
    name="smooth_l1",
    label="Smooth L1",
    targets=NUMBERS,
    form="values",
    lower=_smooth_l1,
    options=(
        FloatField(
            name="beta",
            label="Turning point (β)",
            default=1.0,
            minimum=0.0,
            help="The error from which on it counts in proportion instead of with the square; 0 is the mean absolute"
            " error.",
        ),
    ),
    help="Absolute, but rounded off near 0: the loss of boxes in object detection. It is Huber divided by β.",
    formula="L = ½ e² / β for |e| < β, |e| − ½ β otherwise",
    reference="Girshick, Fast R-CNN, 2015",
)
QUANTILE = Loss(
    name="quantile",
    label="Quantile",
    targets=NUMBERS,
    form="values",
    lower=_quantile,
    options=(
        FloatField(
            name="quantile",
            label="Quantile",
            default=0.5,
            minimum=0.0,
            maximum=1.0,
            help="Share of the targets that shall lie below the answer: 0.5 is the median, 0.9 is rarely exceeded.",
        ),
    ),
    help="Learns a quantile instead of the mean; two outputs with 0.05 and 0.95 give an interval.",
    formula="L = mean max(q·e, (q − 1)·e), e = t − y",
    reference="Koenker and Bassett, Regression quantiles, 1978",
)
POISSON = Loss(
    name="poisson_nll",
    label="Poisson",
    targets=NUMBERS,
    holds=(0.0, math.inf),
    form="values",
    link="exp",
    lower=lambda use: _compared("poisson_nll_loss", use),
    help="For counts of events. The network gives the logarithm of the rate; answers are shown as rates. Leave the"
    " target as it is in the data: counts do not go below 0.",
    formula="L = mean exp(z) − t·z",
)
GAUSSIAN = Loss(
    name="gaussian_nll",
    label="Gaussian",
    targets=NUMBERS,
    form="values",
    lower=_gaussian,
    beside=(Port("log_var", label="log variance", help="logarithm of the variance, shaped as the answer"),),
    help="For numbers with an uncertainty that is learned as well. The output then has a second port for the logarithm"
    " of the variance: any real number will do, and the answer stays the mean alone.",
    formula="L = mean ½ (log σ² + (y − t)² / σ²)",
    reference="Nix and Weigend, Estimating the mean and variance of the target probability distribution, 1994",
)
KL_DIVERGENCE = Loss(
    name="kl_div",
    label="Kullback-Leibler divergence",
    targets=("number", "series"),
    holds=(0.0, 1.0),
    form="logits",
    link="softmax",
    lower=_kl_divergence,
    stable_after=("Softmax", "LogSoftmax"),
    help="For a target that is a distribution itself: shares that add up to 1, left in the data as they are. Takes raw"
    " scores, or the softmax that you drew.",
    formula="L = Σ t·(log t − log softmax(z)), averaged over the batch",
)
