"""The block library: project files whose networks besides the main one are blocks to use.

Those in `resources/blocks/` ship with the program, those in the user's folder are their own and come first. A file is
an ordinary project: it can be opened, looked at and changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import structs

from nndesigner.base.atomic import WriteError, Written
from nndesigner.base.disk import reason
from nndesigner.base.folders import data_folder
from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.resources import resource_folder
from nndesigner.base.text import tr
from nndesigner.document.bringing import bring, plain, records_inside
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.edits import new_document
from nndesigner.document.records import Network
from nndesigner.project.format import SUFFIX
from nndesigner.project.reader import open_project
from nndesigner.project.writer import save
from nndesigner.session.editing import Editing

FOLDER = "blocks"


class LibraryBlock(msgspec.Struct, frozen=True):
    """One block of the library. `network` is its id in the file."""

    name: str
    help: str
    path: Path
    network: str
    own: bool
    """whether it lies in the user's folder"""

    @property
    def origin(self) -> str:
        """What a copy in a project remembers."""
        return f"library:{self.name}"


def own_folder() -> Path:
    """Where the user's blocks lie; it may not be there."""
    return data_folder() / FOLDER


_read: dict[Path, tuple[tuple[int, int], tuple[LibraryBlock, ...]]] = {}


def library() -> tuple[LibraryBlock, ...]:
    """Every block of the library, the user's first; of two of a name the first. A file that cannot be read is left
    out."""
    found: dict[str, LibraryBlock] = {}
    for folder, own in ((own_folder(), True), (resource_folder(FOLDER), False)):
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            for block in _blocks_of(path, own):
                found.setdefault(block.name, block)
    return tuple(found.values())


def _blocks_of(path: Path, own: bool) -> tuple[LibraryBlock, ...]:
    try:
        stat = path.stat()
        state = stat.st_mtime_ns, stat.st_size
        if path not in _read or _read[path][0] != state:
            document = open_project(path).document
            _read[path] = state, tuple(_listed(document, path, own))
    except (OSError, Refusal):
        return ()
    return _read[path][1]


def _listed(document: Document, path: Path, own: bool) -> Iterator[LibraryBlock]:
    for network in document.networks[1:]:
        yield LibraryBlock(network.name, network.help, path, network.id, own)


def library_block(name: str) -> LibraryBlock:
    """The block of a name. Raises Refusal."""
    found = next((block for block in library() if block.name == name), None)
    if found is None:
        raise Refusal(tr("There is no block “{name}” in the library.", name=name))
    return found


def use_library_block(editing: Editing, name: str, x: float, y: float, *, id: str = "") -> Diff | None:
    """Puts a block of the library into the network that is looked at, as one step; None where it was refused.

    Its networks are copied into the project once: an unchanged copy is used again.
    """
    try:
        block = library_block(name)
        document = open_project(block.path).document
    except Refusal as refusal:
        editing.refused.tell(str(refusal))
        return None
    content = [plain(record) for record in records_inside(document, [block.network])]
    return editing.edit(
        tr("Add {layer}", layer=block.name),
        "bring_block",
        content=content,
        block=block.network,
        origin=block.origin,
        x=x,
        y=y,
        network=editing.network,
        id=id,
    )


def save_block_to_library(document: Document, network: str) -> Written:
    """Writes a block, with those that it uses, into a file of the user's folder; one of the same name is replaced.

    Raises Refusal or WriteError.
    """
    graph = document.get(network)
    if not isinstance(graph, Network) or network == document.main.id:
        raise Refusal(tr("That block is not here any more."))
    target = new_document(tr("library"))
    content = Document(records_inside(document, [network]))
    _, added = bring(target, content, [network])
    path = file_of(graph.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(path.parent, reason(error)) from error
    own = {id: structs.replace(r, origin="") if isinstance(r, Network) else r for id, r in added.items()}
    return save(target.apply(Diff(added=own)), path)


def file_of(name: str) -> Path:
    """The file in the user's folder that a block of this name is written to."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-").lower()[:60] or f"block-{new_id()}"
    return own_folder() / f"{word}{SUFFIX}"
