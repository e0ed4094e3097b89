"""What a way of learning is: a declaration, and the functions the training loop calls. It knows no torch at import.

An objective is handed the compiled model; it says what one step costs and what is counted about its answers. The loop
does the rest (order of samples, optimizer, checkpoints), and `training/metrics.py` does the counting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nndesigner.base.fields import Field
from nndesigner.check.checked import CheckedNetwork, Head

if TYPE_CHECKING:
    from torch import Tensor


class Compiled(Protocol):
    """What an objective asks of the compiled model."""

    heads: tuple[Head, ...]
    shares: tuple[float, ...]
    """how much each part of the loss counts in the sum: heads, then penalties"""

    def for_loss(self, *inputs: Tensor) -> tuple[Tensor, ...]: ...

    def losses(self, outputs: Sequence[Tensor], targets: Sequence[Tensor]) -> list[Tensor]: ...


class Outcome(NamedTuple):
    """One batch judged: the loss to minimise, its parts (the loss of each head, then each penalty), and the values that
    the losses of the heads read."""

    loss: Tensor
    parts: list[Tensor]
    values: tuple[Tensor, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """What is counted for one head.

    `rule` is "largest" (the class with the largest value along `axis` against an int64 target), "threshold" (a single
    value above `threshold` against 0 or 1) or "error" (numbers; `scale` turns an error into the target's own units,
    one factor or one per entry of the target's last axis; `link` makes the answer of what the loss reads, along `axis`:
    see `Loss.link`). `suffix` follows the metric's name where there are several heads. A target of `ignore` is not
    counted.
    """

    head: int
    rule: str
    suffix: str = ""
    axis: int = -1
    threshold: float = 0.0
    scale: tuple[float, ...] = (1.0,)
    link: str = ""
    ignore: int | None = None


@dataclass(frozen=True, kw_only=True)
class Objective:
    """One way of learning. `why_not` gives a sentence where it cannot train a network, else ""."""

    type: str
    """the saved word; never changes"""
    label: str
    help: str
    why_not: Callable[[CheckedNetwork], str]
    targets: Callable[[Sequence[Head]], tuple[str, ...]]
    """the data field that each head is compared with, in the order of the heads"""
    judge: Callable[[Any, Sequence[Tensor], Sequence[Tensor]], Outcome]
    """(compiled, inputs, targets) → what the batch costs; called with and without gradients"""
    scores: Callable[[Sequence[Head]], tuple[Score, ...]]
    parameters: tuple[Field, ...] = ()
