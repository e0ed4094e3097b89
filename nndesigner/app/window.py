"""The program with a window: Qt, theme, crash hook, workers, one session, one main window; and the way out.

`main(argv)` returns the exit code. Qt is imported inside functions: the command line shares this package. What has no
Qt in it is imported here at the top: once PySide6 is loaded, it reads the source of every module imported after it.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.app import lean_numpy  # noqa: F401  (first: before anything that imports numpy)

# isort: split
from nndesigner.app.crash import CrashHook
from nndesigner.app.support import probe
from nndesigner.base.atomic import WriteError
from nndesigner.base.folders import state_folder
from nndesigner.base.text import tr
from nndesigner.project import start_guard
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from nndesigner.gui.main_window import MainWindow

REFUSED = 2
"""the exit code where the window cannot be opened at all"""
SWITCH_SECONDS = 0.001
"""how long a thread that checks or reads may keep the window waiting each time; Python's own choice is 5 ms"""
_COLLECT_MILLISECONDS = 1000
_SETTLED_MILLISECONDS = 3000
"""after so long a start counts as having got through"""


def main(argv: Sequence[str] = ()) -> int:
    """Opens the window on the project named in `argv`, or on the welcome page, until it is closed."""
    refusal = probe() or why_no_display()
    if refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    path = Path(argv[0]) if argv else None
    gc.disable()  # from here on a timer collects: see collect_on_gui_thread
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    app = make_application()
    hook = _crash_hook()
    collector = collect_on_gui_thread(app)
    try:
        return _run(app, path, hook)
    finally:
        collector.stop()
        sys.setswitchinterval(usual)
        gc.unfreeze()
        gc.enable()
        if hook is not None:
            hook.remove()


def why_no_display() -> str:
    """Why no window can be opened here, as a sentence; "" where one can."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform.startswith("linux") and not platform:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return tr(
                "There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are empty). “nndesigner --help”"
                " lists what can be done without one."
            )
    return ""


def make_application() -> QApplication:
    """The QApplication with the program's name, icon and theme."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from nndesigner.gui import window_state
    from nndesigner.gui.theme import choose_theme, styled_application

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        app = styled_application(sys.argv[0])
    app.setApplicationName("nndesigner")
    app.setApplicationDisplayName("nndesigner")
    app.setDesktopFileName("nndesigner")
    state = window_state.read()
    choice = state.theme
    if state.text_size != "normal" or state.less_motion:
        from nndesigner.gui import comfort

        comfort.choose_text_size(app, state.text_size)
        comfort.choose_less_motion(app, state.less_motion)
    choose_theme(app, choice if choice in ("system", "light", "dark") else "system")
    return app


def _run(app: QApplication, path: Path | None, hook: CrashHook | None) -> int:
    from PySide6.QtCore import QTimer

    from nndesigner.gui import dialogs
    from nndesigner.gui.background import Background, checks_beside
    from nndesigner.gui.commands import filing
    from nndesigner.gui.icons import app_icon
    from nndesigner.gui.main_window import MainWindow
    from nndesigner.gui.theme import follow_system
    from nndesigner.gui.worker_driver import QtDriver

    guarded = str(path.absolute()) if path is not None else ""
    driver = QtDriver(app)
    pool = WorkerPool(driver)
    background = Background(app, held=True)
    session = Session(pool, background=checks_beside(background), elsewhere=background, aside=background.wait)
    window = MainWindow(
        session,
        versions=lambda: pool.ready.versions if pool.ready is not None else {},
        devices=lambda: pool.devices,
    )
    unfollow = follow_system(app)
    leave = pool.changed.connect(lambda: _tell_device(window, pool))
    if hook is not None:
        hook.keep = session.autosave.sync
        hook.show = lambda sentence, detail: dialogs.tell(
            window, tr("Something went wrong"), sentence, detail
        )
        hook.install_qt()
    try:
        if path is not None and start_guard.opening(guarded):
            filing.open_file(window.desk, path)
        elif path is not None:
            QTimer.singleShot(0, window, lambda: dialogs.tell(window, *_brought_down(path)))
        _tell_device(window, pool)  # its place in the status line from the first picture on
        window.later.add(background.begin)
        QTimer.singleShot(1000, window, background.begin)  # a window that comes up minimized paints nothing
        window.show()
        QTimer.singleShot(0, window, lambda: app.setWindowIcon(app_icon()))
        QTimer.singleShot(_SETTLED_MILLISECONDS, window, lambda: start_guard.opened(guarded))
        # The worker costs seconds of processor time: after the window is on the screen.
        QTimer.singleShot(150, window, pool.open)
        QTimer.singleShot(50, window, lambda: filing.offer_recovery(window.desk, path))
        return app.exec()
    finally:
        start_guard.opened(guarded)
        leave()
        unfollow()
        window.close_down()
        if hook is not None:
            hook.show = None
        background.close()
        pool.close()
        driver.close()


def _brought_down(path: Path) -> tuple[str, str]:
    """A project that ended the program twice while it opened is not opened a third time; its file stays."""
    return (
        tr("“{name}” was not opened", name=path.name),
        tr(
            "The program ended twice while it opened this project. The file is as it was, at {path}; the next start"
            " tries it again.",
            path=path.absolute(),
        ),
    )


def _tell_device(window: MainWindow, pool: object) -> None:
    devices = getattr(pool, "devices", ())
    failure = str(getattr(pool, "failure", ""))
    if failure:
        window.status.show_device(tr("no worker"), failure, wrong=True)
    elif devices:
        usable = [device for device in devices if device.usable]
        best = usable[-1] if usable else devices[0]
        lines = [f"{d.label}: {tr('ready') if d.usable else d.reason}" for d in devices]
        window.status.show_device(best.label, "\n".join(lines))
    else:
        window.status.show_device(tr("starting a worker…"))


def _crash_hook() -> CrashHook | None:
    """Catches what fails from here on; None where the user's state folder cannot be written."""
    try:
        hook = CrashHook(state_folder())
    except WriteError as error:
        logging.getLogger(__name__).warning("%s", error)
        return None
    hook.install()
    return hook


def collect_on_gui_thread(app: QApplication) -> QTimer:
    """Python's cyclic collector, from a timer on the GUI thread only.

    Left to itself it may run in any thread that allocates, and destroy Qt objects there.
    """
    from PySide6.QtCore import QTimer

    gc.disable()
    gc.freeze()  # what importing made stays anyway
    timer = QTimer(app)
    timer.setInterval(_COLLECT_MILLISECONDS)
    timer.timeout.connect(collect)
    timer.start()
    return timer


def collect(count: Callable[[], tuple[int, int, int]] = gc.get_count) -> None:
    """What the collector would have done by now, by its own thresholds."""
    thresholds = gc.get_threshold()
    for generation in (2, 1, 0):
        if thresholds[generation] and count()[generation] > thresholds[generation]:
            gc.collect(generation)
            return
