"""The contract of the losses: every one of torch's is there or left out for a reason, and says what torch says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.check.check import check
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.layers.catalogue import layers
from nndesigner.layers.losses.catalogue import LOSSES
from nndesigner.layers.output import OUTPUT
from tests.networks import Step, chain, gaussian

COVERED = {
    "L1Loss": "l1",
    "NLLLoss": "cross_entropy",  # with a LogSoftmax drawn before the output
    "NLLLoss2d": "cross_entropy",  # an old name of NLLLoss
    "PoissonNLLLoss": "poisson_nll",
    "GaussianNLLLoss": "gaussian_nll",
    "KLDivLoss": "kl_div",
    "MSELoss": "mse",
    "BCELoss": "binary_cross_entropy",  # with a Sigmoid drawn before the output
    "BCEWithLogitsLoss": "binary_cross_entropy",
    "HingeEmbeddingLoss": "hinge_embedding",
    "MultiLabelMarginLoss": "multilabel_margin",
    "SmoothL1Loss": "smooth_l1",
    "HuberLoss": "huber",
    "SoftMarginLoss": "soft_margin",
    "CrossEntropyLoss": "cross_entropy",
    "CTCLoss": "ctc",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin",
    "CosineEmbeddingLoss": "CosineEmbedding",
    "MarginRankingLoss": "MarginRanking",
    "MultiMarginLoss": "multi_margin",
    "TripletMarginLoss": "TripletLoss",
    "TripletMarginWithDistanceLoss": "TripletLoss",
}
LEFT_OUT = {
    "AdaptiveLogSoftmaxWithLoss": "A layer with weights of its own that gives output and loss at once, for vocabularies"
    " of hundreds of thousands of words; no data source has one.",
    "LinearCrossEntropyLoss": "A Linear layer and cross-entropy in one, which saves memory for huge vocabularies; the"
    " two drawn one after the other compute the same.",
}
GENERATOR = torch.Generator().manual_seed(3)
COUNTS = [8, 1, 3]


def test_every_loss_of_torch_is_there_or_left_out_for_a_reason() -> None:
    known = {
        name
        for name, found in vars(nn).items()
        if isinstance(found, type) and issubclass(found, nn.Module) and name.endswith(("Loss", "Loss2d"))
    }
    assert len(known) >= 20
    assert known - set(COVERED) - set(LEFT_OUT) == set()
    penalties = {entry.type for entry in layers().values() if entry.role == "penalty"}
    assert set(COVERED.values()) <= set(LOSSES) | penalties
    assert all(reason.endswith(".") for reason in LEFT_OUT.values())


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_options_are_shown_for_the_losses_that_have_them(loss: Any) -> None:
    values, _ = resolve(OUTPUT.parameters, {"loss": loss.name, "class_weights": "typed"})
    shown = {field.name for field in OUTPUT.parameters if field.shown(values)}
    assert shown == {"loss", "target", "weight", "own_metrics"} | {option.name for option in loss.options}
    automatic = {field.name for field in OUTPUT.parameters if field.shown({**values, "loss": "auto"})}
    assert automatic == {"loss", "target", "weight", "own_metrics"}


# -- one network for a loss ----------------------------------------------------------------------------------------
def classes(count: int, *sizes: int) -> DataField:
    return DataField(
        name="y",
        role="target",
        kind="class",
        element="int",
        axes=tuple(zip(("height", "width"), sizes, strict=False)),
        classes=tuple("abcd"[:count]),
        statistics={"counts": COUNTS[:count]},
    )


def numbers(*sizes: int) -> DataField:
    meanings = ("feature",) if len(sizes) == 1 else ("time", "feature")
    kind = "number" if len(sizes) == 1 else "series"
    axes = tuple(zip(meanings, sizes, strict=True))
    return DataField(name="y", role="target", kind=kind, element="float", axes=axes)


def network(target: DataField, width: int, *drawn: str, **options: Any) -> CompiledNetwork:
    """A linear layer (a convolution for pixels), the drawn activations and an output."""
    sizes = dict(target.axes)
    steps: list[Step] = [("Linear", {"out_features": width})]
    field = DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 4),))
    first = "TableInput"
    if "height" in sizes:
        axes = (("channel", 4), ("height", sizes["height"]), ("width", sizes["width"]))
        field = DataField(name="x", role="input", kind="image", element="float", axes=axes)
        first, steps = "ImageInput", [("Conv2d", {"out_channels": width})]
    elif "time" in sizes:
        axes = (("time", sizes["time"]), ("feature", 4))
        field = DataField(name="x", role="input", kind="series", element="float", axes=axes)
        first = "SequenceInput"
    steps = [(first, {}), *steps, *((type, {}) for type in drawn), ("Output", options)]
    checked = check(chain(steps, [field, target]))
    assert checked.ok, checked.errors
    torch.manual_seed(0)
    return build(checked)


def signs(target: Tensor) -> Tensor:
    return 2.0 * target - 1.0


def hot(count: int) -> Callable[[Tensor], Tensor]:
    return lambda target: nn.functional.one_hot(target, count).float()


def column(target: Tensor) -> Tensor:
    return target[:, None].float()


def same(target: Tensor) -> Tensor:
    return target


def shares(*shape: int) -> Tensor:
    return torch.softmax(torch.randn(shape, generator=GENERATOR), -1)


def labels(count: int, *shape: int) -> Tensor:
    return torch.randint(count, shape, generator=GENERATOR)


TYPED = {"class_weights": "typed", "typed_weights": "1, 0.5; 4"}
WEIGHTS = torch.tensor([1.0, 0.5, 4.0])
BALANCED = torch.tensor([12 / (3 * count) for count in COUNTS])
CE, BCE = nn.CrossEntropyLoss, nn.BCEWithLogitsLoss
# name, options, target field, target, width, torch's loss, how it wants the target
CASES: list[tuple[str, dict[str, Any], DataField, Tensor, int, Any, Callable[[Tensor], Tensor]]] = [
    ("cross_entropy", {}, classes(3), labels(3, 7), 3, CE(), same),
    ("cross_entropy", {"label_smoothing": 0.2}, classes(3), labels(3, 7), 3, CE(label_smoothing=0.2), same),
    ("cross_entropy", TYPED, classes(3), labels(3, 7), 3, CE(weight=WEIGHTS), same),
    ("cross_entropy", {"class_weights": "balanced"}, classes(3), labels(3, 7), 3, CE(weight=BALANCED), same),
    ("cross_entropy", {"ignore": "b"}, classes(3), labels(3, 7), 3, CE(ignore_index=1), same),
    ("cross_entropy", {"ignore": "2", **TYPED}, classes(3), labels(3, 7), 3, CE(WEIGHTS, ignore_index=2), same),
    ("cross_entropy", {"ignore": "a", "label_smoothing": 0.3, **TYPED}, classes(3, 2, 5), labels(3, 6, 2, 5), 3,
     CE(WEIGHTS, ignore_index=0, label_smoothing=0.3), same),
    ("cross_entropy", {"ignore": "-1"}, classes(3), labels(3, 7) - 1, 3, CE(ignore_index=-1), same),
    ("cross_entropy", {"ignore": "-1", **TYPED}, classes(3), labels(3, 7) - 1, 3, CE(WEIGHTS, ignore_index=-1),
     same),
    ("cross_entropy", {"class_weights": "typed", "typed_weights": "0 1 2"}, classes(3), labels(3, 7), 3,
     CE(torch.tensor([0.0, 1.0, 2.0])), same),
    ("cross_entropy", TYPED, classes(3, 2, 5), labels(3, 6, 2, 5), 3, CE(WEIGHTS), same),
    ("binary_cross_entropy", {}, classes(2), labels(2, 7), 1, BCE(), column),
    ("binary_cross_entropy", {"pos_weight": 3.0}, classes(2), labels(2, 7), 1,
     BCE(pos_weight=torch.tensor([3.0])), column),
    ("binary_cross_entropy", {}, classes(3), labels(3, 7), 3, BCE(), hot(3)),
    ("binary_cross_entropy", {}, numbers(2), shares(7, 2), 2, BCE(), same),
    ("binary_cross_entropy", {}, classes(2, 2, 5), labels(2, 6, 2, 5), 1, BCE(), lambda t: t[:, None].float()),
    ("binary_cross_entropy", {}, classes(3, 2, 5), labels(3, 6, 2, 5), 3, BCE(),
     lambda t: hot(3)(t).movedim(-1, 1)),
    ("multi_margin", {}, classes(3), labels(3, 7), 3, nn.MultiMarginLoss(), same),
    ("multi_margin", {"margin": 0.3, "margin_power": "2", **TYPED}, classes(3), labels(3, 7), 3,
     nn.MultiMarginLoss(2, 0.3, WEIGHTS), same),
    ("multilabel_margin", {}, classes(3), labels(3, 7), 3, nn.MultiLabelMarginLoss(),
     lambda t: torch.stack([t, -torch.ones_like(t), -torch.ones_like(t)], 1)),
    ("multilabel_soft_margin", {}, classes(3), labels(3, 7), 3, nn.MultiLabelSoftMarginLoss(), hot(3)),
    ("multilabel_soft_margin", TYPED, classes(3), labels(3, 7), 3, nn.MultiLabelSoftMarginLoss(WEIGHTS), hot(3)),
    ("multilabel_soft_margin", {}, numbers(4), shares(7, 4).round(), 4, nn.MultiLabelSoftMarginLoss(), same),
    ("soft_margin", {}, classes(2), labels(2, 7), 1, nn.SoftMarginLoss(), lambda t: signs(column(t))),
    ("soft_margin", {}, classes(3), labels(3, 7), 3, nn.SoftMarginLoss(), lambda t: signs(hot(3)(t))),
    ("hinge_embedding", {}, classes(2), labels(2, 7), 1, nn.HingeEmbeddingLoss(), lambda t: -signs(column(t))),
    ("hinge_embedding", {"margin": 2.5}, classes(2), labels(2, 7), 1, nn.HingeEmbeddingLoss(2.5),
     lambda t: -signs(column(t))),
    ("mse", {}, numbers(2), shares(7, 2), 2, nn.MSELoss(), same),
    ("mse", {}, numbers(5, 2), shares(7, 5, 2), 2, nn.MSELoss(), same),
    ("mse", {}, classes(3), labels(3, 7), 3, nn.MSELoss(), hot(3)),
    ("own", {}, numbers(2), shares(7, 2), 2, nn.MSELoss(), same),
    ("own", {"own_power": 1.0}, numbers(5, 2), shares(7, 5, 2), 2, nn.L1Loss(), same),
    ("own", {}, classes(3), labels(3, 7), 3, nn.MSELoss(), hot(3)),
    ("own", {}, classes(2), labels(2, 7), 1, nn.MSELoss(), column),
    ("own", {}, classes(3, 2, 5), labels(3, 6, 2, 5), 3, nn.MSELoss(), lambda t: hot(3)(t).movedim(-1, 1)),
    ("l1", {}, numbers(2), shares(7, 2), 2, nn.L1Loss(), same),
    ("huber", {}, numbers(2), shares(7, 2), 2, nn.HuberLoss(), same),
    ("huber", {"delta": 0.2}, numbers(2), shares(7, 2), 2, nn.HuberLoss(delta=0.2), same),
    ("smooth_l1", {}, numbers(2), shares(7, 2), 2, nn.SmoothL1Loss(), same),
    ("smooth_l1", {"beta": 0.2}, numbers(2), shares(7, 2), 2, nn.SmoothL1Loss(beta=0.2), same),
    ("smooth_l1", {"beta": 0.0}, numbers(2), shares(7, 2), 2, nn.L1Loss(), same),
    ("poisson_nll", {}, numbers(2), labels(9, 7, 2).float(), 2, nn.PoissonNLLLoss(), same),
    ("kl_div", {}, numbers(3), shares(7, 3), 3,
     lambda z, t: nn.KLDivLoss(reduction="batchmean")(torch.log_softmax(z, 1), t), same),
    ("kl_div", {}, numbers(5, 3), shares(7, 5, 3), 3,
     lambda z, t: nn.KLDivLoss(reduction="batchmean")(torch.log_softmax(z, 2), t), same),
]  # fmt: skip


def value_and_slope(loss: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, Tensor]:
    leaf = z.clone().requires_grad_()
    value = loss(leaf)
    (slope,) = torch.autograd.grad(value, leaf)
    return value, slope


def assert_equal(ours: Callable[[Tensor], Tensor], theirs: Callable[[Tensor], Tensor], z: Tensor) -> None:
    for a, b in zip(value_and_slope(ours, z), value_and_slope(theirs, z), strict=True):
        torch.testing.assert_close(a, b)
    assert value_and_slope(ours, z)[1].abs().max() > 0, "a loss that moves nothing was compared"


def scores(module: CompiledNetwork, target: Tensor) -> Tensor:
    """Random values of the shape that the loss reads."""
    shape = module.heads[0].arriving.shape({"N": len(target)})
    return 2 * torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("name", "options", "field", "target", "width", "theirs", "wanted"),
    CASES,
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_values_and_gradients_are_those_of_torch(
    name: str,
    options: dict[str, Any],
    field: DataField,
    target: Tensor,
    width: int,
    theirs: Any,
    wanted: Callable[[Tensor], Tensor],
) -> None:
    module = network(field, width, loss=name, **options)
    z = scores(module, target)
    assert_equal(
        lambda z: module.losses([z], [target])[0],
        lambda z: theirs(z, wanted(target)),
        z,
    )


def test_torchs_losses_of_drawn_probabilities_are_the_same_as_ours() -> None:
    x, y = torch.randn(7, 4, generator=GENERATOR), labels(3, 7)
    module = network(classes(3), 3, "LogSoftmax", loss="cross_entropy")
    torch.testing.assert_close(module.losses(module.for_loss(x), [y])[0], nn.NLLLoss()(module(x), y))
    bits = y % 2
    module = network(classes(2), 1, "Sigmoid", loss="binary_cross_entropy")
    torch.testing.assert_close(
        module.losses(module.for_loss(x), [bits])[0], nn.BCELoss()(module(x), column(bits))
    )


# -- losses that torch does not have, against their formulas -------------------------------------------------------
def focal(
    z: Tensor, t: Tensor, gamma: float, weights: Tensor | None = None, ignore: int | None = None
) -> Tensor:
    judged = [i for i in range(len(t)) if t[i] != ignore]
    each = []
    for i in judged:
        p = torch.softmax(z[i], 0)[t[i]]
        each.append(-((1 - p) ** gamma) * p.log() * (1 if weights is None else weights[t[i]]))
    return torch.stack(each).mean()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize(
    ("options", "more"),
    [({}, {}), (TYPED, {"weights": WEIGHTS}), ({"ignore": "c"}, {"ignore": 2}),
     ({"ignore": "c", **TYPED}, {"ignore": 2, "weights": WEIGHTS})],
    ids=["plain", "weighted", "ignoring", "both"],
)  # fmt: skip
def test_focal_loss(gamma: float, options: dict[str, Any], more: dict[str, Any]) -> None:
    module, t = network(classes(3), 3, loss="focal", focal_gamma=gamma, **options), labels(3, 9)
    assert_equal(
        lambda z: module.losses([z], [t])[0], lambda z: focal(z, t, gamma, **more), scores(module, t)
    )


@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
@pytest.mark.parametrize(
    "options",
    [{"ignore": "b"}, {"ignore": "b", **TYPED}, {"class_weights": "typed", "typed_weights": "1, 0, 1"}],
    ids=["ignored", "ignored and weighted", "weight 0"],
)
def test_a_batch_in_which_nothing_counts_costs_nothing(name: str, options: dict[str, Any]) -> None:
    module = network(classes(3), 3, loss=name, **options)
    target = torch.ones(4, dtype=torch.int64)
    value, slope = value_and_slope(lambda z: module.losses([z], [target])[0], scores(module, target))
    assert value == 0 and torch.equal(slope, torch.zeros(4, 3))


def test_focal_loss_of_a_sure_answer_has_a_slope() -> None:
    for name, field, width in (("focal", classes(3), 3), ("binary_focal", classes(2), 1)):
        module = network(field, width, loss=name, focal_gamma=0.5)
        z = torch.full((2, width), -200.0)
        z[:, 0] = 200.0
        _, slope = value_and_slope(lambda z, module=module: module.losses([z], [torch.zeros(2).long()])[0], z)  # type: ignore[misc]
        assert torch.isfinite(slope).all()


@pytest.mark.parametrize(("gamma", "alpha"), [(0.0, 0.5), (2.0, 0.25), (0.5, 0.9)])
@pytest.mark.parametrize(
    "field", [classes(2), classes(3), numbers(2)], ids=["one unit", "one per class", "numbers"]
)
def test_binary_focal_loss(gamma: float, alpha: float, field: DataField) -> None:
    width = {0: 2, 2: 1, 3: 3}[len(field.classes)]
    module = network(field, width, loss="binary_focal", focal_gamma=gamma, focal_alpha=alpha)
    target = labels(len(field.classes), 9) if field.classes else shares(9, 2).round()
    t = target if not field.classes else column(target) if width == 1 else hot(width)(target)

    def formula(z: Tensor) -> Tensor:
        p = torch.sigmoid(z)
        yes, no = -alpha * (1 - p) ** gamma * p.log(), -(1 - alpha) * p**gamma * (1 - p).log()
        return torch.where(t > 0.5, yes, no).mean()

    assert_equal(lambda z: module.losses([z], [target])[0], formula, scores(module, target))


@pytest.mark.parametrize("sizes", [(), (2, 5)], ids=["samples", "pixels"])
@pytest.mark.parametrize("smoothing", [1.0, 0.1])
def test_dice_loss(sizes: tuple[int, ...], smoothing: float) -> None:
    module = network(classes(3, *sizes), 3, loss="dice", dice_smoothing=smoothing)
    target = labels(3, 6, *sizes)

    def formula(z: Tensor) -> Tensor:
        p, alike = torch.softmax(z, 1), []
        for c in range(3):
            inside = target == c
            both = p[:, c][inside].sum()
            alike.append((2 * both + smoothing) / (p[:, c].sum() + inside.sum() + smoothing))
        return 1 - torch.stack(alike).mean()

    assert_equal(lambda z: module.losses([z], [target])[0], formula, scores(module, target))


def test_binary_dice_loss_of_a_mask() -> None:
    module, target = network(classes(2, 2, 5), 1, loss="binary_dice"), labels(2, 6, 2, 5)

    def formula(z: Tensor) -> Tensor:
        p = torch.sigmoid(z[:, 0])
        return 1 - (2 * p[target == 1].sum() + 1) / (p.sum() + target.sum() + 1)

    assert_equal(lambda z: module.losses([z], [target])[0], formula, scores(module, target))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_quantile_loss_is_least_at_the_quantile(share: float) -> None:
    module = network(numbers(1), 1, loss="quantile", quantile=share)
    values = torch.randn(2001, 1, generator=GENERATOR)
    tried = torch.linspace(-2.5, 2.5, 501)
    costs = [module.losses([torch.full_like(values, float(y))], [values])[0].item() for y in tried]
    best = float(tried[costs.index(min(costs))])
    assert best == pytest.approx(float(values.quantile(share)), abs=0.02)


@pytest.mark.parametrize("name", ["cross_entropy", "focal", "dice"])
@pytest.mark.parametrize("axis", [1, 2])
def test_tokens_are_judged_wherever_their_scores_stand(name: str, axis: int) -> None:
    letters, axes = tuple("abc"), (("time", 5),)
    text = DataField(name="text", role="input", kind="tokens", element="int", axes=axes, tokens=letters)
    target = DataField(name="next", role="target", kind="tokens", element="int", axes=axes, tokens=letters)
    last: list[Step] = [("Linear", {"out_features": 3})]
    if axis == 1:
        last = [("Permute", {}), ("Conv1d", {"out_channels": 3, "kernel_size": [1]})]
    steps: list[Step] = [("TokensInput", {}), ("Embedding", {}), *last, ("Output", {"loss": name})]
    checked = check(chain(steps, [text, target]))
    assert checked.ok, checked.errors
    module, tokens = build(checked), labels(3, 4, 5)
    rows = network(classes(3), 3, loss=name)
    (z,) = module.for_loss(tokens)
    expected = rows.losses([z.movedim(axis, -1).reshape(20, 3)], [tokens.reshape(20)])
    torch.testing.assert_close(module.losses([z], [tokens]), expected)


def test_a_variance_is_learned_beside_the_answer() -> None:
    module = build(check(gaussian()))
    x, t = torch.randn(7, 4, generator=GENERATOR), torch.randn(7, 2, generator=GENERATOR)
    (loss,) = module.losses(module.for_loss(x), [t])
    mean, log_var = module.get_submodule("linear1")(x), module.get_submodule("linear2")(x)
    torch.testing.assert_close(loss, nn.GaussianNLLLoss()(mean, t, log_var.exp()))
    assert torch.equal(module(x), mean), "the answer is the mean alone"
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())
