"""Supervised learning: every output is compared with its target, classes and numbers alike.

The loss is the weighted sum of the heads' losses (an Output's parameter `weight`, 1 where there is none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.objectives.objective import Compiled, Objective, Outcome, Score

if TYPE_CHECKING:
    from torch import Tensor


def _why_not(checked: CheckedNetwork) -> str:
    if checked.errors:
        return checked.errors[0].message
    if not checked.heads:
        return tr("The network has no output to learn from: add an Output.")
    for head in checked.heads:
        if head.target is None or head.loss is None:
            return tr(
                "The output {name} has nothing to be compared with: choose data with a target for the project.",
                name=head.node.name,
            )
    return ""


def _targets(heads: Sequence[Head]) -> tuple[str, ...]:
    return tuple(head.target.name for head in heads if head.target is not None)


def weight(head: Head) -> float:
    """How much the head's loss counts in the sum."""
    return float(head.node.use.values.get("weight", 1.0)) if head.node.use is not None else 1.0


def _judge(compiled: Compiled, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
    values = compiled.for_loss(*inputs)
    parts = compiled.losses(values, targets)
    total = None
    for head, part in zip(compiled.heads, parts, strict=True):
        share = weight(head)
        counted = part if share == 1.0 else part * share
        total = counted if total is None else total + counted
    assert total is not None  # why_not refuses a network without heads
    return Outcome(total, parts, values)


def _scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    several = len(heads) > 1
    return tuple(_score(i, head, f" · {head.node.name}" if several else "") for i, head in enumerate(heads))


def _score(index: int, head: Head, suffix: str) -> Score:
    assert head.target is not None and head.loss is not None
    if head.target.kind in ("class", "tokens"):
        if head.width == 1:
            # Logits and values before a step change sides at 0; probabilities and 0/1 targets at one half.
            threshold = 0.5 if head.loss.form == "values" and head.loss.predicts != "binary" else 0.0
            return Score(head=index, rule="threshold", suffix=suffix, threshold=threshold)
        return Score(head=index, rule="largest", suffix=suffix, axis=head.class_axis)
    preparation = head.target.preparation
    scale = tuple(map(float, preparation["scale"])) if preparation.get("kind") == "affine" else (1.0,)
    if len(scale) > 1 and preparation.get("axis", -1) != -1:
        scale = (
            1.0,
        )  # one factor per channel does not line up with the last axis: errors stay in prepared units
    return Score(head=index, rule="error", suffix=suffix, scale=scale)


SUPERVISED = Objective(
    type="supervised",
    label="Supervised",
    help="Learns from examples with the right answer: classes, numbers, next tokens. The loss of each output says how"
    " far its answers are off; several outputs add up.",
    why_not=_why_not,
    targets=_targets,
    judge=_judge,
    scores=_scores,
)
