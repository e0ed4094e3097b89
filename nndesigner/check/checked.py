"""What checking gives: the network in data order with every type known, and what is wrong with it.

Plain values. The compiler, the exporters, the canvas and the analyzer read this and nothing else of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.expressions import Value
from nndesigner.base.names import counted
from nndesigner.base.problem import Problem
from nndesigner.base.shapes import Size, TensorType
from nndesigner.document.records import Node
from nndesigner.layers.declaration import Layer, Use, class_axis
from nndesigner.layers.inputs import field_of
from nndesigner.layers.losses.catalogue import NONE
from nndesigner.layers.losses.loss import Loss, LossUse, blank_of, class_weights, ignored

Place = tuple[str, str]
"""(node id, port name)"""


@dataclass(frozen=True, kw_only=True)
class CheckedNode:
    """One node in data order.

    `use` is None while what arrives is not known (something before it is wrong) or while its type is unknown;
    `outputs` is empty then. `sources` says where each wired input comes from. A block in use has `rounds`: the network
    inside as it is in each repetition, for what arrives there; its counts are those of what is inside. A layer that is
    bypassed says in `passes` which input each output passes on. `owner` is the node whose weights it uses, "" for its
    own; `weights` is 0 then.
    """

    record: Node
    layer: Layer | None
    use: Use | None
    outputs: Mapping[str, TensorType]
    sources: Mapping[str, Place]
    weights: int = 0
    macs: Size = field(default_factory=lambda: Size.of(0))
    rounds: tuple[CheckedNetwork, ...] = ()
    passes: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def role(self) -> str:
        return self.layer.role if self.layer is not None else "layer"

    @property
    def field(self) -> DataField | None:
        """The data field that an input reads; None for other layers and where there is no data."""
        if self.use is None or self.layer is None or not self.layer.reads:
            return None
        return field_of(self.use, self.layer.reads)


@dataclass(frozen=True, slots=True)
class Inner:
    """A node at its place in the whole: `key` is its id behind those of the blocks around it (`a/0/b`), `name` the
    path of its module (`stage2.0.conv1`)."""

    key: str
    name: str
    node: CheckedNode


@dataclass(frozen=True, kw_only=True)
class Head:
    """One output: what it is compared with and which value the loss is fed.

    `source` is the value as drawn, `stable` the value for the loss: the same, or the input of the `activation` (a
    layer type) that the stable form of the loss contains. `arriving` is the type of `source`. `beside` says where the
    further values come from that the loss reads, by port.
    """

    node: CheckedNode
    target: DataField | None
    loss: Loss | None
    source: Place
    stable: Place
    activation: str
    arriving: TensorType
    beside: Mapping[str, Place] = field(default_factory=dict)

    @property
    def class_axis(self) -> int:
        """Where the class scores lie: the channel axis of channel-first values, else the last axis."""
        return class_axis(self.arriving)

    @property
    def width(self) -> int | None:
        """Values along the class axis, None while free."""
        return self.arriving.axes[self.class_axis].size.value

    @property
    def weight(self) -> float:
        """How much the loss counts in the sum."""
        return _weight(self.node)

    @property
    def options(self) -> Mapping[str, Any]:
        """The options of the loss: as they are set where it was chosen, its defaults where it is automatic."""
        assert self.loss is not None
        chosen = self.node.use is not None and self.node.use.values.get("loss") == self.loss.name
        values = self.node.use.values if chosen and self.node.use is not None else {}
        return {option.name: values.get(option.name, option.default) for option in self.loss.options}

    def loss_use(self) -> LossUse:
        """What the loss is lowered from. Raises OptionError where an option does not fit the target."""
        assert self.loss is not None
        options, target = self.options, self.target
        return LossUse(
            kind=target.kind if target is not None else "",
            rank=self.arriving.rank,
            axis=self.class_axis,
            width=self.width,
            options=options,
            class_weights=class_weights(options, target) if target is not None else None,
            ignore=ignored(options, target) if target is not None else None,
            blank=self.blank,
        )

    @property
    def aligned(self) -> bool:
        """Whether the answer says at each place of the target what stands there; if not, a path over its own steps
        writes the target (CTC)."""
        return self.loss is None or self.loss.aligned

    @property
    def blank(self) -> int:
        """The class that writes nothing, of an answer that is not aligned with its target."""
        return blank_of(self.target) if self.target is not None and not self.aligned else 0

    @property
    def threshold(self) -> float:
        """The value, as the loss reads it, above which one unit says the second class."""
        return self.loss.threshold(self.options) if self.loss is not None else 0.0

    @property
    def link(self) -> str:
        """What makes an answer of the value as drawn: "softmax", "sigmoid", "exp", or "" where it is one already."""
        if self.activation == "LogSoftmax":
            return "exp"
        return self.loss.link if self.loss is not None and not self.activation else ""

    @property
    def in_target_units(self) -> bool:
        """Whether the value as drawn is a number like the (prepared) target, rather than a score or a class."""
        numbers = self.target is not None and self.target.kind not in ("class", "tokens")
        return numbers and (self.loss is not None or self.unjudged) and not self.link

    @property
    def told(self) -> DataField | None:
        """What the answer is read as: the target, unless that is a class and no loss judges the answer, which then is
        no score of classes but an embedding."""
        embedding = self.unjudged and self.target is not None and self.target.kind in ("class", "tokens")
        return None if embedding else self.target

    @property
    def unjudged(self) -> bool:
        """Whether it was chosen that no loss judges it: what it gives is learned elsewhere."""
        return self.node.use is not None and self.node.use.values.get("loss") == NONE


def _weight(node: CheckedNode) -> float:
    return float(node.use.values.get("weight", 1.0)) if node.use is not None else 1.0


@dataclass(frozen=True, kw_only=True)
class CheckedNetwork:
    """A network in data order. `ok` says that nothing stands in the way of building it."""

    network: str
    name: str
    nodes: tuple[CheckedNode, ...]
    types: Mapping[Place, TensorType]
    heads: tuple[Head, ...]
    problems: tuple[Problem, ...]
    used: frozenset[str]
    """ids of the nodes that an output or a penalty depends on: what is compiled for training"""
    fields: Mapping[str, DataField]
    example: Mapping[str, int] = field(default_factory=dict)
    """a value for every free name with which all sizes are positive (the batch `N` included, at least 2)"""
    names: Mapping[str, Value] = field(default_factory=dict)
    """of a block: the values of the names that expressions inside it use"""
    penalties: tuple[Inner, ...] = ()
    """nodes whose value is added to the loss, those inside blocks included"""
    answering: frozenset[str] | None = None
    """ids of the nodes that an answer depends on, where losses and penalties read more than the answers"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {node.id: node for node in self.nodes})

    @property
    def ok(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stands in the way of building the network."""
        return tuple(problem for problem in self.obstacles if not problem.training)

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """What stands in the way of training it: the errors, and those that speak of the training plan."""
        return tuple(problem for problem in self.problems if problem.in_the_way)

    def node(self, id: str) -> CheckedNode | None:
        """The node of an id, or of a key such as `a/0/b` that leads into blocks."""
        by_id: Mapping[str, CheckedNode] = self._by_id  # type: ignore[attr-defined]
        if "/" not in id:
            return by_id.get(id)
        block, round, rest = id.split("/", 2)
        around = by_id.get(block)
        if around is None or not round.isdigit() or int(round) >= len(around.rounds):
            return None
        return around.rounds[int(round)].node(rest)

    def find(self, key: str) -> Inner | None:
        """The node of an id or a key, where it is compiled; `name` is the path of the module that holds its weights,
        which of a layer or block that uses another one's is that one's."""
        by_id: Mapping[str, CheckedNode] = self._by_id  # type: ignore[attr-defined]
        id, _, rest = key.partition("/")
        node = by_id.get(id)
        if node is None or id not in self.used:
            return None
        name = by_id[node.owner].name if node.owner in by_id else node.name
        if not rest:
            return Inner(key, name, node)
        round, _, rest = rest.partition("/")
        if not round.isdigit() or int(round) >= len(node.rounds):
            return None
        inside = node.rounds[int(round)].find(rest)
        if inside is None:
            return None
        number = f"{round}." if len(node.rounds) > 1 else ""
        return Inner(key, f"{name}.{number}{inside.name}", inside.node)

    @property
    def compiled(self) -> tuple[CheckedNode, ...]:
        """The nodes that an output or a penalty depends on, in data order."""
        return tuple(node for node in self.nodes if node.id in self.used)

    def walk(self) -> Iterator[Inner]:
        """Every node that is compiled, in data order, blocks opened: a block comes right before what is inside it."""
        return self._walk("", "")

    def _walk(self, key: str, name: str) -> Iterator[Inner]:
        for node in self.compiled:
            yield Inner(key + node.id, name + node.name, node)
            for round, inside in enumerate(node.rounds):
                number = f"{round}." if len(node.rounds) > 1 else ""
                yield from inside._walk(f"{key}{node.id}/{round}/", f"{name}{node.name}.{number}")

    @property
    def entries(self) -> tuple[CheckedNode, ...]:
        """Of a block: the nodes at which values enter that are wired where it is used, in the order of the ports."""
        return _in_order_of_ports(node for node in self.nodes if node.role == "entry" and node.outputs)

    @property
    def exits(self) -> tuple[CheckedNode, ...]:
        """Of a block: the nodes at which values leave, in the order of the ports."""
        return _in_order_of_ports(node for node in self.nodes if node.role == "exit")

    @property
    def inputs(self) -> tuple[CheckedNode, ...]:
        """The inputs in the order of their names, which is that of the model's arguments."""
        found = [node for node in self.compiled if node.role == "input"]
        return tuple(sorted(found, key=lambda node: counted(node.name)))

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of what the loss is the sum of: the outputs, then the penalties."""
        return (*(head.node.name for head in self.heads), *(inner.name for inner in self.penalties))

    @property
    def shares(self) -> tuple[float, ...]:
        """How much each part of the loss counts in the sum."""
        return (*(head.weight for head in self.heads), *(_weight(inner.node) for inner in self.penalties))

    def as_answered(self) -> CheckedNetwork:
        """The network as it leaves the house: without what is there for the training only."""
        if self.answering is None:
            return self
        nodes = tuple(
            replace(node, rounds=tuple(inside.as_answered() for inside in node.rounds))
            if node.rounds
            else node
            for node in self.nodes
        )
        return replace(self, nodes=nodes, used=self.answering, penalties=(), answering=None)

    @property
    def weights(self) -> int:
        """Learnable numbers of everything that is compiled."""
        return sum(node.weights for node in self.compiled)

    @property
    def macs(self) -> Size:
        """Multiply-accumulates per sample."""
        total = Size.of(0)
        for node in self.compiled:
            total = total + node.macs
        return total


def _in_order_of_ports(nodes: Iterable[CheckedNode]) -> tuple[CheckedNode, ...]:
    return tuple(sorted(nodes, key=lambda n: (n.use["position"] if n.use is not None else 0, n.name)))


def penalties_in(nodes: Iterable[CheckedNode]) -> tuple[Inner, ...]:
    """The penalties among the nodes of a network and inside its blocks, in data order."""
    found: list[Inner] = []
    for node in nodes:
        if node.role == "penalty" and node.use is not None:
            found.append(Inner(node.id, node.name, node))
        for round, inside in enumerate(node.rounds):
            number = f"{round}." if len(node.rounds) > 1 else ""
            found += [
                Inner(f"{node.id}/{round}/{inner.key}", f"{node.name}.{number}{inner.name}", inner.node)
                for inner in inside.penalties
            ]
    return tuple(found)


def ends_at_penalties(nodes: Iterable[CheckedNode]) -> list[str]:
    """The ids of the penalties, and of the blocks with penalties inside: data that goes there is used."""
    return [n.id for n in nodes if n.role == "penalty" or any(inside.penalties for inside in n.rounds)]
