"""A network of linear layers alone is one linear layer, however deep it is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import listing, tr
from nndesigner.check.advice.linear_stack import stacked
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import drawn_activation


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    if not checked.heads:
        return
    last = {activation.id for head in checked.heads if (activation := drawn_activation(checked, head))}
    weighted = []
    for node in checked.compiled:
        if node.role != "layer" or node.id in last:
            continue
        if node.layer is None or not node.layer.linear:
            return
        if node.layer.width:
            weighted.append(node)
    if len(weighted) < 2 or stacked(checked):  # two Linear in a row are told of where they are
        return
    wire = next((e for e in evidence.document.edges_of(weighted[0].id) if e.source == weighted[0].id), None)
    remedies: tuple[Remedy, ...] = ()
    if wire is not None:
        arguments = {"edge": wire.id, "type": "ReLU", "parameters": {}}
        remedies = (
            Remedy("insert_on_wire", arguments, tr("Insert a ReLU after {name}", name=weighted[0].name)),
        )
    yield Problem(
        Severity.WARNING,
        "no-nonlinearity",
        Where(network=checked.network, node=weighted[0].id),
        tr(
            "There is no activation between {layers}: together they compute no more than one linear layer.",
            layers=listing([node.name for node in weighted[:4]]),
        ),
        remedies,
    )


NO_NONLINEARITY = Rule(code="no-nonlinearity", evidence=frozenset({"graph"}), look=_look)
