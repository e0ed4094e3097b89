"""A softmax that is not the last thing before the output: the loss would apply a second one to what it gives."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import drawn_activation, upstream


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    for head in checked.heads:
        if head.loss is None or not head.loss.stable_after or drawn_activation(checked, head) is not None:
            continue
        for node in upstream(checked, head.node):
            if node.record.type in head.loss.stable_after:
                yield Problem(
                    Severity.WARNING,
                    "softmax-inside",
                    Where(network=checked.network, node=node.id),
                    tr(
                        "{name} is not the last layer before {output}, so {loss} takes what it gives for raw scores"
                        " and squeezes them once more. Put it right before the output, or leave it out.",
                        name=node.name,
                        output=head.node.name,
                        loss=head.loss.label,
                    ),
                    (
                        Remedy(
                            "remove_and_reconnect", {"ids": [node.id]}, tr("Remove {name}", name=node.name)
                        ),
                    ),
                )
                break
            if node.layer is None or node.layer.activation or not node.layer.linear or node.weights:
                break


SOFTMAX_INSIDE = Rule(code="softmax-inside", evidence=frozenset({"graph"}), look=_look)
