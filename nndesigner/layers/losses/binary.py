"""Losses that judge yes or no: one unit for two classes, one per class, or a value between 0 and 1 at each place."""

from __future__ import annotations

from nndesigner.base.fields import FloatField, Values
from nndesigner.layers.declaration import Buffer, Lowering, Ref
from nndesigner.layers.losses.classes import dice
from nndesigner.layers.losses.loss import (
    CLASS_WEIGHTS,
    DICE_SMOOTHING,
    GAMMA,
    MARGIN,
    NUMBERS,
    TYPED_WEIGHTS,
    F,
    Loss,
    LossUse,
    X,
    call,
    lowered,
    signs,
    wanted,
    weighted,
)


def _binary_cross_entropy(use: LossUse) -> Lowering:
    calls, target = wanted(use)
    function = f"{F}binary_cross_entropy_with_logits"
    if use["pos_weight"] == 1.0:
        return lowered(*calls, call(function, X, target))
    buffers = {"pos_weight": Buffer(values=(use["pos_weight"],))}
    return lowered(*calls, call(function, X, target, pos_weight=Ref("@pos_weight")), buffers=buffers)


def _binary_focal(use: LossUse) -> Lowering:
    calls, target = wanted(use)
    alpha = use["focal_alpha"]
    return lowered(
        *calls,
        call(f"{F}binary_cross_entropy_with_logits", X, target, reduction="none", step="surprise"),
        call("torch.sigmoid", X, step="p"),
        call("operator.sub", 1, Ref("p"), step="q"),
        call("torch.lerp", Ref("p"), Ref("q"), target, step="wrong"),
        call("torch.clamp", Ref("wrong"), min=1e-12, step="far_off"),
        call("torch.pow", Ref("far_off"), use["focal_gamma"], step="focus"),
        call("operator.mul", target, 2 * alpha - 1, step="balance"),
        call("operator.add", Ref("balance"), 1 - alpha, step="share"),
        call("operator.mul", Ref("focus"), Ref("share"), step="factor"),
        call("operator.mul", Ref("factor"), Ref("surprise"), step="each"),
        call("torch.mean", Ref("each")),
    )


def _soft_margin(use: LossUse) -> Lowering:
    calls, target = signs(use)
    return lowered(*calls, call(f"{F}soft_margin_loss", X, target))


def _hinge_embedding(use: LossUse) -> Lowering:
    calls, target = signs(use)
    keywords = {} if use["margin"] == 1.0 else {"margin": use["margin"]}
    return lowered(
        *calls,
        call("torch.neg", target, step="alike"),
        call(f"{F}hinge_embedding_loss", X, Ref("alike"), **keywords),
    )


def _multilabel_soft_margin(use: LossUse) -> Lowering:
    calls, target = wanted(use)
    buffers, keywords = weighted(use)
    return lowered(*calls, call(f"{F}multilabel_soft_margin_loss", X, target, **keywords), buffers=buffers)


def _perceptron(use: LossUse) -> Lowering:
    calls, target = wanted(use)
    return lowered(
        *calls,
        call(".detach", X, step="fixed"),
        call("torch.gt", Ref("fixed"), 0, step="on"),
        call(".type_as", Ref("on"), X, step="answer"),
        call("operator.sub", Ref("answer"), target, step="wrong"),
        call("operator.mul", Ref("wrong"), X, step="each"),
        call("torch.mean", Ref("each")),
    )


def _half_margin(options: Values) -> float:
    margin: float = options["margin"]
    return margin / 2


BINARY_CROSS_ENTROPY = Loss(
    name="binary_cross_entropy",
    label="Binary cross-entropy",
    targets=("class", *NUMBERS),
    holds=(0.0, 1.0),
    form="logits",
    link="sigmoid",
    lower=_binary_cross_entropy,
    stable_after=("Sigmoid",),
    predicts="binary",
    options=(
        FloatField(
            name="pos_weight",
            label="Weight of yes",
            default=1.0,
            minimum=0.0,
            open_minimum=True,
            help="How much more a missed yes (the second class) costs than a false alarm: above 1 where it is rare.",
        ),
    ),
    help="For yes or no, and for values between 0 and 1 such as the pixels of a picture. Takes raw scores, or the"
    " sigmoid that you drew.",
    formula="L = −t·log σ(z) − (1 − t)·log(1 − σ(z))",
)
BINARY_FOCAL = Loss(
    name="binary_focal",
    label="Binary focal",
    targets=("class", *NUMBERS),
    holds=(0.0, 1.0),
    form="logits",
    link="sigmoid",
    lower=_binary_focal,
    stable_after=("Sigmoid",),
    predicts="binary",
    options=(
        GAMMA,
        FloatField(
            name="focal_alpha",
            label="Share of yes (α)",
            default=0.25,
            minimum=0.0,
            maximum=1.0,
            help="A yes counts α, a no 1 − α; at one half both count alike.",
        ),
    ),
    help="Binary cross-entropy in which examples that are already right hardly count: for a yes that is rare. Takes raw"
    " scores, or the sigmoid that you drew.",
    formula="L = −α[t]·(1 − p[t])^γ·log p[t], p = σ(z)",
    reference="Lin et al., Focal loss for dense object detection, 2017",
)
BINARY_DICE = Loss(
    name="binary_dice",
    label="Binary Dice",
    targets=("class", *NUMBERS),
    holds=(0.0, 1.0),
    form="logits",
    link="sigmoid",
    lower=lambda use: dice(use, "torch.sigmoid"),
    stable_after=("Sigmoid",),
    predicts="binary",
    options=(DICE_SMOOTHING,),
    help="How far the areas of answer and target are from covering each other: for masks of which few pixels are set."
    " Takes raw scores, or the sigmoid that you drew.",
    formula="L = 1 − (2 Σ p·t + s) / (Σ p + Σ t + s), p = σ(z), averaged over channels",
    reference="Milletari et al., V-Net, 2016",
)
SOFT_MARGIN = Loss(
    name="soft_margin",
    label="Soft margin",
    targets=("class",),
    form="values",
    lower=_soft_margin,
    predicts="binary",
    help="For yes or no with scores around 0: the second class above, the first below. The same curve as binary"
    " cross-entropy, with the answers left as scores.",
    formula="L = log(1 + exp(−t·z)), t = ±1",
)
HINGE_EMBEDDING = Loss(
    name="hinge_embedding",
    label="Hinge embedding",
    targets=("class",),
    form="values",
    lower=_hinge_embedding,
    predicts="binary",
    threshold=_half_margin,
    options=(MARGIN,),
    help="For a distance: samples of the first class are alike and pull it to 0, those of the second push it beyond the"
    " margin.",
    formula="L = z for the first class, max(0, margin − z) for the second",
)
MULTILABEL_SOFT_MARGIN = Loss(
    name="multilabel_soft_margin",
    label="Multi-label soft margin",
    targets=("class", "number"),
    holds=(0.0, 1.0),
    form="logits",
    link="sigmoid",
    lower=_multilabel_soft_margin,
    stable_after=("Sigmoid",),
    predicts="binary",
    dense=False,
    options=(CLASS_WEIGHTS, TYPED_WEIGHTS),
    help="For several labels of which any number may apply, each a yes or no of its own. Takes raw scores, or the"
    " sigmoid that you drew.",
    formula="L = mean over labels of −t·log σ(z) − (1 − t)·log(1 − σ(z))",
)
PERCEPTRON = Loss(
    name="perceptron",
    label="Perceptron criterion",
    targets=("class",),
    form="values",
    lower=_perceptron,
    predicts="binary",
    stable_after=("Step",),
    help="Rosenblatt's rule for a step unit: only wrong answers move the weights. Takes the step that you drew.",
    formula="L = (step(z) − t)·z",
)
