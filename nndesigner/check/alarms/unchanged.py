"""Weights that the optimizer does not move although they are meant to learn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import count, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms import vanishing
from nndesigner.check.alarms.measured import numbered, raised
from nndesigner.check.alarms.walks import layers_of, learning_rate, short
from nndesigner.check.opened import OpenedNode

_RELEASE = 0.1
_FASTER = 10.0
_LEARNED = 0.01
"""the share of the first epoch's loss at which a network may rest: there is nothing left to learn"""
_NO_GRADIENT = 1e-8
"""as small as the number that Adam keeps a division from becoming one by zero with"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    losses = run.epochs("train", "epoch loss")
    if len(losses) and abs(losses[-1]) <= _LEARNED * abs(losses[0]):
        return
    ratios = run.updates.of("ratio")
    with np.errstate(divide="ignore"):
        still = raised(limits["ratio"] / ratios, 1.0, _RELEASE, limits["looks"])
    layers = dict(layers_of(evidence, run.updates))
    resting = [(layers[column], float(ratios[-1, column])) for column in numbered(still) if column in layers]
    resting = [(node, ratio) for node, ratio in resting if not node.frozen and not np.isnan(ratio)]
    if not resting:
        return
    node, ratio = resting[0]
    others = len(resting) - 1
    yield Problem(
        Severity.WARNING,
        UNCHANGED.code,
        place(node),
        tr(
            "The weights of {name}{others} do not change: a step moves them by {ratio} of their size (limit: {limit})."
            " No gradient arrives, or the steps are far too small.",
            name=node.name,
            others=tr(" and {what} more", what=count(others, "layer", "layers")) if others else "",
            ratio=short(ratio),
            limit=short(limits["ratio"]),
        ),
        _remedies(evidence, [node for node, _ in resting]),
    )


def _remedies(evidence: Evidence, resting: list[OpenedNode]) -> tuple[Remedy, ...]:
    """Larger steps, where there is a gradient to follow; else what lets one through."""
    run = evidence.run
    assert run is not None
    norms = dict(zip(run.health.nodes, run.health.newest("gradient_norm").tolist(), strict=True))
    if all(norms.get(node.key, 1.0) > _NO_GRADIENT for node in resting):
        return (learning_rate(evidence, _FASTER),)
    learning = [node for node in evidence.opened.layers if node.trained]
    return vanishing.remedies(evidence, learning)


UNCHANGED = Rule(
    code="run-unchanged",
    label="Unchanged weights",
    help="A step of the optimizer moves the weights of a layer by next to nothing.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=50,
    because=("run-vanishing", "run-dead"),
    fields=(
        FloatField(
            name="ratio",
            label="Share below",
            default=1e-7,
            minimum=0.0,
            maximum=1.0,
            logarithmic=True,
            open_minimum=True,
            help="How far one step moves the weights, as a share of their size.",
        ),
        IntField(
            name="looks",
            label="for at least",
            default=3,
            minimum=1,
            maximum=100,
            unit="looks",
            help="So many looks one after the other.",
        ),
    ),
)
