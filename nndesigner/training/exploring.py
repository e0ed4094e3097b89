"""A network as explorations are handed it: its loss, its samples, its optimizer; and everything put back afterwards.

It knows no exploration and no job.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.check.batch_of_one import fewest_samples
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork
from nndesigner.compiler.pieces import pieces
from nndesigner.data.dataset import Dataset
from nndesigner.explorations.exploration import Batch, State, Subject
from nndesigner.objectives.objective import Judge, Objective
from nndesigner.training import checkpoints, device, optimizers, players
from nndesigner.training.augmenting import augmented
from nndesigner.training.companion import settled
from nndesigner.training.feed import Feed, order
from nndesigner.training.running import move
from nndesigner.training.strategy import Single


@contextlib.contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Whatever happens inside: afterwards every weight, gradient, buffer, mode and random generator is as before, bit
    for bit."""
    held = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    before = {name: tensor.detach().clone() for name, tensor in held.items()}
    gradients = {
        name: (p.grad, None if p.grad is None else p.grad.clone()) for name, p in model.named_parameters()
    }
    modes = [(module, module.training) for module in model.modules()]
    random = checkpoints.random_states()
    try:
        yield
    finally:
        with torch.no_grad():
            for name, tensor in held.items():
                tensor.copy_(before[name])
            for name, weight in model.named_parameters():
                gradient, values = gradients[name]
                weight.grad = gradient
                if gradient is not None and values is not None:
                    gradient.copy_(values)
        for module, training in modes:
            module.training = training
        checkpoints.restore_random_states(random)


class _Steps:
    """The plan's optimizer, fresh, taking steps of a rate that each step is told."""

    def __init__(self, player: players.Player) -> None:
        self._player = player
        self._strategy = Single()

    def step(self, batch: Batch, rate: float) -> None:
        optimizers.set_learning_rate(self._player.optimizer, rate)
        outcome = self._player.gradients(self._strategy, batch.inputs, batch.targets)
        self._player.step(self._strategy, outcome, batch.inputs, batch.targets)


class _Judged(nn.Module):
    """The loss as a module over every graph of a network, so that other weights can be put in place of its own."""

    def __init__(self, compiled: CompiledNetwork, judge: Judge) -> None:
        super().__init__()
        self.network, self.for_loss, self.probe = compiled, compiled._loss_graph, compiled._probe_graph
        self._judge = judge
        names = {id(parameter): name for name, parameter in compiled.named_parameters()}
        # The graphs share their modules: each module is named once, or it would not get its own weights back.
        self.places = [
            (f"{path}.{own}", names[id(parameter)])
            for path, module in self.named_modules()
            for own, parameter in module._parameters.items()
            if parameter is not None
        ]
        """(path of a weight from here, its name in the network)"""

    def forward(self, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
        return self._judge(inputs, targets).loss


def subject(
    compiled: CompiledNetwork,
    checked: CheckedNetwork,
    dataset: Dataset,
    plan: Mapping[str, Any],
    objective: Objective,
    *,
    folder: Path = Path(),
    on: torch.device | None = None,
    rate: float | None = None,
    earlier: Callable[[], Sequence[State]] = lambda: (),
    progress: Progress = quiet,
    show: Callable[[dict[str, Any], dict[str, Any]], None] = lambda arrays, meta: None,
) -> Subject:
    """A compiled network to explore, in evaluation mode, on the device `on`. Relative paths of its plan start at
    `folder`; `rate` is the learning rate that it is trained with now, where that is not the plan's. Raises Refusal
    where there is nothing to learn from."""
    if reason := objective.why_not(checked):
        raise Refusal(reason)
    on = on or torch.device("cpu")
    move(compiled, on, channels_last=plan["channels_last"])
    targets = objective.targets(compiled.heads)
    for name in (*compiled.input_fields, *targets):
        if name not in dataset.fields:
            raise Refusal(
                tr("The data has no field “{name}” any more: have it read again on the data page.", name=name)
            )
    feed = Feed(
        dataset.fields,
        dataset.arrays,
        dataset.indices,
        compiled.input_fields,
        targets,
        on,
        fewest_samples(checked),
        augmented=augmented(plan, dataset.fields, compiled.input_fields, targets, mixes=objective.mixes),
    )
    if not feed.samples("train"):
        raise Refusal(tr("The training part of the data is empty: lower the validation and test shares."))
    compiled.eval()

    way = objective.begin(compiled, checked, settled(objective, plan, folder, on))
    if len(way.turns) > 1:
        raise Refusal(
            tr("Networks that learn against each other have no single loss that could be explored.")
        )
    judge = way.turns[0].judge
    judged = _Judged(compiled, judge)

    def loss(batch: Batch) -> Tensor:
        return judge(batch.inputs, batch.targets).loss

    def loss_at(weights: Mapping[str, Tensor], batch: Batch) -> Tensor:
        put = {path: weights[name] for path, name in judged.places if name in weights}
        found: Tensor = functional_call(judged, put, (batch.inputs, batch.targets), tie_weights=False)
        return found

    def sample(most: int) -> Batch:
        split = feed.split("train")
        # At random, whatever order the data is in: the mean loss of these stands for that of all.
        return Batch(*feed.gather(split, order(0, 0, split.samples)[:most].sort().values))

    def draw(number: int, generator: Generator) -> Batch:
        split = feed.split("train")
        return Batch(*feed.gather(split, torch.randint(split.samples, (number,), generator=generator)))

    def batches() -> Iterator[Batch]:
        epoch = 0
        while True:
            for inputs, wanted in feed.epoch(plan["seed"], epoch, plan["batch_size"], plan["drop_last"]):
                yield Batch(inputs, wanted)
            epoch += 1

    return Subject(
        model=compiled,
        weights={
            name: p for name, p in compiled.named_parameters() if p.requires_grad and p.is_floating_point()
        },
        loss=loss,
        loss_at=loss_at,
        sample=sample,
        draw=draw,
        batches=batches,
        optimizer=lambda: _Steps(
            players.Player(way.turns[0], compiled, plan, on, alone=True, fewest=fewest_samples(checked))
        ),
        plan=plan,
        rate=plan["learning_rate"] if rate is None else rate,
        earlier=earlier,
        pieces=lambda batch: pieces(compiled, checked, batch.inputs),
        progress=progress,
        show=show,
    )


def prepare(checked: CheckedNetwork, plan: Mapping[str, Any], asked: str = "") -> torch.device:
    """The device to explore on, with as many threads as suit the network."""
    on = device.choose(asked or plan["device"])
    work = checked.macs.at(checked.example) * plan["batch_size"]
    device.make_repeatable(on, device.thread_count(plan["threads"], work))
    return on
