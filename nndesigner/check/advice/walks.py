"""Walks along a checked network that several rules take: who feeds a node, whom it feeds, what lies between."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head


def feeding(checked: CheckedNetwork, node: CheckedNode) -> CheckedNode | None:
    """The node wired to the port `x`."""
    source = node.sources.get("x")
    return checked.node(source[0]) if source is not None else None


def feeding_values(checked: CheckedNetwork, node: CheckedNode) -> CheckedNode | None:
    """The node whose values arrive at the port `x`: layers that keep them, such as Dropout and Flatten, are"
    " passed."""
    before = feeding(checked, node)
    while before is not None and before.layer is not None and before.layer.preserves:
        before = feeding(checked, before)
    return before


def upstream(checked: CheckedNetwork, node: CheckedNode) -> Iterator[CheckedNode]:
    """The nodes that lead to the port `x` one after the other, nearest first."""
    before = feeding(checked, node)
    while before is not None:
        yield before
        before = feeding(checked, before)


def drawn_activation(checked: CheckedNetwork, head: Head) -> CheckedNode | None:
    """The activation that the head draws last, whether its loss contains it or not."""
    node = checked.node(head.source[0])
    while node is not None and node.record.type == "Identity":
        node = feeding(checked, node)
    return node if node is not None and node.layer is not None and node.layer.activation else None


def absorbed(checked: CheckedNetwork) -> set[str]:
    """The ids of the activations that a loss contains in its stable form: no gradient goes through them."""
    return {
        activation.id
        for head in checked.heads
        if head.activation and (activation := drawn_activation(checked, head)) is not None
    }
