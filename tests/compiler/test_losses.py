"""Losses against their formulas, whatever was drawn before the output, and answers as people read them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.compiler.build import CompiledNetwork, build, with_preparation
from nndesigner.compiler.losses import answer
from tests.networks import Step, chain
from tests.networks import drawn as drawing

ROW = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 4),))
TEXT = DataField(
    name="text", role="input", kind="tokens", element="int", axes=(("time", 5),), tokens=tuple("abc")
)
X = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))


def classes(count: int) -> DataField:
    return DataField(name="y", role="target", kind="class", element="int", classes=tuple("abcd"[:count]))


def numbers(count: int) -> DataField:
    axes = (("feature", count),)
    return DataField(name="y", role="target", kind="number", element="float", axes=axes)


def network(target: DataField, width: int, *after: str, loss: str = "auto") -> CompiledNetwork:
    torch.manual_seed(0)
    steps: list[Step] = [("TableInput", {}), ("Linear", {"out_features": width})]
    steps += [(type, {}) for type in after]
    checked = check(chain([*steps, ("Output", {"loss": loss})], [ROW, target]))
    assert checked.ok, checked.errors
    return build(checked)


def loss_of(module: CompiledNetwork, target: Tensor) -> Tensor:
    (loss,) = module.losses(module.for_loss(X), [target])
    return loss


@pytest.mark.parametrize("drawn", [(), ("Softmax",), ("LogSoftmax",), ("Softmax", "Identity")], ids=str)
def test_cross_entropy_is_minus_the_logarithm_of_the_targets_probability(drawn: tuple[str, ...]) -> None:
    module = network(classes(3), 3, *drawn)
    target = torch.tensor([0, 1, 2, 0, 1, 2])
    scores = module.get_submodule("linear1")(X)
    expected = -torch.log_softmax(scores, 1)[torch.arange(6), target].mean()
    torch.testing.assert_close(loss_of(module, target), expected)


@pytest.mark.parametrize("drawn", [(), ("Sigmoid",)], ids=str)
def test_binary_cross_entropy_of_one_unit(drawn: tuple[str, ...]) -> None:
    module = network(classes(2), 1, *drawn)
    target = torch.tensor([0, 1, 1, 0, 1, 0])
    p = torch.sigmoid(module.get_submodule("linear1")(X))[:, 0]
    expected = -(target * p.log() + (1 - target) * (1 - p).log()).mean()
    torch.testing.assert_close(loss_of(module, target), expected)


def test_the_stable_form_survives_scores_that_would_break_the_textbooks_own() -> None:
    for module in (network(classes(2), 1, "Sigmoid"), network(classes(3), 3, "Softmax")):
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.mul_(1e4)
        loss = loss_of(module, torch.zeros(6, dtype=torch.int64))
        assert torch.isfinite(loss) and loss > 100
        loss.backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in module.parameters())


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        ("mse", lambda e: e.square().mean()),
        ("l1", lambda e: e.abs().mean()),
        ("huber", lambda e: torch.where(e.abs() <= 1, e.square() / 2, e.abs() - 0.5).mean()),
    ],
)
def test_losses_of_numbers(loss: str, formula: Any) -> None:
    module = network(numbers(3), 3, loss=loss)
    target = 3 * torch.randn(6, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(loss_of(module, target), formula(module(X) - target))


@pytest.mark.parametrize(("count", "width"), [(3, 3), (2, 2), (2, 1)])
def test_squared_error_compares_classes_one_hot(count: int, width: int) -> None:
    module = network(classes(count), width, "Sigmoid", loss="mse")
    target = torch.arange(6) % count
    wanted = target[:, None].float() if width == 1 else torch.eye(count)[target]
    torch.testing.assert_close(loss_of(module, target), (module(X) - wanted).square().mean())


def test_the_perceptron_moves_only_where_it_was_wrong() -> None:
    module = network(classes(2), 1, "Step")
    z = torch.tensor([[2.0], [-1.0], [0.5], [-3.0]], requires_grad=True)
    module.losses([z], [torch.tensor([1, 1, 0, 0])])[0].backward()
    assert z.grad is not None and (4 * z.grad[:, 0]).tolist() == [0.0, -1.0, 1.0, 0.0]


@pytest.mark.parametrize("width", [1, 3])
def test_a_step_unit_learns_by_the_perceptron_criterion(width: int) -> None:
    module = network(classes(2 if width == 1 else 3), width, "Step")
    target = torch.arange(6) % (2 if width == 1 else 3)
    (z,) = module.for_loss(X)
    wanted = target[:, None].float() if width == 1 else torch.eye(3)[target]
    torch.testing.assert_close(loss_of(module, target), (((z > 0).float() - wanted) * z).mean())


def test_every_step_of_a_text_is_judged() -> None:
    target = DataField(
        name="next", role="target", kind="tokens", element="int", axes=(("time", 5),), tokens=tuple("abc")
    )
    steps: list[Step] = [
        ("TokensInput", {}),
        ("Embedding", {}),
        ("Linear", {"out_features": 3}),
        ("Output", {}),
    ]
    torch.manual_seed(0)
    module = build(check(chain(steps, [TEXT, target])))
    tokens = torch.randint(3, (2, 5), generator=torch.Generator().manual_seed(0))
    (loss,) = module.losses(module.for_loss(tokens), [tokens])
    scores = torch.log_softmax(module(tokens), dim=-1)
    torch.testing.assert_close(loss, -scores.gather(2, tokens[..., None]).mean())


@pytest.mark.parametrize(("steps", "stride", "ok"), [(8, 1, True), (8, 4, False), (3, 1, True)])
def test_scores_of_tokens_may_stand_in_channels(steps: int, stride: int, ok: bool) -> None:
    letters, axes = tuple("ab"), (("time", steps),)
    text = DataField(name="text", role="input", kind="tokens", element="int", axes=axes, tokens=letters)
    target = DataField(name="next", role="target", kind="tokens", element="int", axes=axes, tokens=letters)
    filters = {"out_channels": 2 if ok else steps, "kernel_size": [1], "stride": [stride], "padding": "valid"}
    drawn: list[Step] = [
        ("TokensInput", {}),
        ("Embedding", {}),
        ("Permute", {}),
        ("Conv1d", filters),
        ("Output", {}),
    ]
    checked = check(chain(drawn, [text, target]))
    assert checked.ok is ok, "eight channels of two positions are not eight steps of two letters"
    if ok:
        module, tokens = build(checked), torch.randint(2, (3, steps))
        (loss,) = module.losses(module.for_loss(tokens), [tokens])
        torch.testing.assert_close(loss, torch.nn.functional.cross_entropy(module(tokens), tokens))


@pytest.mark.parametrize("drawn", [(), ("Softmax",)], ids=str)
def test_answers_are_probabilities_whether_drawn_or_not(drawn: tuple[str, ...]) -> None:
    module = network(classes(3), 3, *drawn)
    shown = answer(module.heads[0], module(X))
    torch.testing.assert_close(shown, torch.softmax(module.get_submodule("linear1")(X), 1))


def test_logarithms_of_probabilities_are_shown_as_probabilities() -> None:
    module = network(classes(3), 3, "LogSoftmax")
    shown = answer(module.heads[0], module(X))
    torch.testing.assert_close(shown.sum(dim=1), torch.ones(6))


def test_logarithms_of_rates_are_shown_as_rates() -> None:
    module = network(numbers(2), 2, loss="poisson_nll")
    torch.testing.assert_close(answer(module.heads[0], module(X)), module(X).exp())


@pytest.mark.parametrize("drawn", [(), ("Sigmoid",)], ids=str)
def test_values_between_0_and_1_leave_in_the_units_of_the_data_only_where_the_sigmoid_was_drawn(
    drawn: tuple[str, ...],
) -> None:
    target = DataField(
        name="y",
        role="target",
        kind="number",
        element="float",
        axes=(("feature", 2),),
        statistics={"minimum": 0.0, "maximum": 16.0},
        preparation={"kind": "affine", "axis": -1, "offset": [0.0], "scale": [16.0]},
    )
    steps: list[Step] = [("TableInput", {}), ("Linear", {"out_features": 2}), *((type, {}) for type in drawn)]
    checked = check(chain([*steps, ("Output", {"loss": "binary_cross_entropy"})], [ROW, target]))
    assert checked.ok, checked.errors
    module = build(checked)
    left = with_preparation(module, checked)(X)
    torch.testing.assert_close(left, module(X) * 16 if drawn else module(X))
    p = torch.sigmoid(module.get_submodule("linear1")(X))
    torch.testing.assert_close(answer(module.heads[0], module(X)), p)


def test_a_loss_of_one_call_is_torchs_own_function() -> None:
    """What most networks train with costs nothing on top."""
    assert network(classes(3), 3)._loss_functions == (torch.nn.functional.cross_entropy,)
    assert network(numbers(2), 2)._loss_functions == (torch.nn.functional.mse_loss,)


def test_an_output_without_a_loss_stands_in_the_way_of_no_other() -> None:
    """Without data only the output whose loss was chosen has one; the penalty comes after what the outputs give."""
    document = drawing(
        {
            "row": ("TableInput", {"features": 4}),
            "left": ("Linear", {"out_features": 2}),
            "right": ("Linear", {"out_features": 3}),
            "a": ("Output", {}),
            "b": ("Output", {"loss": "mse"}),
            "size": ("ActivityRegularizer", {}),
        },
        [("row", "left"), ("row", "right"), ("left", "a"), ("right", "b"), ("left", "size")],
    )
    checked = check(document)
    assert [head.loss is None for head in checked.heads] == [True, False]
    module = build(checked)
    values = module.for_loss(X)
    judged, penalty = module.losses(values, [torch.zeros(6, 2), torch.zeros(6, 3)])
    torch.testing.assert_close(judged, values[1].square().mean())
    torch.testing.assert_close(penalty, values[2])
