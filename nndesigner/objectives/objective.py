"""What a way of learning is: a declaration, and the functions the training loop calls. It knows no torch at import.

An objective is handed the compiled model and becomes a `Way`: the turns of one step, each with weights of its own, what
an evaluation costs, and how samples are made where the network makes some. The loop does the rest (order of samples,
optimizers, checkpoints), and `training/metrics.py` does the counting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nndesigner.base.fields import Field, Values, resolve
from nndesigner.check.checked import CheckedNetwork, Head

if TYPE_CHECKING:
    from torch import Tensor


WHOLE = "accuracy · whole sequence"
"""the share of the answers of several tokens that are right from end to end (exact match)"""


class Compiled(Protocol):
    """What an objective asks of the compiled model."""

    heads: tuple[Head, ...]
    input_names: tuple[str, ...]
    parts: tuple[str, ...]
    """names of what the loss is the sum of: heads, then penalties"""
    shares: tuple[float, ...]
    """how much each part of the loss counts in the sum: heads, then penalties"""

    def for_loss(self, *inputs: Tensor) -> tuple[Tensor, ...]: ...

    def losses(self, outputs: Sequence[Tensor], targets: Sequence[Tensor]) -> list[Tensor]: ...

    def within(self, section: CheckedNetwork) -> Callable[..., tuple[Tensor, ...]]:
        """A part of the network (`check/sections.py`) over the same weights: its inputs in the order of their names
        → its outputs."""


class Outcome(NamedTuple):
    """One batch judged: the loss to minimise, its parts (the loss of each head, then each penalty), the values that the
    losses of the heads read, and further means over the batch that are told."""

    loss: Tensor
    parts: list[Tensor]
    values: tuple[Tensor, ...]
    means: tuple[Tensor, ...] = ()

    def detached(self) -> Outcome:
        """Without what gradients need."""
        return Outcome(
            self.loss.detach(),
            [part.detach() for part in self.parts],
            tuple(value.detach() for value in self.values),
            tuple(mean.detach() for mean in self.means),
        )

    @staticmethod
    def joined(outcomes: Sequence[Outcome], shares: Sequence[float]) -> Outcome:
        """Of a batch that was judged in pieces: means weighted by their shares of the samples, values one after the
        other."""
        import torch

        def mean(of: Sequence[Tensor]) -> Tensor:
            total = of[0] * shares[0]
            for each, share in zip(of[1:], shares[1:], strict=True):
                total = total + each * share
            return total

        return Outcome(
            mean([outcome.loss for outcome in outcomes]),
            [mean(parts) for parts in zip(*(outcome.parts for outcome in outcomes), strict=True)],
            tuple(
                torch.cat(values) for values in zip(*(outcome.values for outcome in outcomes), strict=True)
            ),
            tuple(mean(means) for means in zip(*(outcome.means for outcome in outcomes), strict=True)),
        )


def mixed_targets(
    targets: Sequence[Tensor], heads: int
) -> tuple[Sequence[Tensor], Sequence[Tensor], Tensor] | None:
    """Of targets that are mixed of two samples: those of the first, those of the second, and the share of the first, a
    single number. They come as one list, with that share for each sample at its end; None for plain targets, one for
    each head."""
    if len(targets) == heads:
        return None
    return targets[:heads], targets[heads : 2 * heads], targets[2 * heads][0]


Judge = Callable[[Sequence["Tensor"], Sequence["Tensor"]], Outcome]
"""(inputs, targets) → what the batch costs; called with and without gradients"""
Judged = Sequence[tuple[Sequence["Tensor"], Sequence["Tensor"]]]
"""an evaluation: of every batch the values that the losses read, and the targets"""


class Samples(NamedTuple):
    """What a network made: `values` as the network gives them (samples first), `labels` a word each or none, and in how
    many columns they are laid out, 0 where that does not matter."""

    values: Tensor
    labels: tuple[str, ...] = ()
    columns: int = 0


class Companion(NamedTuple):
    """A trained network that is asked while another one learns: the name of its run, itself, and prepared inputs, in
    the order of its own, → the values that its losses read, one per head first."""

    name: str
    checked: CheckedNetwork
    for_loss: Callable[..., Sequence[Tensor]]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One optimizer's part in a step: what is judged, and which weights then move.

    Where several turns make a step, each has a name. A turn with `every` n is taken in every n-th step only; `rate`
    multiplies the plan's learning rate.
    """

    judge: Judge
    name: str = ""
    learns: Callable[[str], bool] = lambda weight: True
    every: int = 1
    rate: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way of learning, set up for one network in one run.

    `judge` is what an evaluation calls; `parts` names the parts of its outcome, `means` its further means, and
    `evaluated` those that only an evaluation tells, after them. `score` is the metric that stands for how good the
    network is, "" for that of the first head. `whole`
    gives metrics that need the answers to a whole part of the data at once. `distort` is what is done to inputs before
    the network sees them. `sample` makes so many samples, always from the same noise. Where a smaller loss is no better
    network (two that learn against each other), `ranked` is False: the newest state is the best then.
    """

    turns: tuple[Turn, ...]
    judge: Judge
    parts: tuple[str, ...]
    means: tuple[str, ...] = ()
    evaluated: tuple[str, ...] = ()
    score: str = ""
    whole: Callable[[Judged], dict[str, float]] | None = None
    distort: Callable[[Sequence[Tensor]], list[Tensor]] | None = None
    sample: Callable[[int], Samples] | None = None
    ranked: bool = True


@dataclass(frozen=True, kw_only=True)
class Score:
    """What is counted for one head.

    `rule` is "largest" (the class with the largest value along `axis` against an int64 target), "threshold" (a single
    value above `threshold` against 0 or 1), "path" (what the best path over the steps writes, without the token
    `blank`, against a target that `blank` fills up; `unit` is what its tokens are) or "error" (numbers; `scale` turns
    an error into the target's own units, one factor or one per entry of the target's last axis; `link` makes the answer
    of what the loss reads, along `axis`: see `Loss.link`). `suffix` follows the metric's name where there are several
    heads. A target of `ignore` is not counted. Of a target with a class at every place, `regions` names the classes:
    their intersection over union is counted then (`training/metrics.py`).
    """

    head: int
    rule: str
    suffix: str = ""
    axis: int = -1
    threshold: float = 0.0
    scale: tuple[float, ...] = (1.0,)
    link: str = ""
    ignore: int | None = None
    regions: tuple[str, ...] = ()
    blank: int = 0
    unit: str = "token"


@dataclass(frozen=True, kw_only=True)
class Objective:
    """One way of learning. `why_not` gives a sentence where it cannot train a network, else "".

    `parameters` are its settings; they are saved with those of the plan and carry names that the plan does not have.
    `companion` is the one of them that names the folder of a run: `begin` finds a `Companion` in its place.
    """

    type: str
    """the saved word; never changes"""
    label: str
    help: str
    why_not: Callable[[CheckedNetwork], str]
    targets: Callable[[Sequence[Head]], tuple[str, ...]]
    """the data field that each head is compared with, in the order of the heads"""
    begin: Callable[[Any, CheckedNetwork, Values], Way]
    """(compiled, checked, values of the parameters) → the way of one run"""
    scores: Callable[[Sequence[Head]], tuple[Score, ...]]
    parameters: tuple[Field, ...] = ()
    reference: str = ""
    companion: str = ""
    order: int = 50
    """where it stands in lists: the most common ones have the smallest"""
    mixes: bool = False
    """whether its judge takes the targets of two samples and the share of the first (see `mixed_targets`)"""
    scripted: Callable[[Values], bool] = lambda values: False
    """whether `compiler/script.py` writes the same steps for these values"""

    def values(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        """Its parameters from a plan's, defaults filled in."""
        return resolve(self.parameters, plan)[0]
