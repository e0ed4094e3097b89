"""Threads for what would hold up the window: reading run folders. The window's `session.elsewhere.Elsewhere`.

What arrives is handed over on the GUI thread. Python's cyclic collector must be off, or it may destroy Qt objects on
one of these threads (see `app.window.collect_on_gui_thread`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QEventLoop, QObject, Qt, Signal

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled, Progress, quiet

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
MOST_AT_ONCE = 2
FIRST_WORD = 0.2
"""seconds before anything is said of work that goes on: what is quick says nothing"""
NEXT_WORD = 0.1


class _Asked:
    """One piece of work and what waits for it. `off` is set on the GUI thread and read on the other one."""

    def __init__(self, arrived: Any, failed: Any, told: Progress) -> None:
        self.arrived, self.failed, self.told = arrived, failed, told
        self.off = threading.Event()


class Background(QObject):
    """`close` when nothing is wanted any more. With `held`, what is asked waits for `begin`: while a window comes up,
    its first picture is all that counts."""

    _woken = Signal()
    _news = Signal(object, object, object)  # an _Asked, which of its functions, and the arguments

    def __init__(self, parent: QObject | None = None, *, held: bool = False) -> None:
        super().__init__(parent)
        self._held: list[tuple[Any, _Asked]] | None = [] if held else None
        self._asked: set[_Asked] = set()
        self._closed = False
        self._news.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="background")

    def __call__(self, work: Any, arrived: Any, failed: Any, told: Progress = quiet) -> Callable[[], None]:
        asked = _Asked(arrived, failed, told)
        if self._closed:
            return lambda: None
        self._asked.add(asked)
        if self._held is not None:
            self._held.append((work, asked))
        else:
            self._threads.submit(self._do, work, asked)

        def call_off() -> None:
            asked.off.set()
            self._asked.discard(asked)

        return call_off

    def begin(self) -> None:
        """What was asked so far is done now, and what follows at once."""
        held, self._held = self._held, None
        for work, asked in held or ():
            if asked in self._asked:
                self._threads.submit(self._do, work, asked)

    def wait(self, work: Callable[[], T]) -> T:
        """A `session.elsewhere.Aside`: the work is done on another thread while the event loop turns, without keys and
        clicks, which come afterwards. At once before `begin` and after `close`."""
        if self._held is not None or self._closed:
            return work()
        loop = QEventLoop()
        self._woken.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
        asked = self._threads.submit(work)
        asked.add_done_callback(lambda _: self._woken.emit())
        while not asked.done():
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        self._woken.disconnect(loop.quit)
        return asked.result()

    @property
    def busy(self) -> bool:
        """Whether something is still to be handed over."""
        return bool(self._asked)

    def close(self) -> None:
        """Calls everything off and waits for the threads."""
        self._closed = True
        for asked in tuple(self._asked):
            asked.off.set()
        self._asked.clear()
        if "_threads" in vars(self):
            self._threads.shutdown(wait=True, cancel_futures=True)

    # -- on another thread -------------------------------------------------------------------------------------------
    def _do(self, work: Callable[[Progress], object], asked: _Asked) -> None:
        next_word = time.monotonic() + FIRST_WORD

        def progress(fraction: float, sentence: str) -> None:
            nonlocal next_word
            if asked.off.is_set():
                raise Cancelled
            if time.monotonic() >= next_word:
                next_word = time.monotonic() + NEXT_WORD
                self._news.emit(asked, "told", (fraction, sentence))

        try:
            progress(0.0, "")
            result = work(progress)
        except Cancelled:
            return
        except (Refusal, WriteError, OSError) as error:
            self._news.emit(asked, "failed", (error,))
        except BaseException as error:
            self._news.emit(asked, "raise", (error,))
        else:
            self._news.emit(asked, "arrived", (result,))

    # -- on the GUI thread -------------------------------------------------------------------------------------------
    def _hand_over(self, asked: _Asked, what: str, arguments: tuple[Any, ...]) -> None:
        if asked.off.is_set() or asked not in self._asked:
            return
        if what == "told":
            asked.told(*arguments)
            return
        self._asked.discard(asked)
        if what == "raise":
            (error,) = arguments
            sys.excepthook(type(error), error, error.__traceback__)
            return
        (asked.arrived if what == "arrived" else asked.failed)(*arguments)


def checks_beside(background: Background) -> Callable[[Callable[[], Any], Callable[[Any], None]], None]:
    """The same threads for checks of large networks: `session.checking.Background`.

    A check raises nothing that a user could mend; what it raises all the same is raised on the GUI thread.
    """

    def check(work: Callable[[], Any], arrived: Callable[[Any], None]) -> None:
        background(lambda told: work(), arrived, _raise)

    return check


def _raise(error: Exception) -> None:
    raise error
