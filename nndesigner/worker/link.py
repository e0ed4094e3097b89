"""A job's side of the conversation: messages out, controls in. It knows no process and no descriptor.

Each job has its own link, made when the job arrives, so that a control can never reach the job before or after it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Protocol

from nndesigner.base.progress import Cancelled
from nndesigner.protocol.controls import Cancel, Control, Detach, Stop
from nndesigner.protocol.jobs import Job
from nndesigner.protocol.messages import Message, Progress


class Speaker(Protocol):
    """Whatever messages go to: the worker's `Sender`, or a list in a test."""

    def send(self, message: Message) -> None: ...


class Link:
    """What a job is handed. A `detached` one goes on after the end of input and is not `orphaned` by it; whether it is
    can change while it runs."""

    def __init__(self, speaker: Speaker, job: Job | None = None, log: Path | None = None) -> None:
        self._speaker = speaker
        self.log = log
        """the file that what is printed goes to, where it is known"""
        self._changed = threading.Condition()
        self._controls: deque[Control] = deque()
        self.job = job
        self.detached = bool(getattr(job, "detached", False))
        self.cancelled = False
        """the result is no longer wanted: end soon, leave nothing half done"""
        self.orphaned = False
        """whoever started the worker is gone: save what matters and return within ten seconds"""

    # ------------------------------------------------------------------------------------ what a job calls

    def send(self, message: Message) -> None:
        """Say something; it returns at once, also when nobody listens any more."""
        self._speaker.send(message)

    def progress(self, fraction: float, sentence: str) -> None:
        """A `base.progress.Progress`: tells how far the job is; raises `Cancelled` when it should end."""
        if self.cancelled or self.orphaned:
            raise Cancelled
        self.send(Progress(fraction, sentence))

    def controls(self) -> list[Control]:
        """The controls that arrived since the last call, oldest first; never waits. Cheap when there are none."""
        if not self._controls:
            return []
        with self._changed:
            came = list(self._controls)
            self._controls.clear()
        return came

    def wait_control(self, timeout: float) -> Control | None:
        """The next control, taken; None after `timeout` seconds, and at once when cancelled or orphaned."""
        with self._changed:
            self._changed.wait_for(lambda: self._controls or self.cancelled or self.orphaned, timeout)
            return self._controls.popleft() if self._controls else None

    def log_to(self, path: Path) -> None:
        """From now on, append what libraries print, and a crash's last words, to this file."""
        sys.stdout.flush()
        sys.stderr.flush()
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.dup2(log, 1)
            os.dup2(log, 2)
        finally:
            os.close(log)
        self.log = path

    # ------------------------------------------------------------------------------- what the worker calls

    def deliver(self, control: Control) -> None:
        """A control has come."""
        with self._changed:
            if isinstance(control, Detach):
                self.detached = True
                return
            if isinstance(control, Cancel):
                self.cancelled = True
            self._controls.append(control)
            self._changed.notify_all()

    def end_of_input(self) -> None:
        """Whoever started the worker is gone."""
        with self._changed:
            self.orphaned = not self.detached
            self._changed.notify_all()

    def terminate(self) -> None:
        """The system asks the process to end: detached or not."""
        with self._changed:
            self._controls.append(Stop())
            self.orphaned = True
            self._changed.notify_all()
