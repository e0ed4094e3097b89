"""Far more weights than the data can tell apart: the network will learn its samples by heart."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule

MOST_PER_ANSWER = 100


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked, data = evidence.checked, evidence.document.data
    if data is None or not checked.heads:
        return
    samples = data.counts.get("train", 0)
    # a target with several values per sample (the next token at every step) teaches that much more
    answers = samples * max((prod(h.target.sizes) for h in checked.heads if h.target is not None), default=1)
    weights = checked.weights
    if not answers or weights <= MOST_PER_ANSWER * answers:
        return
    largest = max(checked.compiled, key=lambda node: node.weights)
    remedies: tuple[Remedy, ...] = ()
    if largest.layer is not None and largest.use is not None and largest.layer.width:
        width = int(largest.use[largest.layer.width])
        smaller = max(1, width * MOST_PER_ANSWER * answers // weights)
        feeds_output = any(head.stable[0] == largest.id for head in checked.heads)
        if smaller < width and not feeds_output:
            sentence = tr("Give {name} {width} outputs", name=largest.name, width=smaller)
            arguments = {"node": largest.id, "parameter": largest.layer.width, "value": smaller}
            remedies = (Remedy("set_parameter", arguments, sentence),)
    yield Problem(
        Severity.HINT,
        "many-weights",
        Where(network=checked.network, node=largest.id),
        tr(
            "The network has {weights} weights, but the training data only {samples} samples: it can learn them by"
            " heart and do badly on new ones. {name} has most of the weights.",
            weights=f"{weights:,}",
            samples=f"{samples:,}",
            name=largest.name,
        ),
        remedies,
    )


MANY_WEIGHTS = Rule(code="many-weights", evidence=frozenset({"graph", "data"}), look=_look)
