"""A moving average of the weights beside them: what is validated and saved in place of the weights that learn.

average ← decay · average + (1 - decay) · weight after each step (Polyak and Juditsky 1992), beginning with the first
weights; the decay is held down in the first steps, min(decay, (1 + n) / (10 + n)), so that the beginning is forgotten.
Buffers (running means of batch normalization) are the model's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Averages:
    """Of the weights that learn; none for a decay of 0."""

    def __init__(self, model: nn.Module, decay: float, later: Collection[str] = ()) -> None:
        """`later` are names of weights that are frozen now and will learn."""
        self.decay = decay
        learning = [(name, w) for name, w in model.named_parameters() if w.requires_grad or name in later]
        self._weights = dict(learning) if decay else {}
        self.tensors = {name: weight.detach().clone() for name, weight in self._weights.items()}

    def begin(self) -> None:
        """From the weights as they are now."""
        for name, weight in self._weights.items():
            self.tensors[name].copy_(weight.detach())

    def add(self, step: int) -> None:
        """After step number `step`, counted from 1."""
        if self._weights:
            share = 1.0 - min(self.decay, (1 + step) / (10 + step))
            with torch.no_grad():
                torch._foreach_lerp_([*self.tensors.values()], [*self._weights.values()], share)

    def restore(self, answering: Mapping[str, Tensor]) -> None:
        """The averages as they were: the weights that answered."""
        for name, average in self.tensors.items():
            average.copy_(answering[name])

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Within this the model answers with the averages."""
        if not self._weights:
            yield
            return
        weights: list[Tensor] = [*self._weights.values()]
        averages = [*self.tensors.values()]
        with torch.no_grad():
            kept = [weight.detach().clone() for weight in weights]
            torch._foreach_copy_(weights, averages)
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(weights, kept)
