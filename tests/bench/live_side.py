"""The real window with a real worker process, while numbers or pictures arrive: `live_side.py FOLDER flood|watched`.

Prints one line of JSON. flood: {"steps", "rate" (a second), "wrong" (values that are not what was sent), "work" and
"wall" (milliseconds of each turn of the window's event loop that took at least one)}. watched: {"ages" (milliseconds
from a measurement to the end of the paint that shows it), "pictures"}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

SIZE = 1600, 1000
WATCHED_SECONDS = 20.0


class Turns:
    """How long each turn of the event loop took, from its waking up to its going to sleep."""

    def __init__(self) -> None:
        from PySide6.QtCore import QAbstractEventDispatcher

        self.work: list[float] = []
        self.wall: list[float] = []
        self._awake: tuple[float, float] | None = None
        self._dispatcher = QAbstractEventDispatcher.instance()  # kept: with it go its connections
        self._dispatcher.awake.connect(self._wake)
        self._dispatcher.aboutToBlock.connect(self._sleep)

    def _wake(self) -> None:
        if self._awake is None:
            self._awake = time.thread_time(), time.perf_counter()

    def _sleep(self) -> None:
        if self._awake is None:
            return
        work, wall = time.thread_time() - self._awake[0], time.perf_counter() - self._awake[1]
        self._awake = None
        if work >= 0.001:
            self.work.append(work * 1000)
            self.wall.append(wall * 1000)


def in_window(folder: Path, cold: bool, begin: Callable[[Any, Any], Callable[[], bool]], most: float) -> None:
    """A window on the digits MLP; `begin(session, window)` gives what says that it is over."""
    from PySide6.QtCore import QTimer

    from nndesigner.app.window import SWITCH_SECONDS, collect_on_gui_thread, make_application
    from nndesigner.gui.background import Background, checks_beside
    from nndesigner.gui.main_window import MainWindow
    from nndesigner.gui.worker_driver import QtDriver
    from nndesigner.runs.pool import WorkerPool
    from nndesigner.session.session import Session

    sys.setswitchinterval(SWITCH_SECONDS)
    app = make_application()
    collector = collect_on_gui_thread(app)
    project = folder / "digits.nnd"
    project.write_bytes((HERE.parents[1] / "examples" / "digits-mlp.nnd").read_bytes())
    driver = QtDriver(app, command=[sys.executable, str(HERE / "live_worker.py")], cold=cold)
    pool = WorkerPool(driver)
    background = Background(app)
    session = Session(pool, background=checks_beside(background), elsewhere=background, aside=background.wait)
    window = MainWindow(session)
    window.resize(*SIZE)
    window.show()
    session.files.open(project)
    window.show_project()
    window.show_monitors()
    pool.open()
    over: list[Callable[[], bool]] = []

    def start() -> None:
        if not over and pool.warm and session.document.data and session.document.data.fields:
            over.append(begin(session, window))

    ticking = QTimer()
    ticking.timeout.connect(lambda: app.exit() if over and over[0]() else start())
    ticking.start(100)
    QTimer.singleShot(round(most * 1000), lambda: app.exit(1))
    app.exec()
    ticking.stop()
    collector.stop()
    window.close_down()
    window.close()
    background.close()
    pool.close()
    driver.close()


def flood(folder: Path) -> dict[str, Any]:
    import numpy as np
    from live_worker import value_of

    found: dict[str, Any] = {}
    steps = int(os.environ["NND_LIVE_STEPS"])

    def begin(session: Any, window: Any) -> Callable[[], bool]:
        turns = Turns()
        run = session.training.train()

        def over() -> bool:
            if session.training.busy:
                return False
            work, wall = (
                list(turns.work),
                list(turns.wall),
            )  # without this turn, which compares a million numbers
            series = session.training.history.series("train", "loss")
            wanted = np.array([value_of(step) for step in range(1, steps + 1)])
            same = np.array_equal(series.steps, np.arange(1, steps + 1))
            right = int((series.values == wanted).sum()) if same else 0
            outcome = session.training.outcome
            drawn = window.docks["monitors"].content.monitors["curves"].plots["loss"]
            found.update(
                steps=len(series),
                wrong=steps - right,
                rate=outcome.result["steps"] / outcome.result["seconds"],
                work=work,
                wall=wall,
                drawn=float(drawn.drawn(drawn.lines[0].key)[0][-1]),
                run=str(run),
            )
            return True

        return over

    in_window(folder, True, begin, 120.0 + 2 * steps / float(os.environ["NND_LIVE_RATE"]))
    return found


def watched(folder: Path) -> dict[str, Any]:
    from PySide6.QtGui import QPaintEvent

    from nndesigner.gui.monitors.health import HealthTable

    os.environ["NND_LIVE_LOG"] = str(folder / "measured.log")
    painted: dict[int, int] = {}
    paint = HealthTable.paintEvent
    view: list[Any] = []

    def painting(self: HealthTable, event: QPaintEvent) -> None:
        paint(self, event)
        if view and (frame := view[0].shown) is not None:
            painted.setdefault(frame.step, time.monotonic_ns())

    HealthTable.paintEvent = painting  # type: ignore[method-assign]

    def begin(session: Any, window: Any) -> Callable[[], bool]:
        panel = window.docks["monitors"].content
        panel.show_view("health")
        health = panel.monitors["health"]
        draw = health.draw

        def drawing() -> None:
            draw()
            health.shown = health.frame("health")

        health.shown, health.draw = None, drawing
        view.append(health)
        session.edit("", "set_plan", values={"epochs": 100_000})
        session.training.train()
        ends = time.monotonic() + WATCHED_SECONDS

        def over() -> bool:
            if time.monotonic() > ends:
                session.training.kill()
                return True
            return not session.training.busy

        return over

    in_window(folder, False, begin, 120.0)
    measured = {}
    for line in (folder / "measured.log").read_text().splitlines():
        step, name, at = line.split()
        if name == "health":
            measured.setdefault(int(step), int(at))
    ages = [(painted[step] - at) / 1e6 for step, at in measured.items() if step in painted]
    return {"ages": ages, "pictures": len(measured)}


if __name__ == "__main__":
    where, what = Path(sys.argv[1]), sys.argv[2]
    os.environ["NND_LIVE"] = what
    os.environ["QT_NO_GLIB"] = "1"  # its event loop does not tell when it sleeps
    print(json.dumps({"flood": flood, "watched": watched}[what](where)))
