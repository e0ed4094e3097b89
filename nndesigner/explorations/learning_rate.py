"""LR finder: a few training steps whose learning rate grows from far too small to far too large.

L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, section 3.3. Two suggestions, as in fastai:
where the loss falls most steeply, and a tenth of where it is smallest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.explorations.exploration import Exploration, Subject, refuse_without_weights

if TYPE_CHECKING:
    from nndesigner.explorations.exploration import Explored

Floats = npt.NDArray[np.float64]

LOST = 3.0
"""it ends once the loss stands this many times as far above its best as it fell, or as half its first value"""
SMOOTH = 40
"""the losses are smoothed by a bell as wide as the steps through this"""
SHOWN_EVERY = 5


def _explore(subject: Subject, options: Mapping[str, Any]) -> Explored:
    """{"rate": (n,) float64 ascending, "loss": (n,) float64 of the batch after the step with that rate, "smooth":
    (n,) float64}, and meta: what `suggestions` says, "first" (the loss before any step), "diverged"."""
    refuse_without_weights(subject)
    low, high, steps = options["lowest"], options["highest"], options["steps"]
    if low >= high:
        raise Refusal(tr("The smallest learning rate has to be below the largest one."))
    rates = np.geomspace(low, high, steps)
    subject.model.train()
    batches, optimizer = subject.batches(), subject.optimizer()
    batch = next(batches)
    first = float(subject.loss(batch).detach())
    if not math.isfinite(first):
        raise Refusal(tr("The loss of these weights is no number: train from fresh weights instead."))
    losses: list[float] = []
    running, best, diverged = first, first, False
    for i, rate in enumerate(rates):
        optimizer.step(batch, float(rate))
        batch = next(batches)
        value = float(subject.loss(batch).detach())
        if not math.isfinite(value):
            diverged = True
            break
        losses.append(value)
        running = 0.7 * running + 0.3 * value
        best = min(best, running)
        diverged = running > best + LOST * max(first - best, 0.5 * abs(first))
        if diverged:
            break
        if i % SHOWN_EVERY == 0:
            subject.progress(i / steps, tr("Step {n} of {all}", n=i + 1, all=steps))
            subject.show(*_result(rates, losses, first, False))
    return _result(rates, losses, first, diverged)


def _result(rates: Floats, losses: list[float], first: float, diverged: bool) -> Explored:
    taken, values = rates[: len(losses)], np.array(losses)
    smooth = smoothed(values, first)
    meta = {"first": first, "diverged": diverged, **suggestions(taken, values, first)}
    return {"rate": taken, "loss": values, "smooth": smooth}, meta


def smoothed(losses: Floats, first: float) -> Floats:
    """The losses under a bell-shaped window that looks both ways, so that nothing moves to the right; what has blown
    up counts as no more than as far above the first loss as the others fell below it."""
    n = len(losses)
    if n < 2:
        return losses
    fell = max(first - float(losses.min()), 1e-12)
    clipped = np.minimum(losses, first + fell)
    width = max(n / SMOOTH, 1.0)
    apart = np.arange(n)[:, None] - np.arange(n)[None, :]
    bell = np.exp(-0.5 * (apart / width) ** 2)
    found: Floats = (bell @ clipped) / bell.sum(axis=1)
    return found


def suggestions(rates: Floats, losses: Floats, first: float) -> dict[str, float]:
    """ "steepest" (the rate at which the loss falls most per power of ten), "minimum" (where it is smallest) and
    "tenth" (a tenth of that). NaN where the loss does not fall by more than its own noise."""
    nothing = dict.fromkeys(("steepest", "minimum", "tenth"), math.nan)
    if len(losses) < 8:
        return nothing
    smooth = smoothed(losses, first)
    at = int(smooth.argmin())
    quiet_part = losses[: max(len(losses) // 4, 4)]
    noise = float(np.diff(quiet_part).std()) / math.sqrt(2) / math.sqrt(3.5 * max(len(losses) / SMOOTH, 1.0))
    before = max(float(smooth[: max(at // 4, 1)].mean()), first)
    if at < 2 or before - smooth[at] <= max(2.5 * noise, 1e-3 * abs(first)):
        return nothing
    slope = np.gradient(smooth, np.log(rates))
    return {
        "steepest": float(rates[int(slope[: at + 1].argmin())]),
        "minimum": float(rates[at]),
        "tenth": float(rates[at]) / 10.0,
    }


LEARNING_RATE = Exploration(
    name="lr_finder",
    label="LR finder",
    help="Trains a copy for a few steps while the learning rate grows from far too small to far too large, and tells"
    " where the loss falls fastest. Nothing of the network or its runs changes.",
    explore=_explore,
    options=(
        IntField(
            name="steps",
            label="Steps",
            default=150,
            minimum=50,
            maximum=1000,
            help="Training steps: more of them give a smoother curve.",
        ),
        FloatField(
            name="lowest",
            label="From",
            default=1e-6,
            minimum=0.0,
            maximum=1000.0,
            open_minimum=True,
            logarithmic=True,
            help="The learning rate of the first step.",
        ),
        FloatField(
            name="highest",
            label="To",
            default=10.0,
            minimum=0.0,
            maximum=1000.0,
            open_minimum=True,
            logarithmic=True,
            help="The learning rate of the last step. It ends earlier once the loss has grown out of hand.",
        ),
    ),
    trains=True,
)
