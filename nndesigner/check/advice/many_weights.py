"""Far more weights than the data can tell apart: the network will learn its samples by heart."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import count, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import answering, place

MOST_PER_ANSWER = 100
"""Weights per value that is learned from. As many weights as answers is enough to learn any answers by heart (Zhang et
al., Understanding deep learning requires rethinking generalization, 2017), yet networks with ten times as many do well;
with a hundred times as many, small data sets are nearly always overfitted."""


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked, opened = evidence.checked, evidence.opened
    if all(head.unjudged for head in checked.heads):
        return  # no answer is compared with the data, such as where a picture itself is what learns
    samples = evidence.samples
    # a target with several values per sample (the next token at every step) teaches that much more
    answers = samples * max((prod(h.target.sizes) for h in checked.heads if h.target is not None), default=1)
    learning = [node for node in opened.layers if not node.frozen]
    weights = sum(node.weights for node in learning)
    if not answers or weights <= MOST_PER_ANSWER * answers:
        return
    largest = max(learning, key=lambda node: node.weights)
    layer, use = largest.node.layer, largest.node.use
    remedies: tuple[Remedy, ...] = ()
    if layer is not None and use is not None and layer.width:
        width = int(use[layer.width])
        smaller = max(1, width * MOST_PER_ANSWER * answers // weights)
        feeds_output = any(answering(opened, head) is largest for head in checked.heads)
        # inside a block the width may be an expression of the block's own parameters
        plain = isinstance(largest.node.record.parameters.get(layer.width, width), int)
        if smaller < width and not feeds_output and plain:
            sentence = tr("Give {name} {width} outputs", name=largest.name, width=smaller)
            arguments = {"node": largest.node.id, "parameter": layer.width, "value": smaller}
            remedies = (Remedy("set_parameter", arguments, sentence),)
    yield Problem(
        Severity.HINT,
        "many-weights",
        place(largest),
        tr(
            "The network has {weights} weights, but the training data only {samples}: it can learn them by heart and"
            " do badly on new ones. {name} has most of the weights.",
            weights=f"{weights:,}",
            samples=count(samples, tr("sample"), tr("samples")),
            name=largest.name,
        ),
        remedies,
    )


MANY_WEIGHTS = Rule(code="many-weights", evidence=frozenset({"graph", "data"}), look=_look)
