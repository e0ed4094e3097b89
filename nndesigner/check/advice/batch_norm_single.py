"""Batch normalization has nothing to average over in batches of one sample."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule

USUAL_BATCH = 32


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked, plan = evidence.checked, evidence.document.plan
    if plan is None or plan.parameters.get("batch_size") != 1:
        return
    for node in checked.compiled:
        if node.record.type in ("BatchNorm1d", "BatchNorm2d"):
            yield Problem(
                Severity.WARNING,
                "batch-norm-single",
                Where(network=checked.network, node=node.id),
                tr(
                    "{name} takes mean and variance over the batch, but the batch size is 1: there is nothing to"
                    " average.",
                    name=node.name,
                ),
                (
                    Remedy(
                        "set_plan",
                        {"values": {"batch_size": USUAL_BATCH}},
                        tr("Train in batches of {size}", size=USUAL_BATCH),
                    ),
                ),
            )


BATCH_NORM_SINGLE = Rule(code="batch-norm-single", evidence=frozenset({"graph"}), look=_look)
