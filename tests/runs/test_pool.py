"""The pool with processes that do not exist: a driver whose clock and children the test holds in its hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nndesigner.protocol.channel import worker_reader, write_message
from nndesigner.protocol.controls import Control, Pause
from nndesigner.protocol.jobs import Describe, Inspect, Job, Preload, Preview, Train
from nndesigner.protocol.messages import Device, Done, Failed, Message, Ready, Warm
from nndesigner.runs.pool import MOST_FAILED_STARTS, WorkerPool
from nndesigner.runs.tasks import Task, Worker

INSPECT = Inspect(b"{}", "/data")
TRAIN = Train(b"{}", "/data", "/run")


class FakeChild:
    """A child and its pipes: what it says is put into `says`, its end into `code`."""

    log = "a log"

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.says = b""
        self.code: int | None = None
        self.signals: list[str] = []
        self._reader = worker_reader()
        self.heard: list[Job | Control] = []
        self.pipes = self

    def read(self) -> bytes | None:
        data, self.says = self.says, b""
        return data or (b"" if self.code is not None else None)

    def rest(self) -> bytes:
        data, self.says = self.says, b""
        return data

    def write(self, data: bytes) -> int:
        self.heard += self._reader.feed(bytes(data))
        return len(data)

    def close_output(self) -> None:
        self.signals.append("end of input")
        self.code = 0

    def close(self) -> None: ...

    def signal(self, *, kill: bool) -> None:
        self.signals.append("kill" if kill else "terminate")
        self.code = -9 if kill else -15

    def reap(self) -> int | None:
        return self.code

    def log_tail(self) -> str:
        return "the log's end"

    def let_go(self) -> None:
        self.signals.append("let go")


class FakeDriver:
    def __init__(self) -> None:
        self.now = 0.0
        self.children: list[FakeChild] = []
        self.workers: list[Worker] = []
        self._later: list[tuple[float, Callable[[], None]]] = []
        self.cannot_start = False
        self.confined: list[bool] = []

    def start(self, *, confined: bool = False) -> Worker:
        self.confined.append(confined)
        if self.cannot_start:
            raise OSError(11, "Resource temporarily unavailable")
        child: Any = FakeChild(100 + len(self.children))
        self.children.append(child)
        worker = Worker(child, self, lambda: self.now)
        self.workers.append(worker)
        return worker

    def output_waits(self, worker: Worker) -> None: ...

    def forget(self, worker: Worker) -> None: ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], None]:
        entry = (self.now + seconds, callback)
        self._later.append(entry)
        return lambda: self._later.remove(entry) if entry in self._later else None

    def deliver(self, task: Task, message: Message) -> None:
        task.take(message)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := sorted((e for e in self._later if e[0] <= end), key=lambda e: e[0])[:1]:
            self._later.remove(due[0])
            self.now = max(self.now, due[0][0])
            due[0][1]()
        self.now = end

    def say(self, number: int, *messages: Message) -> None:
        self.children[number].says += b"".join(map(write_message, messages))
        self.workers[number].read_ready()
        self.pass_time(0.0)

    def warm(self, number: int) -> None:
        self.say(number, Ready({}, (Device("cpu", "CPU", 1, True),)), Warm())


@pytest.fixture
def driver() -> FakeDriver:
    return FakeDriver()


@pytest.fixture
def pool(driver: FakeDriver) -> WorkerPool:
    return WorkerPool(driver, replacement_delay=2.0)


def submit(pool: WorkerPool, job: Job) -> tuple[Task, list[Done | Failed]]:
    outcomes: list[Done | Failed] = []
    return pool.submit(job, lambda message: None, outcomes.append), outcomes


def test_one_is_kept_warm_and_a_taken_one_is_replaced_after_a_while(
    driver: FakeDriver, pool: WorkerPool
) -> None:
    pool.open()
    assert len(driver.children) == 1 and not pool.warm
    driver.warm(0)
    assert pool.warm
    assert [device.name for device in pool.devices] == ["cpu"]
    _, outcomes = submit(pool, TRAIN)
    driver.pass_time(1.9)
    assert len(driver.children) == 1 and not pool.warm
    driver.pass_time(0.2)
    assert len(driver.children) == 2
    driver.warm(1)
    driver.say(0, Done())
    assert len(outcomes) == 1
    driver.pass_time(1)
    assert driver.children[0].signals == ["end of input"]
    assert [worker.child.pid for worker in pool.workers] == [101]


def test_a_short_job_gives_its_worker_back_and_no_other_is_started(
    driver: FakeDriver, pool: WorkerPool
) -> None:
    pool.open()
    driver.warm(0)
    for _ in range(3):
        _, outcomes = submit(pool, INSPECT)
        driver.pass_time(0.5)
        driver.say(0, Done())
        assert isinstance(outcomes[0], Done)
        driver.pass_time(10)
    assert len(driver.children) == 1
    assert pool.warm


def test_of_two_idle_workers_one_goes(driver: FakeDriver, pool: WorkerPool) -> None:
    pool.open()
    driver.warm(0)
    submit(pool, INSPECT)
    driver.pass_time(3)
    driver.warm(1)
    driver.say(0, Done())
    driver.pass_time(1)
    assert [worker.child.pid for worker in pool.workers] == [101]


def test_two_jobs_get_two_workers(driver: FakeDriver, pool: WorkerPool) -> None:
    submit(pool, TRAIN)
    task, _ = submit(pool, TRAIN)
    task.send(Pause())
    driver.pass_time(0.1)
    assert len(driver.children) == 2
    assert [type(said) for said in driver.children[0].heard] == [Train]
    assert driver.children[1].heard[1:] == [Pause()] and isinstance(driver.children[1].heard[0], Train)


def test_a_job_that_waits_can_be_cancelled(driver: FakeDriver, pool: WorkerPool) -> None:
    pool.open()
    pool.preload(Preload(b"{}", "/data"))
    driver.warm(0)
    task, outcomes = submit(pool, TRAIN)
    driver.pass_time(0.1)
    task.cancel()
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Failed)] == ["cancelled"]
    driver.say(0, Done())
    driver.pass_time(3)
    assert [type(said) for said in driver.children[0].heard] == [Preload]


def test_many_short_jobs_share_two_workers(driver: FakeDriver, pool: WorkerPool) -> None:
    ends = [submit(pool, INSPECT)[1] for _ in range(6)]
    driver.pass_time(0.1)
    assert len(driver.children) == 2
    for _ in range(3):
        driver.say(0, Done())
        driver.say(1, Done())
        driver.pass_time(0.1)
    assert all(ends)
    assert len(driver.children) == 2


def test_training_waits_for_the_warm_worker_of_a_brief_job(driver: FakeDriver, pool: WorkerPool) -> None:
    """Else a run that is begun right after an edit would wait for another process to start."""
    pool.open()
    driver.warm(0)
    submit(pool, Preview(b"{}", "/data"))
    driver.pass_time(0.1)
    submit(pool, TRAIN)
    driver.pass_time(0.1)
    assert driver.children[1].heard == []
    driver.say(0, Done())
    driver.pass_time(0.1)
    assert [type(said) for said in driver.children[0].heard] == [Preview, Train]
    driver.warm(1)
    assert pool.warm and len(driver.children) == 2


def test_a_brief_job_that_takes_long_holds_nothing_up(driver: FakeDriver, pool: WorkerPool) -> None:
    pool.open()
    driver.warm(0)
    submit(pool, Preview(b"{}", "/data"))
    driver.pass_time(0.1)
    submit(pool, TRAIN)
    driver.pass_time(0.1)
    driver.warm(1)
    driver.pass_time(0.1)
    assert [type(said) for said in driver.children[1].heard] == [Train]


def test_the_spare_worker_has_the_projects_data(driver: FakeDriver, pool: WorkerPool) -> None:
    pool.open()
    preload = Preload(b"{}", "/data")
    pool.preload(preload)
    driver.pass_time(0.1)
    assert driver.children[0].heard == []  # not before it is warm
    driver.warm(0)
    assert [type(said) for said in driver.children[0].heard] == [Preload]
    submit(pool, TRAIN)
    driver.pass_time(0.1)
    assert len(driver.children[0].heard) == 1  # what it loads is needed anyway
    driver.say(0, Done())
    assert [type(said) for said in driver.children[0].heard] == [Preload, Train]
    driver.pass_time(3)
    driver.warm(1)
    assert [type(said) for said in driver.children[1].heard] == [Preload]
    driver.say(1, Done())
    pool.preload(Preload(b"{} ", "/data"))
    driver.pass_time(0.1)
    assert [type(said) for said in driver.children[1].heard] == [Preload, Preload]


def test_data_that_kills_a_worker_is_not_loaded_again(driver: FakeDriver, pool: WorkerPool) -> None:
    pool.open()
    pool.preload(Preload(b"{}", "/data"))
    driver.warm(0)
    driver.children[0].code = -11
    driver.pass_time(1)
    driver.warm(1)
    driver.pass_time(1)
    assert driver.children[1].heard == []
    assert pool.warm


def test_a_worker_that_cannot_start_is_tried_again_then_given_up(
    driver: FakeDriver, pool: WorkerPool
) -> None:
    pool.open()
    for number in range(MOST_FAILED_STARTS):
        assert len(driver.children) == number + 1
        driver.say(number, Failed("A worker could not start: no torch", "", "start"))
        driver.children[number].code = 1
        driver.pass_time(60)
    assert len(driver.children) == MOST_FAILED_STARTS
    assert pool.failure == "A worker could not start: no torch"
    _, outcomes = submit(pool, INSPECT)  # but a new request is a new try
    driver.pass_time(0.1)
    assert len(driver.children) == MOST_FAILED_STARTS + 1
    driver.children[-1].code = 1
    driver.pass_time(1)
    assert isinstance(outcomes[0], Failed)


def test_a_system_without_room_for_processes_is_a_sentence(driver: FakeDriver, pool: WorkerPool) -> None:
    driver.cannot_start = True
    _, outcomes = submit(pool, INSPECT)
    driver.pass_time(1)
    assert isinstance(outcomes[0], Failed)
    assert outcomes[0].sentence == "No worker could be started: Resource temporarily unavailable"


def test_a_detached_job_is_left_alone(driver: FakeDriver, pool: WorkerPool) -> None:
    task, outcomes = submit(pool, TRAIN)
    driver.pass_time(0.1)
    task.detach()
    assert driver.children[0].signals == ["let go"]
    pool.close()
    assert driver.children[0].signals == ["let go"]
    assert outcomes == []


def test_closing_ends_every_worker_and_what_waits(driver: FakeDriver, pool: WorkerPool) -> None:
    submit(pool, TRAIN)
    driver.pass_time(3)
    _, outcomes = submit(pool, TRAIN)
    pool.close()
    assert pool.workers == ()
    assert [child.signals for child in driver.children] == [["end of input"], ["end of input"]]
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Failed)] == ["cancelled"]
    driver.pass_time(100)
    assert len(driver.children) == 2


def test_code_of_a_project_gets_a_worker_that_does_nothing_else(driver: FakeDriver, pool: WorkerPool) -> None:
    pool.open()
    driver.warm(0)
    _, first = submit(pool, Describe(()))
    _, second = submit(pool, Describe(()))
    driver.pass_time(0.1)
    assert driver.confined == [False, True] and pool.warm, "the warm worker is not taken for it"
    driver.say(1, Ready({}, ()), Warm(), Done())
    assert first and not second and [device.name for device in pool.devices] == ["cpu"]
    driver.pass_time(0.1)
    driver.children[1].code = 0
    driver.workers[1].look()
    driver.pass_time(1)
    assert driver.confined == [False, True, True], "one after the other, each in a process of its own"
    driver.say(2, Done())
    assert second
