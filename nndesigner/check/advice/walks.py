"""What several rules ask of an opened network: where a layer stands, which activation a head draws."""

from __future__ import annotations

from nndesigner.base.problem import Where
from nndesigner.check.checked import Head
from nndesigner.check.opened import Opened, OpenedNode


def place(node: OpenedNode, field: str = "") -> Where:
    """The layer as the place of a problem."""
    return Where(network=node.network, node=node.node.id, field=field, path=node.path)


def end(opened: Opened, head: Head) -> OpenedNode | None:
    """The output of a head."""
    return opened.get(head.node.id)


def answering(opened: Opened, head: Head) -> OpenedNode | None:
    """The layer whose value the loss reads."""
    return opened.get(opened.origin(head.stable)[0])


def drawn_activation(opened: Opened, head: Head) -> OpenedNode | None:
    """The activation that the head draws last, whether its loss contains it or not."""
    node = opened.get(opened.origin(head.source)[0])
    while node is not None and node.type == "Identity":
        node = opened.feeding(node)
    return node if node is not None and node.node.layer is not None and node.node.layer.activation else None


def absorbed(opened: Opened) -> set[str]:
    """The keys of the activations that a loss contains in its stable form: no gradient goes through them."""
    return {
        activation.key
        for head in opened.checked.heads
        if head.activation and (activation := drawn_activation(opened, head)) is not None
    }
