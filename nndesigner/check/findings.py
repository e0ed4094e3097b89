"""What can be wrong with a single node, as problems: sentences, places and ways out."""

from __future__ import annotations

from collections.abc import Iterable

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.document.blocks import BLOCK
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.layers.block_ports import ENTRY, EXIT
from nndesigner.layers.declaration import Layer
from nndesigner.layers.extensions import who_knows


def names_twice(records: Iterable[Node]) -> list[Problem]:
    seen: set[str] = set()
    found = []
    for node in records:
        if node.name in seen:
            found.append(
                Problem(
                    Severity.ERROR,
                    "name-twice",
                    Where(network=node.network, node=node.id),
                    tr("Two layers are named “{name}”: rename one of them.", name=node.name),
                )
            )
        seen.add(node.name)
    return found


def unknown(record: Node) -> Problem:
    where = Where(network=record.network, node=record.id)
    if record.type == BLOCK:
        sentence = tr("The network that {name} uses is not in the project. Remove it.", name=record.name)
    elif (package := who_knows(record.type)) is not None:
        sentence = tr(
            "{name} is a “{type}” of the package {package}, which is installed and not enabled. Enable it under"
            " Network, Packages with layers, or with “nndesigner extensions --enable {package}”.",
            name=record.name,
            type=record.type,
            package=package.name,
        )
    else:
        sentence = tr(
            "{name} is a “{type}”, a layer that this version does not know. It is kept as it is; remove it or"
            " open the project in the version that made it.",
            name=record.name,
            type=record.type,
        )
    return Problem(Severity.ERROR, "unknown-layer", where, sentence)


def in_itself(record: Node) -> Problem:
    sentence = tr("{name} contains itself. A block cannot be inside itself: remove it.", name=record.name)
    remedy = Remedy("remove", {"ids": [record.id]}, tr("Remove {name}", name=record.name))
    where = Where(network=record.network, node=record.id)
    return Problem(Severity.ERROR, "block-in-itself", where, sentence, (remedy,))


def bad_parameter(record: Node, name: str, sentence: str) -> Problem:
    remedy = Remedy("reset_parameter", {"node": record.id, "parameter": name}, tr("Go back to the default"))
    return Problem(
        Severity.ERROR,
        "parameter",
        Where(network=record.network, node=record.id, field=name),
        tr("{name}: {sentence}", name=record.name, sentence=sentence),
        (remedy,),
    )


def not_wired(record: Node, label: str, port: str, several: bool) -> Problem:
    named = f" “{label}”" if several else ""
    return Problem(
        Severity.ERROR,
        "not-wired",
        Where(network=record.network, node=record.id, port=port),
        tr("Nothing is wired to the input{port} of {name}.", port=named, name=record.name),
    )


def misplaced(document: Document, record: Node, entry: Layer) -> Problem | None:
    """A port of a block outside of blocks, or an input or output of the whole inside one."""
    main = record.network == document.main.id
    if main and entry.role in (ENTRY, EXIT):
        sentence = tr("{name} is a port of a block: it has no meaning in the main network.", name=record.name)
    elif not main and entry.role in ("input", "output"):
        sentence = tr(
            "{name} belongs into the main network: inside a block, values enter and leave through block ports.",
            name=record.name,
        )
    else:
        return None
    remedy = Remedy("remove", {"ids": [record.id]}, tr("Remove {name}", name=record.name))
    return Problem(
        Severity.ERROR, "misplaced", Where(network=record.network, node=record.id), sentence, (remedy,)
    )
