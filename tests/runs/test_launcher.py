"""A worker process's life, told by bytes and by a clock that the test sets: no process is started here."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from nndesigner.protocol.channel import worker_reader, write_message
from nndesigner.protocol.controls import Cancel, Control, Pause
from nndesigner.protocol.jobs import Inspect, Job, Train
from nndesigner.protocol.messages import (
    PROTOCOL,
    Done,
    Failed,
    Heartbeat,
    Message,
    Progress,
    Ready,
    State,
    Warm,
)
from nndesigner.runs.launcher import Step, WorkerProcess, WorkerState

INSPECT = Inspect(b"{}", "/data")
TRAIN = Train(b"{}", "/data", "/run")


class Fixture:
    """A worker process, the clock it lives by, and what it was told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.worker = WorkerProcess(lambda: self.now)
        self._told = worker_reader()

    def say(self, *messages: Message) -> list[Message]:
        return self.worker.receive(b"".join(map(write_message, messages)))

    def told(self) -> list[Job | Control]:
        data = self.worker.outgoing
        self.worker.written(len(data))
        return self._told.feed(data)

    def steps_at(self, *times: float) -> list[tuple[float, Step]]:
        """What is to be done at these seconds from now on."""
        start, found = self.now, []
        for after in times:
            self.now = start + after
            while step := self.worker.tick():
                found.append((after, step))
        return found


@pytest.fixture
def life() -> Fixture:
    return Fixture()


def test_from_start_to_warm_to_busy_and_back(life: Fixture) -> None:
    worker = life.worker
    assert (worker.state, worker.free) == (WorkerState.STARTING, True)
    assert life.say(Ready({"torch": "2"}, ())) == []
    assert worker.ready is not None and worker.state is WorkerState.STARTING
    life.say(Warm(3.0))
    assert worker.state is WorkerState.WARM
    worker.submit(INSPECT)
    worker.send(Pause())
    assert (worker.state, worker.free) == (WorkerState.BUSY, False)
    job, control = life.told()
    assert isinstance(job, Inspect) and control == Pause()
    with pytest.raises(RuntimeError):
        worker.submit(INSPECT)
    assert life.say(Progress(0.5, "half"), Heartbeat(77), State("x")) == [Progress(0.5, "half"), State("x")]
    assert worker.memory == 77
    (done,) = life.say(Done({"a": 1}))
    assert isinstance(done, Done)
    assert worker.state is WorkerState.WARM
    assert life.say(State("nobody asked")) == []


def test_a_job_may_come_before_the_worker_is_warm(life: Fixture) -> None:
    life.worker.submit(INSPECT)
    assert life.worker.state is WorkerState.BUSY
    assert life.say(Ready({}, ()), Warm(), Done()) != []
    assert life.worker.state is WorkerState.WARM


@pytest.mark.parametrize(
    ("job", "outcome", "reusable"),
    [
        (INSPECT, Done(), True),
        (INSPECT, Failed("no", "", "refused"), True),
        (INSPECT, Failed("no", "", "cancelled"), True),
        (INSPECT, Failed("no", "", "internal"), False),
        (INSPECT, Failed("no", "", "memory"), False),
        (TRAIN, Done(), False),
    ],
)
def test_which_workers_are_used_again(life: Fixture, job: Job, outcome: Message, reusable: bool) -> None:
    life.say(Ready({}, ()), Warm())
    life.worker.submit(job)
    life.say(outcome)
    assert life.worker.state is (WorkerState.WARM if reusable else WorkerState.ENDING)
    assert life.steps_at(0.0) == ([] if reusable else [(0.0, Step.CLOSE_INPUT)])


def test_cancel_asks_then_terminates_then_kills(life: Fixture) -> None:
    life.say(Warm())
    life.worker.submit(INSPECT)
    life.told()
    life.worker.cancel()
    life.worker.cancel()
    assert life.told() == [Cancel()]
    assert life.steps_at(0, 4.9, 5.1, 9.9, 10.1, 20) == [(5.1, Step.TERMINATE), (10.1, Step.KILL)]
    assert life.worker.exited(-9) == Failed("Cancelled.", "", "cancelled")


def test_a_cancel_that_is_heard_needs_no_force(life: Fixture) -> None:
    life.say(Warm())
    life.worker.submit(INSPECT)
    life.worker.cancel()
    assert life.say(Failed("Cancelled.", "", "cancelled")) == [Failed("Cancelled.", "", "cancelled")]
    assert life.steps_at(6, 11, 29) == []
    assert life.worker.state is WorkerState.WARM


def test_silence_is_noticed_and_speech_forgives(life: Fixture) -> None:
    life.say(Warm())
    life.worker.submit(TRAIN)
    life.steps_at(29)
    assert not life.worker.hung
    assert 0 < life.worker.next_tick() <= 1.2
    life.steps_at(1.5)
    assert life.worker.hung
    assert life.worker.state is WorkerState.BUSY
    assert life.worker.next_tick() > 1
    life.say(Heartbeat())
    assert not life.worker.hung
    life.steps_at(31)
    life.worker.kill()
    assert life.steps_at(0) == [(0, Step.KILL)]
    failed = life.worker.exited(-9)
    assert failed is not None and failed.code == "killed"


def test_closing_leaves_a_job_time_to_save(life: Fixture) -> None:
    life.worker.close()
    assert life.steps_at(0, 4, 5.1, 10.1) == [
        (0, Step.CLOSE_INPUT),
        (5.1, Step.TERMINATE),
        (10.1, Step.KILL),
    ]
    busy = Fixture()
    busy.worker.submit(TRAIN)
    busy.worker.close()
    assert busy.steps_at(0, 14, 15.1, 20.1) == [
        (0, Step.CLOSE_INPUT),
        (15.1, Step.TERMINATE),
        (20.1, Step.KILL),
    ]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (-11, "The worker ended by signal 11 (SIGSEGV)."),
        (-9, "The worker ended by signal 9 (SIGKILL). The system may have run out of memory."),
        (3, "The worker ended unexpectedly, with code 3."),
    ],
)
def test_the_end_of_the_process_is_the_end_of_its_job(life: Fixture, code: int, sentence: str) -> None:
    life.say(Warm())
    life.worker.submit(TRAIN)
    assert life.worker.exited(code, "last lines") == Failed(sentence, "last lines", "ended")
    assert life.worker.state is WorkerState.ENDED
    assert life.worker.ended is not None
    assert (life.worker.ended.signal, life.worker.ended.code) == ((-code, None) if code < 0 else (None, code))
    assert life.worker.exited(code) is None
    assert life.steps_at(100) == []


def test_an_idle_worker_may_end_without_a_word(life: Fixture) -> None:
    life.say(Warm())
    assert life.worker.exited(0) is None
    assert life.worker.ended is not None and life.worker.ended.sentence == "The worker has ended."


def test_a_worker_that_could_not_start_says_why(life: Fixture) -> None:
    life.say(Failed("A worker could not start: no torch", "", "start"))
    assert life.worker.exited(1) is None
    assert life.worker.ended is not None
    assert life.worker.ended.sentence == "A worker could not start: no torch"


def test_another_protocol_is_refused(life: Fixture) -> None:
    life.worker.submit(TRAIN)
    life.say(Ready({"nndesigner": "9.9"}, (), protocol=PROTOCOL + 1))
    assert life.steps_at(0) == [(0, Step.KILL)]
    failed = life.worker.exited(-9)
    assert failed is not None
    assert (failed.code, "9.9" in failed.sentence) == ("protocol", True)


def test_nonsense_fails_the_job_and_ends_the_worker(life: Fixture) -> None:
    life.worker.submit(TRAIN)
    assert life.worker.receive(b"Welcome to host7!\r\n") == []
    assert life.steps_at(0) == [(0, Step.KILL)]
    failed = life.worker.exited(-9)
    assert failed is not None and failed.code == "protocol"


def test_ten_thousand_fuzzed_frames_fail_the_worker_and_nothing_else() -> None:
    randomness = random.Random(10)
    good = b"".join(map(write_message, (Ready({}, ()), Warm(), Progress(0.1, "a"), State("b"), Heartbeat(3))))
    outcomes = {"failed": 0, "fine": 0}
    for _ in range(10_000):
        life = Fixture()
        life.worker.submit(TRAIN)
        stream = bytearray(good)
        for _ in range(randomness.randint(1, 3)):
            stream[randomness.randrange(len(stream))] = randomness.randrange(256)
        for message in life.worker.receive(bytes(stream)):
            assert isinstance(message, msgspec.Struct)
        if life.worker.state is WorkerState.ENDING:
            failed: Any = life.worker.exited(-9)
            assert (failed.code, failed.sentence[-1]) == ("protocol", ".")
            outcomes["failed"] += 1
        else:
            outcomes["fine"] += 1
    assert min(outcomes.values()) > 300, outcomes
