"""New places for things that are to stand in line: aligned, distributed, straightened. Pure numbers, in scene units.

Each function takes rectangles by id and gives the places (x, y) of those that move; the verb `move` moves them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Places = dict[str, tuple[float, float]]
SIDES = ("left", "centre", "right", "top", "middle", "bottom")
AXES = ("horizontally", "vertically")
LEAST_GAP = 20.0
"""Between things that are distributed where they have no room: then the last ones move too."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its top left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Wire:
    """A wire between two boxes, with the height of its ports below the tops of them; `order` tells the first."""

    source: str
    leaves: float
    target: str
    arrives: float
    order: tuple[int, int] = (0, 0)


def aligned(boxes: Mapping[str, Box], side: str) -> Places:
    """All on one line: their left or right edges, tops or bottoms at the outermost one; their centres (side by side)
    or middles (above one another) at that of the rectangle around all. Raises ValueError for another side."""
    if side not in SIDES:
        raise ValueError(side)
    if not boxes:
        return {}
    left, top = min(b.x for b in boxes.values()), min(b.y for b in boxes.values())
    right = max(b.x + b.width for b in boxes.values())
    bottom = max(b.y + b.height for b in boxes.values())
    found: Places = {}
    for id, box in boxes.items():
        x, y = {
            "left": (left, box.y),
            "centre": ((left + right - box.width) / 2, box.y),
            "right": (right - box.width, box.y),
            "top": (box.x, top),
            "middle": (box.x, (top + bottom - box.height) / 2),
            "bottom": (box.x, bottom - box.height),
        }[side]
        found[id] = (x, y)
    return _moving(boxes, found)


def distributed(boxes: Mapping[str, Box], axis: str) -> Places:
    """The same gap between neighbours; the first and the last stay where they are. Raises ValueError for another axis.

    Where there is no room between them the gap is LEAST_GAP and only the first one stays.
    """
    if axis not in AXES:
        raise ValueError(axis)
    across = axis == "horizontally"

    def start(id: str) -> float:
        return boxes[id].x if across else boxes[id].y

    def size(id: str) -> float:
        return boxes[id].width if across else boxes[id].height

    order = sorted(boxes, key=lambda id: (start(id) + size(id) / 2, id))
    if len(order) < 3:
        return {}
    room = start(order[-1]) + size(order[-1]) - start(order[0])
    gap = max(LEAST_GAP, (room - sum(map(size, order))) / (len(order) - 1))
    found: Places = {}
    at = start(order[0])
    for id in order:
        found[id] = (at, boxes[id].y) if across else (boxes[id].x, at)
        at += size(id) + gap
    return _moving(boxes, found)


def straightened(boxes: Mapping[str, Box], wires: Iterable[Wire]) -> Places:
    """Moves boxes up or down so that the wires between them run level, port to port, from the leftmost one on.

    Of several wires at one box one can be level: the first that arrives, the first that leaves. Without any wire among
    the boxes their tops come to the height of the leftmost one.
    """
    order = sorted(boxes, key=lambda id: (boxes[id].x, boxes[id].y, id))
    into: dict[str, list[Wire]] = defaultdict(list)
    for wire in sorted(wires, key=lambda wire: wire.order):
        if wire.source in boxes and wire.target in boxes and boxes[wire.source].x < boxes[wire.target].x:
            into[wire.target].append(wire)
    if not into:
        first = boxes[order[0]].y if order else 0.0
        return _moving(boxes, {id: (boxes[id].x, first) for id in order})
    heights: dict[str, float] = {}
    led: set[str] = set()
    """boxes that a level wire leaves already"""
    for id in order:
        heights[id] = boxes[id].y
        level = next((wire for wire in into[id] if wire.source not in led), None)
        if level is not None:
            led.add(level.source)
            heights[id] = heights[level.source] + level.leaves - level.arrives
    return _moving(boxes, {id: (boxes[id].x, heights[id]) for id in order})


def _moving(boxes: Mapping[str, Box], found: Places) -> Places:
    """Those that do not stay where they are."""
    return {id: place for id, place in found.items() if place != (boxes[id].x, boxes[id].y)}
