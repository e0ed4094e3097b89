"""Workers for a program that waits: the command line. One loop over pipes and times; it knows no Qt."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from nndesigner.protocol.controls import Control, Stop
from nndesigner.protocol.jobs import Job, Train
from nndesigner.protocol.messages import Done, Failed, Message
from nndesigner.runs.child import Child
from nndesigner.runs.pipes import THREADED, SelectablePipes
from nndesigner.runs.tasks import Task, Worker


class BlockingDriver:
    """Waits for pipes and times on the calling thread. `threaded` waits for threads instead of pipes (Windows)."""

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        cold: bool = False,
        memory: int | None = None,
        threaded: bool = THREADED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._cold = cold
        self._memory = memory
        self._threaded = threaded
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._later: list[tuple[float, int, list[Callable[[], None]]]] = []
        self._numbers = itertools.count()
        self._woken = threading.Event()
        self._workers: set[Worker] = set()

    def start(self, *, confined: bool = False) -> Worker:
        child = Child(
            self._command,
            cold=self._cold or confined,
            memory=self._memory,
            arrived=self._woken.set,
            threaded=self._threaded,
        )
        worker = Worker(child, self, self._clock)
        self._workers.add(worker)
        if isinstance(child.pipes, SelectablePipes):
            self._selector.register(child.pipes.incoming, selectors.EVENT_READ, worker.read_ready)
        return worker

    def output_waits(self, worker: Worker) -> None:
        pipes = worker.child.pipes
        if isinstance(pipes, SelectablePipes) and pipes.outgoing not in self._selector.get_map():
            self._selector.register(pipes.outgoing, selectors.EVENT_WRITE, lambda: self._write(worker))

    def _write(self, worker: Worker) -> None:
        pipes = worker.child.pipes
        assert isinstance(pipes, SelectablePipes)
        self._selector.unregister(pipes.outgoing)
        worker.write_ready()

    def forget(self, worker: Worker) -> None:
        self._workers.discard(worker)
        pipes = worker.child.pipes
        if isinstance(pipes, SelectablePipes):
            for fd in (pipes.incoming, pipes.outgoing):
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(fd)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], None]:
        callbacks = [callback]  # called off by emptying it
        heapq.heappush(self._later, (self._clock() + seconds, next(self._numbers), callbacks))
        return callbacks.clear

    def deliver(self, task: Task, message: Message) -> None:
        task.take(message)

    def run_until(self, over: Callable[[], bool], timeout: float = float("inf")) -> bool:
        """Do what there is to do until `over()`; whether it was, within `timeout` seconds."""
        deadline = self._clock() + timeout
        while not over():
            now = self._clock()
            if now >= deadline:
                return False
            self._wait(min(deadline, self._later[0][0] if self._later else deadline) - now)
        return True

    def close(self) -> None:
        """Give back what the loop itself holds."""
        self._selector.close()

    def _wait(self, seconds: float) -> None:
        seconds = min(max(seconds, 0.0), 60.0)
        if self._threaded:
            if self._woken.wait(seconds):
                self._woken.clear()
            for worker in tuple(self._workers):
                worker.read_ready()
        else:
            for key, _ in self._selector.select(seconds):
                key.data()
        while self._later and self._later[0][0] <= self._clock():
            for callback in tuple(heapq.heappop(self._later)[2]):
                callback()


def run_job(
    job: Job,
    on_message: Callable[[Message], None] = lambda message: None,
    controls: Sequence[Control] = (),
    *,
    command: Sequence[str] | None = None,
    cold: bool | None = None,
    memory: int | None = None,
    on_start: Callable[[Task], None] = lambda task: None,
) -> Done | Failed:
    """Do one job in a worker of its own and wait for its end. Raises OSError where no worker can be started.

    `controls` are said at the start; `on_start` gets the task, to say more later. `cold` None loads torch beforehand
    only for jobs that need it. Ctrl-C stops training, which keeps what it has, and cancels any other job; a second
    Ctrl-C kills.
    """
    cold = (job.confined or not job.needs_torch) if cold is None else cold
    driver = BlockingDriver(command, cold=cold, memory=memory)
    outcomes: list[Done | Failed] = []
    worker = driver.start()
    try:
        task = Task(job, on_message, outcomes.append)
        task.begin(worker)
        for control in controls:
            task.send(control)
        on_start(task)
        with _interrupts(driver, task):
            driver.run_until(lambda: bool(outcomes) or worker.process.ended is not None)
        worker.close()
        driver.run_until(lambda: worker.process.ended is not None)
    except BaseException:
        worker.kill()
        driver.run_until(lambda: worker.process.ended is not None, 5.0)
        raise
    finally:
        driver.close()
    return outcomes[0]


@contextlib.contextmanager
def _interrupts(driver: BlockingDriver, task: Task) -> Iterator[None]:
    """Ctrl-C, while this lasts, speaks to the job. Only the main thread can be interrupted so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = 0
    asked = (lambda: task.send(Stop())) if isinstance(task.job, Train) else task.cancel

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed += 1
        answer = asked if pressed == 1 else task.kill
        # Not from here: the loop may be in the middle of anything. It looks at its times twice a second at least.
        driver.call_later(0.0, answer)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
