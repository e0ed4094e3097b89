"""Earlier pictures of what is small enough to be kept over a whole run: more and more thinly, within a limit.

Every measurement that is kept over time has a trail for each of its nodes. When a trail is full, every second of its
frames is dropped and from then on half as many are taken, so that it always reaches from the first look to now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

MOST_FRAMES = 240
MOST_BYTES = 2 << 20
"""of the arrays of one trail"""
MOST_TOGETHER = 16 << 20
"""of the arrays of all trails of a run"""
FEWEST_FRAMES = 16


class Trail:
    """The kept frames of one measurement at one node, oldest first."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._stride = 1
        self._passed = 0
        self.bytes = 0

    def keep(self, frame: Frame) -> None:
        """Takes a frame, or lets it pass where there are many already."""
        if self.frames and frame.step <= self.frames[-1].step:
            return  # another look at the same step, or a frame that is here already
        self._passed += 1
        if self.frames and (self._passed - 1) % self._stride:
            return
        self.frames.append(frame)
        size = _size(frame)
        self.bytes += size
        if len(self.frames) > max(min(MOST_FRAMES, MOST_BYTES // max(size, 1)), FEWEST_FRAMES):
            self.thin()

    def thin(self) -> None:
        """Drops every second frame; from now on half as many are taken."""
        if len(self.frames) > 1:
            self._set(self.frames[::2])
            self._stride *= 2
            self._passed = 1

    def cut_after(self, step: int) -> None:
        """Forgets what was measured after `step`."""
        self._set([frame for frame in self.frames if frame.step <= step])

    def _set(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.bytes = sum(map(_size, frames))


def _size(frame: Frame) -> int:
    return sum(array.nbytes for array in frame.arrays.values())


class Trails:
    """The trails of a run by (node, measurement)."""

    def __init__(self) -> None:
        self._trails: dict[tuple[str, str], Trail] = {}

    def keep(self, frame: Frame) -> None:
        """Takes a frame of a measurement that is kept over time; others are ignored."""
        known = measurements().get(frame.measurement)
        if known is not None and known.over_time:
            trail = self._trails.setdefault((frame.node, frame.measurement), Trail())
            trail.keep(frame)
            if sum(one.bytes for one in self._trails.values()) > MOST_TOGETHER:
                max(self._trails.values(), key=lambda one: one.bytes).thin()

    def of(self, node: str, measurement: str) -> tuple[Frame, ...]:
        """The frames of one trail, oldest first; none where nothing was kept."""
        trail = self._trails.get((node, measurement))
        return tuple(trail.frames) if trail is not None else ()

    def cut_after(self, step: int) -> None:
        """Forgets what was measured after `step`: the run goes on from there."""
        for trail in self._trails.values():
            trail.cut_after(step)

    def add(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self.keep(frame)

    def __iter__(self) -> Iterator[Frame]:
        for trail in self._trails.values():
            yield from trail.frames

    def __len__(self) -> int:
        return sum(len(trail.frames) for trail in self._trails.values())
