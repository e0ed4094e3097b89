"""The thread through which a worker speaks: it batches, leaves out what a newer message replaces, and beats.

`send` returns at once. Numbers of curves (`Scalars`) are gathered into batches and never left out while somebody
listens; pictures, clocks and progress are replaced by newer ones as long as they wait. It knows no job.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from nndesigner.base.processes import resident_memory
from nndesigner.protocol.channel import write_message
from nndesigner.protocol.messages import Clock, Frame, Heartbeat, Message, Progress, ScalarRow, Scalars

MAX_WAITING_ROWS = 200_000
"""Numbers that wait for a listener who is slow; then `send` waits too (or, with `lossy`, the oldest go)."""

_ROWS_PER_MESSAGE = 1_000
_COMPANIONS = 0.004
"""seconds that a message waits at least for those that are said with it"""


class Sender:
    """Starts its thread on creation. `write` takes bytes and blocks until they are gone; an OSError ends the talk."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        heartbeat: float = 1.0,
        gather: float = 1 / 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._heartbeat = heartbeat
        self._gather = gather
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, bytes | Message] = {}
        self._rows: list[ScalarRow] = []
        self._number = 0
        self._urgent = False
        self._thread_sleeps = False
        self._closing = False
        self.lossy = False
        """whether numbers may be left out when nobody takes them (they are in the run folder anyway)"""
        self.broken = False
        """whether the other side is gone"""
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def send(self, message: Message) -> None:
        """Say it soon. Messages keep their order, but for those that newer ones replace."""
        # Arrays are copied now: they may be views of memory that the next training step overwrites.
        ready = write_message(message) if isinstance(message, Frame) else message
        with self._changed:
            if self.broken or self._closing:
                return
            if isinstance(message, Scalars):
                self._rows.extend(message.rows)
                self._hold_back()
            else:
                key = _replaces(message)
                if key is None:
                    self._flush_rows()  # what was measured before comes before
                    key = self._next_number()
                    self._urgent = True
                self._waiting.pop(key, None)
                self._waiting[key] = ready
            if self._thread_sleeps or self._urgent:
                self._changed.notify_all()

    def beat(self) -> None:
        """A heartbeat now."""
        self.send(Heartbeat(resident_memory()))

    def close(self, timeout: float = 5.0) -> bool:
        """Say what waits and end; whether all of it could be said within `timeout` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self.broken

    def _hold_back(self) -> None:
        if len(self._rows) <= MAX_WAITING_ROWS:
            return
        if self.lossy:
            del self._rows[: MAX_WAITING_ROWS // 2]
            return
        self._changed.notify_all()
        self._changed.wait_for(
            lambda: len(self._rows) <= MAX_WAITING_ROWS or self.broken or self.lossy or self._closing
        )

    def _flush_rows(self) -> None:
        for start in range(0, len(self._rows), _ROWS_PER_MESSAGE):
            rows = tuple(self._rows[start : start + _ROWS_PER_MESSAGE])
            self._waiting[self._next_number()] = Scalars(rows)
        self._rows.clear()

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _run(self) -> None:
        next_beat = self._clock()
        next_word = next_beat + self._gather
        try:
            while True:
                with self._changed:
                    while not (self._waiting or self._rows or self._closing):
                        self._thread_sleeps = True
                        self._changed.wait(max(0.0, next_beat - self._clock()))
                        self._thread_sleeps = False
                        if self._clock() >= next_beat:
                            break
                    if not (self._urgent or self._closing):
                        # After a silence almost at once; otherwise not before the last word is `gather` ago.
                        pause = max(_COMPANIONS, min(next_word - self._clock(), self._gather))
                        self._changed.wait_for(lambda: self._urgent or self._closing, pause)
                    self._flush_rows()
                    waiting, self._waiting = self._waiting, {}
                    self._urgent = False
                    closing = self._closing
                    self._changed.notify_all()
                next_word = self._clock() + self._gather
                for message in waiting.values():
                    self._write(message if isinstance(message, bytes) else write_message(message))
                if self._clock() >= next_beat:
                    self._write(write_message(Heartbeat(resident_memory())))
                    next_beat = self._clock() + self._heartbeat
                if closing:
                    return
        except OSError:
            with self._changed:
                self.broken = True
                self._waiting.clear()
                self._rows.clear()
                self._changed.notify_all()


def _replaces(message: Message) -> Hashable | None:
    """The same key for messages of which only the newest matters; None for those that all matter."""
    if isinstance(message, Frame):
        return (message.node, message.measurement)
    if isinstance(message, Clock | Progress | Heartbeat):
        return type(message)
    return None
