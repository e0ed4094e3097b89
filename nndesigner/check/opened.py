"""A checked network with its blocks opened: one flat row of layers, each knowing what feeds it through block borders.

Advice and analysis read this, so that they see a network drawn with blocks as they see the same one drawn without.
A block's own node stays in the row, right before what is inside it, and so do the ports inside it and layers that
are bypassed: they compute nothing, and nothing is wired to them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from nndesigner.base.shapes import TensorType
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Place
from nndesigner.document.blocks import BLOCK
from nndesigner.layers.block_ports import ENTRY, EXIT
from nndesigner.layers.declaration import Call, Ref


@dataclass(frozen=True, slots=True)
class OpenedNode:
    """A node at its place in the whole.

    `key` and `name` are those of `CheckedNetwork.walk`. `sources` says where each input comes from, by the key of the
    layer that computes it. `path` names the blocks around it, outermost first, `around` is the key of the innermost.
    `frozen`, `shared` and `used` say whether its weights stay as they are, are another layer's, and whether an output
    depends on it. `thaws` says that what is frozen learns later in the run.
    """

    key: str
    name: str
    node: CheckedNode
    network: str
    sources: Mapping[str, Place] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    around: str = ""
    frozen: bool = False
    thaws: bool = False
    shared: bool = False
    used: bool = True

    @property
    def type(self) -> str:
        return self.node.record.type

    @property
    def depth(self) -> int:
        return len(self.path)

    @property
    def block(self) -> bool:
        return self.type == BLOCK

    @property
    def border(self) -> bool:
        """Whether values only enter or leave a block here."""
        return bool(self.around) and self.node.role in (ENTRY, EXIT)

    @property
    def works(self) -> bool:
        """Whether it is a layer that computes something, and known well enough to say what."""
        return not (self.node.use is None or self.border or self.block or self.node.passes)

    @property
    def weighted(self) -> bool:
        """Whether it computes with weights: its own, another layer's, or such as arrive on a wire."""
        return bool(self.node.weights or self.node.owner or "weight" in self.node.sources)

    @property
    def weights(self) -> int:
        """Weights of its own."""
        return 0 if self.shared else self.node.weights

    @property
    def trained(self) -> bool:
        return self.weighted and not self.frozen

    @property
    def learns(self) -> bool:
        """Whether its weights learn at some time of a run."""
        return self.weighted and (self.thaws or not self.frozen)


@dataclass(frozen=True, slots=True)
class _Around:
    """What surrounds a network that is opened: the block's key and names, what feeds its ports by name."""

    key: str = ""
    name: str = ""
    path: tuple[str, ...] = ()
    block: str = ""
    frozen: bool = False
    thaws: bool = False
    shared: bool = False
    used: bool = True
    arriving: Mapping[str, Place] = field(default_factory=dict)


class Opened:
    """The opened network: `nodes` in data order, blocks before what is inside them."""

    def __init__(self, checked: CheckedNetwork) -> None:
        self.checked = checked
        self._passed: dict[Place, Place] = {}
        self._calls: dict[str, Call | None] = {}
        nodes: list[OpenedNode] = []
        self._open(checked, nodes, _Around())
        self.nodes = tuple(nodes)
        self._by_key = {node.key: node for node in nodes}

    def _open(self, network: CheckedNetwork, into: list[OpenedNode], around: _Around) -> None:
        """Adds the nodes of one network."""
        for node in network.nodes:
            used = node.id in network.used
            if around.block and not used:
                continue
            key = around.key + node.id
            sources: Mapping[str, Place]
            if self._passed:
                sources = {
                    port: self.origin((around.key + id, out)) for port, (id, out) in node.sources.items()
                }
            elif around.block:
                sources = {port: (around.key + id, out) for port, (id, out) in node.sources.items()}
            else:
                sources = node.sources  # as long as no block came, keys are ids
            owner = (network.node(node.owner) or node) if node.owner else node
            frozen = around.frozen or owner.record.frozen
            stays = (around.frozen and not around.thaws) or (
                owner.record.frozen and not owner.record.unfreezes
            )
            made = OpenedNode(
                key=key,
                name=around.name + node.name,
                node=node,
                network=network.network,
                sources=sources,
                path=around.path,
                around=around.block,
                frozen=frozen,
                thaws=frozen and not stays,
                shared=around.shared or bool(node.owner),
                used=used and around.used,
            )
            into.append(made)
            if made.border and node.role == ENTRY and node.name in around.arriving:
                self._passed[key, "y"] = around.arriving[node.name]
            for port, passed in node.passes.items():
                if passed in sources:
                    self._passed[key, port] = sources[passed]
            if made.block:
                self._open_block(made, into)

    def _open_block(self, block: OpenedNode, into: list[OpenedNode]) -> None:
        """Adds what is inside a block, round by round: the outputs of one are the inputs of the next, by position."""
        node = block.node
        ports: list[str] = []
        if node.layer is not None and node.use is not None:
            ports = [port.name for port in node.layer.input_ports(node.use.values)]
        feeding, leaving = dict(block.sources), dict[str, Place]()
        for number, inside in enumerate(node.rounds):
            feeding |= dict(zip(ports, leaving.values(), strict=False))
            key = f"{block.key}/{number}/"
            middle = f"{number}." if len(node.rounds) > 1 else ""
            name, path = f"{block.name}.{middle}", (*block.path, node.name)
            how = (block.frozen, block.thaws, block.shared, block.used)
            self._open(inside, into, _Around(key, name, path, block.key, *how, feeding))
            leaving = {}
            for end in inside.exits:
                if "x" in end.sources:
                    id, port = end.sources["x"]
                    leaving[end.name] = self.origin((key + id, port))
        for port, place in leaving.items():
            self._passed[block.key, port] = place

    def origin(self, place: Place) -> Place:
        """Where a value is computed: through block borders to the layer that gives it."""
        seen = 0
        while place in self._passed and seen < 1000:
            place, seen = self._passed[place], seen + 1
        return place

    def get(self, key: str) -> OpenedNode | None:
        return self._by_key.get(key)

    @cached_property
    def layers(self) -> tuple[OpenedNode, ...]:
        """What computes and is compiled, in data order: neither blocks nor their borders."""
        return tuple(node for node in self.nodes if node.works and node.used)

    def type_of(self, place: Place) -> TensorType | None:
        node = self.get(place[0])
        return node.node.outputs.get(place[1]) if node is not None else None

    def call(self, node: OpenedNode) -> Call | None:
        """The torch call that does a layer's work: the module that reads its inputs, else the last that does more
        than lay values out anew. None where values are only taken apart."""
        if node.key not in self._calls:
            layer, use = node.node.layer, node.node.use
            works = layer is not None and layer.role == "layer" and node.works
            calls = layer.lower(use).calls if works and layer is not None and use is not None else ()
            self._calls[node.key] = _main(calls, use.inputs if use is not None else {})
        return self._calls[node.key]

    def feeding(self, node: OpenedNode, port: str = "x") -> OpenedNode | None:
        """The layer wired to a port."""
        source = node.sources.get(port)
        return self.get(source[0]) if source is not None else None

    def feeding_values(self, node: OpenedNode) -> OpenedNode | None:
        """The layer whose values arrive at the port `x`: layers that keep them, such as Dropout and Flatten, are
        passed."""
        before = self.feeding(node)
        while before is not None and before.node.layer is not None and before.node.layer.preserves:
            before = self.feeding(before)
        return before

    def upstream(self, node: OpenedNode) -> Iterator[OpenedNode]:
        """The layers that lead to the port `x` one after the other, nearest first."""
        before = self.feeding(node)
        while before is not None:
            yield before
            before = self.feeding(before)


LAYING_OUT = frozenset("size movedim transpose permute flatten unflatten reshape squeeze unsqueeze".split())
"""Calls after or before the one that counts."""


def _main(calls: Sequence[Call], ports: Mapping[str, object]) -> Call | None:
    for call in calls:
        if call.is_module and any(isinstance(arg, Ref) and arg.name in ports for arg in call.args):
            return call
    for call in reversed(calls):
        if call.target.rpartition(".")[2] not in LAYING_OUT:
            return call
    return calls[-1] if calls else None
