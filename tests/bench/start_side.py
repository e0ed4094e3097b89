"""One cold start, timed to the end of the first paint: `start_side.py ours PROJECT` or `start_side.py bare`.

Prints the CPU seconds of this process, and ends it. `bare` is the least window that shows one pyqtgraph plot.
"""

from __future__ import annotations

import os
import sys
import time


def watch(is_it: object) -> object:
    """An event filter that ends the process once the widget in question has painted; keep a reference to it."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and is_it(watched):  # type: ignore[operator]
                QTimer.singleShot(0, end)
            return False

    return Watcher()


def end() -> None:
    print(time.process_time(), flush=True)
    os._exit(0)


def ours(project: str) -> None:
    from nndesigner.app import window

    app = window.make_application()

    def painted(widget: object) -> bool:
        from nndesigner.gui.canvas.view import CanvasView

        view = widget.parent()  # type: ignore[attr-defined]
        return isinstance(view, CanvasView) and bool(view.editor.document.nodes())

    watcher = watch(painted)
    app.installEventFilter(watcher)  # type: ignore[arg-type]
    app.setProperty("watcher", watcher)
    window.main([project])


def bare() -> None:
    import pyqtgraph
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([sys.argv[0]])
    window = QMainWindow()
    plot = pyqtgraph.PlotWidget()
    plot.plot([0, 1, 2], [0, 1, 4])
    window.setCentralWidget(plot)
    window.resize(1440, 900)
    watcher = watch(lambda widget: widget is plot.viewport())
    app.installEventFilter(watcher)  # type: ignore[arg-type]
    window.show()
    app.exec()


if __name__ == "__main__":
    ours(sys.argv[2]) if sys.argv[1] == "ours" else bare()
