"""Losses, and the numerically stable form of each for the activation that the user drew before the output.

A drawing that ends in a softmax is right: it trains through cross-entropy on the values before the softmax, which is
the same loss, computed stably, and never soft-maxed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One loss.

    `targets` are the kinds of data field it is meant for. `form` says what the loss function is fed: "logits" or
    "values". `stable_after` names the activations (layer types) whose input, rather than output, the
    stable form takes. `function` is the torch function called with (prediction, target). `metric` is what is
    shown beside it.
    """

    name: str
    label: str
    help: str
    formula: str
    targets: tuple[str, ...]
    form: str
    function: str
    options: Mapping[str, object] = field(default_factory=dict)
    stable_after: tuple[str, ...] = ()
    predicts: str = "value"
    """"class" (largest of several), "binary" (one against a threshold) or "value" """


CROSS_ENTROPY = Loss(
    name="cross_entropy",
    label="Cross-entropy",
    targets=("class", "tokens"),
    form="logits",
    function="torch.nn.functional.cross_entropy",
    stable_after=("Softmax", "LogSoftmax"),
    predicts="class",
    help="For one class out of several. Takes raw scores, or the softmax that you drew.",
    formula="L = −log softmax(z)[target]",
)
BINARY_CROSS_ENTROPY = Loss(
    name="binary_cross_entropy",
    label="Binary cross-entropy",
    targets=("class",),
    form="logits",
    function="torch.nn.functional.binary_cross_entropy_with_logits",
    stable_after=("Sigmoid",),
    predicts="binary",
    help="For yes or no. Takes one raw score, or the sigmoid that you drew.",
    formula="L = −t·log σ(z) − (1 − t)·log(1 − σ(z))",
)
MSE = Loss(
    name="mse",
    label="Mean squared error",
    targets=("number", "series", "image", "table", "class"),
    form="values",
    function="torch.nn.functional.mse_loss",
    help="For numbers; large errors weigh most. A class target is compared one-hot.",
    formula="L = mean (y − t)²",
)
L1 = Loss(
    name="l1",
    label="Mean absolute error",
    targets=("number", "series", "image", "table"),
    form="values",
    function="torch.nn.functional.l1_loss",
    help="For numbers; outliers weigh less than with the squared error.",
    formula="L = mean |y − t|",
)
HUBER = Loss(
    name="huber",
    label="Huber",
    targets=("number", "series", "image", "table"),
    form="values",
    function="torch.nn.functional.huber_loss",
    help="Squared for small errors, absolute for large ones.",
    formula="L = ½ e² for |e| ≤ 1, |e| − ½ otherwise",
)
PERCEPTRON = Loss(
    name="perceptron",
    label="Perceptron criterion",
    targets=("class",),
    form="values",
    function="nndesigner.perceptron",
    predicts="binary",
    stable_after=("Step",),
    help="Rosenblatt's rule for a step unit: only wrong answers move the weights. Takes the step that you drew.",
    formula="L = (step(z) − t)·z",
)
LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (CROSS_ENTROPY, BINARY_CROSS_ENTROPY, MSE, L1, HUBER, PERCEPTRON)
}


def default_loss(target: DataField, activation: str, width: int | None) -> Loss:
    """The loss for “automatic”: from the target, the activation drawn last and the number of values that come out."""
    if target.kind == "class" and activation == "Step":
        return PERCEPTRON
    if target.kind == "class" and len(target.classes) == 2 and width == 1:
        return BINARY_CROSS_ENTROPY
    if target.kind in ("class", "tokens"):
        return CROSS_ENTROPY
    return MSE


def labels() -> dict[str, str]:
    return {"auto": tr("automatic"), **{loss.name: tr(loss.label) for loss in LOSSES.values()}}
