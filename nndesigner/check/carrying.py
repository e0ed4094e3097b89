"""After an edit: which layers of a network can take their weights from an earlier one, and how far. Torch-free.

A layer is found again by its node's id, wherever it was moved (into a block, out of one) and whatever it is called now;
where the id is new, by its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from nndesigner.check.checked import CheckedNetwork, Inner


class Carried(msgspec.Struct, frozen=True):
    """One layer with weights. `state` is "kept", "resized" (what both have in common is kept) or "fresh".

    `before` is the name that it had, "" for a fresh one.
    """

    key: str
    name: str
    state: str
    before: str = ""
    frozen: bool = False


def carry(before: CheckedNetwork, now: CheckedNetwork) -> tuple[tuple[Carried, ...], tuple[str, ...]]:
    """Every layer with weights of the network as it is now, and the names of those of the earlier one that are left."""
    old = {inner.key: (inner, made) for inner in before.walk() if (made := _built(inner)) is not None}
    by_place = {_place(key): key for key in old}
    by_name = {inner.name: key for key, (inner, _) in old.items()}
    found: list[Carried] = []
    used: set[str] = set()
    frozen: set[str] = set()
    for inner in now.walk():
        if inner.node.record.frozen or any(inner.key.startswith(f"{key}/") for key in frozen):
            frozen.add(inner.key)
        made = _built(inner)
        if made is None:
            continue
        key = inner.key if inner.key in old else by_place.get(_place(inner.key), by_name.get(inner.name, ""))
        state = _state(old[key][1], made) if key and key not in used else "fresh"
        if state == "fresh":
            key = ""
        used.add(key)
        name = old[key][0].name if key else ""
        found.append(Carried(inner.key, inner.name, state, name, inner.key in frozen))
    return tuple(found), tuple(inner.name for key, (inner, _) in old.items() if key not in used)


class Fit(msgspec.Struct, frozen=True):
    """How many layers with weights of one node are in each state: one, or of a block all that are inside."""

    kept: int = 0
    resized: int = 0
    fresh: int = 0
    frozen: int = 0
    """of all of them"""

    @property
    def state(self) -> str:
        """The worst of them."""
        return "fresh" if self.fresh else "resized" if self.resized else "kept"

    @property
    def layers(self) -> int:
        return self.kept + self.resized + self.fresh


def by_node(layers: Iterable[Carried], trail: tuple[str, ...] = ()) -> dict[str, Fit]:
    """The nodes of the network that a trail of blocks leads to, by id; all repetitions of a block together."""
    found: dict[str, Counter[str]] = {}
    for layer in layers:
        nodes = tuple(layer.key.split("/")[::2])
        if nodes[: len(trail)] == trail and len(nodes) > len(trail):
            counts = found.setdefault(nodes[len(trail)], Counter())
            counts[layer.state] += 1
            counts["frozen"] += layer.frozen
    return {node: Fit(**counts) for node, counts in found.items()}


def renamed(carried: tuple[Carried, ...]) -> dict[str, str]:
    """Module names as they were → as they are now, for layers that are carried over."""
    return {one.before: one.name for one in carried if one.before}


def _place(key: str) -> tuple[str, str]:
    """A node by its id and the repetitions around it: the same wherever its block was moved."""
    *around, id = key.split("/")
    return id, "/".join(piece for piece in around[1::2] if piece != "0")


def _built(inner: Inner) -> tuple[str, Mapping[str, Any]] | None:
    """What torch builds for a layer that has weights of its own."""
    node = inner.node
    if node.rounds or node.layer is None or node.use is None or not node.weights or node.passes:
        return None
    lowering = node.layer.lower(node.use)
    for call in lowering.calls:
        if call.construct is not None:
            return call.target, dict(call.construct)
    return node.record.type, {key: numbers.shape for key, numbers in lowering.learnable.items()}


def _state(old: tuple[str, Mapping[str, Any]], new: tuple[str, Mapping[str, Any]]) -> str:
    if old == new:
        return "kept"
    if old[0] != new[0]:
        return "fresh"
    # Numbers may differ (sizes, strides); a switch such as a bias or a direction changes which tensors there are.
    keys = old[1].keys() | new[1].keys()
    differs = [key for key in keys if old[1].get(key) != new[1].get(key)]
    numbers = all(
        all(not isinstance(side.get(key), bool | str) for side in (old[1], new[1])) for key in differs
    )
    return "resized" if numbers else "fresh"
