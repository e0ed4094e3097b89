"""Whatever fails inside the program: it lives, the document is as it was, the edits are kept, one dialog is shown."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal, qWarning
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from nndesigner.app.crash import FAULT_NAME, LOG_NAME, MOST_LOG_BYTES, QUIET_SECONDS, CrashHook
from nndesigner.session.session import Session

pytestmark = pytest.mark.qt_no_exception_capture
TIMES = 10


class Planned(Exception):
    pass


class Shown:
    """Dialogs that were shown, and a clock."""

    def __init__(self) -> None:
        self.dialogs: list[tuple[str, str]] = []
        self.kept = 0
        self.now = 0.0

    def show(self, sentence: str, detail: str) -> None:
        self.dialogs.append((sentence, detail))

    def keep(self) -> None:
        self.kept += 1


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def hook(tmp_path: Path, shown: Shown, qapp: QApplication) -> Iterator[CrashHook]:
    was_on = faulthandler.is_enabled()
    made = CrashHook(tmp_path, shown.keep, shown.show, clock=lambda: shown.now)
    made.install()
    yield made
    made.remove()
    if was_on:
        faulthandler.enable()


def fail(*_: object) -> None:
    raise Planned("as planned")


class Emitter(QObject):
    told = Signal(object)


class Failing(QWidget):
    """Raises in one of Qt's virtual functions."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def paintEvent(self, event) -> None:
        if self.where == "paint":
            fail()

    def mousePressEvent(self, event) -> None:
        if self.where == "mouse":
            fail()

    def keyPressEvent(self, event) -> None:
        if self.where == "key":
            fail()

    def resizeEvent(self, event) -> None:
        if self.where == "resize":
            fail()

    def event(self, event) -> bool:
        if self.where == "event" and event.type() == QEvent.Type.User:
            fail()
        return super().event(event)

    def eventFilter(self, watched, event) -> bool:
        if self.where == "filter" and event.type() == QEvent.Type.User:
            fail()
        return False

    def closeEvent(self, event) -> None:
        if self.where == "close":
            fail()


def _slot(app: QApplication) -> None:
    emitter = Emitter()
    emitter.told.connect(fail)
    emitter.told.emit(1)


def _lambda(app: QApplication) -> None:
    emitter = Emitter()
    emitter.told.connect(lambda value: fail())
    emitter.told.emit(1)


def _action(app: QApplication) -> None:
    action = QAction("x")
    action.triggered.connect(fail)
    action.trigger()


def _timer(app: QApplication) -> None:
    QTimer.singleShot(0, fail)


def run_in_loop(app: QApplication, *acts: Callable[[], object]) -> None:
    """As in the program: what fails is called by Qt's event loop, not by Python."""
    for act in acts:
        QTimer.singleShot(0, act)
    end = QTimer()
    end.setSingleShot(True)
    end.timeout.connect(app.quit)
    end.start(60)
    app.exec()  # closing the last window ends it earlier
    end.stop()


def _virtual(where: str) -> Callable[[QApplication], None]:
    def act(app: QApplication) -> None:
        widget = Failing(where)
        made.append(widget)
        widget.show()
        if where == "paint":
            widget.update()
        elif where == "mouse":
            at = QPointF(5, 5)
            left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            app.postEvent(widget, QMouseEvent(QEvent.Type.MouseButtonPress, at, at, left, left, none))
        elif where == "key":
            app.postEvent(
                widget, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a")
            )
        elif where == "resize":
            widget.resize(300, 200)
        elif where == "close":
            widget.close()
        elif where == "filter":
            other = QObject(widget)
            other.installEventFilter(widget)
            app.postEvent(other, QEvent(QEvent.Type.User))
        else:
            app.postEvent(widget, QEvent(QEvent.Type.User))

    made: list[Failing] = []

    def clean() -> None:
        for widget in made:
            widget.where = ""
            widget.close()
            widget.deleteLater()
        made.clear()

    act.clean = clean  # type: ignore[attr-defined]
    return act


def _thread(app: QApplication) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def _destructor(app: QApplication) -> None:
    class Doomed:
        def __del__(self) -> None:
            fail()

    Doomed()


def _listener(app: QApplication) -> None:
    """Somebody who listens to the session fails: the slot that made the edit fails with it."""
    session = Session()
    leave = session.changed.connect(fail)
    before = len(session.document)
    emitter = Emitter()
    emitter.told.connect(lambda type: session.edit("", "add_node", type=type))
    emitter.told.emit("Linear")
    assert len(session.document) == before + 1, "the edit stands whole"
    leave()
    assert session.undo() and len(session.document) == before


ENTRIES = {
    "slot": _slot,
    "lambda": _lambda,
    "action": _action,
    "timer": _timer,
    "thread": _thread,
    "destructor": _destructor,
    "listener": _listener,
    **{where: _virtual(where) for where in ("paint", "mouse", "key", "resize", "event", "filter", "close")},
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_program_lives_and_says_so_once(entry: str, hook: CrashHook, shown: Shown, qapp, caplog) -> None:
    session = Session()
    document = session.document
    act = ENTRIES[entry]
    run_in_loop(qapp, *[lambda: act(qapp)] * TIMES)
    getattr(act, "clean", lambda: None)()
    assert hook.failures >= TIMES
    assert len(shown.dialogs) == 1
    assert shown.kept >= TIMES, "the edits are put on the disk each time"
    assert session.document is document
    sentence, detail = shown.dialogs[0]
    assert str(hook.folder / LOG_NAME) in sentence and "Traceback" not in sentence
    assert "as planned" in detail
    assert (hook.folder / LOG_NAME).read_text(encoding="utf-8").count("as planned") >= TIMES


def test_after_a_while_a_new_failure_is_shown_again(hook, shown, qapp) -> None:
    run_in_loop(qapp, lambda: _slot(qapp))
    run_in_loop(qapp, lambda: _slot(qapp))
    assert len(shown.dialogs) == 1
    shown.now += QUIET_SECONDS + 1
    run_in_loop(qapp, lambda: _slot(qapp))
    assert len(shown.dialogs) == 2


def test_a_failure_while_keeping_or_showing_is_only_written_down(tmp_path: Path, qapp) -> None:
    hook = CrashHook(tmp_path, keep=fail, show=fail)
    hook.install()
    try:
        run_in_loop(qapp, lambda: _slot(qapp))
        text = (tmp_path / LOG_NAME).read_text(encoding="utf-8")
        assert "While keeping the edits" in text and "While showing a failure" in text
    finally:
        hook.remove()


def test_a_folder_that_takes_nothing_is_no_second_failure(tmp_path: Path, qapp, shown) -> None:
    hook = CrashHook(tmp_path / "missing", shown.keep, shown.show)
    hook.install()
    try:
        run_in_loop(qapp, lambda: _slot(qapp))
        assert shown.kept == 1 and len(shown.dialogs) == 1
    finally:
        hook.remove()


def test_the_log_does_not_grow_without_end(hook: CrashHook) -> None:
    path = hook.folder / LOG_NAME
    path.write_bytes(b"old\n" * MOST_LOG_BYTES)
    hook.report("newest")
    assert path.stat().st_size < MOST_LOG_BYTES
    assert path.read_text(encoding="utf-8").rstrip().endswith("newest")


def test_qts_own_messages_go_to_the_log(hook: CrashHook, caplog) -> None:
    hook.install_qt()
    with caplog.at_level(logging.WARNING, logger="nndesigner.qt"):
        qWarning("something about a window")
    assert "something about a window" in caplog.text


def test_native_crashes_have_a_file(hook: CrashHook) -> None:
    assert faulthandler.is_enabled() and (hook.folder / FAULT_NAME).exists()


def test_everything_is_put_back(tmp_path: Path) -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    was_on = faulthandler.is_enabled()
    hook = CrashHook(tmp_path)
    hook.install()
    assert sys.excepthook != before[0]
    hook.remove()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
    if was_on:
        faulthandler.enable()
