"""The real program with its window, in a process of its own, doing by itself what a test asks.

`python FILE MODE PROJECT`. It says on standard output, line by line, what a test must know, until it is killed.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nndesigner.app import window
from nndesigner.base.problem import Refusal
from nndesigner.gui import dialogs
from nndesigner.gui.main_window import MainWindow
from nndesigner.project import journal
from nndesigner.project.writer import encode
from nndesigner.runs.pool import WorkerPool
from tests.document.random_edits import ARGUMENTS, Script, _NothingToChoose


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def main_window() -> MainWindow | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)


def when_shown(act: Any) -> None:
    """Calls `act(window)` once the window has been painted."""
    found = main_window()
    if found is not None and found.painted:
        act(found)
    else:
        QTimer.singleShot(10, lambda: when_shown(act))


def edit(seed: int) -> None:
    """Edits without end; before an edit is kept it says what the document is by then, and when."""
    record = journal.Journal.record

    def said(kept: journal.Journal, name: str, diff: Any) -> None:
        shown = main_window()
        assert shown is not None
        say(hashlib.sha256(encode(shown.session.document)).hexdigest(), time.time())
        record(kept, name, diff)

    journal.Journal.record = said  # type: ignore[method-assign]
    script = Script(seed)
    verbs = ["add_node", "append_node", "connect", "move", "remove", "rename", "set_parameters", "add_note"]

    def begin(shown: MainWindow) -> None:
        session = shown.session
        say(hashlib.sha256(encode(session.document)).hexdigest(), time.time())

        def one() -> None:
            verb = script.random.choice([*verbs, "undo"])
            try:
                if verb == "undo":
                    session.undo()
                else:
                    session.edit("", verb, **ARGUMENTS[verb](script, session.document))
            except (_NothingToChoose, Refusal):
                pass

        timer = QTimer(shown)
        timer.timeout.connect(one)
        timer.start(0)

    when_shown(begin)


def train(detach: bool) -> None:
    """Trains as soon as a worker is warm, by the button; says the run's folder once numbers come, and its worker."""

    def begin(shown: MainWindow) -> None:
        training = shown.session.training
        shown.raise_panel("training")
        begun: list[bool] = []

        def look() -> None:
            panel = shown.docks["training"].content
            if not begun:
                if panel is not None and pool and pool[0].warm:
                    begun.append(True)
                    panel.buttons["train"].click()  # type: ignore[attr-defined]
            elif len(training.history.series("validation", "loss")) >= 2:
                timer.stop()
                (worker,) = (w for w in pool[0].workers if w.process.job is not None)
                if detach:
                    training.detach()
                say(training.run, worker.child.pid)

        timer = QTimer(shown)
        timer.timeout.connect(look)
        timer.start(20)

    pool: list[WorkerPool] = []
    opened = WorkerPool.open

    def open(self: WorkerPool) -> None:
        pool.append(self)
        opened(self)

    WorkerPool.open = open  # type: ignore[method-assign]
    when_shown(begin)


if __name__ == "__main__":
    mode, project = sys.argv[1:3]
    app = window.make_application()
    if mode == "edit":
        WorkerPool.open = lambda self: None  # type: ignore[method-assign]  # nothing here needs a worker
        edit(int(sys.argv[3]))
    elif mode in ("train", "detach"):
        train(mode == "detach")
    dialogs.tell = lambda parent, title, sentence, detail="": say("told:", title, detail.splitlines())  # type: ignore[assignment]
    sys.exit(window.main([project]))
