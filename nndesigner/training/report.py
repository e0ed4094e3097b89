"""What a run says of itself: every number to the run folder and, in batches, to whoever listens.

Numbers wait in memory for a twentieth of a second at most; nothing here waits for a listener or flushes a disk.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from nndesigner.base.atomic import WriteError
from nndesigner.protocol.messages import Clock, Message, ScalarRow, Scalars, State
from nndesigner.runs.store import RESUME, RunFolder

INTERVAL = 0.05
"""seconds between two batches of messages"""
LOG_INTERVAL = 0.5
"""seconds between two writes to metrics.log: what a killed run can lose of its curves"""


class Speaker(Protocol):
    def send(self, message: Message) -> None: ...


class Report:
    """Gathers rows between two flushes."""

    def __init__(
        self, run: RunFolder, speaker: Speaker, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._run = run
        self._speaker = speaker
        self._clock = clock
        self._rows: list[ScalarRow] = []
        self._unlogged: list[ScalarRow] = []
        self._next_log = 0.0
        self.next = 0.0
        """when the next flush is due, by the clock"""

    def number(self, step: int, epoch: float, split: str, name: str, value: float, seconds: float) -> None:
        """One point of a curve."""
        self._rows.append(ScalarRow(step, epoch, split, name, value, seconds))

    def metrics(
        self, step: int, epoch: float, split: str, values: Mapping[str, float], seconds: float
    ) -> None:
        for name, value in values.items():
            self.number(step, epoch, split, name, value, seconds)

    def resumed(self, step: int, epoch: float, seconds: float) -> None:
        """From here on the curves go on after `step`: what was measured later is gone."""
        self.number(step, epoch, "", RESUME, 0.0, seconds)
        self.flush()

    def event(self, kind: str, sentence: str, **details: object) -> None:
        with contextlib.suppress(
            WriteError
        ):  # a full disk stops the next flush or checkpoint, which can wait for it
            self._run.append_event(kind, sentence, **details)

    def state(self, state: str, sentence: str = "") -> None:
        self._send()
        self._speaker.send(State(state, sentence))

    def clock(self, clock: Clock) -> None:
        self._speaker.send(clock)

    def flush(self) -> None:
        """Send and log what waits. Raises WriteError where the disk refuses; the rows are kept for the next time."""
        now = self._clock()
        self.next = now + INTERVAL
        self._send()
        if self._unlogged:
            self._run.append_rows(self._unlogged)
            self._unlogged.clear()
        if now >= self._next_log:
            self._next_log = now + LOG_INTERVAL
            self._run.flush()

    def _send(self) -> None:
        if self._rows:
            rows, self._rows = tuple(self._rows), []
            self._speaker.send(Scalars(rows))
            self._unlogged += rows
