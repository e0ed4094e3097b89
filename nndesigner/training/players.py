"""Who moves in a step: one optimizer over all weights, or one for each network of those that learn in turns.

What each optimizer remembers goes into one flat table: "<turn>/<number of the weight>.<name>", without a turn's name
where there is only one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nndesigner.compiler.build import CompiledNetwork
from nndesigner.objectives.objective import Turn, Way
from nndesigner.training import optimizers


class Player:
    """A turn with the optimizer that it moves its weights with."""

    def __init__(
        self,
        turn: Turn,
        compiled: CompiledNetwork,
        plan: Mapping[str, Any],
        device: torch.device,
        *,
        alone: bool,
    ) -> None:
        chosen = [(name, weight) for name, weight in compiled.named_parameters() if turn.learns(name)]
        given = compiled.learning.rates
        rates = given if turn.rate == 1.0 else {name: given.get(name, 1.0) * turn.rate for name, _ in chosen}
        self.turn = turn
        self.optimizer = optimizers.make(plan, chosen, device, rates)
        self.stepper = optimizers.Stepper(self.optimizer)
        self.weights: list[Tensor] | None = None if alone else [w for _, w in chosen if w.requires_grad]
        """those that gradients are wanted of; None for all"""

    @property
    def loss_name(self) -> str:
        """What its loss is called in the curves."""
        return f"loss · {self.turn.name}" if self.turn.name else "loss"


def players(
    way: Way, compiled: CompiledNetwork, plan: Mapping[str, Any], device: torch.device
) -> tuple[Player, ...]:
    alone = len(way.turns) == 1
    return tuple(Player(turn, compiled, plan, device, alone=alone) for turn in way.turns)


def set_learning_rate(of: Sequence[Player], rate: float) -> None:
    """From the next step on; each turn and each weight keeps its share of it."""
    for player in of:
        optimizers.set_learning_rate(player.optimizer, rate)


def state_tensors(of: Sequence[Player]) -> dict[str, Tensor]:
    """What all optimizers remember."""
    return {
        f"{_prefix(player)}{key}": value
        for player in of
        for key, value in optimizers.state_tensors(player.optimizer).items()
    }


def load_state(of: Sequence[Player], tensors: Mapping[str, Tensor]) -> None:
    """Give the optimizers back what they remembered. Raises ValueError where it belongs to other weights or turns."""
    shares: list[dict[str, Tensor]] = []
    for player in of:
        prefix = _prefix(player)
        shares.append(
            {key.removeprefix(prefix): t for key, t in tensors.items() if key.rpartition("/")[0] + "/" == (prefix or "/")}
        )
    if sum(map(len, shares)) != len(tensors):
        raise ValueError("the optimizers' state belongs to another way of learning")
    for player, share in zip(of, shares, strict=True):
        optimizers.load_state(player.optimizer, share)
        player.stepper.state_changed()


def _prefix(player: Player) -> str:
    return f"{player.turn.name}/" if player.turn.name else ""
