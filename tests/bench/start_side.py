"""One cold start, timed to the end of the first paint: `start_side.py ours PROJECT` or `start_side.py bare`.

Prints the CPU seconds of this process, and ends it. `bare` is the least window that shows one pyqtgraph plot.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any


def watch(widget: object, is_ready: Callable[[], bool] = lambda: True) -> object:
    """An event filter that ends the process once the widget has painted what it should; keep a reference to it.

    It sits on that one widget: on the application it would cost time with every event of every widget.
    """
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and is_ready():
                QTimer.singleShot(0, end)
            return False

    watcher = Watcher()
    widget.installEventFilter(watcher)  # type: ignore[attr-defined]
    return watcher


def end() -> None:
    print(time.process_time(), flush=True)
    os._exit(0)


def ours(project: str) -> None:
    from nndesigner.app import cli, window

    run = window._run
    watchers = []

    def watched(*arguments: Any) -> int:
        """The window's own way, with an eye on the canvas once there is one."""
        from nndesigner.gui.main_window import MainWindow

        show = MainWindow.show

        def show_and_watch(shown: MainWindow) -> None:
            watchers.append(
                watch(shown.canvas.viewport(), lambda: bool(shown.canvas.editor.document.nodes()))
            )
            show(shown)

        MainWindow.show = show_and_watch  # type: ignore[method-assign,assignment]
        return run(*arguments)

    window._run = watched
    cli.main([project])


def bare() -> None:
    import pyqtgraph
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([sys.argv[0]])
    window = QMainWindow()
    plot = pyqtgraph.PlotWidget()
    plot.plot([0, 1, 2], [0, 1, 4])
    window.setCentralWidget(plot)
    window.resize(1440, 900)
    watcher = watch(plot.viewport())
    window.show()
    app.exec()
    del watcher


if __name__ == "__main__":
    ours(sys.argv[2]) if sys.argv[1] == "ours" else bare()
