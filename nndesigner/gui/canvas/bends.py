"""Wires that are drawn through points: smooth curves from an output through every bend to an input.

Pure numbers in scene units. At a bend the curve runs along the line between the points before and after it, which is
what a centripetal Catmull-Rom curve does, with handles a third of the way to the next point, so that it never loops.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nndesigner.gui.canvas.geometry import Floats, flatten

Points = Sequence[Sequence[float]]
_HANDLE = 1.0 / 3.0
_LONGEST = 180.0
"""Scene units: a handle at a port reaches no further, as in a wire without bends."""


def curves_through(start: Sequence[float], bends: Points, end: Sequence[float]) -> Floats:
    """Cubic control points [B + 1, 4, 2] of the pieces from `start` (an output) through B bends to `end` (an input)."""
    points = np.array([start, *bends, end], np.float64)
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-9)
    directions = np.empty_like(points)
    directions[0] = directions[-1] = 1.0, 0.0  # a wire leaves to the right and arrives from the left
    if len(points) > 2:
        # the mean of the unit steps: a near point turns the curve no more than a distant one
        units = steps / lengths[:, None]
        along = units[:-1] + units[1:]
        size = np.hypot(along[:, 0], along[:, 1])
        turned = size < 1e-6  # straight back: across, rather than nowhere
        along[turned] = np.stack([-units[:-1][turned, 1], units[:-1][turned, 0]], axis=1)
        directions[1:-1] = along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    reach = (lengths * _HANDLE)[:, None]
    reach[[0, -1]] = np.minimum(reach[[0, -1]], _LONGEST)
    pieces = np.empty((len(points) - 1, 4, 2))
    pieces[:, 0], pieces[:, 3] = points[:-1], points[1:]
    pieces[:, 1] = points[:-1] + directions[:-1] * reach
    pieces[:, 2] = points[1:] - directions[1:] * reach
    return pieces


def line_through(start: Sequence[float], bends: Points, end: Sequence[float]) -> Floats:
    """The flattened curve, [K, 2]."""
    pieces = flatten(curves_through(start, bends, end))
    return np.concatenate([pieces[:, :-1].reshape(-1, 2), pieces[-1, -1:]])


def resampled(line: Floats, count: int) -> Floats:
    """`count` points [count, 2] along a polyline, the same way apart, both ends kept."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, way[-1], count)
    return np.stack([np.interp(at, way, line[:, 0]), np.interp(at, way, line[:, 1])], axis=1)


def where_on(bends: Points, start: Sequence[float], end: Sequence[float], x: float, y: float) -> int:
    """The place in `bends` at which a new bend at (x, y) belongs: on the piece that passes nearest."""
    pieces = flatten(curves_through(start, bends, end))
    distances = np.hypot(pieces[..., 0] - x, pieces[..., 1] - y).min(1)
    return int(distances.argmin())
