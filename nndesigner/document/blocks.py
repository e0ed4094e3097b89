"""Blocks: networks used as nodes in other networks. What one looks like from outside, told as a layer's declaration.

Palette, inspector, wiring and checker ask here what a node is, and get the same kind of answer for a layer of the
catalogue and for a block. What happens inside a block is the checker's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from nndesigner.base.expressions import Value
from nndesigner.base.fields import BadValue, BoolField, ChoiceField, Field, FloatField, IntField, resolve
from nndesigner.base.problem import Where
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.records import BlockParameter, Network, Node
from nndesigner.layers.block_ports import ENTRY, EXIT, example_type
from nndesigner.layers.catalogue import layer
from nndesigner.layers.custom import CUSTOM_TYPE, custom
from nndesigner.layers.declaration import Layer, Port, ShapeError, Use, class_axis, no_count
from nndesigner.layers.output import OUTPUT, output

BLOCK = "Block"
"""The type of a node that uses a network."""
UNDOCUMENTED = tr("A block of this project.")
"""Stands as the summary of a block that says nothing of itself."""
MOST_ROUNDS = 1000
REPEAT = IntField(
    name="repeat",
    label="Repeat",
    default=1,
    minimum=1,
    maximum=MOST_ROUNDS,
    help="How many times the block follows itself, each time with weights of its own: the outputs of one are the"
    " inputs of the next.",
)
GIVEN_NAMES = ("index", "in_channels", "in_features")
"""Names that expressions inside every block may use: the number of the repetition from 0, and the channels or features
that arrive at its first input."""
RESERVED = frozenset({*GIVEN_NAMES, "repeat", "min", "max", "round", "int", "abs", "self", "x"})


def declared(document: Document, node: Node) -> Layer | None:
    """The declaration of what a node is: a layer of the catalogue, a block, or a custom layer (or a loss of the user's
    own) as its own text says; None where it is not known."""
    if node.type == CUSTOM_TYPE:
        return custom(node.parameters)
    if node.type == OUTPUT.type:
        return output(node.parameters)
    if node.type != BLOCK:
        return layer(node.type)
    network = document.get(node.block)
    return block(document, network) if isinstance(network, Network) else None


def has_weights(entry: Layer | None, node: Node) -> bool:
    """Whether a layer has weights, or may have them."""
    return node.type == BLOCK or (entry is not None and entry.weights is not no_count)


def block(document: Document, network: Network) -> Layer:
    """A network as a declaration: its ports, its parameters, its help."""
    known = document.derived
    if ("block", network.id) not in known:
        known["block", network.id] = _declaration(document, network)
    made: Layer = known["block", network.id]
    return made


def _declaration(document: Document, network: Network) -> Layer:
    def unasked(use: Use) -> NoReturn:
        raise AssertionError("a block is looked into by the checker; it has no rule and no call of its own")

    fields = tuple(field for p in network.parameters if (field := parameter_field(p)) is not None)
    summary, _, more = network.help.strip().partition("\n")
    return Layer(
        type=BLOCK,
        label=network.name,
        group="Blocks",
        stem=stem(network.name),
        summary=summary or UNDOCUMENTED,
        help=more.strip()
        if summary
        else tr("A network of its own, used as one layer: enter it to see what is inside."),
        inputs=tuple(_ports(document, network.id, ENTRY)),
        outputs=tuple(_ports(document, network.id, EXIT)),
        parameters=(*fields, REPEAT),
        infer=unasked,
        lower=unasked,
        card=lambda values: _card(fields, values),
        common=False,
    )


def _card(fields: Iterable[Field], values: Mapping[str, Any]) -> str:
    """How often it follows itself, then the parameters that are not as they are by default."""
    parts = [f"× {values['repeat']}"] if values["repeat"] != 1 else []
    for field in fields:
        value = values[field.name]
        if value != field.default:
            parts.append(f"{field.label.lower()} {field.describe(value)}")
    return " · ".join(parts)


def stem(name: str) -> str:
    """What the names of a block's uses begin with."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    return plain.strip("_")[:40].rstrip("_0123456789") or "block"


def port_nodes(document: Document, network: str, role: str) -> list[Node]:
    """The nodes at which values enter ("entry") or leave ("exit") a network, in the order of the ports."""
    found = []
    for node in document.nodes(network):
        entry = layer(node.type)
        if entry is not None and entry.role == role:
            values, _ = resolve(entry.parameters, node.parameters)
            found.append((values["position"], node.name, node))
    return [node for _, _, node in sorted(found, key=lambda item: item[:2])]


def _ports(document: Document, network: str, role: str) -> Iterator[Port]:
    for node in port_nodes(document, network, role):
        yield Port(node.name, help=node.comment, optional=node.parameters.get("optional") is True)


def parameter_field(parameter: BlockParameter) -> Field | None:
    """The typed field of a block's parameter; None where the record says nonsense."""
    words: dict[str, Any] = {
        "name": parameter.name,
        "label": parameter.label or parameter.name.replace("_", " ").capitalize(),
        "help": parameter.help or tr("A parameter of this block."),
    }
    field: Field
    low, high = parameter.minimum, parameter.maximum
    if parameter.sort == "int":
        field = IntField(
            **words,
            default=parameter.default,
            minimum=-(2**31) if low is None else int(low),
            maximum=2**31 - 1 if high is None else int(high),
        )
    elif parameter.sort == "float":
        limits = {key: value for key, value in (("minimum", low), ("maximum", high)) if value is not None}
        field = FloatField(**{**words, **limits, "default": parameter.default})
    elif parameter.sort == "bool":
        field = BoolField(**words, default=parameter.default is True)
    elif parameter.sort == "choice" and parameter.choices:
        field = ChoiceField(**words, default=parameter.default, choices={c: c for c in parameter.choices})
    else:
        return None
    try:
        field.check(field.default)
    except BadValue:
        return None
    return field


def names_inside(document: Document, network: str) -> dict[str, Value]:
    """Names that expressions inside a network may use, with the defaults of the block's parameters; `in_channels`
    and its like, which only a use knows, are those of the example shape, else 1."""
    record = document.get(network)
    if not isinstance(record, Network) or network == document.main.id:
        return {}
    fields = [field for p in record.parameters if (field := parameter_field(p)) is not None]
    channels = _example_channels(document, network)
    given = {"index": 0, "in_channels": channels, "in_features": channels}
    return {**{field.name: field.default for field in fields}, **given}


def _example_channels(document: Document, network: str) -> int:
    """The channels or features of the example shape that is written at the first port; 1 where there is none."""
    first = next(iter(port_nodes(document, network, ENTRY)), None)
    text = first.parameters.get("example") if first is not None else None
    try:
        type = example_type(text) if isinstance(text, str) else None
    except ShapeError:
        return 1
    size = type.axes[class_axis(type)].size.value if type is not None and type.rank > 1 else None
    return size or 1


def uses(document: Document, network: str) -> list[Node]:
    """Every node that uses the network."""
    return [
        node
        for graph in document.networks
        for node in document.nodes(graph.id)
        if node.type == BLOCK and node.block == network
    ]


def inside(document: Document, network: str) -> set[str]:
    """Ids of the network and of all networks that it uses, directly or through others."""
    seen: set[str] = set()
    waiting = [network]
    while waiting:
        id = waiting.pop()
        if id not in seen:
            seen.add(id)
            waiting.extend(node.block for node in document.nodes(id) if node.type == BLOCK)
    return seen


def trail_to(document: Document, network: str) -> tuple[str, ...] | None:
    """Ids of the blocks to enter, outermost first, from the main network to a use of `network`; None where it has none
    there. Of several uses the one that is least deep."""
    trails: dict[str, tuple[str, ...]] = {document.main.id: ()}
    waiting = [document.main.id]
    for id in waiting:
        for node in document.nodes(id):
            if node.type == BLOCK and node.block in document and node.block not in trails:
                trails[node.block] = (*trails[id], node.id)
                waiting.append(node.block)
    return trails.get(network)


def place_in(document: Document, where: Where, network: str) -> str:
    """Id of the node at which a place is seen in a network: the node itself, or the block that it is inside of; ""
    where it is elsewhere."""
    if where.network == network:
        return where.node
    around = document.main.id
    for name in where.path:
        node = document.node_named(name, around)
        if node is None:
            return ""
        if around == network:
            return node.id
        around = node.block
    return ""


def place_words(document: Document, where: Where) -> str:
    """The way to a place inside a block, "stage2 › conv1"; "" for one in the main network."""
    if not where.path:
        return ""
    node = document.get(where.node)
    return " › ".join((*where.path, node.name) if isinstance(node, Node) else where.path)


def trail_of(document: Document, where: Where) -> tuple[str, ...]:
    """Ids of the blocks that a place's path names, outermost first, as far as they are there."""
    around, found = document.main.id, []
    for name in where.path:
        node = document.node_named(name, around)
        if node is None:
            break
        found.append(node.id)
        around = node.block
    return tuple(found)


def settled(document: Document, node: Node) -> Mapping[str, object]:
    """The parameter values of a node as far as they are known without looking at a use of the block around it."""
    entry = declared(document, node)
    if entry is None:
        return {}
    return resolve(entry.parameters, node.parameters, names_inside(document, node.network))[0]
