"""Batch normalization has nothing to average over in a batch of one sample: torch refuses to train on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.opened import OpenedNode

USUAL_BATCH = 32


def _look(evidence: Evidence) -> Iterator[Problem]:
    normalized = [node for node in evidence.opened.layers if node.type.startswith("BatchNorm")]
    if not normalized:
        return
    plan, samples = evidence.plan, evidence.samples
    batch = plan["batch_size"]
    last_alone = samples % batch == 1 and not (plan["drop_last"] and samples > batch)
    if batch > 1 and not last_alone:
        return
    for node in normalized:
        alone = _values_per_channel(node, evidence.lengths) == 1
        if batch == 1:
            sentence = tr(
                "{name} takes mean and variance over the batch, but the batch size is 1: there is nothing to average.",
                name=node.name,
            )
            mend = Remedy(
                "set_plan",
                {"values": {"batch_size": USUAL_BATCH}},
                tr("Train in batches of {size}", size=USUAL_BATCH),
            )
        elif alone:
            sentence = tr(
                "{name} takes mean and variance over the batch, but of {samples} training samples the last batch of"
                " {batch} holds one only: there is nothing to average.",
                name=node.name,
                samples=samples,
                batch=batch,
            )
            mend = Remedy("set_plan", {"values": {"drop_last": True}}, tr("Leave out a short last batch"))
        else:
            continue
        severity = Severity.ERROR if alone and samples else Severity.WARNING
        yield Problem(severity, "batch-norm-single", place(node), sentence, (mend,) if samples != 1 else ())


def _values_per_channel(node: OpenedNode, lengths: Mapping[str, int]) -> int:
    """Values of one sample that share a mean; more than one stands for a length that is not known."""
    if node.node.use is None:
        return 2
    sizes = (size.bind(lengths).value for size in node.node.use.x.sizes[2:])
    return prod(2 if size is None else size for size in sizes)


BATCH_NORM_SINGLE = Rule(code="batch-norm-single", evidence=frozenset({"graph", "data"}), look=_look)
