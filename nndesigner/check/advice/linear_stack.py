"""Two Linear layers in a row compute no more than one."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.opened import Opened, OpenedNode


def stacked(opened: Opened) -> list[tuple[OpenedNode, OpenedNode]]:
    """Pairs of Linear layers with nothing between them that changes values."""
    pairs = []
    for node in opened.layers:
        if node.type == "Linear":
            before = opened.feeding_values(node)
            if before is not None and before.type == "Linear":
                pairs.append((before, node))
    return pairs


def _look(evidence: Evidence) -> Iterator[Problem]:
    for before, node in stacked(evidence.opened):
        wire = evidence.document.wire_into(node.node.id, "x")
        remedies: tuple[Remedy, ...] = ()
        if wire is not None:
            arguments = {"edge": wire.id, "type": "ReLU", "parameters": {}}
            remedies = (Remedy("insert_on_wire", arguments, tr("Insert a ReLU between them")),)
        assert before.node.use is not None
        yield Problem(
            Severity.WARNING,
            "linear-stack",
            place(node),
            tr(
                "{first} and {second} follow each other without an activation: together they compute no more than one"
                " Linear layer from {have} to {give} values.",
                first=before.name,
                second=node.name,
                have=before.node.use.x.sizes[-1],
                give=node.node.outputs["y"].sizes[-1],
            ),
            remedies,
        )


LINEAR_STACK = Rule(code="linear-stack", evidence=frozenset({"graph"}), look=_look)
