"""Where live views stand: each place a column of tabs, as many columns (or rows) as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.monitors.monitor import PLACES, Monitor

COLUMN_WIDTH, ROW_HEIGHT = 300, 210
WIDE = 780
"""width from which on the title stands beside the tabs"""
SHARES = {False: (0.38, 0.33, 0.29), True: (0.36, 0.26, 0.38)}
"""of the length that each column has at first; with a picture of the plane in the last one it has more"""
TAB_STYLE = "QTabBar::tab { padding: 7px 9px; margin: 0 1px; }"


class Columns(QSplitter):
    """`monitors` are all the views by name; those that are not wanted are kept in `keeper`, out of sight."""

    def __init__(self, monitors: Mapping[str, Monitor], keeper: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setChildrenCollapsible(False)
        self.tabs: list[QTabWidget] = []
        self._monitors = monitors
        self._keeper = keeper
        self._front: dict[str, str] = {}
        """place → the view that was in front there last"""
        self._made_for: tuple[int, Qt.Orientation, tuple[str, ...], bool] | None = None

    def arrange(self, size: QSize, wanted: tuple[str, ...], selected: bool) -> bool | None:
        """Views of each place in a column of their own; with less room the columns grow together from the right.

        `selected` says that a layer is. Returns whether there is room for a title beside the first tabs; None where
        nothing has changed.
        """
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
            last = next((i for i, name in enumerate(names) if name in self._front.values()), 0)
            chosen = names.index(first) if first in names else last
            tab.setCurrentIndex(chosen)
        for name, monitor in self._monitors.items():
            if name not in wanted:
                monitor.setParent(self._keeper)
                monitor.hide()
        return columns == len(PLACES) and wide and orientation == Qt.Orientation.Horizontal

    def show_view(self, name: str) -> None:
        """Brings a view to the front of its column."""
        monitor = self._monitors[name]
        for tab in self.tabs:
            if tab.indexOf(monitor) >= 0:
                tab.setCurrentWidget(monitor)

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
