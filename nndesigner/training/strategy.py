"""Where a step is computed. One process on one device needs nothing done; several will do it here.

The loop calls these and nothing else that differs between one process and many.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


class Single:
    """One process, one device."""

    rank = 0
    processes = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes the run folder and talks."""
        return self.rank == 0

    def backward(self, loss: Tensor, weights: Sequence[Tensor] | None = None) -> None:
        """Gradients of the loss, the same in every process; of some weights only where they are given."""
        if loss.requires_grad and weights != []:  # neither holds while all that learns is frozen
            loss.backward(inputs=weights)  # type: ignore[no-untyped-call]

    def share(self, indices: Tensor) -> Tensor:
        """This process's part of a batch's sample positions."""
        return indices

    def total(self, counts: Tensor) -> Tensor:
        """The sum of every process's counts."""
        return counts
