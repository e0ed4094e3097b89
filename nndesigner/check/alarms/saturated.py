"""Sigmoids and tanhs at their ends: there they are flat, and no gradient comes through."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import numbered, raised
from nndesigner.check.alarms.walks import beginnings, inner_activations, normalized, percent, replaced

_RELEASE = 0.8


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    inner = {node.key: node for node in inner_activations(evidence)}
    shares, newest = run.health.of("saturated"), run.health.newest("saturated")
    for column in numbered(raised(shares, limits["share"], _RELEASE * limits["share"], limits["looks"])):
        node = inner.get(run.health.nodes[column])
        if node is None or np.isnan(newest[column]):
            continue  # at the end of a network, 0 and 1 are answers
        before = evidence.opened.feeding_values(node)
        feeding = [before] if before is not None else []
        yield Problem(
            Severity.WARNING,
            SATURATED.code,
            place(node),
            tr(
                "{name} is saturated: {share} of its values are at its ends (limit: {limit}), where it is flat. What"
                " comes before it gets hardly any gradient. Weights or values that are too large do that.",
                name=node.name,
                share=percent(float(newest[column])),
                limit=percent(limits["share"]),
            ),
            (
                *normalized(evidence, feeding),
                *replaced([node], "ReLU", tr("Make {name} a ReLU", name=node.name)),
                *beginnings(feeding, "xavier_uniform", tr("Begin with Glorot initialization"), bias="zeros"),
            ),
        )


SATURATED = Rule(
    code="run-saturated",
    label="Saturation",
    help="Values of a sigmoid, tanh or softsign within 2 % of one of its ends.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=40,
    fields=(
        FloatField(
            name="share",
            label="Values at the ends above",
            default=0.7,
            minimum=0.0,
            maximum=1.0,
            help="The share of a layer's values, 0 to 1.",
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
