"""Layers most of whose gradient is exactly zero: those weights do not learn at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import numbered, raised
from nndesigner.check.alarms.walks import (
    beginnings,
    inner_activations,
    layers_of,
    learning_rate,
    percent,
    replaced,
)

_RELEASE = 0.8
_SLOWER = 0.1
_SPARSE = ("Embedding", "EmbeddingBag")
"""layers of which a batch only ever reads a few rows: the others have no gradient, and that is meant"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    losses = run.epochs("train", "epoch loss")
    if len(losses) and losses[-1] == 0.0:  # a margin that all samples keep: there is nothing left to learn
        return
    shares = run.health.of("zero_gradient")
    newest = run.health.newest("zero_gradient")
    layers = dict(layers_of(evidence, run.health))
    for column in numbered(raised(shares, limits["share"], _RELEASE * limits["share"], limits["looks"])):
        node = layers.get(column)
        if node is None or node.type in _SPARSE or np.isnan(newest[column]):
            continue
        rectifiers = [a for a in inner_activations(evidence) if a.type in ("ReLU", "ReLU6")]
        yield Problem(
            Severity.WARNING,
            ZERO_GRADIENT.code,
            place(node),
            tr(
                "{share} of the gradient of {name} is exactly zero (limit: {limit}): those weights do not move. Units"
                " behind it that pass nothing on, or inputs that are always zero, do that.",
                share=percent(float(newest[column])),
                name=node.name,
                limit=percent(limits["share"]),
            ),
            (
                *replaced(rectifiers, "LeakyReLU", tr("Make the ReLUs leaky ones")),
                *beginnings([node], "kaiming_normal", tr("Begin with He initialization"), bias="zeros"),
                learning_rate(evidence, _SLOWER),
            ),
        )


ZERO_GRADIENT = Rule(
    code="run-zero-gradient",
    label="Gradient of zeros",
    help="Most of a layer's gradient is exactly zero.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=35,
    because=("run-not-finite", "run-dead", "run-vanishing"),
    fields=(
        FloatField(
            name="share",
            label="Zeros above",
            default=0.7,
            minimum=0.0,
            maximum=1.0,
            help="The share of a layer's gradient that is exactly zero, 0 to 1 (AutoTrainer: 0.7).",
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
