"""Who moves in a step: one optimizer over all weights, or one for each network of those that learn in turns.

What each optimizer remembers goes into one flat table: "<turn>/<number of the weight>.<name>", without a turn's name
where there is only one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nndesigner.compiler.build import CompiledNetwork
from nndesigner.compiler.learning import hidden_matrices, spared
from nndesigner.document.optimizers import OPTIMIZERS, spares
from nndesigner.objectives.objective import Outcome, Turn, Way
from nndesigner.training import optimizers
from nndesigner.training.precision import Precision
from nndesigner.training.strategy import Single


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
        fewest: int = 1,
    ) -> None:
        """`fewest` is the smallest batch that the network can be trained on."""
        chosen = [(name, weight) for name, weight in compiled.named_parameters() if turn.learns(name)]
        given, later = compiled.learning.rates, compiled.learning.thaws
        rates = given if turn.rate == 1.0 else {name: given.get(name, 1.0) * turn.rate for name, _ in chosen}
        self.turn = turn
        self.optimizer = optimizers.make(
            plan,
            chosen,
            device,
            rates,
            spared=spared(compiled) if spares(plan) else (),
            matrices=hidden_matrices(compiled) if OPTIMIZERS[plan["optimizer"]].rest else (),
            later=later,
        )
        self.stepper = optimizers.Stepper(
            self.optimizer, clip_norm=plan["clip_norm"], clip_value=plan["clip_value"]
        )
        self.precision = Precision(plan["precision"], device)
        self._pieces, self._fewest = plan["pieces"], fewest
        self._chosen = None if alone else [weight for _, weight in chosen]
        self.lap: Callable[[str], None] = lambda phase: None
        """called when a part of a step has ended, with its name"""

    @property
    def weights(self) -> list[Tensor] | None:
        """Those that gradients are wanted of; None for all."""
        return None if self._chosen is None else [w for w in self._chosen if w.requires_grad]

    def gradients(self, strategy: Single, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        """What a batch costs; its weights have the gradients of that then.

        In pieces it is the same but for batch normalization: each counts with its share of the samples.
        """
        self.stepper.forget_gradients()
        samples = len(inputs[0])
        pieces = max(min(self._pieces, samples // self._fewest), 1)
        if pieces == 1:
            outcome = self._judge(inputs, targets)
            self.lap("forward")
            strategy.backward(self.precision.scaled(outcome.loss), self.weights)
            self.lap("backward")
            return outcome
        outcomes, shares = [], []
        cuts = [tensor.tensor_split(pieces) for tensor in (*inputs, *targets)]
        for piece in zip(*cuts, strict=True):
            outcome = self._judge(piece[: len(inputs)], piece[len(inputs) :])
            share = len(piece[0]) / samples
            self.lap("forward")
            strategy.backward(self.precision.scaled(outcome.loss * share), self.weights)
            self.lap("backward")
            outcomes.append(outcome.detached())
            shares.append(share)
        return Outcome.joined(outcomes, shares)

    def _judge(self, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        if self.precision.kind is None:
            return self.turn.judge(inputs, targets)
        with self.precision.forward():
            outcome = self.turn.judge(inputs, targets)
        # what is counted is counted in 32 bit
        return outcome._replace(values=tuple(v.float() for v in outcome.values))

    def step(
        self, strategy: Single, outcome: Outcome, inputs: Sequence[Tensor], targets: Sequence[Tensor]
    ) -> None:
        """Moves the weights by the gradients that they have from `outcome`, what this batch costs."""
        if self.stepper.idle:
            return
        if self.precision.unscale(self.optimizer):
            self.stepper.step(lambda: self.gradients(strategy, inputs, targets).loss, outcome.loss)

    @property
    def loss_name(self) -> str:
        """What its loss is called in the curves."""
        return f"loss · {self.turn.name}" if self.turn.name else "loss"


def players(
    way: Way, compiled: CompiledNetwork, plan: Mapping[str, Any], device: torch.device, fewest: int = 1
) -> tuple[Player, ...]:
    """`fewest` is the smallest batch that the network can be trained on."""
    alone = len(way.turns) == 1
    return tuple(Player(turn, compiled, plan, device, alone=alone, fewest=fewest) for turn in way.turns)


def weights_changed(of: Sequence[Player]) -> None:
    """Other weights are frozen than before."""
    for player in of:
        player.stepper.weights_changed()


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


def scales(of: Sequence[Player]) -> dict[str, Tensor]:
    """How the losses are scaled in mixed precision, by turn."""
    return {
        f"{key}.{number}": value
        for number, player in enumerate(of)
        for key, value in player.precision.state().items()
    }


def restore_scales(of: Sequence[Player], tensors: Mapping[str, Tensor]) -> None:
    for number, player in enumerate(of):
        if f"scaler.{number}" in tensors:
            player.precision.restore({"scaler": tensors[f"scaler.{number}"]})


def load_state(of: Sequence[Player], tensors: Mapping[str, Tensor]) -> None:
    """Give the optimizers back what they remembered. Raises ValueError where it belongs to other weights or turns."""
    shares: list[dict[str, Tensor]] = []
    for player in of:
        prefix = _prefix(player)
        shares.append(
            {
                key.removeprefix(prefix): t
                for key, t in tensors.items()
                if key.rpartition("/")[0] + "/" == (prefix or "/")
            }
        )
    if sum(map(len, shares)) != len(tensors):
        raise ValueError("the optimizers' state belongs to another way of learning")
    for player, share in zip(of, shares, strict=True):
        optimizers.load_state(player.optimizer, share)
        player.stepper.state_changed()


def _prefix(player: Player) -> str:
    return f"{player.turn.name}/" if player.turn.name else ""
