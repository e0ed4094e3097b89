"""Steps that are too large or too small for the weights they move: the learning rate does not suit the network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField, IntField
from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.alarms.measured import Floats, raised_one
from nndesigner.check.alarms.walks import layers_of, learning_rate, short, whole_place

_RELEASE = 0.5
_FEWEST = 2
"""layers: a perceptron has no middle, and its few weights may well go through zero"""
MIDDLE = 1e-3
"""where the ratio usually is (Karpathy, CS231n notes, Neural Networks Part 3)"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    ratios = run.updates.of("ratio")
    columns = [column for column, node in layers_of(evidence, run.updates) if node.trained]
    middles = _middles(ratios[:, columns]) if len(columns) >= _FEWEST else np.zeros(0)
    if not len(middles):
        return
    now = float(middles[-1])
    with np.errstate(divide="ignore"):
        large = raised_one(middles / limits["most"], 1.0, _RELEASE, limits["looks"])
        small = raised_one(limits["least"] / middles, 1.0, _RELEASE, limits["looks"]) and now > 0
    if not (large or small):
        return
    factor = 10.0 ** round(float(np.log10(MIDDLE / now)))
    factor = min(factor, 0.1) if large else max(factor, 10.0)
    yield Problem(
        Severity.WARNING,
        UPDATE_RATIO.code,
        whole_place(evidence),
        tr(
            "Steps are too {size}: in the middle of all layers one step moves the weights by {ratio} of their size"
            " (limit: {limit}; about {usual} is usual). {why}",
            size=tr("large") if large else tr("small"),
            ratio=short(now),
            limit=short(limits["most"] if large else limits["least"]),
            usual=short(MIDDLE),
            why=tr("The loss jumps about instead of falling.")
            if large
            else tr("The network learns very slowly."),
        ),
        (learning_rate(evidence, factor),),
    )


def _middles(ratios: Floats) -> Floats:
    """(looks,): the median over the layers of each look, those without a ratio left out."""
    known = ratios[~np.isnan(ratios).all(axis=1)] if ratios.size else ratios[:0]
    return np.nanmedian(known, axis=1) if len(known) else np.zeros(0)


UPDATE_RATIO = Rule(
    code="run-ratio",
    label="Size of the steps",
    help="How far one step moves the weights, as a share of their size: the median over all layers.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=60,
    because=("run-vanishing", "run-exploding", "run-dead", "run-unchanged", "run-not-finite"),
    fields=(
        FloatField(
            name="most",
            label="Share above",
            default=1e-1,
            minimum=0.0,
            maximum=1e6,
            logarithmic=True,
            open_minimum=True,
            help="Steps larger than this are too large. (About 0.001 is usual in a deep network; small ones that"
            " learn well may take steps of 0.05.)",
        ),
        FloatField(
            name="least",
            label="or below",
            default=1e-5,
            minimum=0.0,
            maximum=1.0,
            logarithmic=True,
            open_minimum=True,
            help="Steps smaller than this are too small.",
        ),
        IntField(
            name="looks",
            label="for at least",
            default=6,
            minimum=1,
            maximum=100,
            unit="looks",
            help="So many looks one after the other.",
        ),
    ),
)
