"""Places for what is on the canvas: arranging, aligning, distributing, straightening. Each is one step.

Where things go is worked out in `document/` (`arranging`, `wrapping`, `aligning`, `surroundings`); here is only what is
selected. Imported with the first of these commands (`ordering`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.document.aligning import SIDES, Box, Places, Wire, aligned, distributed, straightened
from nndesigner.document.arranging import Card, Link, arranged
from nndesigner.document.surroundings import surroundings
from nndesigner.document.wrapping import wrapped
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, snapped
from nndesigner.gui.canvas.hit import inside_frame
from nndesigner.gui.commands.ordering import LINES

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

MANY = 3000
"""Layers from which on arranging may take longer than a tenth of a second: then it is done on another thread."""


# -- arranging -------------------------------------------------------------------------------------------------------
def arrange(desk: Desk, direction: str) -> None:
    """Places all layers anew in data order; of several selected layers (or those in a selected frame) only these,
    around the place where they are. Large networks are thought over on another thread meanwhile."""
    arrays, document = desk.canvas.arrays, desk.session.document
    chosen = {id for id in desk.canvas.selection if id in arrays.index}
    for frame in desk.canvas.selection & arrays.frames.keys():
        chosen |= {id for id in inside_frame(arrays, frame) if id in arrays.index}
    part = len(chosen) > 1
    cards, links = graph_of(arrays, chosen if part else None)
    if not cards:
        return

    def arrived(places: Places) -> None:
        if desk.session.document is not document:
            desk.say(tr("The network has changed in between: arrange it again."))
            return
        _put(desk, arrays, _kept_in_place(cards, places) if part else places)
        if not part:
            desk.canvas.fit()

    def work(progress: Progress = quiet) -> Places:
        if direction != LINES:
            return arranged(cards, links, direction)
        return wrapped(arranged(cards, links), {card.id: card for card in cards}, links)

    if len(cards) < MANY:
        arrived(work())
    else:
        desk.session.elsewhere(work, arrived, lambda error: desk.say(str(error)))


def graph_of(arrays: NetworkArrays, only: set[str] | None = None) -> tuple[list[Card], list[Link]]:
    """Layers and wires of what is on show, in its own sizes; `only` these layers and the wires among them."""
    ids = arrays.node_ids
    places, sizes = arrays.place.tolist(), arrays.size.tolist()
    cards = [
        Card(id, *place, *size)
        for id, place, size in zip(ids, places, sizes, strict=True)
        if only is None or id in only
    ]
    here = {card.id for card in cards}
    links = [
        Link(ids[source], out, ids[target], into)
        for source, out, target, into in arrays.ends.tolist()
        if ids[source] in here and ids[target] in here
    ]
    return cards, links


def _kept_in_place(cards: Iterable[Card], places: Places) -> Places:
    """Places moved so that the middle of all of them is where it was, on the grid."""
    shift = []
    for axis in (0, 1):
        before = [((c.x, c.y)[axis], (c.width, c.height)[axis]) for c in cards]
        after = [(places[c.id][axis], (c.width, c.height)[axis]) for c in cards]
        middles = [
            (min(at for at, _ in all) + max(at + size for at, size in all)) / 2 for all in (before, after)
        ]
        shift.append(snapped(middles[0] - middles[1]))
    return {id: (x + shift[0], y + shift[1]) for id, (x, y) in places.items()}


def _put(desk: Desk, arrays: NetworkArrays, places: Places) -> None:
    before = _boxes(arrays, arrays.node_ids)
    after = {id: (box.x, box.y) for id, box in before.items()} | places
    found = surroundings(before, after, _boxes(arrays, arrays.notes), _boxes(arrays, arrays.frames))
    desk.session.edit(tr("Arrange"), "arrange", places=places | found.notes, frames=found.frames)


# -- in line ---------------------------------------------------------------------------------------------------------
def align(desk: Desk, side: str) -> None:
    names = dict(
        zip(
            SIDES, (tr("left"), tr("centre"), tr("right"), tr("top"), tr("middle"), tr("bottom")), strict=True
        )
    )
    _move(desk, tr("Align {side}", side=names[side]), lambda boxes: aligned(boxes, side))


def distribute(desk: Desk, axis: str) -> None:
    name = tr("Distribute horizontally") if axis == "horizontally" else tr("Distribute vertically")
    _move(desk, name, lambda boxes: distributed(boxes, axis))


def straighten(desk: Desk) -> None:
    """Makes the wires between the selected layers run level."""
    arrays = desk.canvas.arrays
    wires = []
    for source, out, target, into in arrays.ends.tolist():
        leaves = arrays.outlines[arrays.form[source]].port(OUTPUT, out)[1]
        arrives = arrays.outlines[arrays.form[target]].port(INPUT, into)[1]
        ids = arrays.node_ids
        wires.append(Wire(ids[source], leaves, ids[target], arrives, (into, out)))
    layers = {id for id in desk.canvas.selection if id in arrays.index}
    _move(desk, tr("Straighten"), lambda boxes: straightened(boxes, wires), layers)


def _move(
    desk: Desk, name: str, find: Callable[[dict[str, Box]], Places], only: set[str] | None = None
) -> None:
    """Moves what is selected; what lies in a frame goes along with it, unless it has a place of its own."""
    arrays = desk.canvas.arrays
    boxes = _boxes(arrays, sorted(desk.canvas.selection if only is None else only))
    places = find(boxes)
    for id, (x, y) in tuple(places.items()):
        if id in arrays.frames:
            for held, box in _boxes(arrays, inside_frame(arrays, id)).items():
                if held not in boxes:
                    places[held] = (box.x + x - boxes[id].x, box.y + y - boxes[id].y)
    if places:
        desk.session.edit(name, "move", places=places)


def _boxes(arrays: NetworkArrays, ids: Iterable[str]) -> dict[str, Box]:
    """Rectangles of nodes, notes and frames; wires have none."""
    found = {}
    for id in ids:
        area = arrays.notes.get(id) or arrays.frames.get(id)
        if area is not None:
            found[id] = Box(area.x, area.y, area.width, area.height)
        elif id in arrays.index:
            row = arrays.index[id]
            found[id] = Box(*arrays.place[row].tolist(), *arrays.size[row].tolist())
    return found
