"""The optimizers against torch's plain ones, and their memory on the way through a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import nn

from nndesigner.base.fields import defaults
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
]


def named(parameters: Sequence[nn.Parameter]) -> list[tuple[str, nn.Parameter]]:
    return [(str(number), parameter) for number, parameter in enumerate(parameters)]


def plan(**values: Any) -> dict[str, Any]:
    return {**defaults(PLAN_FIELDS), "learning_rate": 0.05, **values}


def weights() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((4, 3), (4,))]


def steps(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter], count: int) -> None:
    for _ in range(count):
        optimizer.zero_grad()
        sum((p * p).sum() + p.sum() for p in parameters).backward()  # type: ignore[union-attr]
        optimizer.step()


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
        stepper.forget_gradients()
        sum((p * p).sum() + p.sum() for p in ours).backward()  # type: ignore[union-attr]
        stepper.step()
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
