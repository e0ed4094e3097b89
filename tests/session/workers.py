"""A pool without processes: takes jobs, and says what a test has it say."""

from __future__ import annotations

from nndesigner.protocol.controls import Control
from nndesigner.protocol.jobs import Job, Preload
from nndesigner.protocol.messages import Done, Failed
from nndesigner.session.workers import OnEnd, OnMessage


class Asked:
    """A job that was handed in."""

    def __init__(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> None:
        self.job = job
        self.say = on_message
        self._on_end = on_end
        self.controls: list[Control] = []
        self.cancelled = self.killed = self.detached = False
        self.ended = False

    def send(self, control: Control) -> None:
        self.controls.append(control)

    def cancel(self) -> None:
        self.cancelled = True

    def kill(self) -> None:
        self.killed = True

    def detach(self) -> None:
        self.detached = True

    def end(self, outcome: Done | Failed | None = None) -> None:
        assert not self.ended
        self.ended = True
        self._on_end(outcome or Done())


class Pool:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.preloaded: list[Preload | None] = []

    def submit(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> Asked:
        self.asked.append(Asked(job, on_message, on_end))
        return self.asked[-1]

    def preload(self, job: Preload | None) -> None:
        self.preloaded.append(job)

    @property
    def last(self) -> Asked:
        return self.asked[-1]
