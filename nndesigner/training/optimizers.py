"""The plan's optimizer as torch's, in its fastest form: one fused kernel for all weights where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

FUSED_DEVICES = ("cpu", "cuda", "mps", "xpu")


def make(
    plan: Mapping[str, Any], parameters: Iterable[nn.Parameter], device: torch.device
) -> torch.optim.Optimizer:
    """The optimizer of the plan for these weights, which lie on `device`. A network without weights gets one too."""
    weights: list[Tensor] = list(parameters)
    if not weights:
        weights = [torch.zeros(0, device=device, requires_grad=True)]  # torch refuses an empty list
    name, rate, decay = plan["optimizer"], plan["learning_rate"], plan["weight_decay"]
    fused = device.type in FUSED_DEVICES and all(w.is_floating_point() for w in weights)
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


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """From the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = rate


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
