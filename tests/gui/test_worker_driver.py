"""Workers under Qt's event loop: real processes, real floods, and a window that stays responsive."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QTimer

from nndesigner.gui.worker_driver import QtDriver
from nndesigner.protocol.controls import Stop
from nndesigner.protocol.jobs import Export
from nndesigner.protocol.messages import Clock, Done, Failed, Frame, Message, ScalarRow, Scalars, State
from nndesigner.runs.pool import WorkerPool
from nndesigner.runs.tasks import Task

ODD = (sys.executable, "-I", str(Path(__file__).parents[1] / "runs" / "odd_worker.py"))


def odd(what: str, **options: Any) -> Export:
    return Export(run="", format=what, out="", options=options)


@pytest.fixture(params=[False, True], ids=["notifiers", "threads"])
def pool(qapp: QCoreApplication, request: pytest.FixtureRequest) -> Iterator[WorkerPool]:
    driver = QtDriver(command=ODD, cold=True, threaded=request.param)
    pool = WorkerPool(driver, replacement_delay=0.05)
    yield pool
    pool.close(3.0)
    driver.close()
    driver.deleteLater()


class Listener:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.outcome: Done | Failed | None = None

    def end(self, outcome: Done | Failed) -> None:
        assert self.outcome is None
        self.outcome = outcome


def submit(pool: WorkerPool, job: Export) -> tuple[Task, Listener]:
    listener = Listener()
    return pool.submit(job, listener.messages.append, listener.end), listener


def test_the_pool_is_warm_does_a_job_and_is_warm_again(pool: WorkerPool, qtbot: Any) -> None:
    pool.open()
    qtbot.waitUntil(lambda: pool.warm, timeout=10_000)
    first = pool.workers[0].child.pid
    _, listener = submit(pool, odd("fine"))
    qtbot.waitUntil(lambda: listener.outcome is not None, timeout=10_000)
    assert isinstance(listener.outcome, Done)
    assert listener.outcome.result["pid"] == first
    qtbot.waitUntil(lambda: pool.warm and len(pool.workers) == 1, timeout=10_000)
    assert pool.workers[0].child.pid != first
    assert pool.ready is not None and pool.ready.versions["nndesigner"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_dead_worker_is_a_sentence_and_is_replaced(pool: WorkerPool, qtbot: Any, number: int) -> None:
    task, listener = submit(pool, odd("obey"))
    qtbot.waitUntil(lambda: bool(listener.messages), timeout=10_000)
    assert task.worker is not None
    os.kill(task.worker.child.pid, number)
    qtbot.waitUntil(lambda: listener.outcome is not None, timeout=5_000)
    assert isinstance(listener.outcome, Failed)
    assert f"ended by signal {int(number)} " in listener.outcome.sentence
    qtbot.waitUntil(lambda: pool.warm, timeout=10_000)


def test_an_idle_worker_that_dies_is_replaced(pool: WorkerPool, qtbot: Any) -> None:
    pool.open()
    qtbot.waitUntil(lambda: pool.warm, timeout=10_000)
    first = pool.workers[0].child.pid
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: pool.warm and pool.workers[0].child.pid != first, timeout=10_000)


def test_controls_reach_the_job(pool: WorkerPool, qtbot: Any) -> None:
    task, listener = submit(pool, odd("obey"))
    task.send(Stop())
    qtbot.waitUntil(lambda: listener.outcome is not None, timeout=10_000)
    assert isinstance(listener.outcome, Done)
    assert listener.outcome.result["heard"] == ["Stop"]
    assert State("heard", "Stop") in listener.messages


def test_a_flood_leaves_the_window_responsive(pool: WorkerPool, qtbot: Any) -> None:
    """A job that says 20,000 numbers as fast as it can: all arrive, in few batches, and no event waits long.

    Waiting is counted in the thread's own CPU time: somebody else's work on this machine is no lag of ours.
    """
    late: list[float] = []
    last = time.thread_time()

    def probe() -> None:
        nonlocal last
        now = time.thread_time()
        late.append(now - last)
        last = now

    timer = QTimer()
    timer.setInterval(10)
    timer.timeout.connect(probe)
    timer.start()
    _, listener = submit(pool, odd("rows", rows=20_000))
    qtbot.waitUntil(lambda: listener.outcome is not None, timeout=20_000)
    timer.stop()
    rows = [row.step for message in listener.messages if isinstance(message, Scalars) for row in message.rows]
    assert rows == list(range(20_000))
    assert sorted(late)[int(len(late) * 0.9)] < 0.1


class SlowView:
    """A driver without processes: what a task gets when messages pour in."""

    def __init__(self, driver: QtDriver) -> None:
        self.listener = Listener()
        self.task = Task(odd("fine"), self.listener.messages.append, self.listener.end)
        self.deliver: Callable[[Message], None] = lambda message: driver.deliver(self.task, message)


def test_updates_come_bundled_newest_pictures_win_and_numbers_all_arrive(
    qapp: QCoreApplication, qtbot: Any
) -> None:
    driver = QtDriver(command=ODD)
    view = SlowView(driver)
    for step in range(1000):
        view.deliver(Frame("histogram", "n", step, 0.0, {}))
        view.deliver(Frame("map", "n", step, 0.0, {}))
        view.deliver(Scalars((ScalarRow(step, 0.0, "train", "loss", 1.0, 0.0),)))
        view.deliver(Clock(step, 1000, 0.0, 1, 1.0, 1.0))
    assert view.listener.messages == []
    qtbot.waitUntil(lambda: bool(view.listener.messages), timeout=1_000)
    frames = [(m.measurement, m.step) for m in view.listener.messages if isinstance(m, Frame)]
    assert frames == [("histogram", 999), ("map", 999)]
    rows = [row.step for m in view.listener.messages if isinstance(m, Scalars) for row in m.rows]
    assert rows == list(range(1000))
    assert [m.step for m in view.listener.messages if isinstance(m, Clock)] == [999]
    view.deliver(Scalars((ScalarRow(1000, 0.0, "train", "loss", 1.0, 0.0),)))
    view.deliver(Done())
    assert isinstance(view.listener.messages[-1], Scalars)  # before the end, and without waiting for it
    assert view.listener.outcome is not None
    driver.close()
    driver.deleteLater()


@pytest.mark.qt_no_exception_capture
@pytest.mark.parametrize("pool", [False], indirect=True, ids=["notifiers"])
def test_a_view_that_fails_keeps_no_later_message_from_being_heard(
    pool: WorkerPool, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: failures.append(str(error)))
    listener = Listener()

    def fail(message: Message) -> None:
        listener.messages.append(message)
        raise ValueError("a view failed")

    pool.submit(odd("rows", rows=100), fail, listener.end)
    qtbot.waitUntil(lambda: listener.outcome is not None, timeout=10_000)
    assert isinstance(listener.outcome, Done)
    assert failures and set(failures) == {"a view failed"}
