"""What is under a point or a rectangle: port, node, wire, bend, note, frame or handle, found in the arrays by numpy.

Distances are in scene units; the caller says how many of them one pixel is, so that a port or a wire is as easy to
hit when zoomed out.
"""

from __future__ import annotations

import msgspec
import numpy as np

from nndesigner.document.records import Frame
from nndesigner.gui.canvas.arrays import Bounds, NetworkArrays
from nndesigner.gui.canvas.geometry import (
    FRAME_TITLE,
    PORT_RADIUS,
    WIDTH,
    Floats,
    Ints,
    handle_places,
    handle_size,
)

PORT_PIXELS = 11.0
WIRE_PIXELS = 6.0
MOST = 14.0
"""Scene units: a port's or wire's reach never grows beyond this, or zoomed out everything would be a port."""
SMALLEST_PORT = 3.0
"""Pixels: below this radius a port is not drawn and cannot be hit."""
BEND_PIXELS = 8.0


class Hit(msgspec.Struct, frozen=True):
    """One thing by its id. `kind` is "port", "node", "edge", "note", "frame" or "" for empty canvas.

    Of a wire also "bend", of a selected note or frame also "handle": `id` is then that of the wire, note or frame.
    """

    kind: str = ""
    id: str = ""
    side: int = 0
    """of a port: geometry.INPUT or OUTPUT"""
    port: str = ""
    bend: int = -1
    """of a bend: its place in the wire's bends"""
    handle: str = ""
    """of a handle: a name in geometry.HANDLES"""

    def __bool__(self) -> bool:
        return bool(self.kind)


NOTHING = Hit()


def hit(
    arrays: NetworkArrays, x: float, y: float, pixel: float = 1.0, selection: frozenset[str] = frozenset()
) -> Hit:
    """The topmost thing at a point. `pixel` is the size of one screen pixel in scene units (1 / scale).

    `selection` has the ids of what shows its handles.
    """
    return (
        handle_at(arrays, x, y, pixel, selection)
        or port_at(arrays, x, y, pixel)
        or node_at(arrays, x, y)
        or note_at(arrays, x, y)
        or bend_at(arrays, x, y, pixel)
        or edge_at(arrays, x, y, pixel)
        or frame_at(arrays, x, y, pixel)
    )


def handle_at(arrays: NetworkArrays, x: float, y: float, pixel: float, selection: frozenset[str]) -> Hit:
    """The nearest handle of the selected notes and frames within reach."""
    best, found = np.inf, NOTHING
    for areas in (arrays.notes, arrays.frames):
        for id in selection & areas.keys() if areas else ():
            area = areas[id]  # type: ignore[index]
            reach = handle_size(area.width, area.height, pixel) * 0.75
            places = handle_places(area.x, area.y, area.width, area.height, pixel)
            for name, (at_x, at_y) in places.items():
                off = max(abs(x - at_x), abs(y - at_y))
                if off <= reach and off < best:
                    best, found = off, Hit("handle", id, handle=name)
    return found


def port_at(
    arrays: NetworkArrays, x: float, y: float, pixel: float = 1.0, side: int | None = None, reach: float = 0.0
) -> Hit:
    """The nearest port (of one side) within its generous radius, or within `reach` scene units where that is more.

    On a node's own body the radius is the small one: a node must stay easy to grab beside its port.
    """
    if PORT_RADIUS / pixel < SMALLEST_PORT / 2:
        return NOTHING
    radius = max(PORT_RADIUS, min(PORT_PIXELS * pixel, MOST), reach)
    near = arrays.nodes_within((x - radius, y - radius, x + radius, y + radius))
    if not len(near):
        return NOTHING
    node, sides, index, offset = arrays.ports
    rows = np.flatnonzero(np.isin(node, near))
    if side is not None:
        rows = rows[sides[rows] == side]
    if not len(rows):
        return NOTHING
    corner = arrays.place[node[rows]]
    delta = corner + offset[rows] - (x, y)
    distance = np.hypot(delta[:, 0], delta[:, 1])
    inside = (x > corner[:, 0] + PORT_RADIUS + 2) & (x < corner[:, 0] + WIDTH - PORT_RADIUS - 2)
    distance = np.where(inside & (distance > max(PORT_RADIUS + 3, reach)), np.inf, distance)
    best = int(distance.argmin())
    if distance[best] > radius:
        return NOTHING
    row = int(rows[best])
    owner = int(node[row])
    return Hit(
        "port",
        arrays.node_ids[owner],
        int(sides[row]),
        arrays.port_name(owner, int(sides[row]), int(index[row])),
    )


def node_at(arrays: NetworkArrays, x: float, y: float) -> Hit:
    rows = arrays.nodes_within((x, y, x, y))
    return Hit("node", arrays.node_ids[int(rows[-1])]) if len(rows) else NOTHING


def edge_at(arrays: NetworkArrays, x: float, y: float, pixel: float = 1.0) -> Hit:
    """The nearest wire within reach, measured to its flattened curve."""
    reach = min(WIRE_PIXELS * pixel, MOST)
    rows = arrays.edges_within((x - reach, y - reach, x + reach, y + reach))
    if not len(rows):
        return NOTHING
    distances = _distances(arrays, rows, x, y)
    best = int(distances.argmin())
    return Hit("edge", arrays.edge_ids[int(rows[best])]) if distances[best] <= reach else NOTHING


def bend_at(arrays: NetworkArrays, x: float, y: float, pixel: float = 1.0) -> Hit:
    """The nearest bend of a wire within reach."""
    reach = min(BEND_PIXELS * pixel, MOST)
    best, found = reach, NOTHING
    for id in arrays.bent:
        left, top, right, bottom = arrays.boxes[arrays.edge_index[id]].tolist()
        if left - reach <= x <= right + reach and top - reach <= y <= bottom + reach:
            for number, (at_x, at_y) in enumerate(arrays.bends[id]):
                off = float(np.hypot(at_x - x, at_y - y))
                if off <= best:
                    best, found = off, Hit("bend", id, bend=number)
    return found


def _distances(arrays: NetworkArrays, rows: Ints, x: float, y: float) -> np.ndarray:
    distances = _off_lines(arrays.lines[rows], x, y)
    if arrays.bent:
        for place, row in enumerate(rows.tolist()):
            fine = arrays.bent.get(arrays.edge_ids[row])
            if fine is not None:
                distances[place] = _off_lines(fine[None], x, y)[0]
    return distances


def _off_lines(lines: Floats, x: float, y: float) -> Floats:
    """How far (x, y) is from each of M polylines [M, K, 2]."""
    start, step = lines[:, :-1], np.diff(lines, axis=1)
    length = np.maximum((step**2).sum(-1), 1e-12)
    along = np.clip((((x, y) - start) * step).sum(-1) / length, 0.0, 1.0)
    off = start + step * along[..., None] - (x, y)
    return np.asarray(np.hypot(off[..., 0], off[..., 1]).min(1))


def note_at(arrays: NetworkArrays, x: float, y: float) -> Hit:
    for note in reversed(arrays.notes.values()):
        if note.x <= x <= note.x + note.width and note.y <= y <= note.y + note.height:
            return Hit("note", note.id)
    return NOTHING


def frame_at(arrays: NetworkArrays, x: float, y: float, pixel: float = 1.0) -> Hit:
    """A frame is held by its title and its border: inside it, the canvas is the canvas."""
    reach = min(WIRE_PIXELS * pixel, MOST) / 2
    for frame in reversed(frames_in_order(arrays)):
        right, bottom = frame.x + frame.width, frame.y + frame.height
        if not (frame.x - reach <= x <= right + reach and frame.y - reach <= y <= bottom + reach):
            continue
        within_border = frame.x + reach < x < right - reach and y < bottom - reach
        if y <= frame.y + FRAME_TITLE or not within_border:
            return Hit("frame", frame.id)
    return NOTHING


def frames_in_order(arrays: NetworkArrays) -> list[Frame]:
    """The frames from the lowest to the topmost: one that lies in another is above it."""
    return sorted(arrays.frames.values(), key=lambda frame: -frame.width * frame.height)


def within(arrays: NetworkArrays, bounds: Bounds) -> frozenset[str]:
    """What a rubber band selects: nodes and notes that it touches, frames that it holds whole.

    Wires only where the band touches no node: a band over a part of the network means its nodes.
    """
    left, top, right, bottom = bounds
    found = {arrays.node_ids[int(row)] for row in arrays.nodes_within(bounds)}
    for note in arrays.notes.values():
        if (
            note.x <= right
            and note.y <= bottom
            and note.x + note.width >= left
            and note.y + note.height >= top
        ):
            found.add(note.id)
    for frame in arrays.frames.values():
        if (
            left <= frame.x
            and top <= frame.y
            and frame.x + frame.width <= right
            and frame.y + frame.height <= bottom
        ):
            found.add(frame.id)
    if found:
        return frozenset(found)
    rows = arrays.edges_within(bounds)
    if len(rows):
        lines = arrays.lines[rows]
        inside = (
            (lines[..., 0] >= left)
            & (lines[..., 0] <= right)
            & (lines[..., 1] >= top)
            & (lines[..., 1] <= bottom)
        )
        found = {arrays.edge_ids[int(row)] for row in rows[inside.any(1)]}
    return frozenset(found)


def with_inside(arrays: NetworkArrays, ids: frozenset[str]) -> frozenset[str]:
    """What is selected, and what lies in the frames among it."""
    return ids.union(*(inside_frame(arrays, frame) for frame in ids & arrays.frames.keys()))


def inside_frame(arrays: NetworkArrays, frame_id: str) -> frozenset[str]:
    """What moves with a frame: nodes and notes whose middle lies in it, frames that lie in it whole."""
    frame = arrays.frames[frame_id]
    middle = arrays.place + arrays.size / 2
    held = (
        (middle[:, 0] >= frame.x)
        & (middle[:, 0] <= frame.x + frame.width)
        & (middle[:, 1] >= frame.y)
        & (middle[:, 1] <= frame.y + frame.height)
    )
    found = {arrays.node_ids[int(row)] for row in np.flatnonzero(held)}
    for note in arrays.notes.values():
        x, y = note.x + note.width / 2, note.y + note.height / 2
        if frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height:
            found.add(note.id)
    for other in arrays.frames.values():
        right, bottom = other.x + other.width, other.y + other.height
        whole = right <= frame.x + frame.width and bottom <= frame.y + frame.height
        if other.id != frame_id and frame.x <= other.x and frame.y <= other.y and whole:
            found.add(other.id)
    return frozenset(found)
