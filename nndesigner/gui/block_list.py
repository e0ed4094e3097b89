"""What the palette lists besides the layers: the project's blocks, a new one, the ports of a block, the library."""

from __future__ import annotations

import msgspec

from nndesigner.base.text import count, tr
from nndesigner.document.blocks import inside, uses
from nndesigner.document.document import Document
from nndesigner.layers.block_ports import BLOCK_INPUT, BLOCK_OUTPUT
from nndesigner.session.library import library


class BlockEntry(msgspec.Struct, frozen=True):
    """One row. `type` is a layer type, or `block:` and an id, `library:` and a name, or `new-block`."""

    type: str
    label: str
    summary: str
    menu: bool = False
    """whether something can be done with it besides using it"""


Group = tuple[str, tuple[BlockEntry, ...]]


def blocks_listed(document: Document, network: str) -> tuple[Group, ...]:
    """The groups for what is looked at: a block that would contain itself is left out."""
    own = [
        BlockEntry(
            f"block:{graph.id}",
            graph.name,
            "\n".join(part for part in (graph.help, _used(document, graph.id)) if part),
            menu=True,
        )
        for graph in document.networks[1:]
        if network not in inside(document, graph.id)
    ]
    ports = [
        BlockEntry(entry.type, tr(entry.label), tr(entry.summary))
        for entry in (BLOCK_INPUT, BLOCK_OUTPUT)
        if network != document.main.id
    ]
    new = BlockEntry("new-block", tr("New block"), tr("A network of its own, used here as one layer."))
    groups: list[Group] = [(tr("Blocks"), (*ports, *own, new))]
    shipped = tuple(
        BlockEntry(
            f"library:{block.name}",
            block.name,
            block.help or (tr("A block of your library.") if block.own else tr("A block that comes along.")),
            menu=True,
        )
        for block in library()
    )
    if shipped:
        groups.append((tr("Block library"), shipped))
    return tuple(groups)


def _used(document: Document, network: str) -> str:
    number = len(uses(document, network))
    return tr("Used at {places}.", places=count(number, "place", "places")) if number else tr("Not used yet.")
