"""A run that goes on by itself, held like one that was started here: heard and steered through its folder.

It has no pipe and no process: `look` is called now and then, and what is said is left in the folder.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from pathlib import Path

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.protocol.controls import Control, Stop
from nndesigner.protocol.messages import Clock, Done, Failed, Message, ScalarRow, Scalars
from nndesigner.runs.attach import RunFollower, leave_control
from nndesigner.runs.store import open_run
from nndesigner.session.elsewhere import Elsewhere, Latest, at_once
from nndesigner.session.workers import OnEnd, OnMessage


class FollowedRun:
    """A `session.workers.Task` without a worker of ours. Nothing is said before the first `look`."""

    def __init__(
        self, run: Path, on_message: OnMessage, on_end: OnEnd, elsewhere: Elsewhere = at_once
    ) -> None:
        self._run = run
        self._follower = RunFollower(run)
        self._on_message, self._on_end = on_message, on_end
        self._reading = Latest(elsewhere)
        self._over = False
        self._begun: float | None = None
        """the epoch that the run began with, once it is known"""

    def look(self) -> None:
        """Passes on, now or soon, what the run has written since the last call; its end comes once and last."""
        if not self._over and not self._reading.waiting:
            self._reading.ask(lambda progress: self._read(), self._pass_on, self._failed)

    def _read(self) -> tuple[list[Message], int]:
        """What is new, and the epochs that the run was asked for. Away from everything else: it may be elsewhere."""
        said = self._follower.read()
        asked = open_run(self._run).record.plan.get("epochs", 0)
        return said, asked if isinstance(asked, int) else 0

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Refusal):
            self._pass_on(([Failed(str(error), "", "ended")], 0))
        # else: a disk that does not answer now may answer at the next look

    def _pass_on(self, found: tuple[list[Message], int]) -> None:
        said, asked = found
        for message in said:
            if self._over:
                return
            if isinstance(message, Done | Failed):
                self._over = True
                self._on_end(message)
            else:
                self._on_message(message)
                if isinstance(message, Scalars) and (clock := self._clock(message.rows, asked)) is not None:
                    self._on_message(clock)

    def _clock(self, rows: Sequence[ScalarRow], asked: int) -> Clock | None:
        """Where training stands, worked out from what it has written: the folder keeps numbers and no clock."""
        rows = [row for row in rows if row.split == "train" and row.step > 0 and row.epoch > 0]
        if not rows:
            return None
        if self._begun is None:
            self._begun = math.ceil(rows[0].epoch) - 1.0
        last = rows[-1]
        if asked <= 0:
            return None
        epochs = int(self._begun) + asked
        steps = max(round(last.step * epochs / last.epoch), last.step)
        trained = last.epoch - self._begun
        left = last.seconds * max(epochs - last.epoch, 0.0) / trained if trained > 0 else -1.0
        return Clock(last.step, steps, last.epoch, epochs, 0.0, left)

    def send(self, control: Control) -> None:
        with contextlib.suppress(WriteError):  # a full disk: the run goes on, and its state shows it
            leave_control(self._run, control)

    def cancel(self) -> None:
        self.send(Stop())

    def kill(self) -> None:
        self.send(Stop())  # it belongs to nobody here: it is asked, never forced

    def detach(self) -> None:
        """It goes on as it does anyway; nothing more is heard."""
        self._reading.cancel()
        self._over = True
