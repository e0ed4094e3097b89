"""What can be found out about a network on demand: a declaration, and one function that explores. No torch at import.

An exploration is handed a `Subject`: a network that belongs to nobody else, with a loss, samples and ways to step. It
may do with the weights what it likes; whoever hands them out puts them back. It knows no run folder and no view.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import nndesigner.explorations as package
from nndesigner.base.discovery import discover
from nndesigner.base.fields import Field
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Generator, Tensor, nn

    Arrays = dict[str, npt.NDArray[Any]]
    Explored = tuple[Arrays, dict[str, Any]]


class Batch(NamedTuple):
    """Prepared inputs in the order of the network's inputs, and one target for each head."""

    inputs: Sequence[Tensor]
    targets: Sequence[Tensor]

    @property
    def samples(self) -> int:
        return len(self.targets[0])


class Steps(Protocol):
    """The plan's optimizer on the network's weights."""

    def step(self, batch: Batch, rate: float) -> None:
        """One step with a batch as training takes it, with this learning rate."""
        ...


class Piece(NamedTuple):
    """One layer alone, with what arrives at it."""

    key: str
    """its key: the id, or `a/0/b` inside blocks"""
    name: str
    """the path of its module"""
    module: nn.Module
    """what arrives → a tuple of what leaves, over the network's own weights"""
    arriving: tuple[Tensor, ...]
    """without gradients"""
    learned: tuple[bool, ...]
    """for each of them, whether a weight that learns stands before it, so that a gradient has to go back there"""


class State(NamedTuple):
    """The weights of another moment of the same run, by name."""

    label: str
    weights: Mapping[str, Tensor]


def _nothing(*_: object) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The network that is explored, in evaluation mode: dropout is off, statistics of normalizations stand still.

    `weights` are the learnable ones by name, those that are frozen left out. Samples are of the training part.
    """

    model: nn.Module
    weights: Mapping[str, Tensor]
    loss: Callable[[Batch], Tensor]
    """the loss of a batch as training minimises it, with the weights as they are: a scalar with a gradient"""
    loss_at: Callable[[Mapping[str, Tensor], Batch], Tensor]
    """the same with other weights in place of those named"""
    sample: Callable[[int], Batch]
    """a number → at most as many samples that stand for all, the same ones every time"""
    draw: Callable[[int, Generator], Batch]
    """a number → as many samples, each drawn from all, so that one may come twice"""
    batches: Callable[[], Iterator[Batch]]
    """the batches of training in its order, without end"""
    optimizer: Callable[[], Steps]
    plan: Mapping[str, Any]
    rate: float
    """the learning rate that training goes on with"""
    earlier: Callable[[], Sequence[State]] = field(default=lambda: ())
    """other moments of the same run, oldest first"""
    pieces: Callable[[Batch], Iterator[Piece]] = field(default=lambda batch: iter(()))
    """the layers one after the other in data order, blocks opened, each with what of the batch arrives at it"""
    progress: Progress = quiet
    show: Callable[[Arrays, dict[str, Any]], None] = _nothing
    """hands over what there is so far"""

    @property
    def size(self) -> int:
        """How many learnable numbers there are."""
        return sum(weight.numel() for weight in self.weights.values())


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """One thing to find out. `explore(subject, options)` gives small arrays and plain words, as they travel in a
    `Frame`; it raises Refusal with a sentence where there is nothing to find out."""

    name: str
    label: str
    help: str
    explore: Callable[[Subject, Mapping[str, Any]], Explored]
    options: tuple[Field, ...] = ()
    trains: bool = False
    """whether it takes training steps with the project's plan: then also a run's weights learn by that plan"""


@functools.cache
def explorations() -> dict[str, Exploration]:
    """Every exploration by name, found by walking this package, in a stable order."""
    return {found.name: found for found in discover(package, Exploration)}


def refuse_without_weights(subject: Subject) -> None:
    """Raises Refusal where nothing can learn."""
    if not subject.size:
        raise Refusal(
            tr(
                "This network has no weights that learn, so there is nothing to explore: add a layer with weights, or"
                " unfreeze one."
            )
        )


def flat(tensors: Sequence[Tensor]) -> Tensor:
    """All numbers one after another."""
    import torch

    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def gradient(subject: Subject, batch: Batch) -> Tensor:
    """(size,) the gradient of the mean loss of a batch, zeros for weights that it does not depend on."""
    import torch

    weights = list(subject.weights.values())
    loss = subject.loss(batch)
    if not loss.requires_grad:
        return torch.zeros(subject.size, device=weights[0].device)
    found = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
    return flat(found).detach()
