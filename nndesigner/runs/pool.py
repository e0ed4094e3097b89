"""Workers at hand: one is always warm, and one that is taken is replaced. It waits for nothing, but in `close`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from nndesigner.base.observer import Event
from nndesigner.base.text import tr
from nndesigner.protocol.jobs import Job, Preload
from nndesigner.protocol.messages import Device, Done, Failed, Ready
from nndesigner.runs.launcher import WorkerState
from nndesigner.runs.tasks import Driver, OnEnd, OnMessage, Task, Worker

MOST_FAILED_STARTS = 3
MOST_SHARED = 2
"""Workers that do jobs which do not use them up, at once: what comes meanwhile waits for one of them."""

_log = logging.getLogger(__name__)


class WorkerPool:
    """Keeps one worker warm. All calls on the driver's thread.

    A worker that is taken is replaced after `replacement_delay` seconds: starting one takes seconds of processor time,
    which the job just begun needs more.
    """

    def __init__(self, driver: Driver, *, replacement_delay: float = 2.0) -> None:
        self._driver = driver
        self._delay = replacement_delay
        self._workers: list[Worker] = []
        self._spare: Worker | None = None
        self._confined: Worker | None = None
        self._waiting: list[Task] = []
        self._preload: Preload | None = None
        self._preloaded_by: Worker | None = None
        self._failed_starts = 0
        self._call_off: Callable[[], None] = lambda: None
        self._closed = False
        self.changed: Event[[]] = Event()
        """a worker has started, become warm or ended"""
        self.ready: Ready | None = None
        """what a worker last said of itself and its machine"""
        self.failure = ""
        """why no worker can be started, as a sentence; empty while they can"""

    @property
    def warm(self) -> bool:
        """Whether a job that is submitted now starts at once."""
        return self._spare is not None and self._spare.process.state is WorkerState.WARM

    @property
    def devices(self) -> tuple[Device, ...]:
        """What there is to compute on; empty until the first worker has told."""
        return self.ready.devices if self.ready is not None else ()

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Every process that has not ended, the spare one among them."""
        return tuple(self._workers)

    def open(self) -> None:
        """Start the first worker."""
        if self._spare is None and not self._closed:
            self._start_spare()

    def preload(self, job: Preload | None) -> None:
        """From now on, the spare worker has this project's data at hand."""
        self._preload = job
        self._preloaded_by = None
        self._settle()

    def submit(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> Task:
        """Have a job done; `on_end` is called exactly once, later, whatever happens."""
        task = Task(job, on_message, on_end)
        self._failed_starts = 0
        self._waiting.append(task)
        # Later, so that nothing calls the caller back before it has the task in its hands.
        self._driver.call_later(0.0, self._settle)
        return task

    def close(self, patience: float = 15.0) -> None:
        """End every worker and wait for it, `patience` seconds at most; jobs save what matters first.

        What should go on without this process is let go before (`Worker.let_go`).
        """
        self._closed = True
        self._call_off()
        for task in self._waiting:
            task.cancel()
        self._waiting.clear()
        for worker in self._workers:
            worker.close()
        deadline = time.monotonic() + patience
        while self._workers:
            if time.monotonic() > deadline:
                for worker in self._workers:
                    worker.kill()
            for worker in tuple(self._workers):
                worker.look()
            self._workers = [worker for worker in self._workers if worker.process.ended is None]
            time.sleep(0.005)
        self._spare = None

    def _start_spare(self) -> None:
        self._call_off()
        try:
            worker = self._start()
        except OSError as error:
            self.failure = _cannot_start(error)
            self._fail_waiting()
            return
        self._spare = worker
        self.changed.tell()

    def _start(self, *, confined: bool = False) -> Worker:
        worker = self._driver.start(confined=confined)
        self._workers.append(worker)
        worker.freed.connect(lambda: self._freed(worker))
        worker.ended.connect(lambda: self._gone(worker))
        return worker

    def _settle(self) -> None:
        """Give the next job to the spare worker; without one, start it."""
        if self._closed:
            return
        self._waiting = [task for task in self._waiting if task.outcome is None]
        if self._spare is not None and not self._spare.process.free and self._spare.task is None:
            self._spare = None  # it is ending
        self._settle_confined()
        task = self._next_task()
        if self._spare is None:
            if task is not None and self._failed_starts < MOST_FAILED_STARTS:
                self._start_spare()
            if self._spare is None:
                return
        if not self._spare.process.free:
            return  # it preloads: what waits needs that too
        worker = self._spare
        if task is not None and not worker.process.warm and self._soon_free():
            return
        if task is not None:
            self._waiting.remove(task)
            self._spare = None
            task.begin(worker)
            self._replace_later(self._delay)
            self.changed.tell()
            self._settle()
        elif self._preload is not None and self._preloaded_by is not worker and worker.process.warm:
            self._preloaded_by = worker
            Task(self._preload, _ignore, self._preload_ended).begin(worker)

    def _soon_free(self) -> bool:
        """Whether a warm worker is at a job that is over in a moment."""
        return any(w.process.warm and w.task is not None and w.task.job.brief for w in self._workers)

    def _next_task(self) -> Task | None:
        """The longest waiting task that may begin now."""
        jobs = [
            worker.task.job
            for worker in self._workers
            if worker.task is not None and worker is not self._spare
        ]
        shared = sum(not job.uses_up for job in jobs)
        return next(
            (
                task
                for task in self._waiting
                if not task.job.confined and (task.job.uses_up or shared < MOST_SHARED)
            ),
            None,
        )

    def _settle_confined(self) -> None:
        """Code that came with a project gets a worker that does nothing else, one at a time."""
        task = next((task for task in self._waiting if task.job.confined), None)
        if task is None or self._confined is not None:
            return
        self._waiting.remove(task)
        try:
            worker = self._start(confined=True)
        except OSError as error:
            task.take(Failed(_cannot_start(error), "", "start"))
            return
        self._confined = worker
        task.begin(worker)

    def _preload_ended(self, outcome: Done | Failed) -> None:
        if isinstance(outcome, Failed):
            self._preload = None  # what fails once fails again, and may take the worker with it

    def _replace_later(self, seconds: float) -> None:
        self._call_off()
        self._call_off = self._driver.call_later(seconds, self._replace)

    def _replace(self) -> None:
        if self._spare is None and not self._closed:
            self._start_spare()

    def _freed(self, worker: Worker) -> None:
        if worker is self._confined:
            return  # it says nothing of devices, and ends with its job
        self.ready = worker.process.ready or self.ready
        if worker.process.warm:
            self._failed_starts, self.failure = 0, ""
        if worker.process.free and worker is not self._spare:
            if self._spare is None and not self._closed:
                self._spare = worker
                self._call_off()
            elif self._spare is not None and not self._spare.process.warm and self._next_task() is not None:
                self._spare = worker  # what waits need not wait for the one that still starts
            else:
                worker.close()
        self.changed.tell()
        self._driver.call_later(0.0, self._settle)

    def _gone(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
        if worker is self._confined:
            self._confined = None
            self._driver.call_later(0.0, self._settle)
            self.changed.tell()
            return
        if worker is self._spare:
            self._spare = None
        ended = worker.process.ended
        if self._closed or ended is None:
            return
        if not worker.process.warm:
            self._failed_starts += 1
            self.failure = ended.sentence
            _log.warning("%s %s", ended.sentence, worker.child.log)
        if self._failed_starts >= MOST_FAILED_STARTS:
            self._fail_waiting()
        elif self._spare is None:
            self._replace_later(self._delay * 2**self._failed_starts if self._failed_starts else 0.0)
            if self._waiting:
                self._driver.call_later(0.0, self._settle)
        self.changed.tell()

    def _fail_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            task.take(Failed(self.failure, "", "start"))


def _cannot_start(error: OSError) -> str:
    return tr("No worker could be started: {why}", why=error.strerror or str(error))


def _ignore(message: object) -> None:
    pass
