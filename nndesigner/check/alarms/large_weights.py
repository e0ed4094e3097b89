"""Weights that have grown very large: the network answers with certainty far from what it has seen, and steps jump."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import numbered, raised
from nndesigner.check.alarms.overfitting import DECAY
from nndesigner.check.alarms.walks import beginnings, layers_of, learning_rate, plan_setting, short

_RELEASE = 0.8
_SLOWER = 0.1
_FEW = 64
"""weights of a layer so small that large ones say nothing: a unit that has to draw a sharp line through the plane"""
_VALUES = ("Parameter",)
"""layers whose learnable numbers multiply nothing: they are what is looked for, such as a picture"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    sizes = run.health.of("largest_weight")
    newest = run.health.newest("largest_weight")
    layers = dict(layers_of(evidence, run.health))
    for column in numbered(raised(sizes, limits["size"], _RELEASE * limits["size"], limits["looks"])):
        node = layers.get(column)
        if node is None or node.node.weights < _FEW or not np.isfinite(newest[column]):
            continue
        if node.type in _VALUES:
            continue
        yield Problem(
            Severity.WARNING,
            LARGE_WEIGHTS.code,
            place(node),
            tr(
                "The largest weight of {name} is {size} (limit: {limit}). Weights of that size drive what follows to"
                " its ends and make each step jump; a smaller learning rate or weight decay keeps them small.",
                name=node.name,
                size=short(float(newest[column])),
                limit=short(limits["size"]),
            ),
            (
                learning_rate(evidence, _SLOWER),
                *plan_setting(
                    tr("Let weights decay by {decay}", decay=short(DECAY)),
                    weight_decay=DECAY,
                    optimizer="adamw",
                ),
                *beginnings([node], "xavier_uniform", tr("Begin with Glorot initialization")),
            ),
        )


LARGE_WEIGHTS = Rule(
    code="run-large-weights",
    label="Large weights",
    help="A weight of a layer is very large.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=40,
    because=("run-not-finite", "run-exploding"),
    fields=(
        FloatField(
            name="size",
            label="Weight above",
            default=5.0,
            minimum=0.0,
            maximum=1e9,
            open_minimum=True,
            logarithmic=True,
            help="The largest absolute value among a layer's weights (SageMaker Debugger's examples: 5).",
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
