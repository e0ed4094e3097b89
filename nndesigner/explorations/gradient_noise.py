"""Gradient noise scale: how much the gradients of small batches differ, and which batch size pays.

S. McCandlish et al., "An Empirical Model of Large-Batch Training", 2018: the simple noise scale tr(Σ)/|G|², where Σ is
the covariance of the gradient over single samples and G the true gradient. Both come from the norms of gradients of
small batches and of their mean (appendix A.1), without bias; the samples are drawn with repetition, so that they are
independent however little data there is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.base.text import tr
from nndesigner.explorations.exploration import Exploration, Subject, gradient, refuse_without_weights

if TYPE_CHECKING:
    from nndesigner.explorations.exploration import Explored

GROUPS = 8
"""parts of the gradients that are left out in turn, to tell how certain the result is"""
LARGE = 20_000_000
"""weights from which on only two groups are held in memory"""
CERTAIN = 1.645
"""standard errors to each side: nine times out of ten the true value lies between"""


def _explore(subject: Subject, options: Mapping[str, Any]) -> Explored:
    """{"norm": (batches,) float64, the squared 2-norm of each small batch's gradient}, and meta: "small", "big" (batch
    sizes), "noise" (tr Σ), "signal" (|G|²), "scale" (the noise scale in samples, NaN where the gradient drowns), "low"
    and "high" (of nine tenths certainty), "batch_size" (the plan's)."""
    import torch

    refuse_without_weights(subject)
    number, small = options["batches"], options["samples"]
    groups = GROUPS if subject.size <= LARGE else 2
    number = max(number // groups, 2) * groups
    generator = torch.Generator().manual_seed(options["seed"])
    sums: list[torch.Tensor] = []
    norms: list[float] = []
    for i in range(number):
        if i % 8 == 0:
            subject.progress(i / number, tr("Gradient {n} of {all}", n=i + 1, all=number))
        found = gradient(subject, subject.draw(small, generator))
        norms.append(float(found.double().square().sum()))
        group = i * groups // number
        if group == len(sums):
            sums.append(found)
        else:
            sums[group] += found
    gram = np.array([[float(a.double() @ b.double()) for b in sums] for a in sums])
    squares = np.array(norms).reshape(groups, -1)
    noise, signal = _estimate(squares, gram, small)
    low, high = _certainty(squares, gram, small)
    meta = {
        "small": small,
        "big": small * number,
        "noise": noise,
        "signal": signal,
        "scale": noise / signal if signal > 0 else math.nan,
        "low": low,
        "high": high,
        "batch_size": int(subject.plan["batch_size"]),
    }
    return {"norm": np.array(norms)}, meta


def _estimate(squares: Any, gram: Any, small: int) -> tuple[float, float]:
    """(tr Σ, |G|²) from the squared norms of gradients by group, and the products of the groups' sums."""
    number = squares.size
    big = small * number
    mean_small, mean_big = float(squares.mean()), float(gram.sum()) / number**2
    signal = (big * mean_big - small * mean_small) / (big - small)
    noise = (mean_small - mean_big) / (1 / small - 1 / big)
    return max(noise, 0.0), signal


def _certainty(squares: Any, gram: Any, small: int) -> tuple[float, float]:
    """Both ends of nine tenths certainty, by leaving out one group after another (jackknife) on a scale of powers."""
    logs = []
    for left_out in range(len(squares)):
        kept = np.arange(len(squares)) != left_out
        noise, signal = _estimate(squares[kept], gram[np.ix_(kept, kept)], small)
        if signal <= 0 or noise <= 0:
            return math.nan, math.inf
        logs.append(math.log(noise / signal))
    noise, signal = _estimate(squares, gram, small)
    if signal <= 0 or noise <= 0:
        return math.nan, math.inf
    n = len(logs)
    error = CERTAIN * math.sqrt((n - 1) / n * float(np.square(np.array(logs) - np.mean(logs)).sum()))
    middle = math.log(noise / signal)
    return math.exp(max(middle - error, -700.0)), math.exp(min(middle + error, 700.0))


def progress_per_step(batch_size: Sequence[float] | Any, scale: float) -> Any:
    """The share of the progress of a step along the true gradient that a step of this batch size makes:
    1 / (1 + scale / batch size), equation 2.5 of the paper."""
    return 1.0 / (1.0 + scale / np.asarray(batch_size, np.float64))


GRADIENT_NOISE = Exploration(
    name="gradient_noise",
    label="Gradient noise",
    help="How much the gradients of small batches differ from each other: it tells the batch size up to which larger"
    " batches save steps, and beyond which they only cost more.",
    explore=_explore,
    options=(
        IntField(
            name="batches",
            label="Gradients",
            default=128,
            minimum=16,
            maximum=10_000,
            help="How many small batches are compared: more of them make the result more certain.",
        ),
        IntField(
            name="samples",
            label="Samples in each",
            default=16,
            minimum=1,
            maximum=4096,
            help="The size of the small batches.",
        ),
        IntField(name="seed", label="Seed", default=0, minimum=0, help="Decides which samples are drawn."),
    ),
)
