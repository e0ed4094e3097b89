"""A long network in several lines, one below the other, as text is: what leads on from the end of one begins the next.

Made of places from left to right (`document/arranging.py`). A line ends where the fewest wires cross, so that blocks
stay together where that can be had. Linear in the number of layers and wires.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from nndesigner.document.arranging import GRID, Card, Link, Places

SHAPE = 1.7
"""width by height of the whole, about that of a window"""
FEWEST = 7
"""Steps in a line, at least."""
GAP = 80.0
"""Scene units between two lines, where the wires run back."""
_PLAY = 0.3
"""A line may be shorter or longer by this share, to end at a good place."""


def wrapped(places: Places, cards: Mapping[str, Card], links: Iterable[Link]) -> Places:
    """The same layers in lines of about the same length; a network that is short enough stays as it is."""
    columns = sorted({places[id][0] for id in places})
    number = {x: i for i, x in enumerate(columns)}
    step = {id: number[x] for id, (x, _) in places.items()}
    top = min((y for _, y in places.values()), default=0.0)
    bottom = max((y + cards[id].height for id, (_, y) in places.items()), default=0.0)
    pitch = (columns[-1] - columns[0]) / max(1, len(columns) - 1) if columns else 1.0
    wanted = max(FEWEST, round(math.sqrt(SHAPE * len(columns) * (bottom - top + GAP) / max(1.0, pitch))))
    if len(columns) <= wanted * (1 + _PLAY):
        return places
    starts = _starts(len(columns), wanted, _crossing(len(columns), step, links))
    line = [0] * len(columns)
    for begin in starts[1:]:
        line[begin] = 1
    for i in range(1, len(line)):
        line[i] += line[i - 1]
    tops = [math.inf] * len(starts)
    bottoms = [-math.inf] * len(starts)
    for id, (_, y) in places.items():
        at = line[step[id]]
        tops[at], bottoms[at] = min(tops[at], y), max(bottoms[at], y + cards[id].height)
    offsets, down = [], 0.0
    for high, low in zip(tops, bottoms, strict=True):
        offsets.append(down - high)
        down += math.ceil((low - high + GAP) / GRID) * GRID
    return {
        id: (x - columns[starts[line[step[id]]]], y + offsets[line[step[id]]])
        for id, (x, y) in places.items()
    }


def _crossing(count: int, step: Mapping[str, int], links: Iterable[Link]) -> list[int]:
    """How many wires pass from each step to the next one or beyond."""
    change = [0] * (count + 1)
    for link in links:
        if link.source in step and link.target in step:
            change[step[link.source]] += 1
            change[step[link.target]] -= 1
    crossing, now = [], 0
    for at in range(count):
        now += change[at]
        crossing.append(now)
    return crossing


def _starts(count: int, wanted: int, crossing: list[int]) -> list[int]:
    """The step with which each line begins."""
    starts = [0]
    while count - starts[-1] > wanted * (1 + _PLAY):
        ideal = starts[-1] + wanted
        low, high = math.ceil(ideal - wanted * _PLAY), math.floor(ideal + wanted * _PLAY)
        high = min(high, count - FEWEST // 2)
        starts.append(min(range(low, high + 1), key=lambda at: (crossing[at - 1], abs(at - ideal))))
    return starts
