"""Earlier pictures of a run: more and more thinly, within a limit.

Every measurement has a trail for each of its nodes. When a trail is full, every second of its frames is dropped and
from then on half as many are taken, so that it always reaches from the first look to now. What a measurement declares
to be kept over time has room of its own; the rest shares what the run's plan allows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

MOST_FRAMES = 240
MOST_BYTES = 2 << 20
"""of one trail"""
MOST_TOGETHER = 16 << 20
"""of all trails of what is kept over time"""
RECORDED = 32 << 20
"""of all other trails of a run, where its plan says nothing else"""
FEWEST_FRAMES = 16


class Trail:
    """The kept frames of one measurement at one node, oldest first."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._stride = 1
        self._passed = 0
        self.bytes = 0
        self.steps: list[int] = []
        """of each frame"""

    def keep(self, frame: Frame) -> None:
        """Takes a frame, or lets it pass where there are many already."""
        if self.frames and frame.step <= self.frames[-1].step:
            return  # another look at the same step, or a frame that is here already
        self._passed += 1
        if self.frames and (self._passed - 1) % self._stride:
            return
        self.frames.append(frame)
        self.steps.append(frame.step)
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

    def at(self, step: int) -> Frame | None:
        """The last frame of that step or an earlier one; None before the first."""
        place = bisect_right(self.steps, step)
        return self.frames[place - 1] if place else None

    def copy(self) -> Trail:
        """The frames of now; those that come later are not in it."""
        made = Trail()
        made._set(list(self.frames))
        return made

    def _set(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.steps = [frame.step for frame in frames]
        self.bytes = sum(map(_size, frames))


def _size(frame: Frame) -> int:
    """In bytes; small pictures of samples and names are among the words of a frame."""
    return sum(array.nbytes for array in frame.arrays.values()) + len(msgspec.msgpack.encode(frame.meta))


class Trails:
    """The trails of a run by (node, measurement); `most` bytes for those that are not kept over time, 0 for none."""

    def __init__(self, most: int = RECORDED) -> None:
        self.most = most
        self.revision = 0
        """grows whenever frames came or went"""
        self._trails: dict[tuple[str, str], Trail] = {}
        self._bytes = {True: 0, False: 0}
        """by whether it is kept over time"""

    def keep(self, frame: Frame) -> None:
        """Takes a frame of a measurement that this version knows."""
        known = measurements().get(frame.measurement)
        if known is None or not (known.over_time or self.most):
            return
        trail = self._trails.setdefault((frame.node, frame.measurement), Trail())
        before = trail.bytes, len(trail.frames)
        trail.keep(frame)
        if (trail.bytes, len(trail.frames)) == before:
            return
        self.revision += 1
        self._bytes[known.over_time] += trail.bytes - before[0]
        if self._bytes[known.over_time] > (MOST_TOGETHER if known.over_time else self.most):
            same = [one for key, one in self._trails.items() if _over_time(key) == known.over_time]
            max(same, key=lambda one: one.bytes).thin()
            self._count()

    def _count(self) -> None:
        self._bytes = {True: 0, False: 0}
        for key, trail in self._trails.items():
            self._bytes[_over_time(key)] += trail.bytes

    def of(self, node: str, measurement: str) -> tuple[Frame, ...]:
        """The frames of one trail, oldest first; none where nothing was kept."""
        trail = self._trails.get((node, measurement))
        return tuple(trail.frames) if trail is not None else ()

    def at(self, node: str, measurement: str, step: int) -> Frame | None:
        """The last kept frame of that step or an earlier one."""
        trail = self._trails.get((node, measurement))
        return trail.at(step) if trail is not None else None

    def looks(self) -> dict[int, float]:
        """Every step of which anything is kept → its epoch, in no order."""
        return {frame.step: frame.epoch for frame in self}

    def cut_after(self, step: int) -> None:
        """Forgets what was measured after `step`: the run goes on from there."""
        self.revision += 1
        for trail in self._trails.values():
            trail.cut_after(step)
        self._count()

    def add(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self.keep(frame)

    def copy(self) -> Trails:
        """The frames of now; those that come later are not in it."""
        made = Trails(self.most)
        made._trails = {key: trail.copy() for key, trail in self._trails.items()}
        made._count()
        return made

    def __iter__(self) -> Iterator[Frame]:
        for trail in self._trails.values():
            yield from trail.frames

    def __len__(self) -> int:
        return sum(len(trail.frames) for trail in self._trails.values())


def _over_time(key: tuple[str, str]) -> bool:
    known = measurements().get(key[1])
    return known is not None and known.over_time
