"""The plan's optimizer as torch's, in its fastest form: one fused kernel for all weights where there is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.optimizers import OPTIMIZERS, Optimizer

FUSED_DEVICES = ("cpu", "cuda", "mps", "xpu")


def make(
    plan: Mapping[str, Any],
    parameters: Iterable[tuple[str, nn.Parameter]],
    device: torch.device,
    rates: Mapping[str, float] = MappingProxyType({}),
    *,
    spared: Collection[str] = (),
    matrices: Collection[str] = (),
    later: Collection[str] = (),
) -> torch.optim.Optimizer:
    """The optimizer of the plan for these weights (by name), which lie on `device`; those that are frozen are left
    out, unless they learn `later`. `rates` multiplies the learning rate of some, `spared` are left out of weight
    decay, `matrices` are those of hidden layers. A network without weights gets an optimizer too.

    Raises Refusal where the optimizer has one learning rate for all and some differ, or moves matrices and there are
    none.
    """
    rate = plan["learning_rate"]
    optimizer = OPTIMIZERS[plan["optimizer"]]
    alike: dict[tuple[bool, float, bool], list[Tensor]] = {}
    for weight, tensor in parameters:
        if tensor.requires_grad or weight in later:
            left = bool(optimizer.rest) and weight not in matrices
            alike.setdefault((left, rates.get(weight, 1.0), weight in spared), []).append(tensor)
    if optimizer.rest and not any(not left for left, _, _ in alike):
        raise Refusal(
            tr(
                "Muon moves the matrices of hidden layers, and there are none that learn: choose another optimizer,"
                " such as AdamW."
            )
        )
    if not alike:  # torch refuses an empty list
        alike = {(False, 1.0, False): [torch.zeros(0, device=device, requires_grad=True)]}
    weights, rest = (
        [
            {"params": tensors, "lr": rate * factor, "factor": factor}
            | ({"weight_decay": 0.0} if undecayed else {})
            for (left, factor, undecayed), tensors in alike.items()
            if left is which
        ]
        for which in (False, True)
    )
    if rest:
        return Together(
            _of(optimizer, plan, weights, device), _of(OPTIMIZERS[optimizer.rest], plan, rest, device)
        )
    if optimizer.again and len(weights) > 1:
        raise Refusal(
            tr("L-BFGS has one learning rate for all weights, and some layers have their own: reset those.")
        )
    return _of(optimizer, plan, weights, device)


def _of(
    optimizer: Optimizer, plan: Mapping[str, Any], weights: list[dict[str, Any]], device: torch.device
) -> torch.optim.Optimizer:
    given = optimizer.given(plan, all=True)
    if optimizer.form == "fused":
        floats = all(w.is_floating_point() for group in weights for w in group["params"])
        given["fused"] = device.type in FUSED_DEVICES and floats
    elif optimizer.form == "foreach":  # one call per kind of operation instead of one per weight
        given["foreach"] = True
    kind: Callable[..., torch.optim.Optimizer] = getattr(torch.optim, optimizer.kind)
    return kind(weights, lr=plan["learning_rate"], **given)


class Together(torch.optim.Optimizer):
    """Several optimizers as one, each over weights of its own: one list of groups, and one memory."""

    def __init__(self, *optimizers: torch.optim.Optimizer) -> None:
        self.optimizers = optimizers
        super().__init__([group for optimizer in optimizers for group in optimizer.param_groups], {})
        self._share()

    def _share(self) -> None:
        groups = list(self.param_groups)
        for optimizer in self.optimizers:
            own = len(optimizer.param_groups)
            optimizer.param_groups, groups = groups[:own], groups[own:]
            optimizer.state = self.state

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._share()


class Stepper:
    """Takes an optimizer's steps, for Adam and AdamW by calling its fused kernel on lists that are gathered once.

    `Optimizer.step` gathers them anew for every step, which for a small network costs as much as the forward pass. The
    state is the optimizer's own, so that it is saved and loaded as ever; what is computed is the same, bit for bit.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, *, clip_norm: float = 0.0, clip_value: float = 0.0
    ) -> None:
        """`clip_norm` and `clip_value` bound the gradients before each step; 0 is no bound."""
        self.optimizer = optimizer
        self._clip_norm, self._clip_value = clip_norm, clip_value
        self._weights: list[Tensor] = []
        self._gather_weights()
        group = optimizer.param_groups[0]
        self._direct = (
            isinstance(optimizer, torch.optim.Adam)
            and len(optimizer.param_groups) == 1
            and bool(group["fused"])
            and not group["amsgrad"]
            and len({(w.device, w.dtype) for w in group["params"]}) == 1
            and hasattr(torch, "_fused_adam_")
        )
        self._decoupled = bool(group.get("decoupled_weight_decay", False))
        self._lists: tuple[list[Tensor], list[Tensor], list[Tensor]] | None = None

    def _gather_weights(self) -> None:
        self._weights = [
            w for group in self.optimizer.param_groups for w in group["params"] if w.requires_grad
        ]

    @property
    def idle(self) -> bool:
        """Whether all of its weights are frozen for now."""
        return not self._weights

    def weights_changed(self) -> None:
        """Other weights are frozen than before; those that are have no gradient and are not moved."""
        self._gather_weights()
        self._lists = None

    def forget_gradients(self) -> None:
        for weight in self._weights:
            weight.grad = None

    def state_changed(self) -> None:
        """The optimizer was given another state."""
        self._lists = None

    def clip(self) -> None:
        """Shortens the gradients to the plan's bounds."""
        if self._clip_value:
            nn.utils.clip_grad_value_(self._weights, self._clip_value)
        if self._clip_norm:
            nn.utils.clip_grad_norm_(self._weights, self._clip_norm)

    def step(self, again: Callable[[], Tensor] | None = None, loss: Tensor | None = None) -> None:
        """One step from the gradients that the weights have. An optimizer that takes the loss of a batch several times
        is given `again`, which makes gradients and gives the loss, and the `loss` that the gradients came from."""
        self.clip()
        if again is not None and isinstance(self.optimizer, torch.optim.LBFGS):
            self.optimizer.step(self._closure(again, loss))  # type: ignore[no-untyped-call]
            return
        if not self._direct:
            self.optimizer.step()
            return
        gradients = [g for weight in self._weights if (g := weight.grad) is not None]
        if self._lists is None or len(gradients) < len(self._weights):
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

    def _closure(self, again: Callable[[], Tensor], loss: Tensor | None) -> Callable[[], Tensor]:
        known = [loss] if loss is not None else []

        def closure() -> Tensor:
            if known:
                return known.pop()
            self.forget_gradients()
            found = again()
            self.clip()
            return found

        return closure

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
    """What the optimizer remembers, as flat names: "<number of the weight>.<name>"; a plain number has a "=" behind
    its name, an entry of a list its place."""
    found: dict[str, Tensor] = {}
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if isinstance(value, Tensor):
                found[f"{index}.{name}"] = value
            elif isinstance(value, int | float):
                kind = torch.float64 if isinstance(value, float) else torch.int64
                found[f"{index}.{name}="] = torch.tensor(value, dtype=kind)
            elif isinstance(value, list) and all(isinstance(each, Tensor) for each in value):
                found |= {f"{index}.{name}[{place}": each for place, each in enumerate(value)}
    return found


def load_state(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give the optimizer back what it remembered. Raises ValueError where it belongs to other weights."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        remembered = state.setdefault(int(number), {})
        name, listed, _ = name.partition("[")
        if listed:
            remembered.setdefault(name, []).append(value)
        elif name.endswith("="):
            remembered[name[:-1]] = value.item()
        else:
            remembered[name] = value
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    shapes = [tuple(w.shape) for w in weights]
    whole = sum(math.prod(shape) for shape in shapes)
    for index, remembered in state.items():
        for value in remembered.values():
            for each in value if isinstance(value, list) else [value]:
                if not isinstance(each, Tensor) or not each.ndim:
                    continue
                fits = index < len(shapes) and _fits(tuple(each.shape), shapes[index])
                if not (fits or (isinstance(optimizer, torch.optim.LBFGS) and each.numel() == whole)):
                    raise ValueError("the optimizer's state belongs to other weights")
        for name, value in remembered.items():
            if isinstance(value, Tensor) and value.ndim and tuple(value.shape) == shapes[index]:
                # A fused kernel reads both as they lie in memory.
                like = torch.empty_like(weights[index], dtype=value.dtype, device=value.device)
                remembered[name] = like.copy_(value)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _fits(shape: tuple[int, ...], weight: tuple[int, ...]) -> bool:
    """Whether it is of the shape of the weight, or of one of its rows or columns."""
    return len(shape) == len(weight) and all(a in (b, 1) for a, b in zip(shape, weight, strict=True))
