"""Mixed precision: most of a forward pass in 16 bit, weights and their gradients in 32 bit (Micikevicius et al. 2018).

Nothing changes in 32 bit. float16 has few exponents, so its loss is scaled before the gradients are taken, and a step
whose gradients overflowed is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

KINDS = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """Of one run on one device."""

    def __init__(self, name: str, device: torch.device) -> None:
        self.kind = KINDS.get(name)
        self._device = device
        self.scaler = torch.amp.GradScaler(device.type) if self.kind is torch.float16 else None

    def forward(self) -> AbstractContextManager[object]:
        """Around the forward pass and the losses."""
        if self.kind is None:
            return nullcontext()
        return torch.autocast(self._device.type, self.kind)

    def scaled(self, loss: Tensor) -> Tensor:
        """What gradients are taken of."""
        return loss if self.scaler is None else self.scaler.scale(loss)

    def unscale(self, optimizer: torch.optim.Optimizer) -> bool:
        """Gradients as they are without the scale; whether they are finite, so that the step may be taken."""
        if self.scaler is None:
            return True
        self.scaler.unscale_(optimizer)
        found = self.scaler._found_inf_per_device(optimizer)
        finite = not any(bool(value.item()) for value in found.values())
        self.scaler.update()
        return finite

    def state(self) -> dict[str, Tensor]:
        if self.scaler is None:
            return {}
        state = self.scaler.state_dict()
        values = [state.get("scale", 1.0), float(state.get("_growth_tracker", 0))]
        return {"scaler": torch.tensor(values, dtype=torch.float64)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        if self.scaler is not None and "scaler" in tensors:
            scale, tracker = tensors["scaler"].tolist()
            state = self.scaler.state_dict()
            self.scaler.load_state_dict({**state, "scale": scale, "_growth_tracker": int(tracker)})
