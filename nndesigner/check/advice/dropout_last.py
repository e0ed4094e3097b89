"""Dropout right before the output: the answer itself is thrown away at random while training."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import end, place
from nndesigner.check.opened import OpenedNode


def _drops(node: OpenedNode) -> bool:
    return "Dropout" in node.type or node.type == "DropPath"


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    seen: set[str] = set()
    for head in opened.checked.heads:
        output = end(opened, head)
        for node in opened.upstream(output) if output is not None else ():
            share = node.node.use.values.get("p", 0.5) if node.node.use is not None else 0.5
            if _drops(node) and share and node.key not in seen:
                seen.add(node.key)
                yield Problem(
                    Severity.WARNING,
                    "dropout-last",
                    place(node),
                    tr(
                        "{name} drops {share} % of the answer itself: no weights follow that could make up for it."
                        " Put it before the last layer with weights.",
                        name=node.name,
                        share=f"{100 * share:.3g}",
                    ),
                    (
                        Remedy(
                            "remove_and_reconnect",
                            {"ids": [node.node.id]},
                            tr("Remove {name}", name=node.name),
                        ),
                    ),
                )
            if node.weighted or node.node.layer is None:
                break


DROPOUT_LAST = Rule(code="dropout-last", evidence=frozenset({"graph"}), look=_look)
