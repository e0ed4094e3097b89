"""A field of the data that no input reads."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.layers.inputs import KINDS, field_of


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    inputs = [node for node in checked.nodes if node.role == "input"]
    if not inputs or any(node.use is None for node in inputs):
        return
    read = {
        field.name
        for node in inputs
        if node.use is not None and (field := field_of(node.record.type, node.use)) is not None
    }
    types = {kind: type for type, kind in KINDS.items()}
    for field in checked.fields.values():
        if field.role == "input" and field.name not in read and field.kind in types:
            yield Problem(
                Severity.HINT,
                "unused-data",
                Where(network=checked.network),
                tr("No input reads the field “{name}” of the data.", name=field.name),
                (
                    Remedy(
                        "add_node",
                        {
                            "type": types[field.kind],
                            "network": checked.network,
                            "parameters": {"field": field.name},
                        },
                        tr("Add an input for it"),
                    ),
                ),
            )


UNUSED_DATA = Rule(code="unused-data", evidence=frozenset({"graph", "data"}), look=_look)
