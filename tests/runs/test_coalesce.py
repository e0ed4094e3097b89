"""What is left out and what is not, on its way to a view."""

from __future__ import annotations

from nndesigner.protocol.messages import Clock, Frame, Message, Progress, ScalarRow, Scalars, State
from nndesigner.runs.coalesce import Coalescer


def row(step: int) -> ScalarRow:
    return ScalarRow(step, 0.0, "train", "loss", 0.5, 0.0)


def test_numbers_are_gathered_and_keep_their_place_before_a_change() -> None:
    coalescer = Coalescer()
    said: list[Message] = [Scalars((row(1),)), Scalars((row(2), row(3))), State("paused"), Scalars((row(4),))]
    assert [coalescer.put(message) for message in said] == [False, False, True, False]
    assert coalescer.take() == [Scalars((row(1), row(2), row(3))), State("paused"), Scalars((row(4),))]
    assert coalescer.take() == []


def test_the_newest_picture_wins_per_node_and_measurement() -> None:
    coalescer = Coalescer()
    for step in range(3):
        for node, measurement in (("a", "m"), ("b", "m"), ("a", "other")):
            coalescer.put(Frame(measurement, node, step, 0.0, {}))
    assert [(m.node, m.measurement, m.step) for m in coalescer.take() if isinstance(m, Frame)] == [
        ("a", "m", 2),
        ("b", "m", 2),
        ("a", "other", 2),
    ]


def test_the_newest_clock_and_progress_win() -> None:
    coalescer = Coalescer()
    for step in range(3):
        coalescer.put(Clock(step, 9, 0.0, 1, 1.0, 1.0))
        coalescer.put(Progress(step / 9, ""))
    assert coalescer.take() == [Clock(2, 9, 0.0, 1, 1.0, 1.0), Progress(2 / 9, "")]


def test_a_state_is_said_once_until_it_changes() -> None:
    coalescer = Coalescer()
    said = [State("running"), State("running"), State("paused"), State("running"), State("running", "again")]
    assert [coalescer.put(message) for message in said] == [True, False, True, True, True]
    assert coalescer.take() == [said[0], *said[2:]]
