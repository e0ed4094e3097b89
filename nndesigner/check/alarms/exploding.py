"""A gradient that grows on its way back, or is very large everywhere: steps throw the weights about."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import raised
from nndesigner.check.alarms.walks import (
    beginnings,
    layers_of,
    learning_rate,
    normalized,
    plan_setting,
    replaced,
    short,
)
from nndesigner.check.opened import OpenedNode

_RELEASE = 0.5
_SLOWER = 0.1
CLIP_AT = 1.0
"""a common norm to clip at (Pascanu et al., On the difficulty of training recurrent neural networks, 2013)"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    norms = run.health.of("gradient_norm")
    learning = [
        (column, node)
        for column, node in layers_of(evidence, run.health)
        if len(norms) and not np.isnan(norms[-1, column])
    ]
    if not learning:
        return
    columns = [column for column, _ in learning]
    of_each = norms[:, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        # How many times too large, by itself or (where it is not small) against the last one's.
        alone = of_each / limits["norm"]
        against = np.where(of_each > 1.0, of_each / of_each[:, [-1]] / limits["ratio"], 0.0)
    times = np.where(np.isnan(of_each), np.nan, np.fmax(alone, against))
    wild = [bool(b) for b in raised(times, 1.0, _RELEASE, limits["looks"])]
    if not any(wild):
        return
    worst = max((i for i, bad in enumerate(wild) if bad), key=lambda i: (of_each[-1, i], i))
    node, norm = learning[worst][1], float(of_each[-1, worst])
    last, last_norm = learning[-1][1], float(of_each[-1, -1])
    told = tr("limit: {limit}", limit=short(limits["norm"]))
    if norm <= limits["norm"]:
        told = tr(
            "{times} times that of {last}; limit: {limit} times",
            times=short(norm / last_norm) if last_norm > 0 else tr("infinitely many"),
            last=last.name,
            limit=short(limits["ratio"]),
        )
    yield Problem(
        Severity.WARNING,
        EXPLODING.code,
        place(node),
        tr(
            "The gradient explodes: it is {norm} at {name} ({told}). Each step throws the weights far away, and the"
            " loss jumps or becomes infinite.",
            norm=short(norm),
            name=node.name,
            told=told,
        ),
        _remedies(evidence, node, [node for _, node in learning]),
    )


def _remedies(evidence: Evidence, worst: OpenedNode, learning: list[OpenedNode]) -> tuple[Remedy, ...]:
    clipped = plan_setting(tr("Clip gradients at {norm}", norm=short(CLIP_AT)), clip_norm=CLIP_AT)
    slower = (learning_rate(evidence, _SLOWER),)
    if worst.node.layer is not None and worst.node.layer.group == "Recurrent":
        gated = replaced([worst], "LSTM", tr("Make {name} an LSTM", name=worst.name))
        orthogonal = beginnings([worst], "orthogonal", tr("Begin with orthogonal weights"))
        return (*clipped, *orthogonal, *(gated if worst.type == "RNN" else ()), *slower)
    return (*clipped, *slower, *normalized(evidence, learning[:-1]))


EXPLODING = Rule(
    code="run-exploding",
    label="Exploding gradient",
    help="The gradient of a layer is very large, or much larger than that of the last layer.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=10,
    fields=(
        FloatField(
            name="ratio",
            label="Times the last one",
            default=70.0,
            minimum=1.0,
            maximum=1e12,
            logarithmic=True,
            help="How many times as large as the last layer's gradient, where it is above 1 (AutoTrainer: 70).",
        ),
        FloatField(
            name="norm",
            label="or norm above",
            default=1e3,
            minimum=0.0,
            maximum=1e30,
            open_minimum=True,
            logarithmic=True,
            help="A 2-norm of a layer's gradient that is too large whatever the others are.",
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
