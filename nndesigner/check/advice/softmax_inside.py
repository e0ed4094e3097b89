"""A softmax that is not the last thing before the output: the loss would apply a second one to what it gives."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import drawn_activation, end, place


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    for head in opened.checked.heads:
        output = end(opened, head)
        if output is None or head.loss is None or not head.loss.stable_after:
            continue
        if drawn_activation(opened, head) is not None:
            continue
        for node in opened.upstream(output):
            if node.type in head.loss.stable_after:
                yield Problem(
                    Severity.WARNING,
                    "softmax-inside",
                    place(node),
                    tr(
                        "{name} is not the last layer before {output}, so {loss} takes what it gives for raw scores"
                        " and squeezes them once more. Put it right before the output, or leave it out.",
                        name=node.name,
                        output=head.node.name,
                        loss=head.loss.label,
                    ),
                    (
                        Remedy(
                            "remove_and_reconnect",
                            {"ids": [node.node.id]},
                            tr("Remove {name}", name=node.name),
                        ),
                    ),
                )
                break
            layer = node.node.layer
            if layer is None or layer.activation or not layer.linear or node.weighted:
                break


SOFTMAX_INSIDE = Rule(code="softmax-inside", evidence=frozenset({"graph"}), look=_look)
