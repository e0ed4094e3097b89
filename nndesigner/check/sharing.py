"""Shared weights: nodes that use the weights of another node of the same network, and whether the two can.

Two nodes share when torch would build the same module for both; two blocks, when this holds for all that is inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode


def settle(nodes: Mapping[str, CheckedNode]) -> tuple[dict[str, CheckedNode], list[Problem]]:
    """The nodes that use the weights of another, with their owner; and what is wrong with the others."""
    shared: dict[str, CheckedNode] = {}
    problems = []
    for node in nodes.values():
        if not node.record.shares:
            continue
        owner = _owner(nodes, node)
        if owner is None:
            problems.append(
                _problem(
                    node, tr("The layer whose weights {name} uses is not in this network.", name=node.name)
                )
            )
        elif node.use is None or owner.use is None or node.passes:
            continue
        elif owner.passes:
            problems.append(
                _problem(
                    node,
                    tr(
                        "{name} uses the weights of {owner}, which is bypassed.",
                        name=node.name,
                        owner=owner.name,
                    ),
                )
            )
        elif list(built(node)) != list(built(owner)):
            problems.append(
                _problem(
                    node,
                    tr(
                        "{name} cannot use the weights of {owner}: type, parameters and what arrives must give the"
                        " same weights.",
                        name=node.name,
                        owner=owner.name,
                    ),
                )
            )
        else:
            shared[node.id] = replace(node, owner=owner.id, weights=0)
    return shared, problems


def _owner(nodes: Mapping[str, CheckedNode], node: CheckedNode) -> CheckedNode | None:
    """The node at the end of the chain of sharing; None where it is missing or leads in a circle."""
    seen = {node.id}
    owner = nodes.get(node.record.shares)
    while owner is not None and owner.record.shares:
        if owner.id in seen:
            return None
        seen.add(owner.id)
        owner = nodes.get(owner.record.shares)
    return None if owner is None or owner.id in seen else owner


def built(node: CheckedNode, name: str = "") -> Iterator[tuple[Any, ...]]:
    """What torch builds for a node: (name inside it, module and arguments), blocks opened."""
    if node.rounds:
        for round, inside in enumerate(node.rounds):
            yield from _built_inside(inside, f"{name}{round}.")
    elif node.layer is not None and node.use is not None and not node.passes and node.role == "layer":
        lowering = node.layer.lower(node.use)
        for call in lowering.calls:
            if call.construct is not None:
                yield name, call.target, dict(call.construct)
        for key, numbers in lowering.learnable.items():
            yield name, key, numbers.shape


def _built_inside(network: CheckedNetwork, prefix: str) -> Iterator[tuple[Any, ...]]:
    for node in network.compiled:
        yield from built(node, f"{prefix}{node.name}")


def _problem(node: CheckedNode, sentence: str) -> Problem:
    where = Where(network=node.record.network, node=node.id, field="shares")
    remedy = Remedy("share_weights", {"ids": [node.id], "owner": ""}, tr("Give it weights of its own"))
    return Problem(Severity.ERROR, "shared-weights", where, sentence, (remedy,))
