"""Two Linear layers in a row compute no more than one."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    for node in checked.compiled:
        if node.record.type != "Linear" or "x" not in node.sources:
            continue
        before = checked.node(node.sources["x"][0])
        while (
            before is not None
            and before.layer is not None
            and before.layer.preserves
            and "x" in before.sources
        ):
            before = checked.node(before.sources["x"][0])
        if before is None or before.record.type != "Linear":
            continue
        wire = evidence.document.wire_into(node.id, "x")
        remedies: tuple[Remedy, ...] = ()
        if wire is not None:
            remedies = (
                Remedy(
                    "insert_on_wire",
                    {"edge": wire.id, "type": "ReLU", "parameters": {}},
                    tr("Insert a ReLU between them"),
                ),
            )
        yield Problem(
            Severity.WARNING,
            "linear-stack",
            Where(network=checked.network, node=node.id),
            tr(
                "{first} and {second} follow each other without an activation: together they compute no more than one Linear layer.",
                first=before.name,
                second=node.name,
            ),
            remedies,
        )


LINEAR_STACK = Rule(code="linear-stack", evidence=frozenset({"graph"}), look=_look)
