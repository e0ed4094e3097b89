"""A themed application, a session without workers, and a main window that is closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from nndesigner.gui import dialogs
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.theme import choose_theme
from nndesigner.protocol.controls import Control
from nndesigner.protocol.jobs import Job, Preload
from nndesigner.protocol.messages import Done, Failed
from nndesigner.session.session import Session
from nndesigner.session.workers import OnEnd, OnMessage


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    choose_theme(qapp, "light")
    qapp.clipboard().clear()
    return qapp


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def make_window(app: QApplication) -> Iterator[Callable[[Session], MainWindow]]:
    made: list[MainWindow] = []

    def make(session: Session) -> MainWindow:
        window = MainWindow(session)
        made.append(window)
        window.resize(1440, 900)
        window.show()
        app.processEvents()
        return window

    yield make
    for window in made:
        window.close_down()
        window.close()
        window.deleteLater()
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window: Callable[[Session], MainWindow], session: Session, app: QApplication) -> MainWindow:
    """A window on an empty project."""
    made = make_window(session)
    session.files.new()
    made.show_project()
    app.processEvents()
    return made


class Asked:
    """A job that was handed in, and what was said to it."""

    def __init__(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> None:
        self.job, self.say, self._on_end = job, on_message, on_end
        self.controls: list[Control] = []
        self.cancelled = self.killed = self.detached = False

    def send(self, control: Control) -> None:
        self.controls.append(control)

    def cancel(self) -> None:
        self.cancelled = True

    def kill(self) -> None:
        self.killed = True

    def detach(self) -> None:
        self.detached = True

    def end(self, outcome: Done | Failed) -> None:
        self._on_end(outcome)


class Pool:
    """A pool without processes: it keeps what is asked, and the test says what the worker would."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.preloaded: list[Preload | None] = []

    def submit(self, job: Job, on_message: OnMessage, on_end: OnEnd) -> Asked:
        self.asked.append(Asked(job, on_message, on_end))
        return self.asked[-1]

    def preload(self, job: Preload | None) -> None:
        self.preloaded.append(job)

    @property
    def last(self) -> Asked:
        return self.asked[-1]


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def staffed(pool: Pool, make_window: Callable[[Session], MainWindow], app: QApplication) -> MainWindow:
    """A window on an empty project, with a pool that the test speaks for."""
    session = Session(pool)
    made = make_window(session)
    session.files.new()
    made.show_project()
    app.processEvents()
    return made


class Answers:
    """What the user will answer to questions, in order, and what was asked."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.asked: list[tuple[str, str, str]] = []

    def give(self, *answers: str) -> None:
        self.waiting += answers


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Every question is answered at once: with what the test gives, else with "" (cancel)."""
    found = Answers()

    def ask(parent: object, title: str, sentence: str, choices: object, **more: str) -> str:
        found.asked.append((title, sentence, more.get("detail", "")))
        return found.waiting.pop(0) if found.waiting else ""

    monkeypatch.setattr(dialogs, "ask", ask)
    return found
