"""A gradient that becomes smaller and smaller on its way back: the first layers hardly learn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import count, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.measured import raised
from nndesigner.check.alarms.walks import (
    RECTIFIERS,
    WITH_RAILS,
    beginnings,
    in_one_step,
    inner_activations,
    layers_of,
    normalized,
    replaced,
    short,
)
from nndesigner.check.opened import OpenedNode

_RELEASE = 0.3
"""the alarm falls where the gradient is more than three times as large as it would have to be"""
_ALL_DEAD = 0.99


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    norms = run.health.of("gradient_norm")
    learning = [
        (column, node)
        for column, node in layers_of(evidence, run.health)
        if len(norms) and np.isfinite(norms[-1, column])
    ]
    if len(learning) < 2 or _cut_off(evidence):
        return
    last_column, last = learning[-1]
    columns = [column for column, _ in learning[:-1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        # How many times too small: above 1 where both the ratio and the norm are below their limits.
        ratio = limits["ratio"] * norms[:, [last_column]] / norms[:, columns]
        small = limits["norm"] / norms[:, columns]
    fading = raised(np.minimum(ratio, small), 1.0, _RELEASE, limits["looks"])
    faint = [node for (_, node), bad in zip(learning[:-1], fading, strict=True) if bad]
    if not faint:
        return
    first = faint[0]
    at = next(column for column, node in learning if node is first)
    norm, against = float(norms[-1, at]), float(norms[-1, last_column])
    yield Problem(
        Severity.WARNING,
        VANISHING.code,
        place(first),
        tr(
            "The gradient vanishes: it is {norm} at {name} and {against} at {last}{times} (limits:"
            " {most} times, below {least}). {layers} hardly learn, because the gradient shrinks at each layer on its"
            " way back.",
            norm=short(norm),
            name=first.name,
            against=short(against),
            last=last.name,
            times=tr(", {times} times as large", times=short(against / norm)) if norm > 0 else "",
            most=short(1 / limits["ratio"]),
            least=short(limits["norm"]),
            layers=count(len(faint), "layer", "layers"),
        ),
        remedies(evidence, [node for _, node in learning]),
    )


def _cut_off(evidence: Evidence) -> bool:
    """Whether a layer of dead rectifiers lets nothing through at all: that has an alarm of its own."""
    run = evidence.run
    return run is not None and bool((np.nan_to_num(run.health.newest("dead")) > _ALL_DEAD).any())


def remedies(evidence: Evidence, learning: list[OpenedNode]) -> tuple[Remedy, ...]:
    """What lets a gradient through to layers with weights, in data order: other activations, other first weights, and
    normalization."""
    activations = inner_activations(evidence)
    railed = [node for node in activations if node.type in WITH_RAILS]
    found: list[Remedy] = []
    if railed:
        # They keep a gradient only where the weights begin for it (He et al., Delving deep into rectifiers, 2015).
        steps = (
            *replaced(railed, "LeakyReLU", ""),
            *beginnings(learning, "kaiming_normal", "", bias="zeros"),
        )
        found.append(in_one_step(tr("Make them leaky ReLUs with He initialization"), *steps))
    elif any(node.type in RECTIFIERS for node in activations):
        sentence = tr("Begin with He initialization")
        found += beginnings(learning, "kaiming_normal", sentence, bias="zeros")
    else:
        found += beginnings(learning, "xavier_uniform", tr("Begin with Glorot initialization"))
    return (*found, *normalized(evidence, learning[:-1]))


VANISHING = Rule(
    code="run-vanishing",
    label="Vanishing gradient",
    help="The gradient of an early layer is much smaller than that of the last one, and small in itself.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=30,
    fields=(
        FloatField(
            name="ratio",
            label="Share of the last",
            default=1e-3,
            minimum=0.0,
            maximum=1.0,
            open_minimum=True,
            logarithmic=True,
            help="A layer's gradient as a share of the last layer's, below which the alarm rises (AutoTrainer: 0.001).",
        ),
        FloatField(
            name="norm",
            label="and norm below",
            default=1e-4,
            minimum=0.0,
            maximum=1e3,
            open_minimum=True,
            logarithmic=True,
            help="The 2-norm of the layer's gradient has to be below this, too (AutoTrainer: 0.0001).",
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
