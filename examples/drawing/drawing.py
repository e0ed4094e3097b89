"""Drawing a project from a script: layers called one after the other, as in `x = d.add("Conv2d", x, out_channels=64)`.

The projects in `examples/architectures/` and the blocks in `resources/blocks/` are drawn this way (`make.py`). Ids
follow from names, so that drawing again gives the same file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.names import free_name, is_name
from nndesigner.data.dataset import Dataset, read
from nndesigner.document import edits
from nndesigner.document.blocks import BLOCK, declared, stem
from nndesigner.document.document import Document
from nndesigner.document.layout import ROW, layout
from nndesigner.document.records import (
    AnyRecord,
    BlockParameter,
    DataSource,
    Edge,
    Network,
    Node,
    Note,
    TrainingPlan,
)
from nndesigner.document.verbs import COLUMN
from nndesigner.layers.catalogue import layer
from nndesigner.project.writer import save

MOST_COLUMNS = 7
LONG = 11
"""columns from which on a network stands in bands"""
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Value:
    """What leaves a node at one of its outputs; `value["name"]` is another output of the same node."""

    node: str
    port: str

    def __getitem__(self, port: str) -> Value:
        return Value(self.node, port)


class Drawing:
    """One network under construction: that of the project, or of a block (see `block`)."""

    def __init__(self, name: str, help: str = "") -> None:
        self.title = name
        self._records: dict[str, AnyRecord] = {}
        self._orders = 0
        self._network = self._new_network(name, help)
        self._top = self
        self._taken: set[str] = set()
        self._drawn: dict[Callable[[Drawing], Drawing], Drawing] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._columns = 0

    # -- drawing -----------------------------------------------------------------------------------------------
    def add(
        self,
        type: str,
        *inputs: Value | None,
        name: str = "",
        wires: Mapping[str, Value] = {},
        bypass: bool | str = False,
        shares: Value | None = None,
        learning: Mapping[str, Any] = {},
        comment: str = "",
        **parameters: Any,
    ) -> Value:
        """A layer with its inputs, in the order of its ports (None leaves one free) or by name in `wires`.

        Returns its first output. Parameters may be expressions of the block's parameters: "=channels * 4".
        """
        entry = layer(type)
        if entry is None:
            raise ValueError(f"there is no layer {type}")
        for parameter in parameters:
            if entry.field(parameter) is None:
                raise ValueError(f"{type} has no parameter {parameter}")
        node = Node(
            id=self._id("node", name or free_name(entry.stem, self._taken)),
            network=self._network.id,
            type=type,
            name=self._name(name, entry.stem),
            parameters=_plain(parameters),
            bypass=bypass,
            shares=shares.node if shares is not None else "",
            learning=dict(learning),
            comment=comment,
        )
        return self._placed(node, inputs, wires)

    def use(
        self,
        block: Drawing,
        *inputs: Value | None,
        name: str = "",
        wires: Mapping[str, Value] = {},
        bypass: bool | str = False,
        shares: Value | None = None,
        learning: Mapping[str, Any] = {},
        comment: str = "",
        **parameters: Any,
    ) -> Value:
        """A block in use; `repeat=n` repeats it."""
        node = Node(
            id=self._id("node", name or free_name(stem(block.title), self._taken)),
            network=self._network.id,
            type=BLOCK,
            block=block._network.id,
            name=self._name(name, stem(block.title)),
            parameters=_plain(parameters),
            bypass=bypass,
            shares=shares.node if shares is not None else "",
            learning=dict(learning),
            comment=comment,
        )
        return self._placed(node, inputs, wires)

    def block(self, name: str, help: str = "", **parameters: Any) -> Drawing:
        """A block of this project, to be drawn; its parameters with their defaults (or a `BlockParameter`)."""
        made = Drawing.__new__(Drawing)
        made.title, made._records, made._top, made._taken = name, self._top._records, self._top, set()
        made._network = self._top._new_network(
            name, help, tuple(_parameter(k, v) for k, v in parameters.items())
        )
        made._orders = 0
        return made

    def once(self, draw: Callable[[Drawing], Drawing]) -> Drawing:
        """The block that this function draws: drawn at the first time, the same one afterwards."""
        drawn = self._top._drawn
        if draw not in drawn:
            drawn[draw] = draw(self._top)
        return drawn[draw]

    def enter(self, name: str = "x", *, optional: bool = False, example: str = "") -> Value:
        """Inside a block: a value enters at a port of this name."""
        position = len(self._of_type("BlockInput"))
        values = {"position": position, "optional": optional, "example": example}
        return self.add("BlockInput", name=name, **{k: v for k, v in values.items() if v})

    def leave(self, value: Value, name: str = "y") -> None:
        """Inside a block: a value leaves at a port of this name."""
        position = len(self._of_type("BlockOutput"))
        self.add("BlockOutput", value, name=name, **({"position": position} if position else {}))

    def note(self, text: str) -> None:
        """A note below the network: what it is, and where the numbers come from."""
        id = self._id("note", str(len(self._records)))
        lines = sum(1 + len(paragraph) // 62 for paragraph in text.split("\n"))
        height = max(120.0, 13.0 * lines + 20.0)
        self._records[id] = Note(id=id, network=self._network.id, text=text, width=460.0, height=height)

    def data(self, type: str, *fields: DataField, counts: Mapping[str, int] = {}, **parameters: Any) -> None:
        """Where the project's data comes from, and what is in it."""
        id = self._id("data", type)
        self._records[id] = DataSource(
            id=id,
            type=type,
            parameters=_plain(parameters),
            fields=fields,
            counts=dict(counts),
            fingerprint="",
        )

    def read(self, type: str, folder: Path, **parameters: Any) -> Dataset:
        """Where the project's data comes from, and what is found there now; `folder` is the project's folder."""
        id = self._id("data", type)
        record = DataSource(id=id, type=type, parameters=_plain(parameters))
        found = read(record, folder)
        self._records[id] = msgspec.structs.replace(
            record,
            fields=tuple(found.fields.values()),
            counts=found.counts,
            fingerprint=found.fingerprint,
            remarks=found.remarks,
        )
        return found

    def plan(self, objective: str = "supervised", **parameters: Any) -> None:
        """The way of learning, and settings of the training plan that differ from the usual."""
        id = self._id("training", "plan")
        self._records[id] = TrainingPlan(id=id, objective=objective, parameters=_plain(parameters))

    def place(self, columns: int = 0, **places: tuple[float, float]) -> None:
        """Where layers stand that the layout would not put well: name → (column, row), both may be fractions; and how
        many columns a band has at most, for a network that is to be read in a small window."""
        self._columns = columns or self._columns
        self._places |= places

    # -- the result --------------------------------------------------------------------------------------------
    def document(self) -> Document:
        """The project, laid out."""
        if not any(isinstance(record, TrainingPlan) for record in self._records.values()):
            self.plan()
        document = Document(list(self._records.values()))
        for network in document.networks:
            places = _in_bands(layout(document, network.id), self._columns)
            if network.id == self._network.id:
                wanted = {node.name: node.id for node in document.nodes(network.id)}
                places |= {
                    wanted[name]: (column * COLUMN, row * ROW) for name, (column, row) in self._places.items()
                }
            document = document.apply(edits.place(document, places))
        below = {n.id: max((v.y for v in document.nodes(n.id)), default=0.0) for n in document.networks}
        moved = {
            r.id: (0.0, below[r.network] + 160.0 + 140.0 * i)
            for i, r in enumerate(r for r in document if isinstance(r, Note))
        }
        return document.apply(edits.move(document, moved)) if moved else document

    def save(self, path: Path) -> Document:
        """Writes the project file."""
        document = self.document()
        save(document, path)
        return document

    # -- inside ------------------------------------------------------------------------------------------------
    def _new_network(self, name: str, help: str, parameters: tuple[BlockParameter, ...] = ()) -> Network:
        id = self._id("network", name)
        network = Network(id=id, name=name, order=self._orders, help=help, parameters=parameters)
        self._orders += 1
        self._records[id] = network
        return network

    def _placed(self, node: Node, inputs: tuple[Value | None, ...], wires: Mapping[str, Value]) -> Value:
        if node.id in self._records:
            raise ValueError(f"{self.title} has two nodes named {node.name}")
        self._records[node.id] = node
        document = Document(list(self._records.values()))
        entry = declared(document, node)
        assert entry is not None
        ports, outs = edits.ports(document, node)
        given = {p.name: v for p, v in zip(ports, inputs, strict=False) if v is not None} | dict(wires)
        if len(inputs) > len(ports) or not given.keys() <= {p.name for p in ports}:
            raise ValueError(f"{node.name} has the inputs {[p.name for p in ports]}")
        for port, value in given.items():
            id = self._id("wire", f"{value.node}.{value.port}>{node.id}.{port}")
            self._records[id] = Edge(
                id=id, source=value.node, out_port=value.port, target=node.id, in_port=port
            )
        return Value(node.id, outs[0].name if outs else "")

    def _name(self, name: str, begin: str) -> str:
        made = name or free_name(begin, self._taken)
        if not is_name(made):
            raise ValueError(f"“{made}” cannot name a layer")
        self._taken.add(made)
        return made

    def _of_type(self, type: str) -> list[Node]:
        return [
            r
            for r in self._records.values()
            if isinstance(r, Node) and r.type == type and r.network == self._network.id
        ]

    def _id(self, kind: str, name: str) -> str:
        """The same id for the same name, each time the script runs."""
        network = getattr(self, "_network", None)
        digest = hashlib.sha256(f"{kind}/{network.id if network else ''}/{name}".encode()).digest()
        return "".join(_ALPHABET[byte & 31] for byte in digest[:12])


def whole(
    default: int, help: str, least: int = 1, most: int | None = None, label: str = ""
) -> BlockParameter:
    """A whole number as the parameter of a block, with its limits."""
    highest = None if most is None else float(most)
    return BlockParameter(
        name="", default=default, help=help, label=label, minimum=float(least), maximum=highest
    )


def number(default: float, help: str, least: float, most: float, label: str = "") -> BlockParameter:
    """A number as the parameter of a block, with its limits."""
    return BlockParameter(
        name="", sort="float", default=default, help=help, label=label, minimum=least, maximum=most
    )


def flag(default: bool, help: str, label: str = "") -> BlockParameter:
    """A yes or no as the parameter of a block."""
    return BlockParameter(name="", sort="bool", default=default, help=help, label=label)


def choice(choices: tuple[str, ...], help: str, label: str = "") -> BlockParameter:
    """One of several words as the parameter of a block; the first is the default."""
    return BlockParameter(name="", sort="choice", default=choices[0], choices=choices, help=help, label=label)


def _in_bands(places: Mapping[str, tuple[float, float]], most: int = 0) -> dict[str, tuple[float, float]]:
    """Long networks in bands of `most` columns, one below the other, so that they can be read on a laptop's screen;
    where nothing is said, those of more than eleven in bands of seven."""
    if max((x for x, _ in places.values()), default=0.0) < (most or LONG) * COLUMN:
        return dict(places)
    most = most or MOST_COLUMNS
    bands: dict[int, float] = {}
    for x, y in places.values():
        band = int(x / COLUMN) // most
        bands[band] = max(bands.get(band, 0.0), y)
    top = {band: sum(bands[b] + 1.4 * ROW for b in range(band)) for band in bands}
    moved = {}
    for id, (x, y) in places.items():
        band = int(x / COLUMN) // most
        moved[id] = x - band * most * COLUMN, y + top[band]
    return moved


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def _parameter(name: str, value: Any) -> BlockParameter:
    if isinstance(value, BlockParameter):
        return msgspec.structs.replace(value, name=name)
    sort = "bool" if isinstance(value, bool) else "float" if isinstance(value, float) else "int"
    if isinstance(value, tuple):
        return BlockParameter(name=name, sort="choice", default=value[0], choices=value)
    return BlockParameter(name=name, sort=sort, default=value)
