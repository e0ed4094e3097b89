"""A job handed in, and the worker that does it: every job comes to exactly one end.

`Worker` joins a `WorkerProcess` to its `Child`; a driver (`runs/blocking.py`, `gui/worker_driver.py`) says when there
is something to read or write and when time has passed. Nothing here waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from nndesigner.base.observer import Event
from nndesigner.base.text import tr
from nndesigner.protocol.controls import Control, Detach
from nndesigner.protocol.jobs import Job
from nndesigner.protocol.messages import Done, Failed, Message
from nndesigner.runs.child import Child
from nndesigner.runs.launcher import Ended, Step, WorkerProcess, WorkerState

Clock = Callable[[], float]
OnMessage = Callable[[Message], None]
OnEnd = Callable[[Done | Failed], None]


class Driver(Protocol):
    """Whoever waits: an event loop. All calls, in both directions, are made on its thread."""

    def start(self, *, confined: bool = False) -> Worker:
        """Start a worker and begin to watch it; a `confined` one loads nothing before its job, which will set itself
        limits. Raises OSError where none can be started."""
        ...

    def output_waits(self, worker: Worker) -> None:
        """Call `worker.write_ready()` once it can be written to."""
        ...

    def forget(self, worker: Worker) -> None:
        """Stop watching: its pipes are about to be closed."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back once; returns what calls it off."""
        ...

    def deliver(self, task: Task, message: Message) -> None:
        """Hand `message` to `task.take`, now or bundled with others soon; an end, and all before it, at once."""
        ...


class Task:
    """A job that was handed in: what can be done about it, and what became of it."""

    def __init__(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> None:
        self.job = job
        self._on_message = on_message
        self._on_end = on_end
        self._before: list[Control] = []
        self._cancelled = False
        self.worker: Worker | None = None
        self.outcome: Done | Failed | None = None

    @property
    def hung(self) -> bool:
        """Whether its worker has been silent for too long: offer `kill`."""
        return self.worker is not None and self.worker.process.hung

    def send(self, control: Control) -> None:
        """Say something to the job; before it starts, it hears it when it starts."""
        if self.worker is None:
            self._before.append(control)
        elif self.outcome is None:
            self.worker.send(control)

    def cancel(self) -> None:
        """Ask it to end; after five seconds, and again after five more, less politely."""
        if self.worker is not None:
            self.worker.cancel()
        elif self.outcome is None and not self._cancelled:
            self._cancelled = True
            self.take(Failed(tr("Cancelled."), "", "cancelled"))

    def kill(self) -> None:
        """End it now."""
        if self.worker is not None:
            self.worker.kill()
        else:
            self.cancel()

    def detach(self) -> None:
        """Have it go on when this process ends; it is then heard of only through its run folder, and not here."""
        if self.worker is not None:
            self.worker.let_go()
            self.worker = None

    def begin(self, worker: Worker) -> None:
        """It has found its worker."""
        self.worker = worker
        worker.submit(self)
        for control in self._before:
            worker.send(control)
        self._before.clear()

    def take(self, message: Message) -> None:
        """What its worker says."""
        if self.outcome is not None:
            return
        if isinstance(message, Done | Failed):
            self.outcome = message
            self.worker = None
            self._on_end(message)
        else:
            self._on_message(message)


class Worker:
    """A worker process with its pipes. The driver calls `read_ready`, `write_ready` and nothing else."""

    def __init__(self, child: Child, driver: Driver, clock: Clock = time.monotonic) -> None:
        self.child = child
        self.process = WorkerProcess(clock)
        self.task: Task | None = None
        self.freed: Event[[]] = Event()
        """its job has ended, or it has become warm"""
        self.ended: Event[[]] = Event()
        self._driver = driver
        self._output_open = True
        self._call_off: Callable[[], None] = lambda: None
        self._tick_in(self._pause())

    def submit(self, task: Task) -> None:
        self.task = task
        self.process.submit(task.job)
        self.write_ready()

    def send(self, control: Control) -> None:
        self.process.send(control)
        self.write_ready()

    def cancel(self) -> None:
        self.process.cancel()
        self.write_ready()

    def kill(self) -> None:
        self.process.kill()
        self._tick_in(0.0)

    def close(self) -> None:
        """Let it end: a job in progress saves what matters first."""
        self.process.close()
        self._tick_in(0.0)

    def let_go(self) -> None:
        """Have the job go on without this process, and leave it."""
        if self.process.ended is not None:
            return
        self.process.send(Detach())
        self.write_ready()
        self._call_off()
        self._driver.forget(self)
        self.child.let_go()
        self.task = None
        self.process.ended = Ended(None, None, tr("The worker goes on by itself."))
        self.ended.tell()

    def read_ready(self) -> None:
        """Read what has come, but no more than a piece: others wait too."""
        if self.process.ended is not None or not self._output_open:
            return
        data = self.child.pipes.read()
        if data:
            self._receive(data)
        elif data is not None:
            # The end of its output: it is about to end, or else it is broken. Nothing more is to be read.
            self._output_open = False
            self._driver.forget(self)
            self.process.output_ended()
            self._tick_in(0.0)

    def write_ready(self) -> None:
        """Write what waits."""
        if self.process.ended is not None:
            return
        while waiting := self.process.outgoing:
            try:
                taken = self.child.pipes.write(waiting)
            except OSError:
                taken = len(waiting)  # it is gone; its end will be noticed and told
            self.process.written(taken)
            if taken < len(waiting):
                self._driver.output_waits(self)
                return

    def look(self) -> None:
        """Everything at once, for whoever has no event loop."""
        self.read_ready()
        self.write_ready()
        self._step()

    def _receive(self, data: bytes) -> None:
        was_warm, was_ending = self.process.warm, self.process.state is WorkerState.ENDING
        for message in self.process.receive(data):
            self._deliver(message)
        if self.process.warm and not was_warm:
            self.freed.tell()
        if self.process.state is WorkerState.ENDING and not was_ending:
            self._tick_in(0.0)

    def _deliver(self, message: Message) -> None:
        task = self.task
        if task is None:
            return
        if isinstance(message, Done | Failed):
            self.task = None
            task.worker = None
            self._driver.deliver(task, message)
            self.freed.tell()
        else:
            self._driver.deliver(task, message)

    def _tick_in(self, seconds: float) -> None:
        if self.process.ended is None:
            self._call_off()
            self._call_off = self._driver.call_later(seconds, self._tick)

    def _tick(self) -> None:
        self.read_ready()  # it may have spoken while this process was the one that slept
        self._step()
        self._tick_in(self._pause())

    def _pause(self) -> float:
        # A process that should end is looked at often; one that works, rarely.
        return 0.02 if self.process.state is WorkerState.ENDING else min(0.5, self.process.next_tick())

    def _step(self) -> None:
        if self.process.ended is not None:
            return
        while step := self.process.tick():
            match step:
                case Step.CLOSE_INPUT:
                    self.write_ready()
                    self.child.pipes.close_output()
                case Step.TERMINATE:
                    self.child.signal(kill=False)
                case Step.KILL:
                    self.child.signal(kill=True)
        code = self.child.reap()
        if code is not None:
            self._end(code)

    def _end(self, code: int) -> None:
        if rest := self.child.pipes.rest():
            self._receive(rest)  # its last words
        failed = self.process.exited(code, self.child.log_tail())
        self._call_off()
        self._driver.forget(self)
        self.child.pipes.close()
        if failed is not None:
            self._deliver(failed)
        self.ended.tell()
