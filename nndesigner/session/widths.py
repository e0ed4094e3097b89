"""How wide a value inside a block is, in the block's own words: `channels`, `in_channels`, or a number.

When a block in another block is dissolved, `in_channels` of the inner one must be said by the outer one: its uses
differ. What is found is held against the width in the use that is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.base.expressions import BadExpression, Value, is_expression, read, substituted
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Place
from nndesigner.layers.declaration import class_axis

KEEP = frozenset({"Activation", "Normalization", "Pooling", "Regularization"})
"""groups whose layers give as many channels as they get"""
SUMS = frozenset({"Add", "Multiply", "Subtract"})
GIVE = ("out_channels", "out_features", "hidden_size", "embedding_dim")
"""parameters that say how wide the output is"""
ARRIVING = ("in_channels", "in_features")
"""what expressions call the width of the first input of the block that they are in"""


def arriving(network: CheckedNetwork, block: CheckedNode, round: int) -> Mapping[str, str]:
    """What a block's `in_channels` is in the words of the network around it; {} where that cannot be said."""
    if round == 0:
        place = first_source(block)
        text = width(network, place) if place is not None else ""
    else:
        inside = block.rounds[round - 1]
        exits = inside.exits
        text = width(inside, exits[0].sources["x"]) if exits and "x" in exits[0].sources else ""
    return dict.fromkeys(ARRIVING, f"({text})") if text else {}


def first_source(block: CheckedNode) -> Place | None:
    """Where the first input of a block comes from that is wired."""
    if block.layer is None or block.use is None:
        return None
    ports = (port.name for port in block.layer.input_ports(block.use.values))
    return next((block.sources[name] for name in ports if name in block.sources), None)


def width(network: CheckedNetwork, place: Place) -> str:
    """An expression (without `=`) for the channels or features at a place; "" where there is none that is sure."""
    text = _width(network, place)
    known = size(network, place)
    try:
        same = bool(text) and read(text).value(names(network)) == known
    except BadExpression:
        return ""
    return text if same else ""


def size(network: CheckedNetwork, place: Place) -> int | None:
    """The channels or features at a place in the use that is looked at; None where free or unknown."""
    type = network.types.get(place)
    if type is None or type.rank < 2:
        return None
    return type.axes[class_axis(type)].size.value


def names(network: CheckedNetwork) -> Mapping[str, Value]:
    """The names that expressions in the network may use, in the use that is looked at."""
    first = next(iter(network.entries), None)
    known = size(network, (first.id, "y")) if first is not None else None
    return {**(dict.fromkeys(ARRIVING, known) if known is not None else {}), **network.names}


def within(text: str, inner: Mapping[str, str]) -> str:
    """An expression with the names of a block replaced by what they are around it; "" where that cannot be said."""
    try:
        left = read(text).names & {*ARRIVING} - inner.keys()
        return "" if left else substituted(text, inner)
    except BadExpression:
        return ""


def _width(network: CheckedNetwork, place: Place) -> str:
    seen: set[str] = set()
    while True:
        node = network.node(place[0])
        if node is None or node.id in seen:
            return ""
        seen.add(node.id)
        if node.role == "entry":
            return ARRIVING[0] if network.entries[:1] == (node,) else ""
        if node.passes:
            port: str | None = node.passes.get(place[1])
        elif node.layer is not None and (node.layer.group in KEEP or node.record.type in SUMS):
            port = next(iter(node.sources), None)
        else:
            return _given(node)
        if port is None or port not in node.sources:
            return ""
        place = node.sources[port]


def _given(node: CheckedNode) -> str:
    """What a parameter of the layer says."""
    known = node.use.values if node.use is not None else {}
    for name in GIVE:
        if name in known:
            value: Any = node.record.parameters.get(name, known[name])
            return value.removeprefix("=") if is_expression(value) else repr(value)
    return ""
