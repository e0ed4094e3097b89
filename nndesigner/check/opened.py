"""A checked network with its blocks opened: one flat row of layers, each knowing what feeds it through block borders.

Advice and analysis read this, so that they see a network drawn with blocks as they see the same one drawn without.
A block's own node stays in the row, right before what is inside it; nothing is wired to it or from it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nndesigner.base.shapes import TensorType
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Place
from nndesigner.layers.declaration import Call


@dataclass(frozen=True, slots=True)
class OpenedNode:
    """A node at its place in the whole.

    `key` and `name` are those of `CheckedNetwork.walk`. `sources` says where each input comes from, by the key of the
    layer that computes it. `path` names the blocks around it, outermost first, `around` is the key of the innermost.
    `border` marks the inputs and outputs of a block's network: they compute nothing.
    """

    key: str
    name: str
    node: CheckedNode
    network: str
    sources: Mapping[str, Place] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    around: str = ""
    frozen: bool = False
    border: bool = False
    used: bool = True
    """whether an output depends on it"""

    @property
    def type(self) -> str:
        return self.node.record.type

    @property
    def depth(self) -> int:
        return len(self.path)

    @property
    def block(self) -> bool:
        return bool(self.node.rounds)

    @property
    def works(self) -> bool:
        """Whether it is a layer that computes something, and known well enough to say what."""
        return self.node.use is not None and not self.border and not self.block


class Opened:
    """The opened network: `nodes` in data order, blocks before what is inside them."""

    def __init__(self, checked: CheckedNetwork) -> None:
        self.checked = checked
        self._passed: dict[Place, Place] = {}
        self._calls: dict[str, Call | None] = {}
        nodes: list[OpenedNode] = []
        self._open(checked, nodes, "", "", (), "", False, {})
        self.nodes = tuple(nodes)
        self._by_key = {node.key: node for node in nodes}

    def _open(
        self,
        network: CheckedNetwork,
        into: list[OpenedNode],
        key: str,
        name: str,
        path: tuple[str, ...],
        around: str,
        frozen: bool,
        arriving: Mapping[str, Place],
    ) -> None:
        """Adds the nodes of one network. `arriving` says what feeds its input ports, by name; without it this is
        the outermost network."""
        for node in network.nodes:
            used = node.id in network.used
            if around and not used:
                continue
            mine = key + node.id
            held = frozen or is_frozen(node)
            sources: Mapping[str, Place]
            if around or self._passed:
                sources = {port: self.origin((key + id, out)) for port, (id, out) in node.sources.items()}
            else:
                sources = node.sources  # as long as no block came, keys are ids
            border = bool(around) and node.role in ("input", "output")
            if border and node.role == "input":
                for port in node.outputs:
                    if node.name in arriving:
                        self._passed[mine, port] = arriving[node.name]
            into.append(
                OpenedNode(
                    mine,
                    name + node.name,
                    node,
                    network.network,
                    sources if not node.rounds else {},
                    path,
                    around,
                    held,
                    border,
                    used,
                )
            )
            feeding: Mapping[str, Place] = sources
            for number, inside in enumerate(node.rounds):
                deeper = f"{mine}/{number}/"
                middle = f"{number}." if len(node.rounds) > 1 else ""
                called = f"{name}{node.name}.{middle}"
                self._open(inside, into, deeper, called, (*path, node.name), mine, held, feeding)
                leaving = {}
                for end in inside.nodes:
                    if end.role == "output" and end.sources:
                        id, port = next(iter(end.sources.values()))
                        leaving[end.name] = self.origin((deeper + id, port))
                # a repeated block feeds itself: what leaves a round arrives at the next
                feeding = {**feeding, **_next_round(feeding, leaving)}
                for port, place in leaving.items():
                    self._passed[mine, port] = place

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
        """The torch call that does a layer's work: its module, else its last function."""
        if node.key not in self._calls:
            layer, use = node.node.layer, node.node.use
            calls = layer.lower(use).calls if layer is not None and use is not None and node.works else ()
            module = next((call for call in calls if call.is_module), None)
            self._calls[node.key] = module or (calls[-1] if calls else None)
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


def is_frozen(node: CheckedNode) -> bool:
    """Whether the user froze the node's weights."""
    return bool(getattr(node.record, "frozen", False))


def _next_round(arriving: Mapping[str, Place], leaving: Mapping[str, Place]) -> Mapping[str, Place]:
    """What arrives at the next repetition: outputs by their port's name, a lone output at a lone input."""
    same = {port: place for port, place in leaving.items() if port in arriving}
    if same or len(leaving) != 1 or not arriving:
        return same
    return {next(iter(arriving)): next(iter(leaving.values()))}
