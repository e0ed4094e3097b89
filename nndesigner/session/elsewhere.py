"""Work that takes a while and must not hold up whoever asks for it: reading the folders of runs.

A window hands in somebody who does it on another thread (`gui/background.py`). A script has nobody else: there it is
done at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet

T = TypeVar("T")
Failing = Refusal | WriteError | OSError
"""what work may raise that is no fault of the program"""


class Elsewhere(Protocol):
    """Does `work`, which is given a `Progress` to report to, and calls back on the thread of the session: `arrived`
    with what it returned or `failed` with what it raised, and `told` now and then before. What it returns calls the
    work off: then nothing is called any more. `work` touches nothing but what it was made with."""

    def __call__(
        self,
        work: Callable[[Progress], T],
        arrived: Callable[[T], object],
        failed: Callable[[Failing], object],
        told: Progress = quiet,
    ) -> Callable[[], None]: ...


def at_once(
    work: Callable[[Progress], T],
    arrived: Callable[[T], object],
    failed: Callable[[Failing], object],
    told: Progress = quiet,
) -> Callable[[], None]:
    """An `Elsewhere` that is here: everything has happened when it returns."""
    try:
        result = work(told)
    except (Refusal, WriteError, OSError) as error:
        failed(error)
    else:
        arrived(result)
    return lambda: None


class Aside(Protocol):
    """Does work while this thread waits: it gives what the work gives and raises what it raises. A window goes on
    painting meanwhile and takes no input."""

    def __call__(self, work: Callable[[], T]) -> T: ...


def here(work: Callable[[], T]) -> T:
    """An `Aside` without another thread."""
    return work()


class Latest:
    """One question after another: with a new one, the answer to the one before is not wanted any more."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self._call_off: Callable[[], None] = lambda: None
        self._number = 0
        self.waiting = False
        """whether an answer is still to come"""

    def ask(
        self,
        work: Callable[[Progress], T],
        arrived: Callable[[T], object],
        failed: Callable[[Failing], object],
        told: Progress = quiet,
    ) -> None:
        self.cancel()
        self._number += 1
        number, self.waiting = self._number, True

        def answer(then: Callable[[], object]) -> None:
            if number == self._number:
                self.waiting = False
                then()

        call_off = self._elsewhere(
            work,
            lambda result: answer(lambda: arrived(result)),
            lambda error: answer(lambda: failed(error)),
            told,
        )
        if number == self._number and self.waiting:
            self._call_off = call_off

    def cancel(self) -> None:
        if self.waiting:
            self.waiting = False
            self._number += 1
            self._call_off()
