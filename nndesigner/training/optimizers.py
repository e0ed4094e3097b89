"""The plan's optimizer as torch's, in its fastest form: one fused kernel for all weights where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

FUSED_DEVICES = ("cpu", "cuda", "mps", "xpu")


def make(
    plan: Mapping[str, Any],
    parameters: Iterable[tuple[str, nn.Parameter]],
    device: torch.device,
    rates: Mapping[str, float] = MappingProxyType({}),
) -> torch.optim.Optimizer:
    """The optimizer of the plan for these weights (by name), which lie on `device`; those that are frozen are left
    out. `rates` multiplies the learning rate of some. A network without weights gets an optimizer too.
    """
    name, rate, decay = plan["optimizer"], plan["learning_rate"], plan["weight_decay"]
    by_factor: dict[float, list[Tensor]] = {}
    for weight, tensor in parameters:
        if tensor.requires_grad:
            by_factor.setdefault(rates.get(weight, 1.0), []).append(tensor)
    if not by_factor:
        by_factor = {1.0: [torch.zeros(0, device=device, requires_grad=True)]}  # torch refuses an empty list
    weights = [
        {"params": tensors, "lr": rate * factor, "factor": factor} for factor, tensors in by_factor.items()
    ]
    fused = device.type in FUSED_DEVICES and all(
        w.is_floating_point() for ws in by_factor.values() for w in ws
    )
    if name == "sgd":
        momentum = plan["momentum"]
        nesterov = bool(plan["nesterov"]) and momentum > 0
        return torch.optim.SGD(
            weights, lr=rate, momentum=momentum, nesterov=nesterov, weight_decay=decay, fused=fused
        )
    if name in ("adam", "adamw"):
        betas = (plan["beta1"], plan["beta2"])
        kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
        return kind(weights, lr=rate, betas=betas, eps=plan["eps"], weight_decay=decay, fused=fused)
    if name == "rmsprop":  # has no fused form; one call per kind of operation instead of one per weight
        return torch.optim.RMSprop(
            weights,
            lr=rate,
            alpha=plan["alpha"],
            eps=plan["eps"],
            momentum=plan["momentum"],
            weight_decay=decay,
            foreach=True,
        )
    raise ValueError(f"there is no optimizer {name!r}")


class Stepper:
    """Takes an optimizer's steps, for Adam and AdamW by calling its fused kernel on lists that are gathered once.

    `Optimizer.step` gathers them anew for every step, which for a small network costs as much as the forward pass. The
    state is the optimizer's own, so that it is saved and loaded as ever; what is computed is the same, bit for bit.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer
        self._weights = [w for group in optimizer.param_groups for w in group["params"]]
        group = optimizer.param_groups[0]
        self._direct = (
            isinstance(optimizer, torch.optim.Adam)
            and len(optimizer.param_groups) == 1
            and bool(group["fused"])
            and not group["amsgrad"]
            and len({(w.device, w.dtype) for w in self._weights}) == 1
            and hasattr(torch, "_fused_adam_")
        )
        self._decoupled = bool(group.get("decoupled_weight_decay", False))
        self._lists: tuple[list[Tensor], list[Tensor], list[Tensor]] | None = None

    def forget_gradients(self) -> None:
        for weight in self._weights:
            weight.grad = None

    def state_changed(self) -> None:
        """The optimizer was given another state."""
        self._lists = None

    def step(self) -> None:
        if not self._direct:
            self.optimizer.step()
            return
        gradients = [weight.grad for weight in self._weights]
        if self._lists is None or any(gradient is None for gradient in gradients):
            self.optimizer.step()
            self._lists = self._gather()
            return
        means, squares, steps = self._lists
        group = self.optimizer.param_groups[0]
        fused = torch._fused_adamw_ if self._decoupled else torch._fused_adam_
        with torch.no_grad():
            torch._foreach_add_(steps, 1)
            fused(
                self._weights,
                gradients,
                means,
                squares,
                [],
                steps,
                amsgrad=False,
                lr=group["lr"],
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                maximize=False,
                grad_scale=None,
                found_inf=None,
            )

    def _gather(self) -> tuple[list[Tensor], list[Tensor], list[Tensor]] | None:
        """What the optimizer remembers, by kind; None while it does not remember every weight."""
        states = [self.optimizer.state.get(weight, {}) for weight in self._weights]
        if not all("exp_avg" in state for state in states):
            return None
        names = ("exp_avg", "exp_avg_sq", "step")
        means, squares, steps = ([state[name] for state in states] for name in names)
        return means, squares, steps


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """From the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]


def state_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What the optimizer remembers, as flat names: "<number of the weight>.<name>"."""
    return {
        f"{index}.{name}": value
        for index, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


def load_state(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give the optimizer back what it remembered. Raises ValueError where it belongs to other weights."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    shapes = [tuple(w.shape) for group in optimizer.param_groups for w in group["params"]]
    for index, remembered in state.items():
        for value in remembered.values():
            if value.ndim and (index >= len(shapes) or tuple(value.shape) != shapes[index]):
                raise ValueError("the optimizer's state belongs to other weights")
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
