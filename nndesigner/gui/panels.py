"""The panels around the canvas: which there are, where they stand at first, and how each is made when it is first seen.

A panel that is costly to make (plots) is made after the window is on the screen. The table knows no session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QVBoxLayout, QWidget

from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One dock. `make` is called with the desk when the panel is first in sight (`late`) or at once."""

    id: str
    title: str
    area: Qt.DockWidgetArea
    make: Callable[[Desk], QWidget]
    late: bool = False
    hidden: bool = False
    """whether it is not there until it is asked for"""


NARROWEST = 336
"""of the panels with forms: below that their fields would be cut off"""


class Dock(QDockWidget):
    """A panel's frame; its content may come later."""

    made = Signal()

    def __init__(self, panel: Panel, desk: Desk, window: QMainWindow) -> None:
        super().__init__(tr(panel.title), window)
        self.setObjectName(f"dock:{panel.id}")
        self.panel, self._desk = panel, desk
        self._content: QWidget | None = None
        holder = QWidget()
        holder.setProperty("role", "panel")
        self._box = QVBoxLayout(holder)
        self._box.setContentsMargins(0, 0, 0, 0)
        holder.setMinimumWidth(NARROWEST if panel.area == RIGHT else 0)
        self.setWidget(holder)
        if not panel.late:
            self.fill()
        else:
            self.visibilityChanged.connect(self._seen)

    @property
    def content(self) -> QWidget | None:
        return self._content

    def show_title(self, shown: bool) -> None:
        """Among tabs the tab already says the title: the bar would say it twice."""
        if shown and self.titleBarWidget() is not None:
            self.setTitleBarWidget(None)  # type: ignore[arg-type]
        elif not shown and self.titleBarWidget() is None:
            self.setTitleBarWidget(QWidget(self))

    def fill(self) -> QWidget:
        """Makes the content, once."""
        if self._content is None:
            self._content = self.panel.make(self._desk)
            if not self._content.accessibleName():
                self._content.setAccessibleName(tr(self.panel.title))
            self._box.addWidget(self._content)
            self.made.emit()
        return self._content

    def _seen(self, visible: bool) -> None:
        if visible and self._content is None:
            QTimer.singleShot(0, self, self._fill_if_seen)

    def _fill_if_seen(self) -> None:
        if self.isVisible() and self._desk.window.painted:
            self.fill()

    def window_painted(self) -> None:
        """The window is on the screen: what is in sight may be made now."""
        if self.panel.late and self._content is None and not self.visibleRegion().isEmpty():
            self.fill()


def settle_titles(window: QMainWindow, docks: dict[str, Dock]) -> None:
    """Title bars where a panel stands alone or floats, tabs where several share a place."""
    for dock in docks.values():
        alone = not [
            other for other in window.tabifiedDockWidgets(dock) if other.isVisible() or not dock.isVisible()
        ]
        dock.show_title(dock.isFloating() or alone)
    # Where the tabs have too little room, arrows lead to them: a cut name says less than a whole one further on.
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        bar.setElideMode(Qt.TextElideMode.ElideNone)
        bar.setUsesScrollButtons(True)


def arrange(window: QMainWindow, docks: dict[str, Dock]) -> None:
    """Puts every dock where it stands at first, for the size that the window has."""
    for dock in docks.values():
        window.removeDockWidget(dock)
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    first: dict[Qt.DockWidgetArea, Dock] = {}
    for dock in docks.values():
        area = dock.panel.area
        window.addDockWidget(area, dock)
        dock.setFloating(False)
        dock.setVisible(not dock.panel.hidden)
        if area in first:
            window.tabifyDockWidget(first[area], dock)
        else:
            first[area] = dock
    for dock in first.values():
        dock.raise_()
    wide = window.width() >= 1360
    sides = [(LEFT, 256 if wide else 236), (RIGHT, 350 if wide else NARROWEST)]
    shown = [(first[area], size) for area, size in sides if area in first]
    window.resizeDocks([dock for dock, _ in shown], [size for _, size in shown], Qt.Orientation.Horizontal)
    if BOTTOM in first:
        height = (
            210 if window.height() >= 820 else 170
        )  # the problems; more where training begins (`make_room`)
        window.resizeDocks([first[BOTTOM]], [height], Qt.Orientation.Vertical)


def make_room(window: QMainWindow, dock: Dock) -> None:
    """Gives a panel at the bottom enough height to read plots in, where it has less."""
    wanted = min(360, round(0.38 * window.height()))
    if dock.isVisible() and not dock.isFloating() and dock.height() < wanted:
        window.resizeDocks([dock], [wanted], Qt.Orientation.Vertical)
