"""What a worker says leaves in order, in few batches, without holding up the job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nndesigner.protocol.channel import message_reader
from nndesigner.protocol.messages import Done, Frame, Heartbeat, Message, Progress, ScalarRow, Scalars, State
from nndesigner.worker import sender as module
from nndesigner.worker.sender import Sender


class Line:
    """Where a sender writes: open, blocked, or broken."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.broken = False
        self.writes = 0
        self._reader = message_reader()
        self.heard: list[Message] = []

    def write(self, data: bytes) -> None:
        self.open.wait(10)
        if self.broken:
            raise BrokenPipeError
        self.writes += 1
        self.heard += self._reader.feed(data)

    def said(self) -> list[Message]:
        return [message for message in self.heard if not isinstance(message, Heartbeat)]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def make(line: Line) -> Iterator[Callable[..., Sender]]:
    made: list[Sender] = []

    def start(**options: float) -> Sender:
        made.append(Sender(line.write, **options))  # type: ignore[arg-type]
        return made[-1]

    yield start
    line.open.set()
    for sender in made:
        sender.close()


def row(step: int) -> ScalarRow:
    return ScalarRow(step, 0.0, "train", "loss", 0.0, 0.0)


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_order_is_kept_and_close_says_everything(line: Line, make: Callable[..., Sender]) -> None:
    sender = make()
    for step in range(2500):
        sender.send(Scalars((row(step),)))
    sender.send(State("paused"))
    sender.send(Scalars((row(2500),)))
    sender.send(Done({"a": 1}))
    assert sender.close()
    said = line.said()
    kinds = [type(message).__name__ for message in said]
    assert kinds[-3:] == ["State", "Scalars", "Done"]
    assert len(kinds) < 30
    rows = [r.step for message in said if isinstance(message, Scalars) for r in message.rows]
    assert rows == list(range(2501))
    sender.send(State("too late"))
    assert line.said() == said


def test_what_is_urgent_goes_at_once(line: Line, make: Callable[..., Sender]) -> None:
    sender = make(gather=60.0)
    sender.send(Progress(0.1, "a"))
    sender.send(Progress(0.2, "b"))
    time.sleep(0.05)
    assert line.said() == []
    sender.send(State("running"))
    assert eventually(lambda: len(line.said()) == 2)
    assert line.said() == [Progress(0.2, "b"), State("running")]


def test_pictures_are_copied_when_they_are_sent(line: Line, make: Callable[..., Sender]) -> None:
    line.open.clear()
    sender = make()
    values = np.zeros(4)
    sender.send(Frame("m", "n", 1, 0.0, {"a": values}))
    values[:] = 9  # as the next training step does with memory that it shares
    sender.send(Frame("m", "other", 1, 0.0, {"a": values}))
    line.open.set()
    assert eventually(lambda: len(line.said()) == 2)
    first, second = line.said()
    assert isinstance(first, Frame) and isinstance(second, Frame)
    assert first.arrays["a"].tolist() == [0, 0, 0, 0]
    assert second.arrays["a"].tolist() == [9, 9, 9, 9]


def test_it_beats(line: Line, make: Callable[..., Sender]) -> None:
    make(heartbeat=0.02)
    assert eventually(lambda: len(line.heard) >= 3)
    beat = line.heard[0]
    assert isinstance(beat, Heartbeat) and beat.memory > 2**20


def test_a_slow_listener_holds_the_job_up_only_at_the_limit(
    line: Line, make: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_ROWS", 100)
    line.open.clear()
    sender = make()
    sender.send(State("first"))
    time.sleep(0.1)  # the thread now waits for the listener
    for step in range(100):
        sender.send(Scalars((row(step),)))
    blocked = threading.Thread(target=lambda: sender.send(Scalars((row(100),))))
    blocked.start()
    blocked.join(0.1)
    assert blocked.is_alive()
    line.open.set()
    blocked.join(5)
    assert not blocked.is_alive()
    assert sender.close()
    assert sum(len(message.rows) for message in line.said() if isinstance(message, Scalars)) == 101


def test_a_job_that_nobody_needs_to_hear_is_not_held_up(
    line: Line, make: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_ROWS", 100)
    line.open.clear()
    sender = make()
    sender.lossy = True
    for step in range(10_000):
        sender.send(Scalars((row(step),)))
    line.open.set()
    assert sender.close()
    rows = [r.step for message in line.said() if isinstance(message, Scalars) for r in message.rows]
    assert rows[-1] == 9_999
    assert len(rows) < 1_000


def test_when_the_other_side_is_gone_sending_does_nothing(line: Line, make: Callable[..., Sender]) -> None:
    line.broken = True
    sender = make()
    sender.send(State("a"))
    assert eventually(lambda: sender.broken)
    sender.send(State("b"))
    assert not sender.close()


def test_after_a_silence_a_message_does_not_wait_to_be_gathered(
    line: Line, make: Callable[..., Sender]
) -> None:
    now = [0.0]
    sender = make(gather=60.0, heartbeat=1e9, clock=lambda: now[0])
    sender.send(State("running"))
    assert eventually(lambda: len(line.said()) == 1)
    sender.send(Progress(0.1, "a"))
    time.sleep(0.05)
    assert len(line.said()) == 1, "the last word was just now"
    sender.send(State("paused"))
    assert eventually(lambda: len(line.said()) == 3)
    now[0] = 100.0
    sender.send(Progress(0.2, "b"))
    assert eventually(lambda: line.said()[3:] == [Progress(0.2, "b")])
