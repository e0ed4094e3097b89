"""Rectifiers that no sample makes active: they give zero, get no gradient, and stay dead."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import numbered, raised
from nndesigner.check.alarms.walks import beginnings, learning_rate, percent, replaced

_RELEASE = 0.8
_SLOWER = 0.1


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    shares = run.health.of("dead")
    newest = run.health.newest("dead")
    for column in numbered(raised(shares, limits["share"], _RELEASE * limits["share"], limits["looks"])):
        node = evidence.opened.get(run.health.nodes[column])
        if node is None or np.isnan(newest[column]):
            continue
        before = evidence.opened.feeding_values(node)
        feeding = [before] if before is not None else []
        yield Problem(
            Severity.WARNING,
            DEAD_UNITS.code,
            place(node),
            tr(
                "{share} of the units of {name} are dead (limit: {limit}): no sample makes them active, so they pass on"
                " neither values nor gradients. Steps that are too large, or biases far below zero, do that.",
                share=percent(float(newest[column])),
                name=node.name,
                limit=percent(limits["share"]),
            ),
            (
                *replaced([node], "LeakyReLU", tr("Make {name} a leaky ReLU", name=node.name)),
                *beginnings(feeding, "kaiming_normal", tr("Begin with He initialization"), bias="zeros"),
                learning_rate(evidence, _SLOWER),
            ),
        )


DEAD_UNITS = Rule(
    code="run-dead",
    label="Dead ReLUs",
    help="Units of a ReLU that are above zero for less than 1 % of the samples.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=20,
    fields=(
        FloatField(
            name="share",
            label="Dead units above",
            default=0.5,
            minimum=0.0,
            maximum=1.0,
            help="The share of a layer's units, 0 to 1 (SageMaker Debugger: 0.5; NeuroScope argues for 0.9).",
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
