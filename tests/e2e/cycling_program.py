"""Opens and closes the real program again and again in one process, at bad moments: `python FILE PROJECT CYCLES`.

Each cycle is the whole of `app.window.main`: crash hook, workers, session, window, and the way out. It ends with the
number of cycles on standard output.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

from nndesigner.app import window
from nndesigner.gui import dialogs
from nndesigner.gui.main_window import MainWindow
from nndesigner.runs.pool import WorkerPool

MOST_MILLISECONDS = 60_000
"""for one cycle"""
pools: list[WorkerPool] = []
_opened = WorkerPool.open


def _open(self: WorkerPool) -> None:
    pools.append(self)
    _opened(self)


WorkerPool.open = _open  # type: ignore[method-assign]


def ask_unsaved(parent: object, name: str) -> str:
    return "discard"


def ask_running(parent: object, name: str) -> str:
    return "stop"


def tell(parent: object, title: str, sentence: str, detail: str = "") -> None:
    print("told:", title, sentence, detail, flush=True)


dialogs.ask_unsaved, dialogs.ask_running, dialogs.tell = ask_unsaved, ask_running, tell


def main_window() -> MainWindow | None:
    return next(
        (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()), None
    )


def when(ready: Any, act: Any) -> None:
    if ready():
        act()
    else:
        QTimer.singleShot(5, lambda: when(ready, act))


def leave(how: str) -> None:
    """Brings the program to the bad moment, and closes the window there."""
    shown = main_window()
    assert shown is not None
    session = shown.session
    if how == "idle":
        shown.close()
    elif how == "edited":
        session.edit("", "add_note", text="a note", x=0.0, y=0.0)
        shown.close()
    elif how == "worker starting":
        when(lambda: pools and pools[-1].workers, shown.close)
    elif how == "saving":
        session.edit("", "add_note", text="a note", x=0.0, y=0.0)
        shown.actions_.run("save")
        session.undo()
        shown.actions_.run("save")
        shown.close()
    elif how == "dialog open":

        def close_both() -> None:
            for dialog in QApplication.topLevelWidgets():
                if isinstance(dialog, QDialog) and dialog.isVisible():
                    shown.close()  # while the dialog's own loop runs
                    dialog.reject()

        QTimer.singleShot(0, close_both)
        dialogs.ask(shown, "A question", "A sentence.", (dialogs.Choice("ok", "OK", main=True),))
    elif how == "reading data":
        session.edit("", "set_data", type="circles")
        when(lambda: session.data.busy, shown.close)
    elif how in ("training", "training just begun"):
        begun = lambda: session.training.state == "running"  # noqa: E731

        def start() -> None:
            session.training.train(device="cpu")
            when(begun if how == "training" else lambda: session.training.busy, shown.close)

        when(lambda: pools and pools[-1].warm, start)


def give_up(how: str) -> None:
    """A cycle that does not end: says what is still there, and ends the program."""
    for left in QApplication.topLevelWidgets():
        if left.isVisible():
            print("told: visible:", how, left, left.windowTitle(), flush=True)
    training = [w.session.training.state for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    workers = [[(w.process.state, w.process.warm) for w in pool.workers] for pool in pools]
    print("told: a cycle did not end:", how, training, workers, flush=True)
    os._exit(3)


def cycle(project: str, how: str) -> None:
    watchdog = QTimer()
    watchdog.setSingleShot(True)
    watchdog.timeout.connect(lambda: give_up(how))
    watchdog.start(MOST_MILLISECONDS)
    when(lambda: (found := main_window()) is not None and found.painted, lambda: leave(how))
    code = window.main([project])
    watchdog.stop()
    assert code == 0, (how, code)
    for pool in pools:
        assert pool.workers == (), how
    pools.clear()
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for left in app.topLevelWidgets():
        left.deleteLater()
    app.sendPostedEvents(None, 52)  # deferred deletes
    gc.collect()
    assert [t.name for t in threading.enumerate()] == ["MainThread"], how


if __name__ == "__main__":
    project, cycles = sys.argv[1], int(sys.argv[2])
    window.make_application()  # timers need one; every cycle uses it again
    cheap = ("idle", "dialog open", "saving", "worker starting", "edited", "reading data")
    dear = ("training", "training just begun")
    done: list[str] = []
    for number in range(cycles):
        how = dear[number // 5 % 2] if number % 5 == 4 else cheap[number % len(cheap)]
        cycle(project, how)
        done.append(how)
    print(f"cycles {len(done)} of {len(set(done))} kinds", flush=True)
