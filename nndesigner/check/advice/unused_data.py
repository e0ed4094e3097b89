"""A field of the data that no input reads."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.layers.catalogue import layers


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    inputs = [node for node in checked.nodes if node.role == "input"]
    if not inputs or any(node.use is None for node in inputs):
        return
    read = {field.name for node in inputs if (field := node.field) is not None}
    types = {entry.reads: entry.type for entry in reversed(layers().values()) if entry.reads}
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
