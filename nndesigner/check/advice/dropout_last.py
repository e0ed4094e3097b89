"""Dropout right before the output: the answer itself is thrown away at random while training."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import upstream

DROPOUTS = (
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "AlphaDropout",
    "FeatureAlphaDropout",
    "DropPath",
)


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    seen: set[str] = set()
    for head in checked.heads:
        for node in upstream(checked, head.node):
            if node.record.type in DROPOUTS and node.id not in seen:
                seen.add(node.id)
                yield Problem(
                    Severity.WARNING,
                    "dropout-last",
                    Where(network=checked.network, node=node.id),
                    tr(
                        "{name} drops values of the answer itself: no weights follow that could make up for them."
                        " Put it before the last layer with weights.",
                        name=node.name,
                    ),
                    (
                        Remedy(
                            "remove_and_reconnect", {"ids": [node.id]}, tr("Remove {name}", name=node.name)
                        ),
                    ),
                )
            if node.weights or node.layer is None:
                break


DROPOUT_LAST = Rule(code="dropout-last", evidence=frozenset({"graph"}), look=_look)
