"""A layer so narrow that the classes behind it can hardly be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import answering, place
from nndesigner.check.opened import OpenedNode

LEAST_SHARE = 0.25
"""Values per class that everything must pass through. Scores made from w values by a linear layer have rank w + 1 at
most (Yang et al., Breaking the softmax bottleneck, 2018); ResNet-18 tells 1,000 classes apart from 512 values, which
is plenty, and below a quarter accuracy falls."""
FEWEST_CLASSES = 3
"""Two classes can be told apart by one value."""


def _narrowest(evidence: Evidence) -> dict[str, tuple[float, OpenedNode | None]]:
    """For each layer the fewest values per sample that all that it gets has passed through, on the widest path to it,
    and the layer that gives so few; None where it is the data itself."""
    found: dict[str, tuple[float, OpenedNode | None]] = {}
    for node in evidence.opened.layers:
        widths = [_values(evidence, node, port) for port in node.node.outputs] or [inf]
        width = sum(widths)
        ways = [found[source] for source, _ in node.sources.values() if source in found]
        widest = max(ways, key=lambda way: way[0], default=(inf, None))
        if node.node.role == "input":
            found[node.key] = (width, None)
        else:
            found[node.key] = (width, node) if width < widest[0] else widest
    return found


def _values(evidence: Evidence, node: OpenedNode, port: str) -> float:
    """Values per sample at an output; without end where a length is free."""
    size = node.node.outputs[port].numel()
    value = size.value if size.value is not None else size.bind(evidence.lengths).value
    return inf if value is None else value


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    heads = [
        head
        for head in opened.checked.heads
        if head.target is not None and head.target.kind == "class" and head.loss is not None
    ]
    if not any(len(head.target.classes) >= FEWEST_CLASSES for head in heads if head.target is not None):
        return
    narrowest = _narrowest(evidence)
    told: set[str] = set()
    for head in heads:
        last = answering(opened, head)
        assert head.target is not None
        classes = len(head.target.classes)
        if last is None or last.key not in narrowest or classes < FEWEST_CLASSES:
            continue
        width, node = narrowest[last.key]
        if node is None or node.key in told or width >= max(2.0, LEAST_SHARE * classes):
            continue
        told.add(node.key)
        yield Problem(
            Severity.HINT,
            "bottleneck",
            place(node),
            tr(
                "Everything that tells the {classes} classes of “{target}” apart passes through the {width} that"
                " {name} gives: too narrow for most data.",
                classes=classes,
                target=head.target.name,
                width=tr("one value") if width == 1 else tr("{n} values", n=int(width)),
                name=node.name,
            ),
            _wider(evidence, node, classes),
        )


def _wider(evidence: Evidence, node: OpenedNode, classes: int) -> tuple[Remedy, ...]:
    """As many values as classes, set where the width is decided."""
    at: OpenedNode | None = node
    while at is not None and at.node.layer is not None and at.node.use is not None:
        width = at.node.layer.width
        if width:
            now = at.node.record.parameters.get(width, at.node.use[width])
            if not isinstance(now, int) or now >= classes:
                return ()
            arguments = {"node": at.node.id, "parameter": width, "value": classes}
            sentence = tr("Give {name} {width} outputs", name=at.name, width=classes)
            return (Remedy("set_parameter", arguments, sentence),)
        at = evidence.opened.feeding(at)
    return ()


BOTTLENECK = Rule(code="bottleneck", evidence=frozenset({"graph", "data"}), look=_look)
