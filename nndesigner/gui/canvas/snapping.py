"""Where something that is dragged comes to rest: with its wires level, in line with a neighbour, or on the grid.

Pure numbers in scene units; it knows no Qt and changes nothing. What is in reach is asked for in this order: a level
wire before an edge or a middle in line, both before the grid. Guides tell what the things are in line with.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from nndesigner.gui.canvas.arrays import Bounds, NetworkArrays
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, Floats, snapped

PIXELS = 7.0
FARTHEST = 20.0
"""Scene units: nothing draws from further away than this, however far it is zoomed out."""
_SAME = 0.05
_BEYOND = 12.0
"""A guide reaches this far beyond the things that it joins."""

Line = tuple[float, float, float, float]
"""x1, y1, x2, y2"""


@dataclass(frozen=True)
class Snap:
    """How far the dragged things go, and the lines on which they then are."""

    dx: float
    dy: float
    guides: tuple[Line, ...] = ()


class Snapping:
    """Made when a drag begins: what stays and what moves. `within` is what can be seen: only that draws.

    `ids` are the nodes, notes and frames that move; frames draw nothing and their contents stand for them.
    """

    def __init__(self, arrays: NetworkArrays, ids: Collection[str], within: Bounds) -> None:
        still = [row for row in arrays.nodes_within(within).tolist() if arrays.node_ids[row] not in ids]
        boxes = [np.concatenate([arrays.place[still], arrays.place[still] + arrays.size[still]], axis=1)]
        left, top, right, bottom = within
        for id, note in arrays.notes.items():
            box = note.x, note.y, note.x + note.width, note.y + note.height
            seen = box[0] <= right and box[1] <= bottom and box[2] >= left and box[3] >= top
            if seen and id not in ids:
                boxes.append(np.array([box]))
        self._still: Floats = np.concatenate(boxes)
        """[N, 4]: left, top, right, bottom of what stays"""
        self._moving = arrays.bounds_of(ids)
        self._wires = _half_moving(arrays, ids)

    def snap(self, dx: float, dy: float, pixel: float, lead: tuple[float, float] | None) -> Snap:
        """Where a drag by (dx, dy) comes to rest. `pixel` is the size of one pixel, `lead` the corner of the thing
        that was pressed: it is what snaps to the grid, and nothing does where it is None."""
        if self._moving is None:
            return Snap(dx, dy)
        reach = min(PIXELS * pixel, FARTHEST)
        left, top, right, bottom = self._moving
        across = self._nearest(0, (left, (left + right) / 2, right), dx, reach)
        level = self._level(dy, reach)
        along = level if level is not None else self._nearest(1, (top, (top + bottom) / 2, bottom), dy, reach)
        if lead is not None:
            across = across if across is not None else snapped(lead[0] + dx) - lead[0]
            along = along if along is not None else snapped(lead[1] + dy) - lead[1]
        dx, dy = (dx if across is None else across), (dy if along is None else along)
        return Snap(dx, dy, (*self._level_guides(dx, dy), *self._edge_guides(dx, dy)))

    # -- candidates --------------------------------------------------------------------------------------------------
    def _nearest(self, axis: int, own: tuple[float, ...], shift: float, reach: float) -> float | None:
        """The shift along an axis that brings an edge or the middle in line with the same of a neighbour."""
        if not len(self._still):
            return None
        low, high = self._still[:, axis], self._still[:, axis + 2]
        wanted = np.concatenate([low - own[0], (low + high) / 2 - own[1], high - own[2]])
        best = int(np.abs(wanted - shift).argmin())
        return float(wanted[best]) if abs(wanted[best] - shift) <= reach else None

    def _level(self, dy: float, reach: float) -> float | None:
        """The shift that makes the nearest of the wires level."""
        if not len(self._wires):
            return None
        wanted = self._wires[:, 3] - self._wires[:, 1]
        best = int(np.abs(wanted - dy).argmin())
        return float(wanted[best]) if abs(wanted[best] - dy) <= reach else None

    # -- guides ------------------------------------------------------------------------------------------------------
    def _level_guides(self, dx: float, dy: float) -> list[Line]:
        found = []
        for x, y, other_x, other_y in self._wires.tolist():
            if abs(y + dy - other_y) < _SAME:
                found.append((min(x + dx, other_x), other_y, max(x + dx, other_x), other_y))
        return found

    def _edge_guides(self, dx: float, dy: float) -> list[Line]:
        """A line for each edge or middle that is in line, to the nearest neighbour on it."""
        assert self._moving is not None
        own = np.array(self._moving) + np.array([dx, dy, dx, dy])
        found: list[Line] = []
        for axis in (0, 1):
            other = 1 - axis
            for at, theirs in (
                (own[axis], self._still[:, axis]),
                ((own[axis] + own[axis + 2]) / 2, (self._still[:, axis] + self._still[:, axis + 2]) / 2),
                (own[axis + 2], self._still[:, axis + 2]),
            ):
                rows = np.flatnonzero(np.abs(theirs - at) < _SAME)
                if not len(rows):
                    continue
                boxes = self._still[rows]
                gaps = np.maximum(boxes[:, other] - own[other + 2], own[other] - boxes[:, other + 2])
                near = boxes[int(gaps.argmin())]
                start = float(min(near[other], own[other])) - _BEYOND
                end = float(max(near[other + 2], own[other + 2])) + _BEYOND
                place = float(at)
                found.append((place, start, place, end) if axis == 0 else (start, place, end, place))
        return found


def _half_moving(arrays: NetworkArrays, ids: Collection[str]) -> Floats:
    """Wires of which one end moves: [K, 4], the place of that end and of the one that stays."""
    rows = arrays.edges_at(ids)
    found = []
    for source, out, target, into in arrays.ends[rows].tolist():
        moves = arrays.node_ids[source] in ids, arrays.node_ids[target] in ids
        if moves[0] == moves[1]:
            continue
        start = arrays.place[source] + arrays.outlines[arrays.form[source]].port(OUTPUT, out)
        end = arrays.place[target] + arrays.outlines[arrays.form[target]].port(INPUT, into)
        found.append([*start, *end] if moves[0] else [*end, *start])
    return np.array(found, np.float64).reshape(-1, 4)
