"""Batch normalization has nothing to average over in a batch of one sample: torch refuses to train on it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.checked import CheckedNode
from nndesigner.check.free_sizes import sizes_in_data
from nndesigner.document.plan import plan_values

USUAL_BATCH = 32
BATCH_NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked, data = evidence.checked, evidence.document.data
    normalized = [node for node in checked.compiled if node.record.type in BATCH_NORMS]
    if not normalized:
        return
    plan, _ = plan_values(evidence.document)
    batch, samples = plan["batch_size"], data.counts.get("train", 0) if data is not None else 0
    last_alone = samples % batch == 1 and not (plan["drop_last"] and samples > batch)
    if batch > 1 and not last_alone:
        return
    lengths, _ = sizes_in_data({node.id: node for node in checked.nodes})
    for node in normalized:
        alone = _values_per_channel(node, lengths) == 1
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
        where = Where(network=checked.network, node=node.id)
        yield Problem(severity, "batch-norm-single", where, sentence, (mend,) if samples != 1 else ())


def _values_per_channel(node: CheckedNode, lengths: dict[str, int]) -> int:
    """Values of one sample that share a mean; more than one stands for a length that is not known."""
    if node.use is None:
        return 2
    sizes = (size.bind(lengths).value for size in node.use.x.sizes[2:])
    return prod(2 if size is None else size for size in sizes)


BATCH_NORM_SINGLE = Rule(code="batch-norm-single", evidence=frozenset({"graph", "data"}), look=_look)
