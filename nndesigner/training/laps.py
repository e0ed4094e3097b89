"""How long the parts of one training step take, measured for the steps that are looked at and for no other.

On CUDA events are recorded between the parts and read at the next look: nothing waits for the device. Elsewhere it is
the clock. It knows neither loop nor monitor.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import torch

SETTLE = 0.05
"""seconds after a look in which no step is timed: its pictures are still on their way, and caches are cold"""
PHASES = ("data", "to_device", "forward", "backward", "optimizer", "monitoring", "other")
"""the parts of a step in the order in which they come"""


class Laps:
    """`ask` for a step to be timed, or `begin` right before one; `lap(phase)` after each of its parts, `end` after it.
    What is not begun costs a comparison. A step that began begins anew with `drop`, where something came in
    between."""

    def __init__(self, device: torch.device, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._cuda = device.type == "cuda"
        self._device = device
        self._marks: list[tuple[str, Any]] = []
        self._done: list[tuple[str, Any]] = []
        self.timing = False
        self._due: float | None = None

    def ask(self) -> None:
        """A step is to be timed soon: the first one that begins after things have settled."""
        self._due = self._clock() + SETTLE

    def forget(self) -> None:
        """None is to be timed."""
        self.timing, self._due = False, None

    def begin(self) -> None:
        """The next step is timed."""
        self._marks = [("", self._mark())]
        self.timing = True

    def lap(self, phase: str) -> None:
        """A part has ended; what comes twice is added up."""
        if self.timing:
            self._marks.append((phase, self._mark()))

    def end(self) -> None:
        if self.timing:
            self.lap("other")
            self._done, self._marks, self.timing = self._marks, [], False
        elif self._due is not None and self._clock() >= self._due:
            self._due = None
            self.begin()

    def drop(self) -> None:
        """Between two steps something else was done: what began begins anew."""
        if self.timing:
            self.begin()

    def take(self) -> dict[str, float] | None:
        """Seconds of every phase of the last whole step; None where there is none yet, or the device is still at it."""
        marks = self._done
        if not marks or (self._cuda and not marks[-1][1].query()):
            return None
        self._done = []
        found = dict.fromkeys(PHASES, 0.0)
        for (_, before), (phase, after) in itertools.pairwise(marks):
            found[phase] += before.elapsed_time(after) / 1000 if self._cuda else after - before
        return found

    def _mark(self) -> Any:
        if not self._cuda:
            return self._clock()
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self._device))
        return event
