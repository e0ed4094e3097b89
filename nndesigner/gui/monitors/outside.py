"""Live views that stand outside of their panel: in a window of their own, or docked in the main window.

It knows frames, not views: each frame holds one widget, says when it was closed, and where it went.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from nndesigner.gui import window_state
from nndesigner.gui.monitors.monitor import Monitor

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
SMALLEST = QSize(180, 120)
"""of a dock: beside others there may be little room"""
WINDOW_SIZE = QSize(560, 420)


class OwnWindow(QWidget):
    """A window around one view."""

    closed = Signal()
    changed = Signal()
    """it was made small, or large again"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAutoFillBackground(True)
        self.resize(WINDOW_SIZE)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 0)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.changed.emit()


class ViewDock(QDockWidget):
    """A dock around one view."""

    closed = Signal()

    def __init__(self, key: str, window: QMainWindow) -> None:
        super().__init__(window)
        self.setObjectName(f"view:{key}")
        self.setAllowedAreas(AREAS["left"] | AREAS["right"] | AREAS["bottom"])
        holder = QWidget()
        holder.setProperty("role", "panel")
        holder.setMinimumSize(SMALLEST)
        QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
        self.setWidget(holder)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()


class Outside(QObject):
    """`closed(key)` says that the frame of a view was closed, `moved(key, place)` that it was dragged elsewhere,
    `changed()` that one came into sight or left it."""

    closed = Signal(str)
    moved = Signal(str, str)
    changed = Signal()

    def __init__(self, panel: QWidget, window: QMainWindow | None) -> None:
        super().__init__(panel)
        self._panel, self.window = panel, window
        self._frames: dict[str, OwnWindow | ViewDock] = {}
        self._in_sight = True

    def __contains__(self, key: str) -> bool:
        return key in self._frames

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._frames))

    def frame(self, key: str) -> QWidget:
        return self._frames[key]

    def put(self, monitor: Monitor, place: str) -> None:
        """Puts a view into a frame of its own, or into another one than before."""
        key = monitor.key
        if key in self._frames:
            self.take(monitor)
        frame = (
            self._window_for(key) if place == "float" or self.window is None else self._dock_for(key, place)
        )
        self._frames[key] = frame
        holder = frame.widget() if isinstance(frame, ViewDock) else frame
        layout = holder.layout()
        assert layout is not None
        layout.addWidget(monitor)
        monitor.stand(place)
        self.show_title(monitor)
        frame.closed.connect(lambda: self.closed.emit(key))
        monitor.show()
        frame.setVisible(self._in_sight)

    def _window_for(self, key: str) -> OwnWindow:
        made = OwnWindow(self.window or self._panel)
        made.changed.connect(self.changed)
        kept = window_state.read().view_windows.get(key, "")
        if kept:
            made.restoreGeometry(QByteArray.fromBase64(kept.encode()))
        return made

    def _dock_for(self, key: str, place: str) -> ViewDock:
        assert self.window is not None
        made = ViewDock(key, self.window)
        # Where it stood among the others is in what the window kept of its docks.
        restored = self.window.restoreDockWidget(made)
        if not restored or self.window.dockWidgetArea(made) is not AREAS[place]:
            self.window.addDockWidget(AREAS[place], made)
            made.setFloating(False)
        made.dockLocationChanged.connect(lambda area: self._dragged(key, area))
        made.visibilityChanged.connect(lambda _: self.changed.emit())
        return made

    def _dragged(self, key: str, area: Qt.DockWidgetArea) -> None:
        place = next((name for name, one in AREAS.items() if one == area), "")
        if place:
            self.moved.emit(key, place)

    def show_title(self, monitor: Monitor) -> None:
        if monitor.key in self._frames:
            self._frames[monitor.key].setWindowTitle(monitor.title)

    def show_all(self, shown: bool) -> None:
        """In sight, or out of it with the whole project."""
        self._in_sight = shown
        for frame in self._frames.values():
            frame.setVisible(shown)

    def take(self, monitor: Monitor) -> None:
        """Takes a view out of its frame, which goes."""
        frame = self._frames.pop(monitor.key)
        _remember(monitor.key, frame)
        monitor.setParent(self._panel)
        frame.blockSignals(True)
        if isinstance(frame, ViewDock) and self.window is not None:
            self.window.removeDockWidget(frame)
        frame.hide()
        frame.setObjectName("")  # a layout that is restored before it is gone must not find it
        frame.deleteLater()
        monitor.stand("panel")

    def close_down(self) -> None:
        """The places of windows are kept, and they go."""
        for key, frame in self._frames.items():
            _remember(key, frame)
            frame.blockSignals(True)
            if isinstance(frame, OwnWindow):
                frame.hide()


def _remember(key: str, frame: QWidget) -> None:
    if isinstance(frame, OwnWindow):
        kept = bytes(frame.saveGeometry().toBase64().data()).decode()
        window_state.change(view_windows={**window_state.read().view_windows, key: kept})
