"""The analysis of a network: a row for every node with what it costs, blocks summed and openable, and totals.

Counts are those of the checker; this adds what is kept for the backward pass and receptive fields, and says which
nodes carry most of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from nndesigner.base.shapes import Size, TensorType
from nndesigner.base.text import tr
from nndesigner.check.analysis.activations import kept_bytes
from nndesigner.check.analysis.memory import TrainingMemory, training_memory
from nndesigner.check.analysis.receptive import Reaches, is_window, receptive_fields
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.free_sizes import sizes_in_data
from nndesigner.check.opened import Opened, OpenedNode

NONE = Size.of(0)
HEAVY_SHARE = 0.10
"""A node with a tenth of all weights or operations is heavy: the few where shrinking pays …"""
HEAVY_TIMES = 2.0
"""… if that is also twice an equal share: in small networks everything is a tenth."""
CERTAINLY = 0.5
"""More than half of the whole is heavy in any case."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One node. `key`, `name`: as in `CheckedNetwork.walk`; `parent` is the row of the block around it, "" at the top.

    `macs` and `kept` (bytes per sample) are expressions where sizes are free; a block's are the sums of what is inside.
    `used` says that an output depends on it: what is not used does not count in the totals. `known` is False while
    something before it is wrong. `trainable` are the weights that learn; a `shared` row's are counted at their owner.
    """

    key: str
    name: str
    parent: str
    depth: int
    node: str
    network: str
    type: str
    label: str
    role: str
    outputs: Mapping[str, TensorType]
    weights: int = 0
    trainable: int = 0
    macs: Size = NONE
    kept: Size = NONE
    reaches: Reaches = field(default_factory=dict)
    block: bool = False
    frozen: bool = False
    shared: bool = False
    bypassed: bool = False
    used: bool = True
    known: bool = True

    @property
    def shape(self) -> str:
        return ", ".join(str(type) for type in self.outputs.values())

    @property
    def state(self) -> str:
        """What becomes of it: "trainable", "frozen", "partly frozen", "shared", "bypassed", "not used", or "" without
        weights."""
        if not self.used:
            return tr("not used")
        if self.bypassed:
            return tr("bypassed")
        if self.shared:
            return tr("shared")
        if not self.weights:
            return ""
        if not self.trainable:
            return tr("frozen")
        return tr("trainable") if self.trainable == self.weights else tr("partly frozen")


@dataclass(frozen=True)
class Analysis:
    """Rows in data order, each block right before its parts. `lengths` are the values of free sizes in the data."""

    rows: tuple[Row, ...]
    lengths: Mapping[str, int] = field(default_factory=dict)
    widest: str = ""
    """key of the row with the largest receptive field after a window, "" without windows"""

    @cached_property
    def top(self) -> tuple[Row, ...]:
        """The rows of the network itself, blocks closed."""
        return tuple(row for row in self.rows if not row.depth)

    @property
    def counted(self) -> tuple[Row, ...]:
        return tuple(row for row in self.top if row.used)

    @cached_property
    def weights(self) -> int:
        return sum(row.weights for row in self.counted)

    @cached_property
    def trainable(self) -> int:
        return sum(row.trainable for row in self.counted)

    @cached_property
    def macs(self) -> Size:
        return _sum(row.macs for row in self.counted)

    @cached_property
    def kept(self) -> Size:
        """Bytes per sample that stay in memory until the backward pass."""
        return _sum(row.kept for row in self.counted)

    @property
    def reaches(self) -> Reaches:
        """The receptive field of the network's convolutional part: the largest after any window."""
        return next((row.reaches for row in self.rows if row.key == self.widest), {})

    def in_data(self, size: Size) -> int | None:
        """A size as it is in the data at hand; None where it stays free."""
        return size.bind(self.lengths).value if self.lengths else size.value

    def memory(self, batch: int, plan: Mapping[str, Any]) -> TrainingMemory:
        """What training takes with batches of `batch` samples and the plan's optimizer."""
        return training_memory(self.weights, self.trainable, self.in_data(self.kept), batch, plan)

    @cached_property
    def shares(self) -> Mapping[str, tuple[float, float]]:
        """Row key → its share of all weights and of all operations, 0 to 1. Free sizes are left out."""
        weights, macs = self.weights or 1, self.in_data(self.macs) or 0
        return {
            row.key: (
                row.weights / weights if row.used else 0.0,
                (self.in_data(row.macs) or 0) / macs if macs and row.used else 0.0,
            )
            for row in self.rows
        }

    @cached_property
    def heavy(self) -> Mapping[str, float]:
        """Key of each heavy row of the network itself → the larger of its two shares."""
        found: dict[str, float] = {}
        for which in (0, 1):
            shares = {row.key: self.shares[row.key][which] for row in self.counted}
            counting = sum(share > 0 for share in shares.values())
            least = max(HEAVY_SHARE, min(CERTAINLY, HEAVY_TIMES / max(counting, 1)))
            for key, share in shares.items():
                if counting > 1 and share >= least:
                    found[key] = max(share, found.get(key, 0.0))
        return found


def analyze(checked: CheckedNetwork) -> Analysis:
    """The whole table. Every node is in it, what no output depends on too."""
    opened = Opened(checked)
    kept, reaches = kept_bytes(opened), receptive_fields(opened)
    inside: dict[str, list[Row]] = {}
    made: dict[str, Row] = {}
    for node in reversed(opened.nodes):  # parts before their block
        row = _row(node, kept, reaches, inside.get(node.key, []))
        made[node.key] = row
        if node.around:
            inside.setdefault(node.around, []).append(row)
    rows = tuple(made[node.key] for node in opened.nodes if not node.border)
    lengths, _ = sizes_in_data({node.id: node for node in checked.nodes})
    windows = [node.key for node in opened.layers if node.key in reaches and is_window(opened, node)]
    widest = max(windows, key=lambda key: _area(reaches[key]), default="")
    return Analysis(rows, lengths, widest)


def _row(
    node: OpenedNode, kept: Mapping[str, Size], reaches: Mapping[str, Reaches], inside: list[Row]
) -> Row:
    """`inside` are the rows right inside a block, last first."""
    checked = node.node
    last = next((row.reaches for row in inside if row.role != "exit"), {})
    return Row(
        key=node.key,
        name=node.name,
        parent=node.around,
        depth=node.depth,
        node=checked.id,
        network=node.network,
        type=checked.record.type,
        label=tr(checked.layer.label) if checked.layer is not None else checked.record.type,
        role=checked.role,
        outputs=checked.outputs,
        weights=sum(row.weights for row in inside) if node.block else node.weights,
        trainable=sum(row.trainable for row in inside) if node.block else node.weights * node.learns,
        macs=_sum(row.macs for row in inside) if node.block else checked.macs,
        kept=_sum(row.kept for row in inside) if node.block else kept.get(node.key, NONE),
        reaches=last if node.block else reaches.get(node.key, {}),
        block=node.block,
        frozen=node.frozen,
        shared=node.shared,
        bypassed=bool(checked.passes),
        used=node.used,
        known=checked.use is not None,
    )


def _sum(sizes: Any) -> Size:
    """A sum in which whole numbers are added as such: most are."""
    whole, rest = 0, NONE
    for size in sizes:
        value = size.value
        if value is None:
            rest = rest + size
        else:
            whole += value
    return rest + whole


def _area(reaches: Reaches) -> Fraction:
    area = Fraction(1)
    for reach in reaches.values():
        area *= reach.size
    return area
