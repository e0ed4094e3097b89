"""The learning rate of a run: what the plan, its schedule, a plateau and the user make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nndesigner.document import schedules
from nndesigner.training import players
from nndesigner.training.checkpoints import Standing
from nndesigner.training.players import Player


class Rate:
    """What depends on where the run stands is read from its `Standing`, and kept there. `tell` is called with a step
    and the rate from it on, wherever it changes."""

    def __init__(
        self,
        plan: Mapping[str, Any],
        of: Sequence[Player],
        batches: int,
        tell: Callable[[int, float], None],
    ) -> None:
        self._plan, self._players, self._batches, self._tell = plan, of, batches, tell
        self._moves = schedules.moves(plan)
        self.value: float = plan["learning_rate"]

    def set(self, at: Standing) -> float:
        """The rate of the step that comes, which the optimizers have from here on."""
        self.value = at.learning_rate * self._factor(at)
        players.set_learning_rate(self._players, self.value)
        return self.value

    def begin(self, at: Standing) -> None:
        """The first rate of a run."""
        self._tell(at.step, self.set(at))

    def follow(self, at: Standing) -> None:
        """Before a step: what the schedule says."""
        if not self._moves:
            return
        before, now = self.value, self.set(at)
        if now != before:
            self._tell(at.step + 1, now)

    def see_plateau(self, at: Standing, loss: float | None) -> None:
        """After an epoch: the rate falls where the plan says so and the loss has not become better for a while."""
        if self._plan["schedule"] != "plateau" or loss is None:
            return
        seen = schedules.Plateau(at.plateau, at.plateau_best, at.plateau_worse)
        fell = seen.see(loss, self._plan)
        at.plateau, at.plateau_best, at.plateau_worse = seen.factor, seen.best, seen.worse
        if fell:
            self._tell(at.step, self.set(at))

    def wish(self, at: Standing, value: float) -> None:
        """What the user set it to, from the next step on; a schedule goes on from it."""
        factor = self._factor(at)
        at.learning_rate = value / factor if factor > 0 else value
        self.set(at)
        self._tell(at.step, value)

    def _factor(self, at: Standing) -> float:
        """The rate of the step that comes, as a multiple of the plan's."""
        if not self._moves:
            return at.plateau
        steps = (at.last_epoch - at.first_epoch) * self._batches
        return schedules.factor(self._plan, at.step - at.first_step, steps, self._batches) * at.plateau
