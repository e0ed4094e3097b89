"""Layers that no output depends on are left out of the model: say so, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import count, tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.checked import CheckedNetwork


def _look(evidence: Evidence) -> Iterator[Problem]:
    return _dead(evidence.checked, (), set())


def _dead(network: CheckedNetwork, path: tuple[str, ...], seen: set[str]) -> Iterator[Problem]:
    """Of a network and of those used in it, each once."""
    seen.add(network.network)
    whole = any(node.role == "output" for node in network.nodes)
    for node in network.nodes:
        if whole and node.id not in network.used and node.layer is not None:
            yield Problem(
                Severity.WARNING,
                "dead-branch",
                Where(network=network.network, node=node.id, path=path),
                tr(
                    "{name} leads to no output, so it is left out of the model, and its {weights} with it.",
                    name=node.name,
                    weights=count(node.weights, "weight", "weights"),
                )
                if node.weights
                else tr("{name} leads to no output, so it is left out of the model.", name=node.name),
                (Remedy("remove", {"ids": [node.id]}, tr("Remove it")),),
            )
        for inside in node.rounds[:1]:
            if inside.network not in seen:
                yield from _dead(inside, (*path, node.name), seen)


DEAD_BRANCH = Rule(code="dead-branch", evidence=frozenset({"graph"}), look=_look)
