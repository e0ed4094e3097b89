"""Edits of how a network looks and nothing else: frames, notes, colours, folded layers, bends of wires.

None of them changes what a network computes, so a check after them finds what it found before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.document.diff import Diff, squash
from nndesigner.document.document import Document
from nndesigner.document.node_edits import place
from nndesigner.document.records import COLORS, AnyRecord, Edge, Frame, Node, Note
from nndesigner.document.verbs import added_records, changed_records, coordinate, network_of, verb

SMALLEST = 40.0
"""Scene units: a note or a frame is at least as wide and as high."""
LARGEST = 1e6
MOST_BENDS = 64
LONGEST_TEXT = 10_000


@verb
def add_note(document: Document, text: str, x: float, y: float, *, network: str = "") -> Diff:
    return added_records(
        Note(
            id=new_id(),
            network=network_of(document, network),
            text=text[:LONGEST_TEXT],
            x=coordinate(x),
            y=coordinate(y),
        )
    )


@verb
def set_note(document: Document, note: str, text: str) -> Diff:
    record = document.get(note)
    if not isinstance(record, Note):
        raise Refusal(tr("That note is not here any more."))
    return changed_records((record, msgspec.structs.replace(record, text=text[:LONGEST_TEXT])))


@verb
def add_frame(
    document: Document,
    title: str,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    network: str = "",
    id: str = "",
) -> Diff:
    """A frame with a title; what lies in it is moved along with it. Place and size in scene units."""
    return added_records(
        Frame(
            id=id or new_id(),
            network=network_of(document, network),
            title=title[:LONGEST_TEXT],
            x=coordinate(x),
            y=coordinate(y),
            width=_extent(width),
            height=_extent(height),
        )
    )


@verb
def set_frame(document: Document, frame: str, title: str) -> Diff:
    record = document.get(frame)
    if not isinstance(record, Frame):
        raise Refusal(tr("That frame is not here any more."))
    return changed_records((record, msgspec.structs.replace(record, title=title[:LONGEST_TEXT])))


@verb
def resize(document: Document, id: str, x: float, y: float, width: float, height: float) -> Diff:
    """Sets place and size of a note or a frame, in scene units."""
    record = document.get(id)
    if not isinstance(record, Note | Frame):
        raise Refusal(tr("That note or frame is not here any more."))
    after = msgspec.structs.replace(
        record, x=coordinate(x), y=coordinate(y), width=_extent(width), height=_extent(height)
    )
    return changed_records((record, after))


@verb
def arrange(
    document: Document,
    places: Mapping[str, Sequence[float]],
    *,
    frames: Mapping[str, Sequence[float]] | None = None,
) -> Diff:
    """Positions worked out by a layout, as `place`, and frames (x, y, width, height) put around them, as one edit."""
    diff = place(document, places)
    for id, (x, y, width, height) in (frames or {}).items():
        diff = squash(diff, resize(document.apply(diff), id, x, y, width, height))
    return diff


def _extent(value: float) -> float:
    return coordinate(min(max(value, SMALLEST), LARGEST))


@verb
def set_look(
    document: Document, ids: Iterable[str], *, color: str | None = None, collapsed: bool | None = None
) -> Diff:
    """Sets the colour of nodes, notes and frames ("" for the usual one), and whether nodes are folded up.

    None leaves a property as it is; records that do not have it are passed over. Raises Refusal for an unknown colour.
    """
    if color is not None and color not in ("", *COLORS):
        raise Refusal(
            tr("There is no colour “{color}”: choose {colors}.", color=color, colors=listing(list(COLORS)))
        )
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    for id in dict.fromkeys(ids):
        record = document.get(id)
        if not isinstance(record, Node | Note | Frame):
            continue
        changes: dict[str, Any] = {} if color is None else {"color": color}
        if collapsed is not None and isinstance(record, Node):
            changes["collapsed"] = collapsed
        pairs.append((record, msgspec.structs.replace(record, **changes)))
    return changed_records(*pairs)


@verb
def set_bends(document: Document, edge: str, bends: Sequence[Sequence[float]]) -> Diff:
    """Sets the points (x, y) that a wire is drawn through, from its source to its target, in scene units."""
    wire = document.get(edge)
    if not isinstance(wire, Edge):
        raise Refusal(tr("That wire is not here any more."))
    if len(bends) > MOST_BENDS:
        raise Refusal(tr("A wire has at most {most} bends.", most=MOST_BENDS))
    points = tuple((coordinate(x), coordinate(y)) for x, y in bends)
    return changed_records((wire, msgspec.structs.replace(wire, bends=points)))
