"""Where live views stand: each place a column of tabs, as many columns (or rows) as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QMenu, QSplitter, QTabWidget, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors.monitor import PLACES, Monitor, View
from nndesigner.gui.plain import allow, menu_text, set_tip

COLUMN_WIDTH, ROW_HEIGHT = 300, 210
WIDE = 780
"""width from which on the title stands beside the tabs"""
SHARES = {False: (0.38, 0.33, 0.29), True: (0.36, 0.26, 0.38)}
"""of the length that each column has at first; with a picture of the plane in the last one it has more"""
TAB_STYLE = """
QTabBar::tab { padding: 7px 9px; margin: 0 1px; }
QTabBar QToolButton { padding: 0; margin: 0; border: none; }
"""


class Columns(QSplitter):
    """`monitors` are the views by name; those that are not wanted are kept in `keeper`, out of sight. `asked(name,
    wanted)` says that the user wants to see a view, or no longer."""

    asked = Signal(str, bool)

    def __init__(self, monitors: Mapping[str, Monitor], keeper: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setChildrenCollapsible(False)
        self.tabs: list[QTabWidget] = []
        self._monitors = monitors
        self.keeper = keeper
        self._front: dict[str, str] = {}
        """place → the view that was in front there last"""
        self._made_for: tuple[int, Qt.Orientation, tuple[str, ...], bool] | None = None
        self._offered: tuple[View, ...] = ()

    def arrange(
        self, size: QSize, wanted: tuple[str, ...], selected: bool, offered: tuple[View, ...] = ()
    ) -> bool | None:
        """Views of each place in a column of their own; with less room the columns grow together from the right.

        `selected` says that a layer is, `offered` are the views that have a meaning, wanted or not. Returns whether
        there is room for a title beside the first tabs; None where nothing has changed.
        """
        self._offered = offered
        columns, orientation = _shape(size)
        wide = size.width() >= WIDE
        if self._made_for == (columns, orientation, wanted, wide):
            return None
        made = self._made_for
        before = (made[0], "boundary" in made[2]) if made is not None else None
        self._made_for = (columns, orientation, wanted, wide)
        for tab in self.tabs:
            if (monitor := _current(tab)) is not None:
                self._front[monitor.view.place] = monitor.view.name
        while len(self.tabs) < columns:
            tab = QTabWidget()
            tab.setDocumentMode(True)
            tab.setStyleSheet(TAB_STYLE)
            tab.setObjectName(f"monitors:{len(self.tabs)}")
            tab.setUsesScrollButtons(True)
            self.addWidget(tab)
            self.tabs.append(tab)
        self.setOrientation(orientation)
        plane = "boundary" in wanted
        # Of a plane the boundary is what there is to see, until a layer is selected.
        first = "boundary" if plane and not selected and (columns, plane) != before else ""
        if (columns, plane) != before:
            long = size.width() if orientation == Qt.Orientation.Horizontal else size.height()
            self.setSizes([round(long * share) for share in SHARES[plane][:columns]])
        lists: list[list[str]] = [[] for _ in range(columns)]
        for name in wanted:
            place = PLACES.index(self._monitors[name].view.place)
            lists[min(place, columns - 1)].append(name)
        for tab, names in zip(self.tabs, [*lists, *([[]] * (len(self.tabs) - columns))], strict=True):
            if [tab.widget(i) for i in range(tab.count())] != [self._monitors[name] for name in names]:
                self._fill(tab, names)
            tab.setVisible(bool(names))
            self._offer(tab, len(self._of_column(self.tabs.index(tab))) > 1)
            last = next((i for i, name in enumerate(names) if name in self._front.values()), 0)
            chosen = names.index(first) if first in names else last
            tab.setCurrentIndex(chosen)
        for name, monitor in self._monitors.items():
            if name not in wanted:
                monitor.setParent(self.keeper)
                monitor.hide()
        return columns == len(PLACES) and wide and orientation == Qt.Orientation.Horizontal

    def show_view(self, name: str) -> None:
        """Brings a view to the front of its column."""
        monitor = self._monitors[name]
        for tab in self.tabs:
            if tab.indexOf(monitor) >= 0:
                tab.setCurrentWidget(monitor)

    # -- the button for more -----------------------------------------------------------------------------------------
    def _offer(self, tab: QTabWidget, offered: bool) -> None:
        """A button behind the tabs of a column that could show other views."""
        button = tab.cornerWidget(Qt.Corner.TopRightCorner)
        if button is None and offered:
            made = QToolButton()
            made.setIcon(icon("add", role="muted"))
            made.setAutoRaise(True)
            made.setAccessibleName(tr("More views"))
            set_tip(made, tr("Show other views here, or fewer"))
            made.clicked.connect(lambda: self.menu_of(tab).popup(made.mapToGlobal(made.rect().bottomLeft())))
            tab.setCornerWidget(made, Qt.Corner.TopRightCorner)
            button = made
        if button is not None:
            button.setVisible(offered)

    def menu_of(self, tab: QTabWidget) -> QMenu:
        """Every view that has a meaning in a column, those that are shown with a check mark."""
        menu = QMenu(tab)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = {tab.widget(i) for i in range(tab.count())}
        for view in self._of_column(self.tabs.index(tab)):
            action = menu.addAction(icon(view.icon), menu_text(tr(view.label)))
            action.setCheckable(True)
            action.setChecked(self._monitors.get(view.name) in shown)
            last = action.isChecked() and tab.count() == 1
            allow(action, tr("One view stays open here.") if last else "", tr(view.help))
            action.toggled.connect(lambda wanted, name=view.name: self.asked.emit(name, wanted))
        return menu

    def _of_column(self, column: int) -> list[View]:
        last = (self._made_for[0] if self._made_for is not None else len(PLACES)) - 1
        return [view for view in self._offered if min(PLACES.index(view.place), last) == column]

    def _fill(self, tab: QTabWidget, names: Sequence[str]) -> None:
        tab.clear()
        for name in names:
            monitor = self._monitors[name]
            index = tab.addTab(monitor, tr(monitor.view.label))
            tab.setTabToolTip(index, tr(monitor.view.help))


def _shape(size: QSize) -> tuple[int, Qt.Orientation]:
    """How many columns (or rows) there is room for."""
    if size.height() > size.width():
        return min(max(size.height() // ROW_HEIGHT, 1), len(PLACES)), Qt.Orientation.Vertical
    return min(max(size.width() // COLUMN_WIDTH, 1), len(PLACES)), Qt.Orientation.Horizontal


def _current(tab: QTabWidget) -> Monitor | None:
    widget = tab.currentWidget()
    return widget if isinstance(widget, Monitor) else None
