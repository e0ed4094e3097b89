"""Losses that judge the choice of one class, or one token, out of several."""

from __future__ import annotations

from typing import Any

from nndesigner.base.fields import ChoiceField, FloatField
from nndesigner.layers.declaration import Call, Lowering, Ref
from nndesigner.layers.losses.loss import (
    CLASS_WEIGHTS,
    DICE_SMOOTHING,
    GAMMA,
    IGNORE,
    MARGIN,
    TARGET,
    TYPED_WEIGHTS,
    F,
    Loss,
    LossUse,
    X,
    call,
    classes_second,
    lowered,
    wanted,
    weighted,
)


def _cross_entropy(use: LossUse) -> Lowering:
    calls, scores = classes_second(use)
    buffers, keywords = weighted(use)
    if use.ignore is not None:
        keywords["ignore_index"] = use.ignore
    if use["label_smoothing"]:
        keywords["label_smoothing"] = use["label_smoothing"]
    if use.ignore is None and 0 not in (use.class_weights or ()):
        return lowered(*calls, call(f"{F}cross_entropy", scores, TARGET, **keywords), buffers=buffers)
    # Torch's own mean is 0 / 0 for a batch in which nothing counts.
    sum = call(f"{F}cross_entropy", scores, TARGET, **keywords, reduction="sum", step="sum")
    return lowered(*calls, sum, *_mean_of_what_counts(use), buffers=buffers)


def _mean_of_what_counts(use: LossUse, *, weighted: bool = True) -> list[Call]:
    """The step `sum`, divided by how many targets count, each with the weight of its class."""
    calls, known = [], TARGET
    if use.ignore is not None:
        calls = [call("torch.ne", TARGET, use.ignore, step="judged")]
        if use.class_weights is None or not weighted:
            return [
                *calls,
                call("torch.sum", Ref("judged"), step="count"),
                call("torch.clamp", Ref("count"), min=1, step="divisor"),
                call("operator.truediv", Ref("sum"), Ref("divisor")),
            ]
        calls.append(call("torch.where", Ref("judged"), TARGET, 0, step="known"))
        known = Ref("known")
    calls.append(call("torch.take", Ref("@class_weights"), known, step="shares"))
    shares = Ref("shares")
    if use.ignore is not None:
        calls.append(call("operator.mul", shares, Ref("judged"), step="counted"))
        shares = Ref("counted")
    return [
        *calls,
        call("torch.sum", shares, step="all"),
        call("torch.clamp", Ref("all"), min=1e-12, step="divisor"),
        call("operator.truediv", Ref("sum"), Ref("divisor")),
    ]


def _focal(use: LossUse) -> Lowering:
    calls, scores = classes_second(use)
    buffers, weight = weighted(use)
    skipped: dict[str, Any] = {} if use.ignore is None else {"ignore_index": use.ignore}
    calls += [
        call(f"{F}log_softmax", scores, 1, step="logs"),
        call(f"{F}nll_loss", Ref("logs"), TARGET, reduction="none", **skipped, step="surprise"),
        call("torch.neg", Ref("surprise"), step="log_p"),
        call("torch.expm1", Ref("log_p"), step="p_less_1"),
        call("torch.neg", Ref("p_less_1"), step="wrong"),
        # Where p is 1 to the last digit, the slope of a power below 1 would be infinite.
        call("torch.clamp", Ref("wrong"), min=1e-12, step="far_off"),
        call("torch.pow", Ref("far_off"), use["focal_gamma"], step="focus"),
    ]
    cost = Ref("surprise")
    if weight:
        calls.append(
            call(f"{F}nll_loss", Ref("logs"), TARGET, **weight, reduction="none", **skipped, step="cost")
        )
        cost = Ref("cost")
    calls.append(call("operator.mul", Ref("focus"), cost, step="each"))
    if use.ignore is None:
        return lowered(*calls, call("torch.mean", Ref("each")), buffers=buffers)
    return lowered(
        *calls,
        call("torch.sum", Ref("each"), step="sum"),
        *_mean_of_what_counts(use, weighted=False),
        buffers=buffers,
    )


def dice(use: LossUse, probabilities: str) -> Lowering:
    """1 − the mean over classes of (2 Σ p·t + s) / (Σ p + Σ t + s), sums over the batch and all positions."""
    calls, target = wanted(use)
    others = tuple(axis for axis in range(use.rank) if axis != use.axis)
    smoothing = use["dice_smoothing"]
    first = (
        call(probabilities, X, use.axis, step="p")
        if probabilities == "torch.softmax"
        else call(probabilities, X, step="p")
    )
    return lowered(
        *calls,
        first,
        call("operator.mul", Ref("p"), target, step="both"),
        call("torch.sum", Ref("both"), others, step="overlap"),
        call("operator.add", Ref("p"), target, step="either"),
        call("torch.sum", Ref("either"), others, step="total"),
        call("operator.mul", Ref("overlap"), 2, step="twice"),
        call("operator.add", Ref("twice"), smoothing, step="above"),
        call("operator.add", Ref("total"), smoothing, step="below"),
        call("operator.truediv", Ref("above"), Ref("below"), step="alike"),
        call("torch.mean", Ref("alike"), step="mean"),
        call("operator.sub", 1, Ref("mean")),
    )


def _multi_margin(use: LossUse) -> Lowering:
    buffers, keywords = weighted(use)
    if use["margin_power"] != "1":
        keywords["p"] = int(use["margin_power"])
    if use["margin"] != 1.0:
        keywords["margin"] = use["margin"]
    return lowered(call(f"{F}multi_margin_loss", X, TARGET, **keywords), buffers=buffers)


def _multilabel_margin(use: LossUse) -> Lowering:
    assert use.width is not None
    return lowered(
        call("torch.unsqueeze", TARGET, 1, step="column"),
        call(f"{F}pad", Ref("column"), (0, use.width - 1), value=-1, step="labels"),  # −1 ends the list
        call(f"{F}multilabel_margin_loss", X, Ref("labels")),
    )


CROSS_ENTROPY = Loss(
    name="cross_entropy",
    label="Cross-entropy",
    targets=("class", "tokens"),
    form="logits",
    link="softmax",
    lower=_cross_entropy,
    stable_after=("Softmax", "LogSoftmax"),
    predicts="class",
    options=(
        FloatField(
            name="label_smoothing",
            label="Label smoothing",
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
            help="Share of the target that is spread over all classes, so that the network is never quite sure.",
        ),
        CLASS_WEIGHTS,
        TYPED_WEIGHTS,
        IGNORE,
    ),
    help="For one class out of several. Takes raw scores, or the softmax that you drew.",
    formula="L = −log softmax(z)[target]",
)
FOCAL = Loss(
    name="focal",
    label="Focal",
    targets=("class", "tokens"),
    form="logits",
    link="softmax",
    lower=_focal,
    stable_after=("Softmax", "LogSoftmax"),
    predicts="class",
    options=(GAMMA, CLASS_WEIGHTS, TYPED_WEIGHTS, IGNORE),
    help="Cross-entropy in which examples that are already right hardly count: for classes of which one is far more"
    " frequent than the others. Takes raw scores, or the softmax that you drew.",
    formula="L = −w[t]·(1 − p[t])^γ·log p[t], p = softmax(z)",
    reference="Lin et al., Focal loss for dense object detection, 2017",
)
DICE = Loss(
    name="dice",
    label="Dice",
    targets=("class", "tokens"),
    form="logits",
    link="softmax",
    lower=lambda use: dice(use, "torch.softmax"),
    stable_after=("Softmax",),
    predicts="class",
    options=(DICE_SMOOTHING,),
    help="How far the areas of answer and target are from covering each other, averaged over the classes: for pixels of"
    " which few belong to what is looked for. Takes raw scores, or the softmax that you drew.",
    formula="L = 1 − mean over classes of (2 Σ p·t + s) / (Σ p + Σ t + s)",
    reference="Milletari et al., V-Net, 2016",
)
MULTI_MARGIN = Loss(
    name="multi_margin",
    label="Multi-class hinge",
    targets=("class",),
    form="values",
    lower=_multi_margin,
    predicts="class",
    dense=False,
    options=(
        MARGIN,
        ChoiceField(
            name="margin_power",
            label="Power",
            default="1",
            choices={"1": "linear", "2": "squared"},
            advanced=True,
            help="Whether a score that comes too near costs in proportion or with the square.",
        ),
        CLASS_WEIGHTS,
        TYPED_WEIGHTS,
    ),
    help="As a support vector machine: the score of the right class must lead every other one by the margin.",
    formula="L = Σ max(0, margin − z[t] + z[i])^p / classes, over the classes i that are not t",
)
MULTILABEL_MARGIN = Loss(
    name="multilabel_margin",
    label="Multi-label hinge",
    targets=("class",),
    form="values",
    lower=_multilabel_margin,
    predicts="class",
    dense=False,
    help="The scores of the classes that apply must lead all others by 1. With one class per sample it is the"
    " multi-class hinge with margin 1.",
    formula="L = Σ max(0, 1 − (z[j] − z[i])) / classes, over classes j that apply and i that do not",
)
