"""Notes and frames when the layers of a network are placed anew: a frame is put around what lay in it, a note keeps
its distance to the layer that it stood by. Pure numbers, in scene units.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nndesigner.document.aligning import Box, Places
from nndesigner.document.verbs import GRID

MARGIN, TITLE = 30.0, 58.0
"""around the things in a frame, and above them, where its title stands"""
_NEAR = 400.0
"""A note that is further from every layer belongs to the network as a whole."""
_GAP = 40.0

Rectangle = tuple[float, float, float, float]
"""x, y, width, height"""


@dataclass(frozen=True)
class Surroundings:
    """Where notes go, and the rectangles that frames take."""

    notes: Places
    frames: dict[str, Rectangle]


def surroundings(
    before: Mapping[str, Box], after: Places, notes: Mapping[str, Box], frames: Mapping[str, Box]
) -> Surroundings:
    """`before` has the layers that are placed anew, `after` their new places; `notes` and `frames` are as they are.

    A frame counts as holding what has its middle in it; one that holds nothing that moves stays as it is. A note is
    put below everything where it would cover a layer.
    Takes O((layers + frames) · (notes + frames)).
    """
    if not after:
        return Surroundings({}, {})
    moved = {id: Box(*after[id], box.width, box.height) for id, box in before.items() if id in after}
    held = {
        frame: ([id for id in moved if _in(area, before[id])], [n for n in notes if _in(area, notes[n])])
        for frame, area in frames.items()
    }
    old, new = _around(before[id] for id in moved), _around(moved.values())
    wanted: dict[str, Box] = {}
    for id, note in notes.items():
        near = min(moved, key=lambda other: _distance(note, before[other]))
        if _distance(note, before[near]) <= _NEAR:
            shift = moved[near].x - before[near].x, moved[near].y - before[near].y
        elif note.y >= old.y + old.height:
            shift = new.x - old.x, new.y + new.height - old.y - old.height
        else:
            shift = new.x - old.x, new.y - old.y
        wanted[id] = Box(note.x + shift[0], note.y + shift[1], note.width, note.height)
    placed: dict[str, Box] = {}
    for id, box in wanted.items():
        if not any(_overlap(box, other) for other in (*moved.values(), *placed.values())):
            placed[id] = box
    lowest = max(box.y + box.height for box in (new, *placed.values()))
    for id, box in wanted.items():
        if id not in placed:
            placed[id] = Box(new.x, lowest + _GAP, box.width, box.height)
            lowest += _GAP + box.height
    areas: dict[str, Rectangle] = {}
    for frame, (layers, inside) in held.items():
        things = [moved[id] for id in layers] + [placed[id] for id in inside]
        if any((before[id].x, before[id].y) != after[id] for id in layers):
            areas[frame] = around(things)
    spots = {id: (box.x, box.y) for id, box in placed.items() if (box.x, box.y) != (notes[id].x, notes[id].y)}
    return Surroundings(spots, areas)


def around(boxes: Iterable[Box]) -> Rectangle:
    """The rectangle of a frame around things, on the grid: with a margin, and room for its title.

    Raises ValueError for none.
    """
    hull = _around(boxes)
    left, top = _down(hull.x - MARGIN), _down(hull.y - TITLE)
    right, bottom = -_down(-hull.x - hull.width - MARGIN), -_down(-hull.y - hull.height - MARGIN)
    return left, top, right - left, bottom - top


def _down(value: float) -> float:
    """The grid line at or before a place."""
    return math.floor(value / GRID) * GRID


def _around(boxes: Iterable[Box]) -> Box:
    all_of_it = list(boxes)
    left, top = min(b.x for b in all_of_it), min(b.y for b in all_of_it)
    right, bottom = max(b.x + b.width for b in all_of_it), max(b.y + b.height for b in all_of_it)
    return Box(left, top, right - left, bottom - top)


def _in(frame: Box, box: Box) -> bool:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    return frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height


def _distance(one: Box, other: Box) -> float:
    dx = max(one.x - other.x - other.width, other.x - one.x - one.width, 0.0)
    dy = max(one.y - other.y - other.height, other.y - one.y - one.height, 0.0)
    return float((dx * dx + dy * dy) ** 0.5)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
