"""An activation before the output that the loss cannot do with: scores cut off, squeezed, or always the same."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import drawn_activation, place
from nndesigner.check.checked import Head
from nndesigner.check.heads import prepared_range
from nndesigner.check.opened import OpenedNode


def _reason(head: Head, activation: OpenedNode) -> str:
    """What is wrong with the activation before this loss, as a sentence; "" where nothing is."""
    loss, type = head.loss, activation.type
    if loss is None or head.activation:
        return ""
    names = {"name": activation.name, "loss": loss.label}
    if type in ("Softmax", "LogSoftmax") and head.width == 1:
        return tr(
            "{name} sees one value, and the softmax of one value is always the same: nothing can be learned. One unit"
            " takes a sigmoid, or no activation.",
            **names,
        )
    if loss.form == "logits":
        if type in ("Sigmoid", "Tanh", "Softmax", "LogSoftmax"):
            return tr(
                "{loss} turns scores into probabilities itself, but {name} has squeezed them before: it learns"
                " slowly and is never sure. Feed it the raw scores.",
                **names,
            )
        return tr(
            "{loss} needs scores of both signs, but {name} cuts the negative ones off. Feed it the raw scores.",
            **names,
        )
    target = head.target
    if loss.predicts == "value" and target is not None and target.kind != "class" and type != "LeakyReLU":
        low, high = prepared_range(target)
        if type in ("Sigmoid", "Softmax", "ReLU") and low is not None and low < 0:
            return tr(
                "{name} gives no negative values, but the target has them: as the network sees it, it goes down to"
                " {low}.",
                low=f"{low:.3g}",
                **names,
            )
        if type in ("Sigmoid", "Softmax", "Tanh") and high is not None and high > 1:
            return tr(
                "{name} gives nothing above 1, but the target, as the network sees it, goes up to {high}.",
                high=f"{high:.3g}",
                **names,
            )
    return ""


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    for head in opened.checked.heads:
        activation = drawn_activation(opened, head)
        if activation is None or activation.type == "Step":
            continue
        sentence = _reason(head, activation)
        if sentence:
            yield Problem(
                Severity.WARNING,
                "output-activation",
                place(activation),
                sentence,
                (
                    Remedy(
                        "remove_and_reconnect",
                        {"ids": [activation.node.id]},
                        tr("Remove {name}", name=activation.name),
                    ),
                ),
            )


OUTPUT_ACTIVATION = Rule(code="output-activation", evidence=frozenset({"graph", "data"}), look=_look)
