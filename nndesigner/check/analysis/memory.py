"""How much memory training takes, roughly: weights, gradients, optimizer state and what is kept of the forward pass.

    bytes = 4·W + 4·L + 4·L·s + batch · a

with W weights, of which L learn, s values of optimizer state per weight, and a bytes kept per sample (see
`activations.py`). The terms are those of Rajbhandari et al., ZeRO: memory optimizations toward training trillion
parameter models, 2020, §3, for float32: 16 bytes per weight with Adam. Not in it: what the framework itself takes
(on a graphics card several hundred MB), the working memory of kernels, and the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from nndesigner.document.optimizers import OPTIMIZERS

VALUE_BYTES = 4
"""float32, in which weights are trained"""


class TrainingMemory(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes, by what takes them. `activations` is None where a size is free and not known from the data."""

    weights: int
    gradients: int
    optimizer: int
    activations: int | None

    @property
    def total(self) -> int | None:
        if self.activations is None:
            return None
        return self.weights + self.gradients + self.optimizer + self.activations


def state_values(plan: Mapping[str, Any]) -> int:
    """Values that the plan's optimizer keeps per weight: see `document/optimizers.py`."""
    optimizer = OPTIMIZERS.get(plan.get("optimizer", "adam"))
    return optimizer.kept(plan) if optimizer is not None else 0


def training_memory(
    weights: int, trainable: int, kept_per_sample: int | None, batch: int, plan: Mapping[str, Any]
) -> TrainingMemory:
    """The estimate for `weights` learnable numbers of which `trainable` learn; `kept_per_sample` in bytes."""
    return TrainingMemory(
        weights=VALUE_BYTES * weights,
        gradients=VALUE_BYTES * trainable,
        optimizer=VALUE_BYTES * trainable * state_values(plan),
        activations=None if kept_per_sample is None else batch * kept_per_sample,
    )
