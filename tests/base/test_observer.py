"""Telling listeners."""

from __future__ import annotations

from nndesigner.base.observer import Event


def test_listeners_are_told_in_the_order_in_which_they_came() -> None:
    event: Event[[int]] = Event()
    heard: list[tuple[str, int]] = []
    event.connect(lambda n: heard.append(("first", n)))
    event.connect(lambda n: heard.append(("second", n)))
    event.tell(3)
    assert heard == [("first", 3), ("second", 3)]


def test_a_listener_that_leaves_hears_nothing_more_and_may_leave_twice() -> None:
    event: Event[[]] = Event()
    heard: list[int] = []
    leave = event.connect(lambda: heard.append(1))
    event.tell()
    leave()
    leave()
    event.tell()
    assert heard == [1]


def test_who_comes_or_goes_while_it_is_told_counts_from_the_next_time_on() -> None:
    event: Event[[]] = Event()
    heard: list[str] = []

    def first() -> None:
        heard.append("first")
        leave_second()
        event.connect(lambda: heard.append("third"))

    event.connect(first)
    leave_second = event.connect(lambda: heard.append("second"))
    event.tell()
    assert heard == ["first", "second"]
    heard.clear()
    event.tell()
    assert heard == ["first", "third"]
