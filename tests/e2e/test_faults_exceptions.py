"""Something inside the window fails (row G1): thirty places, ten times each, in the real window and a real event loop.

The program lives, the document is the one it was, what was edited is on the disk, and one dialog is shown.
"""

from __future__ import annotations

import faulthandler
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication

from nndesigner.app.crash import LOG_NAME, CrashHook
from nndesigner.gui import docking, plain
from nndesigner.gui.canvas import stage
from nndesigner.gui.canvas import view as view_module
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.status_line import StatusPart
from nndesigner.gui.theme import theme_changed
from nndesigner.project.writer import save
from nndesigner.protocol.messages import State
from nndesigner.runs.tasks import Task
from tests.e2e.real_window import Desk, dropout_project, real_window

pytestmark = pytest.mark.qt_no_exception_capture
TIMES = 10
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


class Planned(Exception):
    pass


def fail(*_: object, **__: object) -> Any:
    raise Planned("as planned")


class Emitter(QObject):
    told = Signal(object)


class Doomed:
    def __del__(self) -> None:
        fail()


# Qt asks once for each virtual function whether Python overrides it, and remembers the function: one that was already
# called is spoilt in what it calls.
@dataclass
class Place:
    """Where it fails: `spoil` has it fail there, `act` brings the program there."""

    act: Callable[[Desk], object]
    spoil: tuple[Any, str] | None = None


def mouse(kind: QEvent.Type) -> Callable[[Desk], object]:
    def act(desk: Desk) -> None:
        at = QPointF(400, 200)
        event = QMouseEvent(kind, at, at, LEFT, LEFT, NONE)
        desk.app.postEvent(desk.window.canvas.viewport(), event)

    return act


def wheel(desk: Desk) -> None:
    at, none = QPointF(400, 200), Qt.MouseButton.NoButton
    turn = QPoint(0, 120)
    event = QWheelEvent(at, at, QPoint(), turn, none, NONE, Qt.ScrollPhase.NoScrollPhase, False)
    desk.app.postEvent(desk.window.canvas.viewport(), event)


def key(kind: QEvent.Type, to: Callable[[MainWindow], QObject]) -> Callable[[Desk], object]:
    return lambda desk: desk.app.postEvent(to(desk.window), QKeyEvent(kind, Qt.Key.Key_Escape, NONE, ""))


def painted_again(desk: Desk) -> None:
    desk.window.painted = False
    desk.window.repaint()


def shown_again(desk: Desk) -> None:
    desk.window.docking.fresh = True
    desk.app.postEvent(desk.window, QShowEvent())


def drag(desk: Desk) -> None:
    copy = Qt.DropAction.CopyAction
    data = QMimeData()
    desk.app.sendEvent(desk.window.canvas.viewport(), QDragEnterEvent(QPoint(9, 9), copy, data, LEFT, NONE))


def action(id: str) -> Callable[[Desk], object]:
    return lambda desk: desk.window.actions_.made[id].trigger()


def told(desk: Desk) -> None:
    emitter = Emitter()
    emitter.told.connect(fail)
    emitter.told.emit({1: 2})


def thread(desk: Desk) -> None:
    started = threading.Thread(target=fail)
    started.start()
    started.join()


def listened(event: Callable[[Desk], Any], *words: object) -> Callable[[Desk], object]:
    """Somebody who listens to the session fails."""

    def act(desk: Desk) -> None:
        leave = event(desk).connect(fail)
        try:
            event(desk).tell(*words)
        finally:
            leave()

    return act


def delivered(desk: Desk) -> None:
    """What a worker said makes whoever hears it fail."""
    task = Task(None, fail, fail)  # type: ignore[arg-type]
    desk.pool._driver.deliver(task, State("running"))


def places(desk: Desk) -> dict[str, Place]:
    window, session = desk.window, desk.session
    kind = QEvent.Type
    viewport = window.canvas.viewport()

    def post(target: QObject, event: Callable[[], QEvent]) -> Callable[[Desk], object]:
        return lambda desk: desk.app.postEvent(target, event())

    return {
        "mouse press": Place(mouse(kind.MouseButtonPress), (CanvasView, "mousePressEvent")),
        "mouse move": Place(mouse(kind.MouseMove), (CanvasView, "mouseMoveEvent")),
        "mouse release": Place(mouse(kind.MouseButtonRelease), (CanvasView, "mouseReleaseEvent")),
        "double click": Place(mouse(kind.MouseButtonDblClick), (CanvasView, "mouseDoubleClickEvent")),
        "wheel": Place(wheel, (CanvasView, "wheelEvent")),
        "leave": Place(post(window.canvas, lambda: QEvent(kind.Leave)), (CanvasView, "leaveEvent")),
        "key press": Place(key(kind.KeyPress, lambda w: w.canvas), (CanvasView, "keyPressEvent")),
        "key release": Place(key(kind.KeyRelease, lambda w: w.canvas), (CanvasView, "keyReleaseEvent")),
        "focus": Place(
            post(window.canvas, lambda: QFocusEvent(kind.FocusOut)), (CanvasView, "focusOutEvent")
        ),
        "tool tip": Place(
            post(viewport, lambda: QHelpEvent(kind.ToolTip, QPoint(9, 9), QPoint(9, 9))),
            (view_module, "hit"),
        ),
        "drag": Place(drag, (CanvasView, "dragEnterEvent")),
        "paint of an item": Place(lambda desk: viewport.repaint(), (window.canvas, "visible_bounds")),
        "paint of the background": Place(lambda desk: viewport.repaint(), (stage, "draw_background")),
        "after the first paint": Place(painted_again, (window, "_after_first_paint")),
        "paint of a label": Place(lambda desk: window.status._sentence.repaint(), (plain, "QPainter")),
        "key in the window": Place(key(kind.KeyPress, lambda w: w), (window.canvas, "hasFocus")),
        "show": Place(shown_again, (docking, "arrange")),
        "click in the status bar": Place(
            lambda desk: desk.app.postEvent(
                window.status.check,
                QMouseEvent(kind.MouseButtonRelease, QPointF(3, 3), QPointF(3, 3), LEFT, LEFT, NONE),
            ),
            (StatusPart, "mouseReleaseEvent"),
        ),
        "slot": Place(told),
        "undo": Place(action("undo"), (session.editing, "undo")),
        "redo": Place(action("redo"), (session.editing, "redo")),
        "delete": Place(
            lambda desk: (window.canvas.select(window.canvas.arrays.index), action("delete")(desk)),
            (session.editing, "edit"),
        ),
        "save": Place(action("save"), (session.files, "save")),
        "rule of an action": Place(lambda desk: window.actions_.refresh(), (window.desk, "selected_nodes")),
        "zoom": Place(action("zoom-in"), (CanvasView, "zoom_by")),
        "listener to the check": Place(listened(lambda desk: session.checked_changed)),
        "listener to a refusal": Place(listened(lambda desk: session.refused, "a sentence")),
        "listener to a run": Place(listened(lambda desk: session.training.changed)),
        "theme": Place(listened(lambda desk: theme_changed, None)),
        "timer": Place(lambda desk: QTimer.singleShot(0, fail)),
        "tick of the window": Place(lambda desk: window._tick.timeout.emit(), (session.autosave, "tick")),
        "timer of the workers": Place(lambda desk: desk.pool._driver.call_later(0.0, fail)),
        "message of a worker": Place(delivered),
        "thread": Place(thread),
        "destructor": Place(lambda desk: Doomed()),
    }


@dataclass
class Shown:
    dialogs: list[tuple[str, str]] = field(default_factory=list)
    now: float = 0.0

    def show(self, sentence: str, detail: str) -> None:
        self.dialogs.append((sentence, detail))


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def hook(tmp_path: Path, shown: Shown, app: QApplication) -> Iterator[CrashHook]:
    was_on = faulthandler.is_enabled()
    made = CrashHook(tmp_path, show=shown.show, clock=lambda: shown.now)
    made.install()
    yield made
    made.remove()
    if was_on:
        faulthandler.enable()


def run_in_loop(act: Callable[[], object]) -> None:
    """Ten times, each called by Qt's event loop; what it posted is done before the next."""
    loop = QEventLoop()

    def step(number: int) -> None:
        QTimer.singleShot(
            4 if number < TIMES else 30, partial(step, number + 1) if number < TIMES else loop.quit
        )
        if number < TIMES:
            act()

    QTimer.singleShot(0, partial(step, 0))
    loop.exec()


def test_thirty_places_fail_ten_times_each(
    app: QApplication, hook: CrashHook, shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.nnd"
    save(dropout_project(), path)
    survived = []
    with real_window(app, workers=False) as desk:
        desk.open(path)
        desk.session.edit("", "add_note", text="not saved yet", x=0.0, y=0.0)
        desk.session.edit("", "add_note", text="undone", x=0.0, y=0.0)
        desk.session.undo()
        desk.wait(lambda: desk.window.painted)
        document, history = desk.session.document, desk.session.editing.history.done
        kept: list[bool] = []
        hook.keep = lambda: (kept.append(True), desk.session.autosave.sync())
        found = places(desk)
        assert len(found) >= 30
        for name, place in found.items():
            failures, dialogs = hook.failures, len(shown.dialogs)
            kept.clear()
            shown.now += 1000.0
            with monkeypatch.context() as patch:
                if place.spoil is not None:
                    patch.setattr(*place.spoil, fail)
                run_in_loop(partial(place.act, desk))
            app.processEvents()
            assert hook.failures - failures >= TIMES, f"{name}: {hook.failures - failures}"
            assert len(shown.dialogs) - dialogs == 1, name
            assert len(kept) >= TIMES, name
            assert (
                "as planned" in shown.dialogs[-1][1] and str(hook.folder / LOG_NAME) in shown.dialogs[-1][0]
            )
            assert "Traceback" not in shown.dialogs[-1][0]
            assert desk.session.document is document and desk.session.editing.history.done == history, name
            assert desk.window.isVisible()
            survived.append(name)
        hook.keep = lambda: None
        # All of it still works: an edit, its undoing, the journal.
        assert desk.session.edit("", "add_note", text="after", x=0.0, y=0.0) and desk.session.undo()
        assert desk.session.document == document
    assert len(survived) >= 30
