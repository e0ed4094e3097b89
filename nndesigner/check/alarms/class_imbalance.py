"""Classes that are rare in the data and that the network does not tell: it does well by ignoring them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nndesigner.base.fields import FloatField
from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.alarms.walks import percent, short, whole_place
from nndesigner.check.checked import Head
from nndesigner.layers.losses.loss import CLASS_WEIGHTS

_EVALUATIONS = 2
"""one after the other in which the class is missed: after the first one much is still missed"""


def _look(evidence: Evidence) -> Iterator[Problem]:
    run, limits = evidence.run, evidence.limits
    assert run is not None
    head = next(iter(evidence.checked.heads), None)
    if head is None or head.target is None or not len(run.confusion):
        return
    truth = run.confusion[-1].sum(axis=1)
    if truth.ndim != 1 or len(truth) != len(head.target.classes) or not truth.any():
        return
    known = head.target.statistics.get("counts")
    counts = np.asarray(known if isinstance(known, list) and len(known) == len(truth) else truth, np.float64)
    rarest = int(np.where(truth > 0, counts, np.inf).argmin())
    times = float(counts.max() / max(counts[rarest], 1.0))
    recalls = [
        float(matrix[rarest, rarest] / max(matrix[rarest].sum(), 1))
        for matrix in run.confusion[-_EVALUATIONS:]
    ]
    if times < limits["times"] or len(recalls) < _EVALUATIONS or max(recalls) >= limits["recall"]:
        return
    yield Problem(
        Severity.WARNING,
        CLASS_IMBALANCE.code,
        whole_place(evidence),
        tr(
            "“{common}” has {times} times as many samples as “{rare}” (limit: {limit}), and only {recall} of “{rare}”"
            " are recognized (limit: {least}): always answering the common class is nearly right.",
            common=head.target.classes[int(counts.argmax())],
            rare=head.target.classes[rarest],
            times=short(times),
            limit=short(limits["times"]),
            recall=percent(recalls[-1]),
            least=percent(limits["recall"]),
        ),
        _remedies(head),
    )


def _remedies(head: Head) -> tuple[Remedy, ...]:
    """Balanced weights, where the loss takes any and does not have them."""
    if head.loss is None or CLASS_WEIGHTS not in head.loss.options:
        return ()
    arguments = {"node": head.node.id, "parameter": "class_weights", "value": "balanced"}
    return (Remedy("set_parameter", arguments, tr("Let rare classes count more")),)


CLASS_IMBALANCE = Rule(
    code="run-class-imbalance",
    label="Class imbalance",
    help="A class is much rarer than another one, and the network hardly ever recognizes it.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=70,
    because=("run-not-finite",),
    fields=(
        FloatField(
            name="times",
            label="Times as many",
            default=10.0,
            minimum=1.0,
            maximum=1e9,
            logarithmic=True,
            help="How many times as many samples the most frequent class has as the rarest (SageMaker Debugger: 10).",
        ),
        FloatField(
            name="recall",
            label="and recognized below",
            default=0.3,
            minimum=0.0,
            maximum=1.0,
            help="The share of the rarest class's validation samples that are recognized (SageMaker Debugger: 0.3).",
        ),
    ),
)
