"""Work done for the session by somebody else: only the newest question is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.session.elsewhere import Latest, at_once


class Later:
    """An `Elsewhere` that does everything when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.called_off = 0

    def __call__(self, work: Any, arrived: Any, failed: Any, told: Any = None) -> Callable[[], None]:
        self.waiting.append(lambda: at_once(work, arrived, failed) and None)

        def call_off() -> None:
            self.called_off += 1

        return call_off


def fail(error: Exception) -> None:
    raise AssertionError(error)


def test_at_once_everything_has_happened() -> None:
    came: list[Any] = []

    def refuse(progress: Any) -> None:
        raise Refusal("No.")

    at_once(lambda progress: 1, came.append, fail)
    at_once(refuse, fail, lambda error: came.append(str(error)))
    assert came == [1, "No."]
    with pytest.raises(ZeroDivisionError):  # a fault of the program is not hidden
        at_once(lambda progress: 1 // 0, came.append, came.append)


def test_an_answer_to_an_older_question_is_not_heard() -> None:
    later, came = Later(), []
    latest = Latest(later)
    latest.ask(lambda progress: "old", came.append, fail)
    latest.ask(lambda progress: "new", came.append, fail)
    assert latest.waiting and later.called_off == 1
    for do in reversed(later.waiting):
        do()
    assert came == ["new"] and not latest.waiting


def test_what_is_called_off_is_not_heard_and_the_next_question_is() -> None:
    later, came = Later(), []
    latest = Latest(later)
    latest.ask(lambda progress: "one", came.append, fail)
    latest.cancel()
    assert not latest.waiting and later.called_off == 1
    latest.cancel()
    assert later.called_off == 1
    later.waiting[0]()
    latest.ask(lambda progress: "two", came.append, fail)
    later.waiting[1]()
    assert came == ["two"]


def test_an_answer_may_ask_again() -> None:
    came: list[str] = []
    latest = Latest(at_once)

    def first(found: str) -> None:
        came.append(found)
        latest.ask(lambda progress: "second", came.append, fail)

    latest.ask(lambda progress: "first", first, fail)
    assert came == ["first", "second"] and not latest.waiting
