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
    """The form of a node: its ports by name, and whether it has a line for parameters below them."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    footer: bool

    @cached_property
    def rows(self) -> int:
        """Labelled rows, shared by both sides."""
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
        y = PORT_Y if len(self.names(side)) == 1 else FIRST_ROW + ROW * index
        return (0.0 if side == INPUT else WIDTH), y


@lru_cache(maxsize=4096)
def outline(inputs: tuple[str, ...], outputs: tuple[str, ...], footer: bool) -> Outline:
    """One shared object per form, so that thousands of equal nodes hold it once."""
    return Outline(inputs, outputs, footer)


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


def snapped(value: float) -> float:
    """The nearest grid line."""
    return round(value / GRID) * GRID + 0.0
