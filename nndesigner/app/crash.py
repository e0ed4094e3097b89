"""What happens when the program itself fails: it is written down, the user's edits are kept, and the program goes on.

Catches what would end the program or vanish: exceptions in slots, paint events and threads, in destructors, messages
of Qt, and (through faulthandler) a crash in native code. It knows neither the document nor the window: it is handed
what keeps the edits and what shows a sentence.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from nndesigner.base.text import tr

LOG_NAME = "crash.log"
FAULT_NAME = "fault.log"
MOST_LOG_BYTES = 2_000_000
QUIET_SECONDS = 20.0
"""After a dialog was closed, further failures are only written down for so long."""

_log = logging.getLogger("nndesigner.crash")


class CrashHook:
    """Installed once by the program that opens a window; `remove` puts back what was there before.

    `keep` is called at every failure and puts the user's edits on the disk; `show(sentence, detail)` is called on the
    GUI thread, never twice at a time and not again for a while, and returns when the user has seen it.
    """

    def __init__(
        self,
        folder: Path,
        keep: Callable[[], None] = lambda: None,
        show: Callable[[str, str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder, self.keep, self.show = folder, keep, show
        self.failures = 0
        self._clock = clock
        self._showing = False
        self._quiet_until = 0.0
        self._inside = threading.local()
        self._before: tuple[Any, Any, Any] | None = None
        self._fault_file: IO[str] | None = None
        self._qt_before: Any = None
        self._qt_installed = False

    # -- putting it in place -----------------------------------------------------------------------------------------
    def install(self) -> None:
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            _shorten(self.folder / FAULT_NAME)
            self._fault_file = open(self.folder / FAULT_NAME, "a", encoding="utf-8")  # noqa: SIM115 - it stays open
            faulthandler.enable(self._fault_file)

    def install_qt(self) -> None:
        """Qt's own warnings go to the log instead of the terminal."""
        from PySide6.QtCore import qInstallMessageHandler

        self._qt_before = qInstallMessageHandler(self._qt_message)
        self._qt_installed = True

    def remove(self) -> None:
        if self._before is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
            self._before = None
        if self._qt_installed:
            from PySide6.QtCore import qInstallMessageHandler

            qInstallMessageHandler(self._qt_before)
            self._qt_installed = False
        if self._fault_file is not None:
            faulthandler.disable()
            self._fault_file.close()
            self._fault_file = None

    # -- what can fail -----------------------------------------------------------------------------------------------
    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            _leave()
            return
        self.report("".join(traceback.format_exception(kind, error, trace)))

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_type is SystemExit:
            return
        name = args.thread.name if args.thread is not None else "?"
        text = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        self.report(f"In the thread {name}:\n{text}")

    def _unraisable(self, args: sys.UnraisableHookArgs) -> None:
        lines = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
        self.report(f"{args.err_msg or 'Ignored'}: {args.object!r:.200}\n{''.join(lines)}")

    def _qt_message(self, kind: Any, context: Any, message: str) -> None:
        from PySide6.QtCore import QtMsgType

        level = {
            QtMsgType.QtDebugMsg: logging.DEBUG,
            QtMsgType.QtInfoMsg: logging.INFO,
            QtMsgType.QtWarningMsg: logging.WARNING,
        }.get(kind, logging.ERROR)
        logging.getLogger("nndesigner.qt").log(level, "%s", message)
        if kind == QtMsgType.QtFatalMsg:
            self._write(f"Qt gave up: {message}")
            self._keep()

    # -- what then happens -------------------------------------------------------------------------------------------
    def report(self, detail: str) -> None:
        """Writes the failure down, keeps the user's edits, and says so once."""
        if getattr(self._inside, "reporting", False):
            return  # reporting itself failed: nothing may be worse for it
        self._inside.reporting = True
        try:
            self.failures += 1
            self._write(detail)
            self._keep()
            _log.info("%s", detail)
            self._ask_to_show(detail)
        finally:
            self._inside.reporting = False

    def _write(self, detail: str) -> None:
        path = self.folder / LOG_NAME
        with contextlib.suppress(OSError):
            _shorten(path)
            with open(path, "a", encoding="utf-8", errors="replace") as log:
                log.write(f"\n=== {datetime.now().isoformat(timespec='seconds')}\n{detail.rstrip()}\n")

    def _keep(self) -> None:
        try:
            self.keep()
        except Exception:
            self._write("While keeping the edits:\n" + traceback.format_exc())

    def _ask_to_show(self, detail: str) -> None:
        """Hands the dialog to the GUI thread, after what failed has been left."""
        if self.show is None or self._showing or self._clock() < self._quiet_until:
            return
        from PySide6.QtCore import QCoreApplication, QTimer

        app = QCoreApplication.instance()
        if app is None:
            return
        self._showing = True
        QTimer.singleShot(0, app, lambda: self._show_now(detail))

    def _show_now(self, detail: str) -> None:
        try:
            assert self.show is not None
            self.show(sentence(self.folder / LOG_NAME), detail)
        except Exception:
            self._write("While showing a failure:\n" + traceback.format_exc())
        finally:
            self._quiet_until = self._clock() + QUIET_SECONDS
            self._showing = False


def sentence(log: Path) -> str:
    """What the user reads when the program has failed."""
    return tr(
        "Something went wrong inside nndesigner. Your edits are kept, and you can go on working. What happened is"
        " written in {path}.",
        path=log,
    )


def _shorten(path: Path) -> None:
    """Keeps the newer half of a log that has grown large."""
    try:
        if path.stat().st_size <= MOST_LOG_BYTES:
            return
        with open(path, "rb") as log:
            log.seek(-MOST_LOG_BYTES // 2, 2)
            newer = log.read()
        with open(path, "wb") as log:
            log.write(newer)
    except OSError:
        return


def _leave() -> None:
    """Ctrl+C in the terminal ends the program in the ordinary way."""
    from PySide6.QtCore import QCoreApplication

    app = QCoreApplication.instance()
    if app is not None:
        app.quit()
