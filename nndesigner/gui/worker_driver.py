"""Workers in the window: Qt's event loop watches their pipes and times, and views get at most thirty updates a second.

All of it lives on the GUI thread: the system ends a worker's parent signal with the *thread* that started it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QObject, QSocketNotifier, Qt, QTimer, Signal

from nndesigner.protocol.messages import Done, Failed, Message
from nndesigner.runs.child import Child
from nndesigner.runs.coalesce import Coalescer
from nndesigner.runs.pipes import THREADED, SelectablePipes
from nndesigner.runs.tasks import Task, Worker

UPDATE_MILLISECONDS = 33
"""between two updates at least"""
COMPANIONS_MILLISECONDS = 4
"""that a message waits at least for those that arrive with it"""


class QtDriver(QObject):
    """The `Driver` of a window. `close` when the workers have been ended (`WorkerPool.close`) or let go."""

    _arrived = Signal(object)  # a Child, from the thread that read for it

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Sequence[str] | None = None,
        cold: bool = False,
        memory: int | None = None,
        threaded: bool = THREADED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._cold = cold
        self._memory = memory
        self._threaded = threaded
        self._clock = clock
        self._notifiers: dict[Worker, tuple[QSocketNotifier, QSocketNotifier]] = {}
        self._by_child: dict[Child, Worker] = {}
        self._timers: set[QTimer] = set()
        self._waiting: dict[Task, Coalescer] = {}
        self._update = QTimer(self)
        self._update.setSingleShot(True)
        self._updated = QElapsedTimer()
        self._updated.start()
        self._update.timeout.connect(self._deliver_waiting)
        self._arrived.connect(self._read, Qt.ConnectionType.QueuedConnection)

    def start(self, *, confined: bool = False) -> Worker:
        made: list[Child] = []  # the thread may have something before this call has ended
        child = Child(
            self._command,
            cold=self._cold or confined,
            memory=self._memory,
            arrived=lambda: self._arrived.emit(made),
            threaded=self._threaded,
        )
        made.append(child)
        worker = Worker(child, self, self._clock)
        self._by_child[child] = worker
        pipes = child.pipes
        if isinstance(pipes, SelectablePipes):
            reading = QSocketNotifier(pipes.incoming, QSocketNotifier.Type.Read, self)
            reading.activated.connect(worker.read_ready)
            writing = QSocketNotifier(pipes.outgoing, QSocketNotifier.Type.Write, self)
            writing.setEnabled(False)
            writing.activated.connect(lambda: self._write(worker))
            self._notifiers[worker] = (reading, writing)
        return worker

    def output_waits(self, worker: Worker) -> None:
        if worker in self._notifiers:
            self._notifiers[worker][1].setEnabled(True)

    def forget(self, worker: Worker) -> None:
        self._by_child.pop(worker.child, None)
        for notifier in self._notifiers.pop(worker, ()):
            notifier.setEnabled(False)
            notifier.deleteLater()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], None]:
        timer = QTimer(self)
        timer.setSingleShot(True)
        self._timers.add(timer)

        def call_off() -> None:
            if timer in self._timers:
                self._timers.discard(timer)
                timer.stop()
                timer.deleteLater()

        def fire() -> None:
            call_off()
            callback()

        timer.timeout.connect(fire)
        timer.start(max(0, round(seconds * 1000)))
        return call_off

    def deliver(self, task: Task, message: Message) -> None:
        coalescer = self._waiting.setdefault(task, Coalescer())
        coalescer.put(message)
        if isinstance(message, Done | Failed):
            del self._waiting[task]
            _hand_over(task, coalescer)
        elif not self._update.isActive():
            pause = UPDATE_MILLISECONDS - self._updated.elapsed()
            self._update.start(max(pause, COMPANIONS_MILLISECONDS))

    def close(self) -> None:
        """Stop every timer. What still waited for the next update is handed over."""
        self._deliver_waiting()
        self._update.stop()
        for timer in tuple(self._timers):
            timer.stop()
            timer.deleteLater()
        self._timers.clear()

    def _write(self, worker: Worker) -> None:
        self._notifiers[worker][1].setEnabled(False)
        worker.write_ready()

    def _read(self, made: list[Child]) -> None:
        worker = self._by_child.get(made[0]) if made else None
        if worker is not None:
            worker.read_ready()

    def _deliver_waiting(self) -> None:
        self._updated.restart()
        waiting, self._waiting = self._waiting, {}
        for task, coalescer in waiting.items():
            _hand_over(task, coalescer)


def _hand_over(task: Task, coalescer: Coalescer) -> None:
    """Whoever fails on a message must not keep the later ones, the end above all, from being heard."""
    for message in coalescer.take():
        try:
            task.take(message)
        except Exception:
            sys.excepthook(*sys.exc_info())
