"""The optimizers against torch's plain ones, and their memory on the way through a checkpoint."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import nn

from nndesigner.base.fields import defaults
from nndesigner.base.problem import Refusal
from nndesigner.document.optimizers import OPTIMIZERS
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.training import optimizers

CPU = torch.device("cpu")
CASES: list[tuple[dict[str, Any], type[torch.optim.Optimizer], dict[str, Any]]] = [
    ({"optimizer": "sgd"}, torch.optim.SGD, {}),
    (
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    (
        {"optimizer": "adam", "beta1": 0.8, "eps": 1e-6},
        torch.optim.Adam,
        {"betas": (0.8, 0.999), "eps": 1e-6},
    ),
    ({"optimizer": "adamw", "weight_decay": 0.1}, torch.optim.AdamW, {"weight_decay": 0.1}),
    (
        {"optimizer": "rmsprop", "momentum": 0.5, "alpha": 0.9},
        torch.optim.RMSprop,
        {"momentum": 0.5, "alpha": 0.9},
    ),
    (
        {"optimizer": "sgd", "momentum": 0.9, "dampening": 0.3},
        torch.optim.SGD,
        {"momentum": 0.9, "dampening": 0.3},
    ),
    ({"optimizer": "adam", "amsgrad": True}, torch.optim.Adam, {"amsgrad": True}),
    (
        {"optimizer": "nadam", "momentum_decay": 0.01, "decoupled": True, "weight_decay": 0.1},
        torch.optim.NAdam,
        {"momentum_decay": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.1},
    ),
    ({"optimizer": "radam"}, torch.optim.RAdam, {}),
    ({"optimizer": "adamax", "beta2": 0.9}, torch.optim.Adamax, {"betas": (0.9, 0.9)}),
    (
        {"optimizer": "rmsprop", "centered": True},
        torch.optim.RMSprop,
        {"centered": True},
    ),
    (
        {"optimizer": "adagrad", "rate_decay": 0.1, "first_sum": 0.5},
        torch.optim.Adagrad,
        {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-8},
    ),
    ({"optimizer": "adadelta", "rho": 0.8}, torch.optim.Adadelta, {"rho": 0.8, "eps": 1e-8}),
    (
        {"optimizer": "adafactor", "beta2_decay": 0.7, "least_scale": 0.01, "clip_update": 2.0},
        torch.optim.Adafactor,
        {"beta2_decay": -0.7, "eps": (None, 0.01), "d": 2.0},
    ),
    (
        {"optimizer": "asgd", "lambd": 0.01, "rate_power": 0.5, "average_from": 2.0},
        torch.optim.ASGD,
        {"lambd": 0.01, "alpha": 0.5, "t0": 2.0},
    ),
    (
        {"optimizer": "rprop", "eta_minus": 0.4, "eta_plus": 1.1, "step_min": 0.001, "step_max": 0.2},
        torch.optim.Rprop,
        {"etas": (0.4, 1.1), "step_sizes": (0.001, 0.2)},
    ),
    (
        {"optimizer": "lbfgs", "max_iterations": 3, "history_size": 4},
        torch.optim.LBFGS,
        {"max_iter": 3, "history_size": 4, "line_search_fn": "strong_wolfe"},
    ),
]


def named(parameters: Sequence[nn.Parameter]) -> list[tuple[str, nn.Parameter]]:
    return [(str(number), parameter) for number, parameter in enumerate(parameters)]


def plan(**values: Any) -> dict[str, Any]:
    return {**defaults(PLAN_FIELDS), "learning_rate": 0.05, **values}


def weights() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((4, 3), (4,))]


def steps(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter], count: int) -> None:
    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        # uneven, so that an optimizer that knows curvature does not arrive in one step
        found = sum(((p**4).sum() + (p * p).sum() + p.sum() for p in parameters), torch.zeros(()))
        found.backward()  # type: ignore[no-untyped-call]
        return found

    for _ in range(count):
        optimizer.step(loss)  # type: ignore[arg-type]


@pytest.mark.parametrize(("values", "kind", "options"), CASES)
def test_the_fast_form_takes_the_same_steps(
    values: dict[str, Any], kind: type[torch.optim.Optimizer], options: dict[str, Any]
) -> None:
    ours, theirs = weights(), weights()
    steps(optimizers.make(plan(**values), named(ours), CPU), ours, 5)
    steps(kind(theirs, lr=0.05, **options), theirs, 5)  # type: ignore[call-arg]
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("values", "kind", "options"), CASES)
def test_what_an_optimizer_remembers_survives_exactly(
    values: dict[str, Any], kind: object, options: object
) -> None:
    whole, first, second = weights(), weights(), weights()
    steps(optimizers.make(plan(**values), named(whole), CPU), whole, 7)
    before = optimizers.make(plan(**values), named(first), CPU)
    steps(before, first, 3)
    for source, target in zip(first, second, strict=True):
        target.data.copy_(source.data)
    after = optimizers.make(plan(**values), named(second), CPU)
    optimizers.load_state(after, {k: v.clone() for k, v in optimizers.state_tensors(before).items()})
    steps(after, second, 4)
    assert all(torch.equal(a, b) for a, b in zip(whole, second, strict=True))


@pytest.mark.parametrize(("values", "kind", "options"), CASES)
def test_the_direct_step_is_the_optimizers_own_bit_for_bit(
    values: dict[str, Any], kind: object, options: object
) -> None:
    ours, theirs = weights(), weights()
    stepper = optimizers.Stepper(optimizers.make(plan(**values), named(ours), CPU))
    plain = optimizers.make(plan(**values), named(theirs), CPU)
    for number in range(6):
        if number == 3:
            optimizers.set_learning_rate(stepper.optimizer, 0.01)
            optimizers.set_learning_rate(plain, 0.01)
        if number == 4:  # another state, as after going back to a checkpoint
            kept = {k: v.clone() for k, v in optimizers.state_tensors(stepper.optimizer).items()}
            optimizers.load_state(stepper.optimizer, kept)
            stepper.state_changed()

        def loss() -> torch.Tensor:
            found = sum(((p**4).sum() + (p * p).sum() + p.sum() for p in ours), torch.zeros(()))
            found.backward()  # type: ignore[no-untyped-call]
            return found

        stepper.forget_gradients()
        stepper.step(loss, loss())
        steps(plain, theirs, 1)
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            optimizers.state_tensors(stepper.optimizer).values(),
            optimizers.state_tensors(plain).values(),
            strict=True,
        )
    )


def test_every_argument_of_torch_has_a_setting() -> None:
    """What has none is named here: how something is computed, not what."""
    how = {"params", "lr", "foreach", "fused", "maximize", "capturable", "differentiable"}
    without = {
        "LBFGS": {"max_eval"},
        "Adam": {"decoupled_weight_decay"},  # that is AdamW
        "Muon": {"ns_coefficients"},  # of one polynomial, which only together do what they are for
    }
    for name, optimizer in OPTIMIZERS.items():
        known = set(inspect.signature(getattr(torch.optim, optimizer.kind)).parameters) - how
        told = {argument.name for argument in optimizer.arguments}
        assert told == known - without.get(optimizer.kind, set()), name
        usual = inspect.signature(getattr(torch.optim, optimizer.kind)).parameters
        for argument in optimizer.arguments:
            assert argument.default == usual[argument.name].default, (name, argument.name)


def test_no_optimizer_of_torch_is_forgotten() -> None:
    left_out = {
        "Optimizer",
        "SparseAdam",  # needs sparse gradients, which no layer makes
    }
    there = {n for n in dir(torch.optim) if inspect.isclass(getattr(torch.optim, n)) and n[0].isupper()}
    assert {optimizer.kind for optimizer in OPTIMIZERS.values()} == there - left_out


def test_muon_moves_hidden_matrices_and_adamw_the_rest() -> None:
    values = {"optimizer": "muon", "muon_momentum": 0.9, "weight_decay": 0.1, "muon_scale": "original"}
    ours, theirs = weights(), weights()
    made = optimizers.make(plan(**values), named(ours), CPU, matrices={"0"})
    steps(made, ours, 5)
    steps(torch.optim.Muon(theirs[:1], lr=0.05, momentum=0.9, weight_decay=0.1, eps=1e-8), theirs[:1], 5)
    steps(torch.optim.AdamW(theirs[1:], lr=0.05, weight_decay=0.1), theirs[1:], 5)
    assert torch.equal(ours[0], theirs[0])
    torch.testing.assert_close(ours[1], theirs[1], rtol=1e-5, atol=1e-6)


def test_what_muon_and_adamw_remember_survives_exactly() -> None:
    values = plan(optimizer="muon")
    whole, first, second = weights(), weights(), weights()
    steps(optimizers.make(values, named(whole), CPU, matrices={"0"}), whole, 7)
    before = optimizers.make(values, named(first), CPU, matrices={"0"})
    steps(before, first, 3)
    for source, target in zip(first, second, strict=True):
        target.data.copy_(source.data)
    after = optimizers.make(values, named(second), CPU, matrices={"0"})
    optimizers.load_state(after, {k: v.clone() for k, v in optimizers.state_tensors(before).items()})
    optimizers.set_learning_rate(after, 0.05)
    steps(after, second, 4)
    assert all(torch.equal(a, b) for a, b in zip(whole, second, strict=True))


def test_muon_without_a_hidden_matrix_is_refused() -> None:
    with pytest.raises(Refusal, match="choose another optimizer"):
        optimizers.make(plan(optimizer="muon"), named(weights()), CPU)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "muon", "adafactor"])
def test_what_is_spared_does_not_decay(optimizer: str) -> None:
    parameters = weights()
    before = [p.detach().clone() for p in parameters]
    values = plan(optimizer=optimizer, weight_decay=0.5)
    made = optimizers.make(values, named(parameters), CPU, spared={"1"}, matrices={"0"})
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    made.step()
    assert not torch.equal(parameters[0], before[0]) and torch.equal(parameters[1], before[1])


def test_gradients_are_clipped_before_the_step() -> None:
    for values, size in (({"clip_norm": 0.5}, 0.5), ({"clip_value": 0.1}, 0.1 * 16**0.5)):
        parameters = weights()
        before = [p.detach().clone() for p in parameters]
        optimizer = optimizers.make(plan(optimizer="sgd", learning_rate=1.0), named(parameters), CPU)
        stepper = optimizers.Stepper(optimizer, **values)
        sum((100 * p.sum() for p in parameters), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
        stepper.step()
        moved = torch.cat([(b - p.detach()).flatten() for b, p in zip(before, parameters, strict=True)])
        assert moved.norm() == pytest.approx(size, rel=1e-5)


def test_a_weight_that_got_no_gradient_stays_as_it_is() -> None:
    parameters = weights()
    before = parameters[1].detach().clone()
    stepper = optimizers.Stepper(optimizers.make(plan(), named(parameters), CPU))
    for _ in range(3):
        stepper.forget_gradients()
        parameters[0].sum().backward()
        stepper.step()
    assert torch.equal(parameters[1], before)


def test_the_memory_of_other_weights_is_refused() -> None:
    mine, other = weights(), [torch.nn.Parameter(torch.ones(2, 2))]
    trained = optimizers.make(plan(), named(other), CPU)
    steps(trained, other, 1)
    with pytest.raises(ValueError, match="other weights"):
        optimizers.load_state(optimizers.make(plan(), named(mine), CPU), optimizers.state_tensors(trained))


def test_a_network_without_weights_can_be_stepped() -> None:
    optimizer = optimizers.make(plan(), named([]), CPU)
    optimizer.step()
