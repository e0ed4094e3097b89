"""What each live view is told: the runs, the node and the moment that are shown, and that something new has come.

A frozen view is told nothing; a pinned one keeps its node.
"""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.gui.monitors.monitor import Monitor
from nndesigner.gui.monitors.shown_node import ShownNode
from nndesigner.gui.monitors.shown_runs import ShownRuns
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.protocol.messages import Clock, Frame, Message, Scalars, State


class Telling:
    """For the views of one panel, which `monitors` holds by key."""

    def __init__(self, runs: ShownRuns, node: ShownNode, monitors: Mapping[str, Monitor]) -> None:
        self._runs, self._node, self._monitors = runs, node, monitors
        self.moment: int | None = None
        self.compared: int | None = None

    def moving(self) -> list[Monitor]:
        """The views that show what there is, and are not frozen."""
        return [monitor for monitor in self._monitors.values() if not monitor.frozen]

    def all_to(self, monitor: Monitor) -> None:
        """Everything that is shown now, to a view that knows nothing of it."""
        monitor.show_moment(self.moment, self.compared)
        monitor.show_runs(self._runs_for(monitor))
        self.node_to(monitor)

    def runs(self) -> None:
        for monitor in self.moving():
            monitor.show_runs(self._runs_for(monitor))

    def _runs_for(self, monitor: Monitor) -> tuple[ShownRun, ...]:
        """A view of what only training gives has nothing of a network that is not trained."""
        shown = self._runs
        return shown.runs if not shown.previewed or shown.preview.can_show(monitor.view) else ()

    def moments(self, moment: int | None, compared: int | None) -> None:
        self.moment, self.compared = moment, compared
        for monitor in self.moving():
            monitor.show_moment(moment, compared)

    def node(self) -> bool:
        """Returns whether a view has anything else to show now."""
        found = False
        for monitor in self.moving():
            before = monitor.stale
            self.node_to(monitor)
            found |= monitor.stale and not before
        return found

    def node_to(self, monitor: Monitor) -> None:
        """The node that is selected, or the one that this view stays with while it is there."""
        if monitor.pinned is not None and not self._node.name_of(monitor.pinned[0]):
            monitor.pinned = None
            monitor.show_state()
        id, key = monitor.pinned or (self._node.selected, self._node.key)
        monitor.show_node(key, self._node.note(id, key), self._node.name_of(id))

    def news(self, message: Message, of_first: bool) -> None:
        """The worker has said something, of the first run or of another one that is shown."""
        for monitor in self.moving():
            if isinstance(message, Scalars | Clock | State):
                monitor.stale |= not monitor.view.measurements
            elif isinstance(message, Frame) and of_first:
                monitor.stale |= message.measurement in monitor.view.measurements

    def everything_again(self) -> None:
        """All of it is to be drawn anew."""
        for monitor in self.moving():
            monitor.stale = True

    def start_afresh(self) -> None:
        """Another project is open: no picture of the one before is kept."""
        for monitor in [monitor for monitor in self._monitors.values() if monitor.frozen]:
            monitor.thaw()
            self.all_to(monitor)
