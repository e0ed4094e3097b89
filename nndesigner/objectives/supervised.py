"""Supervised learning: every output is compared with its target, classes and numbers alike.

The loss is the weighted sum of the heads' losses and of the penalties (their parameter `weight`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from nndesigner.base.fields import Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.layers.losses.loss import unit_of
from nndesigner.objectives.objective import (
    WHOLE,
    Compiled,
    Objective,
    Outcome,
    Score,
    Turn,
    Way,
    mixed_targets,
)

if TYPE_CHECKING:
    from torch import Tensor


def why_not(checked: CheckedNetwork) -> str:
    """What is wrong with the network itself, or an output that is compared with nothing."""
    if checked.obstacles:
        return checked.obstacles[0].message
    if not checked.heads:
        return tr("The network has no output to learn from: add an Output.")
    for head in checked.heads:
        if head.unjudged:
            return tr(
                "The output {name} has no loss, so nothing is learned from it: choose one, or another way of learning.",
                name=head.node.name,
            )
        if head.target is None or head.loss is None:
            return tr(
                "The output {name} has nothing to be compared with: choose data with a target for the project.",
                name=head.node.name,
            )
    return ""


def _why_not(checked: CheckedNetwork) -> str:
    if any(node.record.type == "AdversarialLoss" for node in checked.compiled) and not checked.obstacles:
        return tr(
            "Two networks learn against each other here: choose “Adversarial (GAN)” as the way of learning."
        )
    return why_not(checked)


def targets(heads: Sequence[Head]) -> tuple[str, ...]:
    return tuple(head.target.name for head in heads if head.target is not None)


def judge(compiled: Compiled, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
    """The weighted sum of the losses of the heads and of the penalties; of two samples that were mixed, what the answer
    costs against each of them, by their shares."""
    values = compiled.for_loss(*inputs)
    mixed = mixed_targets(targets, len(compiled.heads))
    if mixed is None:
        return _judged(compiled, values, targets)
    first, second = (_judged(compiled, values, each) for each in mixed[:2])
    share = mixed[2]
    rest = 1.0 - share
    parts = [a * share + b * rest for a, b in zip(first.parts, second.parts, strict=True)]
    return Outcome(first.loss * share + second.loss * rest, parts, first.values)


def _judged(compiled: Compiled, values: tuple[Tensor, ...], targets: Sequence[Tensor]) -> Outcome:
    parts = compiled.losses(values, targets)
    total = None
    for share, part in zip(compiled.shares, parts, strict=True):
        counted = part if share == 1.0 else part * share
        total = counted if total is None else total + counted
    assert total is not None  # why_not refuses a network without heads
    return Outcome(total, parts, values[: len(compiled.heads)])


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    judged = partial(judge, compiled)
    score = "" if checked.heads[0].aligned else f"{WHOLE}{scores(checked.heads)[0].suffix}"
    return Way(turns=(Turn(judge=judged),), judge=judged, parts=compiled.parts, score=score)


def scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    several = len(heads) > 1
    return tuple(_score(i, head, f" · {head.node.name}" if several else "") for i, head in enumerate(heads))


def _score(index: int, head: Head, suffix: str) -> Score:
    assert head.target is not None and head.loss is not None
    if not head.aligned:
        unit = unit_of(head.target)
        return Score(
            head=index, rule="path", suffix=suffix, axis=head.class_axis, blank=head.blank, unit=unit
        )
    if head.target.kind in ("class", "tokens"):
        regions = head.target.classes if head.target.axes else ()
        if head.width == 1:
            return Score(
                head=index, rule="threshold", suffix=suffix, threshold=head.threshold, regions=regions
            )
        ignore = head.loss_use().ignore
        axis = head.class_axis
        return Score(head=index, rule="largest", suffix=suffix, axis=axis, ignore=ignore, regions=regions)
    preparation = head.target.preparation
    scale = tuple(map(float, preparation["scale"])) if preparation.get("kind") == "affine" else (1.0,)
    if len(scale) > 1 and preparation.get("axis", -1) != -1:
        scale = (
            1.0,
        )  # one factor per channel does not line up with the last axis: errors stay in prepared units
    link, axis = head.loss.link, head.class_axis
    return Score(head=index, rule="error", suffix=suffix, scale=scale, link=link, axis=axis)


SUPERVISED = Objective(
    type="supervised",
    label="Supervised",
    help="Learns from examples with the right answer: classes, numbers, next tokens. The loss of each output says how"
    " far its answers are off; several outputs add up.",
    why_not=_why_not,
    targets=targets,
    begin=_begin,
    scores=scores,
    order=1,
    mixes=True,
    scripted=lambda values: True,
)
