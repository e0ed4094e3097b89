"""Weights that the optimizer does not move although they are meant to learn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import count, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import numbered, raised
from nndesigner.check.alarms.walks import beginnings, layers_of, learning_rate, short

_RELEASE = 0.1
_FASTER = 10.0


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
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
        (
            *beginnings(
                [node for node, _ in resting], "kaiming_normal", tr("Begin with He's weights"), bias="zeros"
            ),
            learning_rate(evidence, _FASTER),
        ),
    )


UNCHANGED = Rule(
    code="run-unchanged",
    label="Unchanged weights",
    help="A step of the optimizer moves the weights of a layer by next to nothing.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
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
            label="for",
            default=4,
            minimum=1,
            maximum=100,
            unit="looks",
            help="So many looks one after the other.",
        ),
    ),
)
