"""Where the panels of the window stand: restored, kept for the next time, out of the way of the welcome page.

The toolbar goes and comes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabWidget

from nndesigner.base.observer import Event
from nndesigner.gui import window_state
from nndesigner.gui.panel_table import PANELS
from nndesigner.gui.panels import Dock, arrange, make_room, settle_titles

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.gui.main_window import MainWindow

STATE_VERSION = 1
"""of the layout of docks: another number forgets what was kept"""


class Docking:
    """The docks of one window, by the name of their panel."""

    def __init__(self, window: MainWindow, desk: Desk) -> None:
        self._window = window
        window.setDockNestingEnabled(True)
        window.setDockOptions(window.dockOptions() | QMainWindow.DockOption.GroupedDragging)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.docks: dict[str, Dock] = {panel.id: Dock(panel, desk, window) for panel in PANELS}
        self.fresh = False
        """nothing was kept: they get their sizes when the window has its own"""
        self.shown_changed: Event[[bool]] = Event()
        """whether the panels are in sight: the welcome page has the window for itself"""
        self.was_reset: Event[[]] = Event()
        """everything is where it stands at first"""
        self._hidden: QByteArray | None = None
        """where they stood, while they are hidden"""
        self._titles = QTimer(window)
        self._titles.setSingleShot(True)
        self._titles.timeout.connect(lambda: settle_titles(window, self.docks))
        for dock in self.docks.values():
            for signal in (dock.topLevelChanged, dock.dockLocationChanged, dock.visibilityChanged):
                signal.connect(lambda _: self._titles.start())

    def close_down(self) -> None:
        self._titles.stop()

    # -- in sight ----------------------------------------------------------------------------------------------------
    def show(self, shown: bool) -> None:
        """The welcome page has the window for itself; a project has its panels back as they were."""
        if shown and self._hidden is not None:
            self._window.restoreState(self._hidden, STATE_VERSION)
            self._hidden = None
        elif not shown and self._hidden is None:
            self._hidden = self._window.saveState(STATE_VERSION)
            for dock in self.docks.values():
                dock.hide()
        self._window.toolbar.setVisible(shown)
        self.shown_changed.tell(shown)

    @property
    def shown(self) -> bool:
        return self._hidden is None

    def bring(self, name: str) -> None:
        """To the front; one that does not exist is no reason to fail."""
        dock = self.docks.get(name)
        if dock is not None:
            dock.show()
            dock.raise_()

    def make_room(self, name: str) -> None:
        if name in self.docks:
            make_room(self._window, self.docks[name])

    def reset(self, shown: bool) -> None:
        self.was_reset.tell()
        arrange(self._window, self.docks)
        self.show(shown)

    # -- kept --------------------------------------------------------------------------------------------------------
    def restore(self) -> None:
        """The window's place, and that of the panels, as they were left."""
        window, state = self._window, window_state.read()
        if not (state.geometry and window.restoreGeometry(QByteArray.fromBase64(state.geometry.encode()))):
            screen = window.screen().availableGeometry()
            window.resize(min(1440, screen.width()), min(900, screen.height()))
        if state.docks:
            arrange(window, self.docks)
            window.restoreState(QByteArray.fromBase64(state.docks.encode()), STATE_VERSION)
        self.fresh = not state.docks

    def window_shown(self, shown: bool) -> None:
        """Sizes of docks can be given only to a window that has its own; `shown` says whether they are in sight."""
        if not self.fresh:
            return
        self.fresh = False
        if not shown:
            self.show(True)
        arrange(self._window, self.docks)
        if not shown:
            self.show(False)

    def keep(self) -> None:
        docks = self._hidden if self._hidden is not None else self._window.saveState(STATE_VERSION)
        window_state.change(
            geometry=bytes(self._window.saveGeometry().toBase64().data()).decode(),
            docks=bytes(docks.toBase64().data()).decode(),
        )
