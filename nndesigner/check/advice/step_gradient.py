"""A step unit passes no gradient: what lies before it does not learn, unless the loss is the perceptron's own."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import listing, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import absorbed, place

NAMED = 3
"""How many of the layers that do not learn are named: the nearest ones."""


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    contained = absorbed(opened)
    learners: dict[str, tuple[str, ...]] = {}
    for node in opened.layers:  # in data order, so what feeds a node is known before it
        named = (name for source, _ in node.sources.values() for name in learners.get(source, ()))
        deaf = tuple(dict.fromkeys(named))[-NAMED:]
        learners[node.key] = (*deaf, node.name)[-NAMED:] if node.trained else deaf
        if node.type == "Step" and node.key not in contained and deaf:
            yield Problem(
                Severity.WARNING,
                "step-gradient",
                place(node),
                tr(
                    "The gradient of {name} is zero everywhere, so {layers} before it cannot learn. A sigmoid is a"
                    " step that can.",
                    name=node.name,
                    layers=listing(list(deaf)),
                ),
                (
                    Remedy(
                        "replace",
                        {"ids": [node.node.id], "type": "Sigmoid"},
                        tr("Make {name} a sigmoid", name=node.name),
                    ),
                ),
            )


STEP_GRADIENT = Rule(code="step-gradient", evidence=frozenset({"graph"}), look=_look)
