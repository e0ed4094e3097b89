"""Where live views stand: each place a column of tabs, as many columns (or rows) as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QTabWidget, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors.monitor import PLACES, Monitor, View
from nndesigner.gui.plain import allow, menu_text, set_tip

COLUMN_WIDTH, ROW_HEIGHT = 300, 210
WIDE = 1100
"""width from which on the title stands beside the tabs"""
SHARES = {False: (0.38, 0.33, 0.29), True: (0.36, 0.26, 0.38)}
"""of the length that each column has at first; where the last one has what there is to see, it has more"""
TAB_STYLE = """
QTabBar::tab { padding: 7px 9px; margin: 0 1px; }
QTabBar QToolButton { padding: 0; margin: 0; border: none; }
"""


class Columns(QSplitter):
    """`monitors` are the views by key; those that are put away are children of `keeper`, out of sight. `asked(name,
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
        before = (made[0], self._telling(made[2])) if made is not None else None
        self._made_for = (columns, orientation, wanted, wide)
        for tab in self.tabs:
            if (monitor := _current(tab)) is not None:
                self._front[monitor.view.place] = monitor.key
        while len(self.tabs) < columns:
            tab = QTabWidget()
            tab.setDocumentMode(True)
            tab.setStyleSheet(TAB_STYLE)
            tab.setObjectName(f"monitors:{len(self.tabs)}")
            tab.setUsesScrollButtons(True)
            tab.setCornerWidget(self._corner(tab), Qt.Corner.TopRightCorner)
            bar = tab.tabBar()
            bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            bar.customContextMenuRequested.connect(lambda at, tab=tab: self._open_tab_menu(tab, at))
            self.addWidget(tab)
            self.tabs.append(tab)
        self.setOrientation(orientation)
        telling = self._telling(wanted)
        first = telling if not selected and (columns, telling) != before else ""
        if (columns, telling) != before:
            long = size.width() if orientation == Qt.Orientation.Horizontal else size.height()
            self.setSizes([round(long * share) for share in SHARES[bool(telling)][:columns]])
        lists: list[list[str]] = [[] for _ in range(columns)]
        for name in wanted:
            lists[_column_of(self._monitors[name], columns)].append(name)
        for tab, names in zip(self.tabs, [*lists, *([[]] * (len(self.tabs) - columns))], strict=True):
            if [tab.widget(i) for i in range(tab.count())] != [self._monitors[name] for name in names]:
                self._fill(tab, names)
            tab.setVisible(bool(names))
            offered_here = len(self._of_column(self.tabs.index(tab))) > 1
            tab.findChild(QToolButton, "more-views").setVisible(offered_here)  # type: ignore[union-attr]
            last = next((i for i, name in enumerate(names) if name in self._front.values()), 0)
            chosen = names.index(first) if first in names else last
            tab.setCurrentIndex(chosen)
        return columns == len(PLACES) and wide and orientation == Qt.Orientation.Horizontal and bool(lists[0])

    def _telling(self, wanted: Sequence[str]) -> str:
        """The view that is in front until a layer is selected: of a plane the boundary, of what is generated the
        samples; "" for none."""
        return next((key for key in wanted if key in self._monitors and self._monitors[key].view.first), "")

    def show_view(self, name: str) -> None:
        """Brings a view to the front of its column."""
        monitor = self._monitors[name]
        for tab in self.tabs:
            if tab.indexOf(monitor) >= 0:
                tab.setCurrentWidget(monitor)

    # -- the buttons beside the tabs ---------------------------------------------------------------------------------
    def _corner(self, tab: QTabWidget) -> QWidget:
        """What can be done with the view in front, and which others could be here."""
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(0)
        more = _button("more", tr("More about the view in front"))
        set_tip(more, tr("What can be done with the view in front: keep, freeze, move or save it"))
        more.clicked.connect(lambda: self._open_menu(tab, more))
        add = _button("add", tr("More views"))
        add.setObjectName("more-views")
        set_tip(add, tr("Show other views here, or fewer"))
        add.clicked.connect(lambda: self.menu_of(tab).popup(_below(add)))
        row.addWidget(more)
        row.addWidget(add)
        return corner

    def _open_menu(self, tab: QTabWidget, button: QToolButton) -> None:
        if (monitor := _current(tab)) is not None:
            monitor.open_menu(_below(button))

    def _open_tab_menu(self, tab: QTabWidget, at: QPoint) -> None:
        monitor = tab.widget(tab.tabBar().tabAt(at))
        if isinstance(monitor, Monitor):
            monitor.open_menu(tab.tabBar().mapToGlobal(at))

    def show_title(self, monitor: Monitor) -> None:
        """A view says something else of itself."""
        for tab in self.tabs:
            if (index := tab.indexOf(monitor)) >= 0:
                tab.setTabText(index, menu_text(monitor.title))

    def alone(self, monitor: Monitor) -> bool:
        """Whether it is the only one in its column."""
        return any(tab.count() == 1 and tab.indexOf(monitor) == 0 for tab in self.tabs)

    def menu_of(self, tab: QTabWidget) -> QMenu:
        """Every view that has a meaning in a column, those that are shown with a check mark."""
        menu = QMenu(tab)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = {tab.widget(i) for i in range(tab.count())}
        shown |= {monitor for monitor in self._monitors.values() if monitor.standing != "panel"}
        for view in self._of_column(self.tabs.index(tab)):
            action = menu.addAction(icon(view.icon), menu_text(tr(view.label)))
            action.setCheckable(True)
            action.setChecked(self._monitors.get(view.name) in shown)
            last = tab.count() == 1 and tab.widget(0) is self._monitors.get(view.name)
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
            index = tab.addTab(monitor, menu_text(monitor.title))
            tab.setTabToolTip(index, tr(monitor.view.help))


def _column_of(monitor: Monitor, columns: int) -> int:
    """A second view of a kind stands in the next column, so that both are in sight."""
    column = min(PLACES.index(monitor.view.place), columns - 1)
    if monitor.key == monitor.view.name:
        return column
    return column + 1 if column + 1 < columns else max(column - 1, 0)


def _shape(size: QSize) -> tuple[int, Qt.Orientation]:
    """How many columns (or rows) there is room for."""
    if size.height() > size.width():
        return min(max(size.height() // ROW_HEIGHT, 1), len(PLACES)), Qt.Orientation.Vertical
    return min(max(size.width() // COLUMN_WIDTH, 1), len(PLACES)), Qt.Orientation.Horizontal


def _button(name: str, words: str) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(name, role="muted"))
    made.setAutoRaise(True)
    made.setAccessibleName(words)
    return made


def _below(button: QToolButton) -> QPoint:
    return button.mapToGlobal(button.rect().bottomLeft())


def _current(tab: QTabWidget) -> Monitor | None:
    widget = tab.currentWidget()
    return widget if isinstance(widget, Monitor) else None
