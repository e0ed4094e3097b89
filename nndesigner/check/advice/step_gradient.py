"""A step unit passes no gradient: what lies before it does not learn, unless the loss is the perceptron's own."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import listing, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import absorbed, learners_before


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    contained = absorbed(checked)
    for node in checked.compiled:
        if node.record.type != "Step" or node.id in contained:
            continue
        deaf = learners_before(evidence.document, checked, node)
        if deaf:
            yield Problem(
                Severity.WARNING,
                "step-gradient",
                Where(network=checked.network, node=node.id),
                tr(
                    "The gradient of {name} is zero everywhere, so {layers} before it cannot learn. A sigmoid is a"
                    " step that can.",
                    name=node.name,
                    layers=listing([n.name for n in deaf[-3:]]),
                ),
                (
                    Remedy(
                        "replace",
                        {"ids": [node.id], "type": "Sigmoid"},
                        tr("Make {name} a sigmoid", name=node.name),
                    ),
                ),
            )


STEP_GRADIENT = Rule(code="step-gradient", evidence=frozenset({"graph"}), look=_look)
