"""Counting how good answers are, on the device and exactly over a whole split; nothing is averaged over batches.

What is counted for each head an objective says (`Score`). R² = 1 - Σ(y - t)² / Σ(t - mean t)², over all values of the
target together.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nndesigner.objectives.objective import Score


class Tally:
    """Counts for one head, kept in float64 on the device: [values, right] for classes, for numbers
    [values, Σ|e|, Σe², Σt, Σt²], with e and t in the target's own units."""

    def __init__(self, score: Score, device: torch.device) -> None:
        self.score = score
        kind = torch.float32 if device.type == "mps" else torch.float64  # Apple's graphics have no float64
        self.counts = torch.zeros(5 if score.rule == "error" else 2, dtype=kind, device=device)
        self._right = self.counts[1]  # a view: adding to it is one operation, not three
        self._scale = torch.tensor(score.scale, dtype=torch.float32, device=device)
        self._values = 0

    def add(self, value: Tensor, target: Tensor) -> None:
        """Count one batch: what the loss read, and what was wanted."""
        score = self.score
        self._values += target.numel()
        if score.rule == "error":
            error = (value.detach() - target) * self._scale
            wanted = target * self._scale
            kind = self.counts.dtype
            self.counts[1:] += torch.stack(
                (
                    torch.linalg.vector_norm(error, 1, dtype=kind),
                    torch.linalg.vector_norm(error, dtype=kind).square(),
                    wanted.sum(dtype=kind),
                    torch.linalg.vector_norm(wanted, dtype=kind).square(),
                )
            )
        elif score.rule == "threshold":
            answer = value.reshape(target.shape) > score.threshold
            self._right += torch.count_nonzero(answer == target)
        else:
            self._right += torch.count_nonzero(value.argmax(dim=score.axis) == target)

    def results(self) -> dict[str, float]:
        """The metrics by name; none before anything was counted."""
        n = self._values
        if not n:
            return {}
        counts = self.counts.tolist()
        if self.score.rule != "error":
            return {f"accuracy{self.score.suffix}": counts[1] / n}
        _, absolute, square, total, squares = counts
        spread = squares - total * total / n
        found = {"mae": absolute / n, "rmse": (max(square, 0.0) / n) ** 0.5}
        # A target that is always the same leaves nothing to explain.
        if spread > 1e-9 * max(squares, 1e-30):
            found["r2"] = 1.0 - square / spread
        return {f"{name}{self.score.suffix}": value for name, value in found.items()}

    def state(self) -> Tensor:
        """Everything counted so far, to go on from later."""
        state = self.counts.detach().cpu().clone()
        state[0] = self._values
        return state

    def restore(self, state: Tensor) -> None:
        self._values = int(state[0])
        self.counts.copy_(state.to(self.counts))
        self.counts[0] = 0


def tallies(scores: Sequence[Score], device: torch.device) -> list[Tally]:
    return [Tally(score, device) for score in scores]
