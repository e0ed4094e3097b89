"""Two Linear layers in a row compute no more than one."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import feeding_values
from nndesigner.check.checked import CheckedNetwork, CheckedNode


def stacked(checked: CheckedNetwork) -> list[tuple[CheckedNode, CheckedNode]]:
    """Pairs of Linear layers with nothing between them that changes values."""
    pairs = []
    for node in checked.compiled:
        if node.record.type == "Linear":
            before = feeding_values(checked, node)
            if before is not None and before.record.type == "Linear":
                pairs.append((before, node))
    return pairs


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    for before, node in stacked(checked):
        wire = evidence.document.wire_into(node.id, "x")
        remedies: tuple[Remedy, ...] = ()
        if wire is not None:
            arguments = {"edge": wire.id, "type": "ReLU", "parameters": {}}
            remedies = (Remedy("insert_on_wire", arguments, tr("Insert a ReLU between them")),)
        yield Problem(
            Severity.WARNING,
            "linear-stack",
            Where(network=checked.network, node=node.id),
            tr(
                "{first} and {second} follow each other without an activation: together they compute no more than one"
                " Linear layer.",
                first=before.name,
                second=node.name,
            ),
            remedies,
        )


LINEAR_STACK = Rule(code="linear-stack", evidence=frozenset({"graph"}), look=_look)
