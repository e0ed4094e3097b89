"""Who does the work that needs torch or data: what a session asks of the pool of workers that it is handed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.protocol.controls import Control
from nndesigner.protocol.jobs import Job, Preload
from nndesigner.protocol.messages import Done, Failed, Message

OnMessage = Callable[[Message], None]
OnEnd = Callable[[Done | Failed], None]


class Task(Protocol):
    """A job that was handed in."""

    def send(self, control: Control) -> None: ...
    def cancel(self) -> None: ...
    def kill(self) -> None: ...
    def detach(self) -> None: ...


class Workers(Protocol):
    """Takes jobs; calls back later, on the thread of the session."""

    def submit(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> Task: ...
    def preload(self, job: Preload | None) -> None: ...


class NoWorkers:
    """A session without workers edits, checks and saves; what it cannot do it refuses."""

    def submit(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> Task:
        raise Refusal(tr("There is no worker here that could do this."))

    def preload(self, job: Preload | None) -> None:
        pass
