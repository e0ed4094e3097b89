"""Batch normalization has nothing to average over in a batch of one sample: torch refuses to train on it.

A single sample that is left over at the end of an epoch is no problem: the feed adds it to the batch before.
"""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.batch_of_one import is_batch_normalization, refuses_one

USUAL_BATCH = 32


def _look(evidence: Evidence) -> Iterator[Problem]:
    normalized = [node for node in evidence.opened.layers if is_batch_normalization(node.node)]
    if not normalized:
        return
    batch, samples = evidence.plan["batch_size"], evidence.samples
    if batch > 1 and samples != 1:
        return
    for node in normalized:
        alone = refuses_one(node.node, evidence.lengths)
        mends: tuple[Remedy, ...] = ()
        if samples == 1:
            if not alone:
                continue
            sentence = tr(
                "{name} takes mean and variance over the batch, but there is one training sample only: there is"
                " nothing to average.",
                name=node.name,
            )
        else:
            sentence = tr(
                "{name} takes mean and variance over the batch, but the batch size is 1: there is nothing to average.",
                name=node.name,
            )
            mends = (
                Remedy(
                    "set_plan",
                    {"values": {"batch_size": USUAL_BATCH}},
                    tr("Train in batches of {size}", size=USUAL_BATCH),
                ),
            )
        severity = Severity.ERROR if alone and samples else Severity.WARNING
        yield Problem(severity, "batch-norm-single", place(node), sentence, mends, training=True)


BATCH_NORM_SINGLE = Rule(code="batch-norm-single", evidence=frozenset({"graph", "data"}), look=_look)
