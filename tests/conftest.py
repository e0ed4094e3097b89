"""What holds for every test: own user folders, no screen, nothing left running, no unexpected log errors."""

from __future__ import annotations

import contextlib
import gc
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Before anything imports Qt. A test that wants a real screen starts a virtual one, in a process of its own.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

with contextlib.suppress(ImportError):
    import tqdm

    tqdm.tqdm.monitor_interval = 0  # libraries show progress with it: no thread of its own for that

# What a well-behaved stop may take on a busy machine before it counts as left running.
PATIENCE_SECONDS = 5.0


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the whole session: fontconfig and torch fill it, and no test depends on its contents."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for one user after the other. They are counted here: pytest would list all there are for each test."""
    parent = tmp_path_factory.mktemp("users")
    return (parent / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def user_folders(users: Iterator[Path], cache_folder: Path) -> Iterator[Path]:
    """Each test has its own settings, data and state; returns the folder that holds them.

    Not through `monkeypatch`, so that a test's own `monkeypatch.undo()` cannot send it to the real ones.
    """
    home = next(users)
    home.mkdir(mode=0o700)
    folders = {
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "XDG_RUNTIME_DIR": home / "runtime",
        "XDG_CACHE_HOME": cache_folder,
        "NNDESIGNER_HOME": home / "nndesigner",
    }
    before = {name: os.environ.get(name) for name in folders}
    for name, folder in folders.items():
        folder.mkdir(mode=0o700, exist_ok=True)
        os.environ[name] = str(folder)
    yield home
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def nobody_answers_here() -> Iterator[None]:
    """What a test says as a worker would ends with it: the next one is the designer again."""
    yield
    if described := sys.modules.get("nndesigner.layers.described"):
        described.answer_here(None)


MANY_OBJECTS = 200_000


@pytest.fixture(autouse=True, scope="module")
def old_objects_rest() -> None:
    """What earlier modules left (thousands of test items, what is remembered of networks) is looked at by the
    collector once more and then never again: every look for Qt timers, and every collection, would go through it."""
    if len(gc.get_objects()) > MANY_OBJECTS:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest, user_folders: Path) -> Iterator[None]:
    """A thread, child process or Qt timer that the test started and that outlives it fails the test.

    What a fixture of a wider scope keeps (a warm worker for a module) was there before and does not count.
    """
    watches: list[tuple[str, Callable[[], dict[int, str]]]] = [
        ("thread", _threads),
        ("child process", _children),
    ]
    if "qapp" in request.fixturenames:
        watches.append(("Qt timer or thread", _qt_timers_and_threads))
    before = [set(look()) for _, look in watches]
    yield
    left: list[str] = []
    for (kind, look), known in zip(watches, before, strict=True):
        left += [f"{kind}: {what}" for what in _remaining(look, known)]
    if left:
        pytest.fail("left running after the test: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def no_stray_log_errors(caplog: pytest.LogCaptureFixture, nothing_left_running: None) -> Iterator[None]:
    """A log record of level ERROR or above fails the test.

    A test that means one asserts it and then calls `caplog.clear()`.
    """
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call"), *caplog.get_records("teardown")]
    stray = [record for record in records if record.levelno >= logging.ERROR]
    if stray:
        pytest.fail(
            "logged as an error: " + "; ".join(f"{r.name}: {r.getMessage()}" for r in stray), pytrace=False
        )


def _remaining(look: Callable[[], dict[int, str]], known: set[int]) -> list[str]:
    """What `look` finds beyond `known` once everything had time to end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    collected = False
    while True:
        left = [what for key, what in look().items() if key not in known]
        if not left or time.monotonic() > deadline:
            return left
        if not collected:
            gc.collect()  # a stopped owner may only be waiting for the collector
            collected = True
        time.sleep(0.02)


def _threads() -> dict[int, str]:
    return {id(thread): thread.name for thread in threading.enumerate() if thread.is_alive()}


def _children() -> dict[int, str]:
    """This process's children, zombies included: an unreaped child is one that nobody waited for."""
    found: dict[int, str] = {}
    for listing in Path("/proc/self/task").glob("*/children"):  # Linux; elsewhere nothing is found
        try:
            numbers = listing.read_text().split()
        except OSError:
            continue  # the thread ended meanwhile
        for number in numbers:
            try:
                command = (
                    Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
            except OSError:
                continue
            found[int(number)] = f"{number} {command.strip()[:200] or '(ended, not waited for)'}"
    return found


def _qt_timers_and_threads() -> dict[int, str]:
    """Active QTimers and running QThreads that Python knows of."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return {}
    from shiboken6 import isValid

    main_thread = core.QThread.currentThread()
    found: dict[int, str] = {}
    for thing in gc.get_objects():
        kind = type(thing)
        if issubclass(kind, core.QTimer):
            if isValid(thing) and thing.isActive():
                found[id(thing)] = f"{kind.__qualname__} {thing.objectName()!r} every {thing.interval()} ms"
        elif (
            issubclass(kind, core.QThread)
            and isValid(thing)
            and thing is not main_thread
            and thing.isRunning()
        ):
            found[id(thing)] = f"{kind.__qualname__} {thing.objectName()!r}"
    return found
