"""Where things are: the size of a node, the places of its ports and the curve of a wire, in scene units.

Pure numbers. A node is drawn from its top left corner (its record's x, y); a side with one port has it beside the
title, so that a chain of nodes with one y is one straight line; a side with several has a labelled row for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = 20.0
WIDTH = 140.0
HEADER = 44.0
FOOTER = 22.0
PORT_Y = 22.0
ROW = 20.0
FIRST_ROW = 62.0
"""Two grid steps below `PORT_Y`: a row can line up with a single port."""
PORT_RADIUS = 4.5
SEGMENTS = 24
"""Straight pieces per wire: at 400 % a piece of a usual wire is still under 10 pixels."""

INPUT, OUTPUT = 0, 1


@dataclass(frozen=True)
class Outline:
    """The form of a node: its ports by name, whether it has a line for parameters below them, whether it is folded up.

    A folded one has neither rows nor footer: its ports are spread over the sides of the title, in their order.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    footer: bool
    folded: bool = False

    @cached_property
    def rows(self) -> int:
        """Labelled rows, shared by both sides."""
        if self.folded:
            return 0
        return max((len(side) for side in (self.inputs, self.outputs) if len(side) > 1), default=0)

    @cached_property
    def body(self) -> float:
        """Height without the footer."""
        return FIRST_ROW - ROW / 2 + ROW * self.rows + 4 if self.rows else HEADER

    @cached_property
    def height(self) -> float:
        return self.body + (FOOTER if self.footer else 0.0)

    def names(self, side: int) -> tuple[str, ...]:
        return self.inputs if side == INPUT else self.outputs

    def port(self, side: int, index: int) -> tuple[float, float]:
        """The middle of a port, from the top left corner."""
        many = len(self.names(side))
        if self.folded:
            y = HEADER * (index + 1) / (many + 1)
        else:
            y = PORT_Y if many == 1 else FIRST_ROW + ROW * index
        return (0.0 if side == INPUT else WIDTH), y


@lru_cache(maxsize=4096)
def outline(inputs: tuple[str, ...], outputs: tuple[str, ...], footer: bool, folded: bool = False) -> Outline:
    """One shared object per form, so that thousands of equal nodes hold it once."""
    return Outline(inputs, outputs, footer and not folded, folded)


# -- wires --------------------------------------------------------------------------------------------------------
_T = np.linspace(0.0, 1.0, SEGMENTS + 1)
_BERNSTEIN = np.stack([(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3], axis=1)


def control_points(starts: Floats, ends: Floats) -> Floats:
    """Cubic control points [M, 4, 2] of wires from `starts` [M, 2] (outputs) to `ends` [M, 2] (inputs).

    A wire leaves to the right and arrives from the left; one that leads back swings out further.
    """
    dx, dy = (ends - starts).T
    reach = np.clip(0.5 * np.abs(dx) + 0.1 * np.abs(dy), 0.0, 180.0)
    reach = np.maximum(reach, np.where(dx < 40.0, np.minimum(40.0 + 0.25 * np.abs(dy), 110.0), 20.0))
    points = np.empty((len(starts), 4, 2))
    points[:, 0], points[:, 3] = starts, ends
    points[:, 1], points[:, 2] = starts, ends
    points[:, 1, 0] += reach
    points[:, 2, 0] -= reach
    return points


def flatten(controls: Floats) -> Floats:
    """Polylines [M, SEGMENTS + 1, 2] along cubic curves [M, 4, 2]."""
    return np.matmul(_BERNSTEIN, controls)


LED_BACK, ROOM_BETWEEN = -40.0, 60.0
"""a wire that leads back at least so far, with so much height between its ends, goes around in straight runs"""
_AROUND, _ROUND = 22.0, 16.0
STEP_TURNS = (1, 6, 14, 19)
"""where in its line each of the four turns of such a wire begins: five points along a quadratic curve"""


def wire_lines(starts: Floats, ends: Floats) -> Floats:
    """Polylines [M, SEGMENTS + 1, 2] of wires: curves, and rounded steps for those that lead back to another row."""
    lines = flatten(control_points(starts, ends))
    back = leads_back(starts, ends)
    if back.any():
        lines[back] = _steps(starts[back], ends[back])
    return lines


def leads_back(starts: Floats, ends: Floats) -> NDArray[np.bool_]:
    """Which wires go around in straight runs."""
    dx, dy = (ends - starts).T
    return (dx < LED_BACK) & (np.abs(dy) >= ROOM_BETWEEN)


def _steps(starts: Floats, ends: Floats) -> Floats:
    """Right, half the way down or up, left, the other half, right; rounded turns, the middle point halfway."""
    (x0, y0), (x1, y1) = starts.T, ends.T
    half = (y0 + y1) / 2
    down = np.sign(y1 - y0) * _ROUND
    zero = np.zeros_like(x0)
    corners = [
        # corner, from where it is reached, to where it is left
        ((x0 + _AROUND, y0), (zero - _ROUND, zero), (zero, down)),
        ((x0 + _AROUND, half), (zero, -down), (zero - _ROUND, zero)),
        ((x1 - _AROUND, half), (zero + _ROUND, zero), (zero, down)),
        ((x1 - _AROUND, y1), (zero, -down), (zero + _ROUND, zero)),
    ]
    t = np.linspace(0.0, 1.0, 5)
    turns = []
    for (x, y), (ax, ay), (bx, by) in corners:
        ease_in, ease_out = (1 - t) ** 2, t**2
        xs = x[:, None] + np.outer(ax, ease_in) + np.outer(bx, ease_out)
        ys = y[:, None] + np.outer(ay, ease_in) + np.outer(by, ease_out)
        turns.append(np.stack([xs, ys], axis=2))
    between = np.linspace(0.25, 0.75, 3)[None, :, None]
    run = turns[1][:, -1:] * (1 - between) + turns[2][:, :1] * between
    return np.concatenate([starts[:, None], *turns[:2], run, *turns[2:], ends[:, None]], axis=1)


# -- notes and frames -----------------------------------------------------------------------------------------------
FRAME_TITLE = 28.0
HANDLES = {
    "nw": (0.0, 0.0),
    "ne": (1.0, 0.0),
    "se": (1.0, 1.0),
    "sw": (0.0, 1.0),
    "n": (0.5, 0.0),
    "e": (1.0, 0.5),
    "s": (0.5, 1.0),
    "w": (0.0, 0.5),
}
"""By what a note or a frame is resized: corners, then edges, as shares of its width and height."""
HANDLE_PIXELS = 8.0
_LARGEST_HANDLE = 40.0


def handle_size(width: float, height: float, pixel: float) -> float:
    """The side of a handle in scene units: a size on the screen, but never much of what it stands on."""
    return min(HANDLE_PIXELS * pixel, _LARGEST_HANDLE, max(width, height) / 5)


def handle_places(
    x: float, y: float, width: float, height: float, pixel: float
) -> dict[str, tuple[float, float]]:
    """The middles of the handles of a rectangle; those of the edges only where there is room for them."""
    room = 5 * handle_size(width, height, pixel)
    found = {}
    for name, (across, down) in HANDLES.items():
        if len(name) == 1 and (width if name in "ns" else height) < room:
            continue
        found[name] = (x + across * width, y + down * height)
    return found


def snapped(value: float) -> float:
    """The nearest grid line."""
    return round(value / GRID) * GRID + 0.0
