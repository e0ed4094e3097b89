"""What a job sees of the conversation."""

from __future__ import annotations

import threading
import time

import pytest

from nndesigner.base.progress import Cancelled
from nndesigner.protocol.controls import Cancel, Detach, Pause, Resume, Stop
from nndesigner.protocol.jobs import Inspect, Train
from nndesigner.protocol.messages import Message, Progress
from nndesigner.worker.link import Link


class Notes:
    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


def link(detached: bool = False) -> Link:
    return Link(Notes(), Train(b"", "", "", detached=detached))


def test_controls_are_drained_in_order() -> None:
    one = link()
    one.deliver(Pause())
    one.deliver(Resume())
    assert one.controls() == [Pause(), Resume()]
    assert one.controls() == []


def test_waiting_ends_with_the_control() -> None:
    one = link()
    assert one.wait_control(0.01) is None
    timer = threading.Timer(0.05, lambda: one.deliver(Stop()))
    timer.start()
    started = time.monotonic()
    assert one.wait_control(5) == Stop()
    assert time.monotonic() - started < 2
    assert one.controls() == []
    timer.join()


def test_cancel_is_a_flag_and_a_control() -> None:
    one = link()
    one.progress(0.5, "half")
    one.deliver(Cancel())
    assert one.cancelled
    assert one.wait_control(5) == Cancel()
    assert one.wait_control(5) is None  # and waiting for more does not hold it up
    with pytest.raises(Cancelled):
        one.progress(0.6, "more")


def test_progress_is_sent() -> None:
    notes = Notes()
    Link(notes, Inspect(b"", "")).progress(0.25, "Reading")
    assert notes.sent == [Progress(0.25, "Reading")]


def test_the_end_of_input_orphans_what_is_not_detached() -> None:
    attached, detached, later = link(), link(detached=True), link()
    later.deliver(Detach())
    for one in (attached, detached, later):
        one.end_of_input()
    assert [one.orphaned for one in (attached, detached, later)] == [True, False, False]
    assert later.controls() == []
    with pytest.raises(Cancelled):
        attached.progress(0.5, "")
    detached.progress(0.5, "")


def test_termination_stops_even_what_is_detached() -> None:
    one = link(detached=True)
    one.terminate()
    assert one.orphaned
    assert one.controls() == [Stop()]
