"""The arrays as they would be with some things elsewhere: what a gesture shows while it runs.

What it gives is what the edits `move`, `set_bends` and `resize` lead to; tests hold the two against each other.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from nndesigner.document.verbs import coordinate
from nndesigner.gui.canvas.bends import Points

if TYPE_CHECKING:
    from nndesigner.gui.canvas.arrays import NetworkArrays

Places = Mapping[str, Sequence[float]]


def moved(base: NetworkArrays, places: Places, bends: Mapping[str, Points], sizes: Places) -> NetworkArrays:
    """A copy with other places (x, y), bends of wires and sizes (width, height), each by id; `base` stays as it is."""
    shown = copy.copy(base)
    shown.place, shown.lines, shown.boxes = base.place.copy(), base.lines.copy(), base.boxes.copy()
    shown.notes, shown.frames = dict(base.notes), dict(base.frames)
    shown.bends, shown.bent = {**base.bends, **bends}, dict(base.bent)
    rows = []
    for id in {**places, **sizes}:
        if id in base.index:
            rows.append(base.index[id])
            shown.place[rows[-1]] = places[id]
        else:
            _show_area(shown, id, places.get(id), sizes.get(id))
    shift = shown.place - base.place
    for id, points in base.bends.items():
        source, _, target, _ = base.ends[base.edge_index[id]].tolist()
        dx, dy = np.round(shift[source], 1).tolist()
        if (dx, dy) == tuple(np.round(shift[target], 1).tolist()) != (0, 0) and id not in bends:
            shown.bends[id] = tuple((coordinate(x + dx), coordinate(y + dy)) for x, y in points)
    bent = [base.edge_index[id] for id in {**base.bends, **bends} if id in base.edge_index]
    touched = base.rows_at(rows)
    along = touched[(shift[base.ends[touched, 0]] == shift[base.ends[touched, 2]]).all(axis=1)]
    along = np.setdiff1d(along, bent)  # both ends go the same way: so does the wire
    by = shift[base.ends[along, 0]]
    shown.lines[along] += by[:, None]
    shown.boxes[along] += np.concatenate([by, by], axis=1)
    asked = [base.edge_index[id] for id in bends if id in base.edge_index]
    shown.route(np.union1d(np.setdiff1d(touched, along), np.array(asked, np.int64)))
    return shown


def _show_area(
    shown: NetworkArrays, id: str, place: Sequence[float] | None, size: Sequence[float] | None
) -> None:
    changes: dict[str, float] = {}
    if place is not None:
        changes |= {"x": float(place[0]), "y": float(place[1])}
    if size is not None:
        changes |= {"width": float(size[0]), "height": float(size[1])}
    if id in shown.notes:
        shown.notes[id] = structs.replace(shown.notes[id], **changes)
    elif id in shown.frames:
        shown.frames[id] = structs.replace(shown.frames[id], **changes)
