"""A network of linear layers alone is one linear layer, however deep it is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import count, listing, tr
from nndesigner.check.advice.linear_stack import stacked
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import drawn_activation, place


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    if not opened.checked.heads:
        return
    last = {
        activation.key
        for head in opened.checked.heads
        if (activation := drawn_activation(opened, head)) is not None
    }
    weighted = []
    for node in opened.layers:
        layer = node.node.layer
        if node.node.role != "layer" or node.key in last:
            continue
        if layer is None or not layer.linear:
            return
        if layer.width:
            weighted.append(node)
    if len(weighted) < 2 or stacked(opened):  # two Linear in a row are told of where they are
        return
    first = weighted[0]
    wire = next((e for e in evidence.document.edges_of(first.node.id) if e.source == first.node.id), None)
    remedies: tuple[Remedy, ...] = ()
    if wire is not None:
        arguments = {"edge": wire.id, "type": "ReLU", "parameters": {}}
        remedies = (Remedy("insert_on_wire", arguments, tr("Insert a ReLU after {name}", name=first.name)),)
    yield Problem(
        Severity.WARNING,
        "no-nonlinearity",
        place(first),
        tr(
            "There is no activation between {layers}: with {weights} together they compute no more than one linear"
            " layer.",
            layers=listing([node.name for node in weighted[:4]]),
            weights=count(sum(node.weights for node in weighted), "weight", "weights"),
        ),
        remedies,
    )


NO_NONLINEARITY = Rule(code="no-nonlinearity", evidence=frozenset({"graph"}), look=_look)
