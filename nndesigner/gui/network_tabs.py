"""The networks that are open, as tabs above the canvas: the main one and blocks, each as it was looked at last.

A tab is a place to look at; entering and leaving blocks changes the place of the tab that is shown, as links do in a
browser. The bar is made with the first tab that is opened besides, and goes with the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QTabBar, QToolButton

from nndesigner.base.text import tr
from nndesigner.document.blocks import trail_to
from nndesigner.document.records import Network
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import close_button, menu_text, set_tip
from nndesigner.session.checking import Place

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

LONGEST = 28


@dataclass
class Tab:
    """A place, and how it was looked at when another tab was chosen."""

    place: Place
    view: dict[str, Any] = field(default_factory=dict)
    selection: frozenset[str] = frozenset()


class NetworkTabs(QFrame):
    """Tabs of the first canvas; it follows the session and keeps nothing in the project."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("network-tabs")
        self.setProperty("role", "breadcrumb")
        self._desk, self._canvas = desk, desk.home_canvas
        self._editing = desk.session.editing
        self.tabs: list[Tab] = [Tab(self._here())]
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(2)
        self.bar = QTabBar()
        self.bar.setAccessibleName(tr("Open networks"))
        self.bar.setDocumentMode(True)
        self.bar.setExpanding(False)
        self.bar.setMovable(True)
        self.bar.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.bar.installEventFilter(self)
        row.addWidget(self.bar)
        self.more = QToolButton()
        self.more.setIcon(icon("add", role="muted"))
        self.more.setAccessibleName(tr("Open another network in a tab"))
        set_tip(self.more, tr("Open another network in a tab"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._list_networks)
        self.more.setMenu(self.menu)
        row.addWidget(self.more)
        row.addStretch(1)
        self._add(0)
        self.bar.currentChanged.connect(self._chosen)
        self.bar.tabMoved.connect(self._moved)
        self._now = 0
        """the tab that is shown; the bar may be ahead of it"""
        leave = [
            self._editing.shown.connect(self._shown),
            self._editing.changed.connect(lambda _: self._retitle()),
            self._editing.replaced.connect(self._replaced),
        ]
        self.destroyed.connect(lambda: [end() for end in leave] and None)
        self._retitle()

    def _here(self) -> Place:
        return Place(self._editing.network, self._editing.trail)

    # -- what is asked for -------------------------------------------------------------------------------------------
    def open(self, place: Place) -> None:
        """Shows a place in a tab of its own; one that is open already comes to the front."""
        for number, tab in enumerate(self.tabs):
            if tab.place == place and number != self._now:
                self.bar.setCurrentIndex(number)
                return
        at = self._now + 1
        self.tabs.insert(at, Tab(place))
        self.bar.blockSignals(True)
        self._add(at)
        self.bar.blockSignals(False)
        self._retitle()
        self.bar.setCurrentIndex(at)

    def _add(self, at: int) -> None:
        self.bar.insertTab(at, "")
        button = close_button(tr("Close the tab"), 12)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self._close_at(button))
        self.bar.setTabButton(at, QTabBar.ButtonPosition.RightSide, button)

    def _close_at(self, button: QToolButton) -> None:
        self.close_tab(self.bar.tabAt(button.geometry().center()))

    def step(self, way: int) -> None:
        """The next tab (1) or the one before (-1), round the ends."""
        self.bar.setCurrentIndex((self.bar.currentIndex() + way) % len(self.tabs))

    def close_tab(self, number: int) -> None:
        """The last one stays."""
        if not 0 <= number < len(self.tabs) or len(self.tabs) == 1:
            return
        if number == self._now:
            self.bar.setCurrentIndex(number - 1 if number else 1)
        self.bar.blockSignals(True)
        self.bar.removeTab(number)
        self.bar.blockSignals(False)
        del self.tabs[number]
        self._now = self.bar.currentIndex()
        self._retitle()

    # -- following ---------------------------------------------------------------------------------------------------
    def _chosen(self, number: int) -> None:
        """Another tab: the old one keeps how it was looked at, the new one is looked at as it was."""
        if number == self._now or not 0 <= number < len(self.tabs):
            return
        self._desk.flush()
        self._canvas.setFocus(
            Qt.FocusReason.OtherFocusReason
        )  # of two canvases side by side, the one of the tabs
        old, new = self.tabs[self._now], self.tabs[number]
        old.view, old.selection = self._canvas.view_state(), self._canvas.selection
        self._now = number
        self._editing.show_network(new.place.network, new.place.trail)
        if new.view:
            self._canvas.restore_view_state(new.view)
        self._canvas.select(new.selection)

    def _moved(self, start: int, end: int) -> None:
        self.tabs.insert(end, self.tabs.pop(start))
        self._now = self.bar.currentIndex()

    def _shown(self) -> None:
        if self._desk.canvas is self._canvas:
            self.tabs[self._now].place = self._here()
            self._retitle()

    def _replaced(self) -> None:
        """Another project."""
        self.bar.blockSignals(True)
        while self.bar.count() > 1:
            self.bar.removeTab(self.bar.count() - 1)
        self.bar.blockSignals(False)
        self.tabs, self._now = [Tab(self._here())], 0
        self._retitle()

    def _retitle(self) -> None:
        """Names as they are now; tabs of networks that are gone are closed."""
        document = self._desk.session.document
        for number in reversed(range(len(self.tabs))):
            if self.tabs[number].place.network not in document and number != self._now:
                self.close_tab(number)
        for number, tab in enumerate(self.tabs):
            record = document.get(tab.place.network)
            name = record.name if isinstance(record, Network) else ""
            short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
            if self.bar.tabText(number) != menu_text(short):
                self.bar.setTabText(number, menu_text(short))
                self.bar.setTabToolTip(number, name)
        self.setVisible(len(self.tabs) > 1)

    def _list_networks(self) -> None:
        self.menu.clear()
        document = self._desk.session.document
        for network in document.networks:
            action = self.menu.addAction(icon("network"), menu_text(network.name))
            action.triggered.connect(lambda _=False, id=network.id: self.open_network(id))

    def open_network(self, network: str) -> None:
        """In its first use."""
        self.open(Place(network, trail_to(self._desk.session.document, network) or ()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The middle button closes a tab."""
        middle = isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.MiddleButton
        if watched is self.bar and middle and event.type() == QEvent.Type.MouseButtonRelease:
            self.close_tab(self.bar.tabAt(event.position().toPoint()))  # type: ignore[attr-defined]
            return True
        return False
