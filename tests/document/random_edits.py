"""Seeded scripts of edits: every verb, on whatever the document holds at that moment."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.blocks import declared
from nndesigner.document.bringing import plain, records_inside
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Frame, Node, Note
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer

MOST_NODES = 120
TYPES = sorted(layers())


def start() -> Document:
    """A document with enough in it that every verb has something to work on."""
    document = edits.new_document()
    for number in range(30):
        document = document.apply(edits.add_node(document, TYPES[number % len(TYPES)], number * 50.0, 0.0))
    chained = [n for n in document.nodes() if edits.ports(document, n)[0]]
    for before, after in itertools.pairwise(chained):
        if edits.ports(document, before)[1]:
            document = document.apply(
                edits.connect(
                    document,
                    before.id,
                    edits.ports(document, before)[1][0].name,
                    after.id,
                    edits.ports(document, after)[0][0].name,
                )
            )
    return document


class Script:
    """One seeded script. `next` gives the next edit as (verb, arguments); it may be one that is refused."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clipboard: list[dict[str, Any]] = []
        self.tried: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def step(self, document: Document) -> Diff:
        """The diff of one random edit, tried until one is possible."""
        while True:
            verb = self.random.choice(WEIGHTED)
            if verb in GROWING and len(document.nodes()) >= MOST_NODES:
                verb = "remove"
            self.tried[verb] += 1
            try:
                diff = edits.VERBS[verb](document, **ARGUMENTS[verb](self, document))
            except (Refusal, _NothingToChoose):
                self.refused[verb] += 1
                continue
            if diff:
                self.done[verb] += 1
                return diff

    # -- choosing ----------------------------------------------------------------------------------------------
    def one(self, of: Any) -> Any:
        if not of:
            raise _NothingToChoose
        return self.random.choice(of)

    def node(self, document: Document) -> Node:
        node = self.one(document.nodes())
        assert isinstance(node, Node)
        return node

    def some(self, document: Document, most: int) -> list[str]:
        ids = [node.id for node in document.nodes()] + [r.id for r in document if isinstance(r, Note | Edge)]
        return self.random.sample(ids, min(len(ids), self.random.randint(1, most)))

    def port(self, document: Document, node: Node, side: int) -> str:
        return str(self.one([port.name for port in edits.ports(document, node)[side]]))

    def place(self) -> float:
        return self.random.uniform(-4000.0, 4000.0)

    def parameters(self, type: str) -> dict[str, Any]:
        return self.some_values(layers()[type])

    def some_values(self, entry: Layer | None) -> dict[str, Any]:
        fields = entry.parameters if entry is not None else ()
        return {field.name: self.value(field) for field in fields if self.random.random() < 0.5}

    def network(self, document: Document) -> str:
        """A network that is not the main one."""
        return str(self.one([network.id for network in document.networks[1:]]))

    def value(self, field: Any) -> Any:
        match field.kind:
            case "int":
                return self.random.randint(max(field.minimum, 0), min(field.maximum, 64))
            case "float":
                return self.random.uniform(max(field.minimum, 0.0), min(field.maximum, 1.0))
            case "bool":
                return self.random.random() < 0.5
            case "choice":
                return self.random.choice(list(field.choices))
            case "sizes":
                return [self.random.randint(max(field.minimum, 1), 5) for _ in range(field.dimensions)]
            case "axis":
                return self.random.choice(["", "T", 7])
            case _:
                return self.random.choice(["", "a text", "naïve “quotes” \\ \n"])


class _NothingToChoose(Exception):
    pass


def _type(script: Script) -> str:
    return str(script.one(TYPES))


def _connect(script: Script, document: Document) -> dict[str, Any]:
    source, target = script.node(document), script.node(document)
    return {
        "source": source.id,
        "out_port": script.port(document, source, 1),
        "target": target.id,
        "in_port": script.port(document, target, 0),
    }


def _join(script: Script, document: Document) -> dict[str, Any]:
    taken = script.one(document.edges)
    moved = script.one(document.edges).id if script.random.random() < 0.3 else ""
    ends = {**_connect(script, document), "target": taken.target, "in_port": taken.in_port}
    return {**ends, "type": script.random.choice(["Add", "Concatenate", "ReLU"]), "edge": moved}


def _several(script: Script, document: Document) -> list[str]:
    type = script.node(document).type
    return [node.id for node in document.nodes() if node.type == type][:4]


def _set_in_several(script: Script, document: Document) -> dict[str, Any]:
    nodes = _several(script, document)
    entry = declared(document, document.node(nodes[0]))
    field = script.one(entry.parameters if entry is not None else ())
    return {"nodes": nodes, "parameter": field.name, "value": script.value(field)}


def _reset_in_several(script: Script, document: Document) -> dict[str, Any]:
    nodes = _several(script, document)
    names = [name for id in nodes for name in document.node(id).parameters]
    return {"nodes": nodes, "parameter": script.one(names)}


def _set_parameters(script: Script, document: Document) -> dict[str, Any]:
    node = script.node(document)
    return {"node": node.id, "values": script.some_values(declared(document, node))}


def _set_parameter(script: Script, document: Document) -> dict[str, Any]:
    node = script.node(document)
    entry = declared(document, node)
    field = script.one(entry.parameters if entry is not None else ())
    return {"node": node.id, "parameter": field.name, "value": script.value(field)}


def _reset_parameter(script: Script, document: Document) -> dict[str, Any]:
    node = script.one([node for node in document.nodes() if node.parameters])
    return {"node": node.id, "parameter": script.one(list(node.parameters))}


def _add_node(script: Script, document: Document) -> dict[str, Any]:
    type = _type(script)
    name = script.random.choice(["", "", "block", "conv7", "not a name"])
    return {
        "type": type,
        "x": script.place(),
        "y": script.place(),
        "parameters": script.parameters(type),
        "name": name,
    }


def _paste(script: Script, document: Document) -> dict[str, Any]:
    if not script.clipboard or script.random.random() < 0.5:
        script.clipboard = edits.copy(document, script.some(document, 12))
    incoming = script.random.random() < 0.5
    return {"content": script.clipboard, "dx": script.place(), "dy": script.place(), "incoming": incoming}


def _splice(script: Script, document: Document) -> dict[str, Any]:
    loose = [node for node in document.nodes() if not document.edges_of(node.id)]
    place = {"x": script.place(), "y": script.place()} if script.random.random() < 0.5 else {}
    return {"node": script.one(loose).id, "edge": script.one(document.edges).id, **place}


def _found(script: Script, document: Document) -> dict[str, Any]:
    width = script.random.randint(1, 9)
    field = DataField(
        name="pixels",
        role="input",
        kind="table",
        element="float",
        axes=(("feature", width),),
        statistics={"mean": script.random.random()},
    )
    return {
        "fields": [field],
        "counts": {"all": width * 10},
        "fingerprint": f"{width:x}",
        "remarks": ["some"],
    }


def _plan(script: Script, document: Document) -> dict[str, Any]:
    values = {"epochs": script.random.randint(1, 50), "batch_size": script.random.choice([None, 16, 32])}
    return {"values": values, "objective": script.random.choice(["", "supervised"])}


def _use_block(script: Script, document: Document) -> dict[str, Any]:
    where = script.one([network.id for network in document.networks])
    return {"block": script.network(document), "x": script.place(), "network": where}


def _bring_block(script: Script, document: Document) -> dict[str, Any]:
    """A block of the project itself, or one of another project that means something else."""
    block = script.network(document)
    source = document
    if script.random.random() < 0.5:
        source = document.apply(edits.new_block(document, "guest", id=f"guest{script.random.randint(1, 3)}"))
        block = source.networks[-1].id
    where = script.one([network.id for network in document.networks])
    content = [plain(record) for record in records_inside(source, [block])]
    return {"content": content, "block": block, "network": where, "origin": "library:guest"}


def _rename_block_parameter(script: Script, document: Document) -> dict[str, Any]:
    network = script.network(document)
    names = [p.name for n in document.networks if n.id == network for p in n.parameters]
    return {
        "network": network,
        "name": script.one(names),
        "to": script.random.choice(["width", "depth", "x"]),
    }


def _dissolve(script: Script, document: Document) -> dict[str, Any]:
    return {"node": script.one([node for node in document.nodes() if node.block]).id}


def _set_network(script: Script, document: Document) -> dict[str, Any]:
    parameter = {"name": script.random.choice(["width", "groups", "index"]), "default": 2, "minimum": 1}
    return {
        "network": script.network(document),
        "name": script.random.choice([None, "cell", "stage"]),
        "parameters": script.random.choice([None, [], [parameter]]),
        "help": script.random.choice([None, "", "what it is for"]),
    }


def _set_bypass(script: Script, document: Document) -> dict[str, Any]:
    return {"ids": [script.node(document).id], "bypass": script.random.choice([True, False, "=1 < 2", "=b"])}


def _share(script: Script, document: Document) -> dict[str, Any]:
    node = script.node(document)
    like = [n.id for n in document.nodes() if n.type == node.type and n.id != node.id]
    return {"ids": [node.id], "owner": script.random.choice(["", script.one(like)])}


def _set_learning(script: Script, document: Document) -> dict[str, Any]:
    values = {"frozen": script.random.random() < 0.5, "rate": script.random.choice([None, 0.1])}
    return {"ids": [script.node(document).id], "values": values}


def _move_wires(script: Script, document: Document) -> dict[str, Any]:
    side = script.random.choice([0, 1])
    node, other = script.node(document), script.node(document)
    return {
        "node": node.id,
        "port": script.port(document, node, side),
        "to_node": other.id,
        "to_port": script.port(document, other, side),
        "inputs": side == 0,
    }


def _together(script: Script, document: Document) -> dict[str, Any]:
    """Some edits of layers one after the other; a later one may meet what an earlier one has removed."""
    names = script.random.choices(("rename", "move", "set_comment", "remove"), k=script.random.randint(1, 4))
    return {"steps": [{"verb": name, "arguments": ARGUMENTS[name](script, document)} for name in names]}


ARGUMENTS: dict[str, Callable[[Script, Document], dict[str, Any]]] = {
    "add_node": _add_node,
    "remove": lambda s, d: {"ids": s.some(d, 4 if len(d.nodes()) < MOST_NODES else 40)},
    "remove_and_reconnect": lambda s, d: {"ids": s.some(d, 3)},
    "move": lambda s, d: {"places": {id: (s.place(), s.place()) for id in s.some(d, 10)}},
    "place": lambda s, d: {"places": {node.id: (s.place(), s.place()) for node in d.nodes()}},
    "rename": lambda s, d: {
        "node": s.node(d).id,
        "name": s.random.choice(["alpha", "beta_2", "class", "2x"]),
    },
    "set_parameter": _set_parameter,
    "set_parameters": _set_parameters,
    "reset_parameter": _reset_parameter,
    "set_in_several": _set_in_several,
    "reset_in_several": _reset_in_several,
    "join": _join,
    "set_comment": lambda s, d: {"node": s.node(d).id, "comment": s.random.choice(["", "why", "ü\t{x}"])},
    "connect": _connect,
    "rewire": lambda s, d: {"edge": s.one(d.edges).id, **_connect(s, d)},
    "disconnect": lambda s, d: {"edge": s.one(d.edges).id},
    "replace": lambda s, d: {"ids": [s.node(d).id for _ in range(3)], "type": _type(s)},
    "insert_on_wire": lambda s, d: {"edge": s.one(d.edges).id, "type": _type(s)},
    "splice": _splice,
    "pull_out": lambda s, d: {"ids": s.some(d, 3), "dy": 100.0},
    "move_wires": _move_wires,
    "append_node": lambda s, d: {"type": _type(s), "after": s.node(d).id},
    "add_note": lambda s, d: {"text": "a note", "x": s.place(), "y": s.place()},
    "set_note": lambda s, d: {
        "note": s.one([r.id for r in d if isinstance(r, Note)]),
        "text": s.random.choice(["", "more"]),
    },
    "add_frame": lambda s, d: {
        "title": "a frame",
        "x": s.place(),
        "y": s.place(),
        "width": s.random.choice([0.0, 300.0, 1e9]),
        "height": 200.0,
    },
    "set_frame": lambda s, d: {
        "frame": s.one([r.id for r in d if isinstance(r, Frame)]),
        "title": s.random.choice(["", "stem"]),
    },
    "resize": lambda s, d: {
        "id": s.one([r.id for r in d if isinstance(r, Note | Frame)]),
        "x": s.place(),
        "y": s.place(),
        "width": s.random.choice([-5.0, 300.0]),
        "height": 100.0,
    },
    "arrange": lambda s, d: {
        "places": {node.id: (s.place(), s.place()) for node in d.nodes()},
        "frames": {r.id: (s.place(), s.place(), 500.0, 300.0) for r in d if isinstance(r, Frame)},
    },
    "set_look": lambda s, d: {
        "ids": s.some(d, 4),
        "color": s.random.choice([None, "", "teal", "mauve"]),
        "collapsed": s.random.choice([None, True, False]),
    },
    "set_bends": lambda s, d: {
        "edge": s.one(d.edges).id,
        "bends": [(s.place(), s.place()) for _ in range(s.random.choice([0, 1, 3]))],
    },
    "bend_wires": lambda s, d: {
        "bends": {s.one(d.edges).id: [(s.place(), s.place())] for _ in range(s.random.choice([1, 3]))}
    },
    "paste": _paste,
    "set_data": lambda s, d: {"type": "digits", "parameters": {"seed": s.random.randint(0, 9)}},
    "relocate_data": lambda s, d: {"parameters": {"path": s.random.choice(["a.csv", "data/b.csv"])}},
    "set_found": _found,
    "set_plan": _plan,
    "set_augmentation": lambda s, d: {
        "steps": [
            {
                "type": s.random.choice(["crop", "mixup", "unknown"]),
                "parameters": {"padding": s.random.randrange(4)},
            }
            for _ in range(s.random.randrange(4))
        ]
    },
    "new_block": lambda s, d: {"name": s.random.choice(["", "cell", "a block"])},
    "use_block": _use_block,
    "bring_block": _bring_block,
    "order_ports": lambda s, d: {
        "network": (network := s.network(d)),
        "ids": [node.id for node in d.nodes(network) if node.type == "BlockInput"],
    },
    "rename_block_parameter": _rename_block_parameter,
    "make_block": lambda s, d: {"ids": s.some(d, 3), "name": s.random.choice(["", "part"])},
    "dissolve_block": _dissolve,
    "set_network": _set_network,
    "remove_block": lambda s, d: {"network": s.network(d)},
    "set_bypass": _set_bypass,
    "share_weights": _share,
    "set_learning": _set_learning,
    "together": _together,
}
GROWING = {
    *("add_node", "paste", "insert_on_wire", "append_node", "join"),
    *("use_block", "bring_block", "dissolve_block"),
}
_USUAL = ("connect", "connect", "connect", "add_node", "append_node", "insert_on_wire", "move")
WEIGHTED = [*sorted(ARGUMENTS), *_USUAL, *_USUAL]
