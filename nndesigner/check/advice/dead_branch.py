"""Layers that no output depends on are left out of the model: say so."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    if not any(node.role == "output" for node in checked.nodes):
        return
    for node in checked.nodes:
        if node.id not in checked.used and node.layer is not None:
            yield Problem(
                Severity.WARNING,
                "dead-branch",
                Where(network=checked.network, node=node.id),
                tr("{name} leads to no output, so it is left out of the model.", name=node.name),
                (Remedy("remove", {"ids": [node.id]}, tr("Remove it")),),
            )


DEAD_BRANCH = Rule(code="dead-branch", evidence=frozenset({"graph"}), look=_look)
