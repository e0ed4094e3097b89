"""What several alarms ask of a run and its network: which layers have which number, where they are, what mends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nndesigner.base.problem import Remedy, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.mending import normalized_after
from nndesigner.check.advice.rule import Evidence
from nndesigner.check.advice.walks import absorbed, drawn_activation
from nndesigner.check.alarms.measured import Looks
from nndesigner.check.opened import OpenedNode
from nndesigner.document.plan import PLAN_FIELDS

RECTIFIERS = ("ReLU", "ReLU6")
WITH_RAILS = ("Sigmoid", "Tanh", "Hardsigmoid", "Hardtanh", "Softsign")
MOST_NORMALIZED = 40


def short(number: float) -> str:
    """3.12e-08, 0.25, 120: three digits at most, all of those before the point."""
    return f"{number:.0f}" if 100 <= abs(number) < 1e5 else f"{number:.3g}"


def percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def layers_of(evidence: Evidence, looks: Looks) -> Iterator[tuple[int, OpenedNode]]:
    """The columns of looks that belong to a layer (no block), with it, in data order."""
    for column, key in enumerate(looks.nodes):
        node = evidence.opened.get(key)
        if node is not None and node.works:
            yield column, node


def inner_activations(evidence: Evidence) -> list[OpenedNode]:
    """The activations of the network without those that its answers end with."""
    opened = evidence.opened
    last = {a.key for head in opened.checked.heads if (a := drawn_activation(opened, head)) is not None}
    return [
        node
        for node in opened.layers
        if node.node.layer is not None
        and node.node.layer.activation
        and node.key not in last | absorbed(opened)
    ]


def ids(nodes: Iterable[OpenedNode]) -> list[str]:
    """Their ids, each once: what is inside a block that is used more than once is one layer to edit."""
    return list(dict.fromkeys(node.node.id for node in nodes))


def whole_place(evidence: Evidence) -> Where:
    """The first output: what speaks of the whole network is shown there."""
    heads = evidence.checked.heads
    return Where(network=evidence.checked.network, node=heads[0].node.id if heads else "")


# -- remedies ---------------------------------------------------------------------------------------------------------
def learning_rate(evidence: Evidence, factor: float) -> Remedy:
    """Another learning rate: that of the run, times a factor."""
    value = float(f"{evidence.plan['learning_rate'] * factor:.2g}")
    sentence = tr("Learn at {value}", value=f"{value:g}")
    return Remedy("set_plan", {"values": {"learning_rate": value}}, sentence)


def plan_setting(sentence: str, **values: Any) -> tuple[Remedy, ...]:
    """Other settings of the plan; nothing where the plan has no such setting."""
    known = {field.name for field in PLAN_FIELDS}
    return (Remedy("set_plan", {"values": values}, sentence),) if set(values) <= known else ()


def beginnings(nodes: Iterable[OpenedNode], weight: str, sentence: str, **more: str) -> tuple[Remedy, ...]:
    """Other first weights."""
    chosen = ids(node for node in nodes if node.node.weights and not node.shared)
    values = {"weight": weight, **more}
    return (Remedy("set_learning", {"ids": chosen, "values": values}, sentence),) if chosen else ()


def replaced(nodes: Iterable[OpenedNode], type: str, sentence: str, **parameters: Any) -> tuple[Remedy, ...]:
    """Layers of another type in their place."""
    chosen = ids(nodes)
    arguments = {"ids": chosen, "type": type, "parameters": parameters}
    return (Remedy("replace", arguments, sentence),) if chosen else ()


def normalized(evidence: Evidence, nodes: Sequence[OpenedNode]) -> tuple[Remedy, ...]:
    """A normalization right after each of the layers; nothing where there are too many to be one edit."""
    found: dict[str, Remedy] = {}
    for node in nodes:
        for remedy in normalized_after(evidence.document, node):
            found.setdefault(str(remedy.arguments["edge"]), remedy)
    if len(found) > MOST_NORMALIZED:
        return ()
    if len(found) < 2:
        return tuple(found.values())
    sentence = tr("Insert a normalization after each of {count} layers", count=len(found))
    return (in_one_step(sentence, *found.values()),)


def in_one_step(sentence: str, *remedies: Remedy) -> Remedy:
    """Several edits as one step."""
    steps = [{"verb": remedy.verb, "arguments": remedy.arguments} for remedy in remedies]
    return Remedy("together", {"steps": steps}, sentence)
