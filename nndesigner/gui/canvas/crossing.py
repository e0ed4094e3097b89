"""Which wires a stroke of the pointer crosses, and where. Pure numbers on the arrays, in scene units."""

from __future__ import annotations

import numpy as np

from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.geometry import Floats

Point = tuple[float, float]


def crossed(arrays: NetworkArrays, start: Point, end: Point) -> dict[str, Point]:
    """The wires that the straight piece from `start` to `end` crosses, each with the first point of crossing."""
    (x0, y0), (x1, y1) = start, end
    found: dict[str, Point] = {}
    rows = arrays.edges_within((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    for row in rows.tolist():
        point = _first(np.asarray(arrays.line(row), np.float64), start, end)
        if point is not None:
            found[arrays.edge_ids[row]] = point
    return found


def _first(line: Floats, start: Point, end: Point) -> Point | None:
    """Where the piece first crosses a polyline [K, 2]; None where it does not."""
    origin, along = np.array(start), np.array(end) - start
    steps = np.diff(line, axis=0)
    between = line[:-1] - origin
    across = along[0] * steps[:, 1] - along[1] * steps[:, 0]
    level = np.abs(across) < 1e-12  # side by side, they cross nowhere
    safe = np.where(level, 1.0, across)
    on_stroke = (between[:, 0] * steps[:, 1] - between[:, 1] * steps[:, 0]) / safe
    on_wire = (between[:, 0] * along[1] - between[:, 1] * along[0]) / safe
    hits = ~level & (on_stroke >= 0) & (on_stroke <= 1) & (on_wire >= 0) & (on_wire <= 1)
    if not hits.any():
        return None
    x, y = (origin + along * float(on_stroke[hits].min())).tolist()
    return x, y
