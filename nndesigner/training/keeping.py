"""What a run keeps on the disk while it goes on: when a checkpoint is due, and which states are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nndesigner.runs.store import RunFolder
from nndesigner.training import checkpoints
from nndesigner.training.checkpoints import Snapshot, Standing
from nndesigner.training.monitor import Monitor

TRAIL_SHARE = 100
"""how many times as long as writing earlier pictures took they are not written again"""
WRITING_SHARE = 0.02
"""the share of the time that checkpoints at the end of epochs may take"""


class Keeping:
    """`patiently` does a write, however long the disk refuses it (see `Running.patiently`)."""

    def __init__(
        self,
        run: RunFolder,
        plan: Mapping[str, Any],
        monitor: Monitor,
        patiently: Callable[[Callable[[], object]], None],
        clock: Callable[[], float],
    ) -> None:
        self._run, self._plan, self._monitor = run, plan, monitor
        self._patiently, self._clock = patiently, clock
        self.held: Snapshot | None = None
        """the best state so far, while it is not on the disk"""
        self._writing = 0.0
        """seconds that a checkpoint takes"""
        self._trail_due = 0.0
        self._last_written = 0.0

    def begin(self) -> None:
        """The run starts, or goes on."""
        self._last_written = self._clock()

    def due_within_epoch(self) -> bool:
        """Whether the last checkpoint is as long ago as the plan allows."""
        longest: float = self._plan["checkpoint_seconds"]
        return self._clock() - self._last_written >= longest

    def due_after_epoch(self, at: Standing) -> bool:
        """Whether the plan wants a checkpoint of this epoch, and there was time for it."""
        every = self._plan["checkpoint_every"]
        wanted = bool(every) and (at.epoch - at.first_epoch) % every == 0
        return wanted and self._clock() - self._last_written >= self._writing / WRITING_SHARE

    def write(self, snapshot: Snapshot, *, best: bool, started: float) -> None:
        """A checkpoint of the present state, and before it the best one where that is not on the disk yet. `started` is
        the clock when the snapshot was begun."""
        held, self.held = self.held, None
        if held is not None and held.standing.step == snapshot.standing.step:
            best = True
        elif held is not None and not best:
            self._patiently(lambda: self.put(held, best=True))
        self._patiently(lambda: self.put(snapshot, best=best))
        if self._monitor.frames:
            # Megabytes of earlier pictures are not written with every checkpoint: a hundredth of the time at most.
            began = self._clock()
            trail = self._monitor.trails if began >= self._trail_due else ()
            self._patiently(lambda: self._run.save_frames(self._monitor.frames.values(), trail))
            if trail:
                self._trail_due = self._clock() + TRAIL_SHARE * (self._clock() - began)
        self._last_written = self._clock()
        self._writing = max(self._last_written - started, 0.5 * self._writing)

    def put(self, snapshot: Snapshot, *, best: bool) -> None:
        """A snapshot as a checkpoint of the run; as many stay as the plan says. Raises WriteError."""
        checkpoints.write(self._run, snapshot, best=best, keep=self._plan["keep_checkpoints"])

    def put_last(self, snapshot: Snapshot, *, best: bool) -> None:
        """The state that a run ends with, and the best one. Raises WriteError."""
        if self.held is not None and self.held.standing.step != snapshot.standing.step:
            self.put(self.held, best=True)
        self.put(snapshot, best=best)
