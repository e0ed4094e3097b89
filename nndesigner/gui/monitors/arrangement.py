"""Which views are there and where each stands: those that suit what is shown, those that were asked for, without those
that were sent away; in the columns of the panel, in windows of their own, or docked.

It knows no run; how a view is joined to the rest of the panel is the panel's.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui import window_state
from nndesigner.gui.monitors.columns import Columns
from nndesigner.gui.monitors.monitor import Monitor, View, views
from nndesigner.gui.monitors.outside import AREAS, Outside


class Arrangement:
    """The views of one panel by key, made when they are first wanted. `join` is called with each new one; `window` is
    the one that they can be docked in."""

    def __init__(
        self, panel: QWidget, join: Callable[[Monitor], object], window: QMainWindow | None = None
    ) -> None:
        self._join = join
        self.monitors: dict[str, Monitor] = {}
        self.columns = Columns(self.monitors, panel)
        self.outside = Outside(panel, window)
        self.outside.moved.connect(self._moved)
        self._asked: dict[str, bool] = {}
        """views that the user has asked for, or sent away"""
        self._more: list[str] = []
        """keys of second views of a kind and further ones"""
        self._places = {name: place for name, place in window_state.read().views.items() if self._can(place)}
        """where views stand that are not in the columns"""

    def _can(self, place: str) -> bool:
        return place == "float" or (place in AREAS and self.outside.window is not None)

    # -- which -------------------------------------------------------------------------------------------------------
    def arrange(
        self, size: QSize, checked: CheckedNetwork | None, selected: bool
    ) -> tuple[bool, bool | None]:
        """Puts what is wanted for a network in its place. Returns whether a view is new, and whether there is room
        for a title beside the first tabs, None where nothing has changed."""
        offered = offered_for(checked)
        wanted = [view.name for view in offered if self._wanted(view, checked)]
        names = {view.name for view in offered}
        wanted += [key for key in self._more if self.monitors[key].view.name in names]
        new = [view for view in offered if view.name in wanted and view.name not in self.monitors]
        for view in new:
            self._make(view, view.name)
        for key in self.outside:
            if key not in wanted or self._places.get(key) != self.monitors[key].standing:
                self.outside.take(self.monitors[key])
        apart = [key for key in wanted if key in self._places]
        shown = tuple(key for key in wanted if key not in self._places)
        for key, monitor in self.monitors.items():
            if key not in shown and key not in self.outside:
                monitor.setParent(self.columns.keeper)
                monitor.hide()
        beside = self.columns.arrange(size, shown, selected, offered)
        for key in apart:
            if key not in self.outside:
                self.outside.put(self.monitors[key], self._places[key])
        return bool(new), beside

    def _wanted(self, view: View, checked: CheckedNetwork | None) -> bool:
        by_itself = view.place == "curves" or (checked is not None and view.opens(checked))
        return self._asked.get(view.name, by_itself)

    def _make(self, view: View, key: str) -> Monitor:
        monitor = view.make()
        monitor.key = key
        monitor.docks = self.outside.window is not None
        monitor.why_stays = lambda: self._why_stays(monitor)
        self.monitors[key] = monitor
        self._join(monitor)
        return monitor

    def ask(self, name: str, wanted: bool) -> None:
        """A view that is there from now on where it has a meaning, or no longer."""
        self._asked[name] = wanted
        if not wanted:
            self._place(name, "panel")  # asked for again, it comes to where its tabs are

    def add_another(self, view: View) -> Monitor:
        """A further view of a kind."""
        number = 2
        while f"{view.name}:{number}" in self.monitors:
            number += 1
        key = f"{view.name}:{number}"
        self._more.append(key)
        return self._make(view, key)

    def close(self, key: str) -> None:
        """A view goes: the first of its kind is put away, another one is gone for good."""
        monitor = self.monitors[key]
        if key not in self._more:
            self.ask(key, False)
            return
        if key in self.outside:
            self.outside.take(monitor)
        self._more.remove(key)
        self._places.pop(key, None)
        del self.monitors[key]
        monitor.close_down()
        monitor.setParent(self.columns.keeper)
        monitor.hide()
        monitor.deleteLater()

    def _why_stays(self, monitor: Monitor) -> str:
        return tr("One view stays open here.") if self.columns.alone(monitor) else ""

    # -- where -------------------------------------------------------------------------------------------------------
    def stand(self, key: str, place: str) -> None:
        """A view stands there from the next arranging on: "panel", "float", "left", "right" or "bottom"."""
        if place == "panel" or self._can(place):
            self._place(key, place)

    def _place(self, key: str, place: str) -> None:
        before = dict(self._places)
        if place == "panel":
            self._places.pop(key, None)
        else:
            self._places[key] = place
        if before != self._places:
            self._keep()

    def _moved(self, key: str, place: str) -> None:
        if key in self._places and self._places[key] != place:
            self._places[key] = place
            self.monitors[key].stand(place)
            self._keep()

    def gather(self) -> None:
        """Every view back into the columns."""
        self._places.clear()
        self._keep()

    def _keep(self) -> None:
        """For the next time; further views of a kind are of this time only."""
        window_state.change(views={key: p for key, p in self._places.items() if key not in self._more})

    def is_out(self, name: str) -> bool:
        """Whether a view is not there: not made yet, or put away."""
        return name not in self.monitors or self.monitors[name].parent() is self.columns.keeper

    def show_view(self, key: str) -> None:
        """Brings a view to the front of where it stands."""
        if key in self.outside:
            frame = self.outside.frame(key)
            frame.show()
            frame.raise_()
        else:
            self.columns.show_view(key)

    def show_title(self, monitor: Monitor) -> None:
        self.columns.show_title(monitor)
        self.outside.show_title(monitor)

    def close_down(self) -> None:
        self.outside.close_down()
        for monitor in self.monitors.values():
            monitor.close_down()


def offered_for(checked: CheckedNetwork | None) -> tuple[View, ...]:
    """The views that have a meaning for a network."""
    return tuple(
        view for view in views() if view.place == "curves" or (checked is not None and view.applies(checked))
    )
