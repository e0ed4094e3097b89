"""Which views are there: those that suit what is shown, those that were asked for, without those that were sent away.

It knows no run; how a view is joined to the rest of the panel is the panel's.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.columns import Columns
from nndesigner.gui.monitors.monitor import Monitor, View, views


class Arrangement:
    """The views of one panel by name, made when they are first wanted. `join` is called with each new one."""

    def __init__(self, panel: QWidget, join: Callable[[Monitor], object]) -> None:
        self._join = join
        self.monitors: dict[str, Monitor] = {}
        self.columns = Columns(self.monitors, panel)
        self._asked: dict[str, bool] = {}
        """views that the user has asked for, or sent away"""

    def arrange(
        self, size: QSize, checked: CheckedNetwork | None, selected: bool
    ) -> tuple[bool, bool | None]:
        """Puts what is wanted for a network in its place. Returns whether a view is new, and whether there is room
        for a title beside the first tabs, None where nothing has changed."""
        offered = offered_for(checked)
        wanted = [view for view in offered if self._wanted(view, checked)]
        new = [view for view in wanted if view.name not in self.monitors]
        for view in new:
            self.monitors[view.name] = monitor = view.make()
            self._join(monitor)
        names = tuple(view.name for view in wanted)
        return bool(new), self.columns.arrange(size, names, selected, offered)

    def _wanted(self, view: View, checked: CheckedNetwork | None) -> bool:
        by_itself = view.place == "curves" or (checked is not None and view.opens(checked))
        return self._asked.get(view.name, by_itself)

    def ask(self, name: str, wanted: bool) -> None:
        """A view that is there from now on where it has a meaning, or no longer."""
        self._asked[name] = wanted

    def is_out(self, name: str) -> bool:
        """Whether a view is not there: not made yet, or put away."""
        return name not in self.monitors or self.monitors[name].parent() is self.columns.keeper


def offered_for(checked: CheckedNetwork | None) -> tuple[View, ...]:
    """The views that have a meaning for a network."""
    return tuple(
        view for view in views() if view.place == "curves" or (checked is not None and view.applies(checked))
    )
