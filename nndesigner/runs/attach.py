"""A run seen from its folder alone, as messages; and controls for it, left in the folder.

The reader for a run that goes on without a pipe to anybody: `nndesigner attach`, and a window that finds a run going.
It reads what the worker writes there, and gives what a pipe would have given, in the same structs.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from nndesigner.base.checked_log import LogFollower, LogWriter
from nndesigner.base.text import tr
from nndesigner.protocol.controls import Control, control_line
from nndesigner.protocol.messages import Done, Failed, Message, ScalarRow, Scalars, State
from nndesigner.runs.listing import state
from nndesigner.runs.store import ENDED, open_run

CONTROLS = "controls.log"
METRICS = "metrics.log"

_ENDED_BADLY = ("failed", "diverged")

_log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class RunFollower:
    """Follows one run folder. `read` gives what is new; call it a few times a second."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.over = False
        """whether nothing more will come: the run has ended, or the process that wrote it is gone"""
        self._metrics = LogFollower(run / METRICS)
        self._stamps: dict[str, Stamp | None] = {}
        self._state = ""

    @property
    def restarts(self) -> int:
        """How often the numbers were cut short behind the reader's back: then its views start over."""
        return self._metrics.restarts

    def read(self) -> list[Message]:
        """The messages that were added since the last call; the last one is `Done` or `Failed`.

        Raises Refusal where there is no run, and OSError where its numbers cannot be read.
        """
        if self.over:
            return []
        # The state first: what was written before the run ended is then certainly among the numbers read after.
        record = open_run(self.run).record
        now = state(record)
        messages: list[Message] = []
        if rows := tuple(row for row in map(_row, self._metrics.read()) if row is not None):
            messages.append(Scalars(rows))
        if self._changed("frames/trail.frames"):
            messages += open_run(self.run).trail()
        if self._changed("frames/last.frames"):
            messages += open_run(self.run).frames()
        if now != self._state:
            self._state = now
            messages.append(State(now, record.sentence))
        if now in ENDED or now == "interrupted":
            self.over = True
            messages.append(_end(now, record.sentence, record.result))
        return messages

    def _changed(self, name: str) -> bool:
        try:
            found = (self.run / name).stat()
            stamp: Stamp | None = (found.st_ino, found.st_size, found.st_mtime_ns)
        except OSError:
            stamp = None
        before = self._stamps.get(name)
        self._stamps[name] = stamp
        return stamp is not None and stamp != before


def leave_control(run: Path, control: Control) -> None:
    """Say something to the job that works on `run`. Raises `WriteError` where it cannot be left there."""
    with LogWriter(run / CONTROLS) as log:
        log.append(control_line(control))


def _end(state: str, sentence: str, result: dict[str, object]) -> Done | Failed:
    if state == "interrupted":
        return Failed(
            tr("The process that worked on this run is gone. Resume it from its last checkpoint."),
            "",
            "ended",
        )
    if state in _ENDED_BADLY:
        return Failed(sentence or tr("The run has failed."), "", state)
    return Done(dict(result))


def _row(payload: bytes) -> ScalarRow | None:
    """One line of the numbers; null stands for a value that is no number."""
    try:
        step, epoch, split, name, value, seconds = msgspec.json.decode(payload, type=_Row)
    except msgspec.DecodeError as error:
        _log.warning("a line of %s is not understood: %s", METRICS, error)
        return None
    return ScalarRow(step, epoch, split, name, float("nan") if value is None else value, seconds)


_Row = tuple[int, float, str, str, float | None, float]
