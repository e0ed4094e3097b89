"""A loss that no longer falls although it is still high: the run is stuck."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.alarms.measured import Floats
from nndesigner.check.alarms.walks import learning_rate, percent, plan_setting, short, whole_place

_FASTER, _SLOWER = 10.0, 0.1
_BOUNCES = 0.05
"""A loss that goes up and down by more than this share of itself has steps that are too large, not too small."""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    losses = run.epochs("train", "epoch loss")
    number = limits["epochs"]
    if not len(losses):
        return
    first = float(np.fmax(losses[0], run.begun))
    if not _stuck(losses, number, limits["improvement"], limits["left"] * first):
        return
    late = losses[-number:]
    best, now = float(losses[:-number].min()), float(late.min())
    bounces = float(late.max() - late.min()) > _BOUNCES * abs(now)
    yield Problem(
        Severity.WARNING,
        PLATEAU.code,
        whole_place(evidence),
        tr(
            "The loss no longer falls: in the last {number} epochs it went from {best} to {now}, by {gain} (limit:"
            " {limit}), and it is still {left} of what it was at first. {why}",
            number=number,
            best=short(best),
            now=short(now),
            gain=percent(max((best - now) / abs(best), 0.0)) if best else "0 %",
            limit=percent(limits["improvement"]),
            left=percent(now / first),
            why=tr("It goes up and down: steps may be too large.")
            if bounces
            else tr("Steps may be too small, or the gradient does not reach the first layers."),
        ),
        (
            learning_rate(evidence, _SLOWER if bounces else _FASTER),
            *_stopping(evidence, number),
        ),
    )


def _stopping(evidence: Evidence, number: int) -> tuple[Remedy, ...]:
    """Early stopping, where the plan does not stop as soon already."""
    if 0 < evidence.plan["patience"] <= number:
        return ()
    return plan_setting(tr("Stop early after {n} epochs", n=number), patience=number)


def _stuck(losses: Floats, number: int, improvement: float, high: float) -> bool:
    if len(losses) <= number or not np.isfinite(losses).all() or losses[0] <= 0:
        return False
    before, late = float(losses[:-number].min()), float(losses[-number:].min())
    return late > before - improvement * abs(before) and late > high


PLATEAU = Rule(
    code="run-plateau",
    label="Plateau",
    help="The training loss has not become smaller for some epochs, and is still high.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=70,
    because=(
        "run-vanishing",
        "run-exploding",
        "run-dead",
        "run-saturated",
        "run-unchanged",
        "run-ratio",
        "run-not-finite",
    ),
    fields=(
        IntField(
            name="epochs",
            label="Epochs",
            default=10,
            minimum=2,
            maximum=100_000,
            help="Epochs without a smaller loss (SageMaker Debugger, LossNotDecreasing: 10 looks).",
        ),
        FloatField(
            name="improvement",
            label="Least improvement",
            default=0.01,
            minimum=0.0,
            maximum=1.0,
            help="What counts as smaller, as a share of the loss.",
        ),
        FloatField(
            name="left",
            label="Loss still above",
            default=0.7,
            minimum=0.0,
            maximum=1.0,
            help="As a share of the first step's loss: a run that has come far may rest there. Some losses have a floor"
            " above zero, and much of the way to it lies within the first epoch.",
        ),
    ),
)
