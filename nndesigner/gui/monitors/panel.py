"""The panel of live views: which of them are in sight, what is measured for them, and when they are drawn.

It follows the run that goes on or shows runs from their folders, follows the selected node, and asks for nothing that
nobody looks at. One timer draws the newest ten times a second at most, and rests while nothing arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.records import Node
from nndesigner.gui.monitors.canvas_legend import CanvasLegend
from nndesigner.gui.monitors.columns import Columns
from nndesigner.gui.monitors.head import HEAD, Head, describe
from nndesigner.gui.monitors.looked_into import LookedInto
from nndesigner.gui.monitors.monitor import Monitor, View, views
from nndesigner.gui.monitors.on_canvas import OnCanvas
from nndesigner.gui.monitors.preview import Preview
from nndesigner.gui.monitors.reading import RunReader
from nndesigner.gui.monitors.source import (
    ShownRun,
    changes_since,
    live_run,
    note_about,
    note_on_place,
)
from nndesigner.gui.theme import Theme, theme_changed
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Clock, Frame, Message, Scalars, State

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.gui.monitors.past_time import PastTime
    from nndesigner.session.session import Session

DRAW_MILLISECONDS = 100
"""between two drawings: ten a second at most"""
SETTLE_MILLISECONDS = 30
"""after something came into sight, before it is asked for: a change of tabs is one change"""
QUICKLY_READ = 2_000_000
"""bytes of numbers that are read unasked when a project is opened"""


class MonitorsPanel(QWidget):
    """`node_activated(id)` asks to select a node on the canvas; `shown_changed()` says that other runs are looked at.
    `on_canvas` tells what to draw there."""

    node_activated = Signal(str)
    shown_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("monitors")
        self.setAutoFillBackground(True)
        self.setMinimumSize(220, 140)  # less than the columns want: with less room there are fewer of them
        self._session = session
        self._paths: tuple[Path, ...] = ()
        self._place = LookedInto()
        self._selected = self._pinned = ""
        self._chosen: tuple[str, ...] = ()
        self._subscribed: tuple[Subscription, ...] | None = None
        self._reader = RunReader(session.elsewhere)
        self.preview = Preview(session, self)
        self.runs: tuple[ShownRun, ...] = ()
        self.monitors: dict[str, Monitor] = {}
        self.canvas: QWidget | None = None
        """the canvas that shows the run, for a picture of it"""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._outer = outer
        self._build_head()
        outer.addWidget(self._head)
        self._columns = Columns(self.monitors, self)
        self._columns.asked.connect(self.ask_for_view)
        self._columns.splitterMoved.connect(self._settle_head)
        self.tabs = self._columns.tabs
        outer.addWidget(self._columns, 1)
        self._draw_timer = QTimer(self)
        self._draw_timer.setSingleShot(True)
        self._draw_timer.setInterval(DRAW_MILLISECONDS)
        self._draw_timer.timeout.connect(self._draw)
        self._settle_timer = QTimer(self)
        self._settle_timer.setSingleShot(True)
        self._settle_timer.setInterval(SETTLE_MILLISECONDS)
        self._settle_timer.timeout.connect(self.settle)
        self._asked: dict[str, bool] = {}
        """views that the user has asked for, or sent away"""
        training = session.training
        self._leave = [
            training.said.connect(self._said),
            training.changed.connect(self._training_changed),
            session.changed.connect(self._edited),
            session.checked_changed.connect(self._settle_soon),
            session.editing.shown.connect(self._edited),
            session.editing.replaced.connect(self._replaced),
            session.training.listed.connect(self._listed),
            self._reader.arrived.connect(self._follow),
            self._reader.told.connect(self._show_title),
            theme_changed.connect(self._theme_changed),
        ]
        self.preview.arrived.connect(self._preview_arrived)
        self._follow()

    def _make(self, view: View) -> None:
        monitor = view.make()
        monitor.shown_or_hidden.connect(self._settle_soon)
        monitor.subscription_changed.connect(self._settle_soon)
        monitor.node_activated.connect(self.node_activated)
        monitor.animation_wanted.connect(lambda: self.time.save_view(monitor))
        monitor.show_moment(*self._moments)
        monitor.show_runs(self._runs_for(monitor))
        self.monitors[view.name] = monitor

    def sizeHint(self) -> QSize:
        return QSize(900, 300)

    def close_down(self) -> None:
        """Lets go of the session: nothing is subscribed any more, no timer runs."""
        for leave in self._leave:
            leave()
        self._leave = []
        self._reader.cancel()
        self._draw_timer.stop()
        self._settle_timer.stop()
        if "time" in vars(self):
            self.time.close_down()
        self._subscribe(())
        self.preview.close_down()
        for monitor in self.monitors.values():
            monitor.close_down()

    # -- the line above ----------------------------------------------------------------------------------------------
    def _build_head(self) -> None:
        """A line of its own, or beside the first tabs where there is room."""
        self._head = Head(self, self._session.previewing)
        self._head.preview_button.clicked.connect(self.show_preview)
        self._head_in_line = True
        self.title, self.overlay_button = self._head.title, self._head.overlay_button
        self.cancel_button, self.follow_button = self._head.cancel_button, self._head.follow_button
        self.cancel_button.clicked.connect(self._cancel_reading)
        self._head.pin_button.clicked.connect(lambda: self.pin(self._pinned))
        self.follow_button.clicked.connect(lambda: self.show_runs(()))
        self.on_canvas = OnCanvas(self._session, self.overlay_button, self._place)
        self.on_canvas.wanted_changed.connect(self._settle_soon)
        self._head.rounds.activated.connect(self._round_chosen)
        self._moments: tuple[int | None, int | None] = (None, None)
        self._head.time_button.toggled.connect(lambda on: self.time.show_bar(on))

    # -- going back --------------------------------------------------------------------------------------------------
    @cached_property
    def time(self) -> PastTime:
        """What goes back through the run; made with its first use."""
        from nndesigner.gui.monitors.past_time import PastTime

        time = PastTime(self, self._head.time_button, self._session.elsewhere)
        self._outer.addWidget(time.bar)
        return time

    def show_moment(self, moment: int | None, compared: int | None) -> None:
        """Shows everything as it was at a step, None for the newest, compared with another step or with none."""
        self._moments = moment, compared
        for monitor in self.monitors.values():
            monitor.show_moment(moment, compared)
        self.on_canvas.show_moment(moment, compared)
        self._draw_views()
        self._show_title()

    def _place_head(self, beside: bool) -> None:
        """Beside the first column's tabs, or in a line of its own."""
        self._head_in_line = not beside
        if self._head_in_line:
            self._outer.insertWidget(0, self._head)
        else:
            self._outer.removeWidget(self._head)
            self._settle_head()
        self._head.show()

    def _settle_head(self, *_: object) -> None:
        if self._head_in_line or not self.tabs:
            return
        tab = self.tabs[0]
        left = tab.tabBar().sizeHint().width()
        self._head.setGeometry(left, 0, max(tab.width() - left, 0), HEAD)
        self._head.raise_()

    def _show_title(self) -> None:
        self.title.setText(self.describe())
        newest = self._session.training.run
        shown = self.runs[0].path if self.runs else None
        self.follow_button.setVisible(bool(self._paths) and newest is not None and newest != shown)
        self.overlay_button.setVisible(bool(self.runs))
        self._head.time_button.setVisible(bool(self.runs) and not self.previewed)
        others = self.runs if not self.previewed else self._session.training.runs()
        self._head.show_preview(self.previewed, self.preview.possible and bool(others))
        self.cancel_button.setVisible(bool(self._reader.waiting))

    def describe(self) -> str:
        """Which run and which step is shown, or which is being read."""
        if self.previewed and not self._reader.waiting:
            return self.preview.describe()
        moment = self.time.described if self._moments[0] is not None else None
        return describe(self.runs, self._reader.waiting, self._reader.fraction, moment)

    # -- which runs --------------------------------------------------------------------------------------------------
    def show_runs(self, paths: Sequence[Path]) -> None:
        """Shows these runs, the first one's pictures and the curves of all; () follows the run that goes on.

        A run that cannot be read is left out.
        """
        self._paths = tuple(dict.fromkeys(paths))
        self.preview.asked_for = False
        self._reader.keep([*self._paths, *self.shown_paths])
        self._reader.try_again(self._paths)
        self._follow()

    @property
    def previewed(self) -> bool:
        """Whether what is shown is no run but the network as it is drawn."""
        return bool(self.runs) and self.runs[0].preview

    def show_preview(self, wanted: bool = True) -> None:
        """Shows the network as it is drawn, with a sample on its way through it, or the runs again."""
        self.preview.asked_for = wanted
        if wanted:
            self.preview.choose_weights()
        self._follow()

    def _preview_arrived(self) -> None:
        if not self.previewed:
            return
        if (health := self.preview.shown.history.frames.get(("", "health"))) is not None:
            self.on_canvas.keep(health)
        for monitor in self.monitors.values():
            monitor.stale = True
        self._show_node()
        self.draw_now()

    def _runs_for(self, monitor: Monitor) -> tuple[ShownRun, ...]:
        """A view of what only training gives has nothing of a network that is not trained."""
        return self.runs if not self.previewed or self.preview.can_show(monitor.view) else ()

    def _cancel_reading(self) -> None:
        self._reader.cancel()
        self._paths = self.shown_paths if self._paths else ()
        self._follow()

    def _follow(self) -> None:
        found: list[ShownRun] = []
        live = live_run(self._session.training)
        for path in self._paths:
            if live is not None and path == live.path:
                found.append(live)
                continue
            known = self._reader.run(path)
            if known is not None:
                found.append(known)
        if self._paths and self._reader.waiting:
            self._show_title()
            return  # what is shown stays until all of what is wanted has been read
        if not found and live is not None:
            found = [live]
        elif not found and (kept := self._last_kept()) is not None:
            found = [kept]
        if self.preview.possible and (self.preview.asked_for or not (found or self._reader.waiting)):
            found = [self.preview.shown]
        self._reader.keep([run.path for run in found if run.path is not None] + list(self._reader.waiting))
        before, self.runs = self.runs, tuple(found)
        if [(run.history, run.live) for run in before] != [(run.history, run.live) for run in found]:
            for monitor in self.monitors.values():
                monitor.show_runs(self._runs_for(monitor))
            if "time" in vars(self) and [run.history for run in before[:1]] != [
                run.history for run in found[:1]
            ]:
                self.time.forget()
        self.on_canvas.show_run(found[0] if found else None)
        self._arrange()
        self._show_node()
        self._show_title()
        self._look_for_alarms()
        self._settle_soon()
        self.shown_changed.emit()

    def _last_kept(self) -> ShownRun | None:
        """The newest run of a project that was opened, where reading it takes no time that anybody notices."""
        for run in reversed(self._session.training.runs()):
            try:
                large = (run.path / "metrics.log").stat().st_size > QUICKLY_READ
            except OSError:
                continue
            known = None if large else self._reader.run(run.path)
            if known is not None or large or run.path in self._reader.waiting:
                return known
        return None

    def _training_changed(self) -> None:
        live = live_run(self._session.training)
        shown = self.runs[0] if self.runs else None
        begun = live is not None and live.live and (shown is None or shown.history is not live.history)
        if begun and live is not None and live.path not in self._paths:
            self._paths = ()  # a run has begun: that is what the user wants to see now
            self.preview.asked_for = False
        self._follow()

    def _listed(self) -> None:
        """Runs came or went: one that is gone is no longer shown."""
        gone = [run for run in self.runs if run.path is not None and not run.live and not run.path.exists()]
        if gone:
            self._paths = tuple(path for path in self._paths if path.exists())
            for run in gone:
                self._reader.forget(run.path)
        if gone or not (self._paths or (self.runs and not self.previewed)):
            self._follow()

    def _replaced(self) -> None:
        """Another project is open: the runs of the one before are no longer looked at."""
        self._paths = ()
        self._reader.forget()
        self.preview.start_afresh()
        self._selected = self._pinned = ""
        self._chosen = ()
        self._show_pin()
        self._follow()

    @property
    def shown_paths(self) -> tuple[Path, ...]:
        return tuple(run.path for run in self.runs if run.path is not None)

    # -- which node --------------------------------------------------------------------------------------------------
    def show_selection(self, ids: Iterable[str]) -> None:
        """The selection of the canvas: the views of a node follow it while it is one node, and none is pinned."""
        document = self._session.document
        self._chosen = tuple(id for id in ids if isinstance(document.get(id), Node))
        self._settle_node()

    def _settle_node(self) -> None:
        selected = self._pinned or (self._chosen[0] if len(self._chosen) == 1 else "")
        if selected != self._selected:
            self._selected = selected
            self._show_node()
            self._settle_soon()

    @property
    def pinned(self) -> str:
        """Id of the node that the views of a node stay with; "" while they follow the selection."""
        return self._pinned

    def pin(self, node: str) -> None:
        """Keeps the views of a node with this one, or lets them follow the selection again where they were."""
        self._pinned = node if node != self._pinned else ""
        self._show_pin()
        self._settle_node()

    def _show_pin(self) -> None:
        record = self._session.document.get(self._pinned)
        if not isinstance(record, Node):
            self._pinned = ""
        self._head.show_pinned(record.name if isinstance(record, Node) else "")

    def _edited(self, *_: object) -> None:
        self.preview.follow()
        if self.previewed:
            self._settle_soon()  # the seed is no matter of a check
        if self._pinned:
            self._show_pin()
            self._settle_node()
        self._show_node()
        self.on_canvas.show()

    def _show_node(self) -> None:
        checked = self.runs[0].checked if self.runs else self._session.whole
        trail = self._session.editing.trail
        key = self._place.key(trail, self._selected, checked)
        self._head.show_rounds(*(self._place.rounds(trail, checked) if key else (1, 0)))
        note = self._note(key)
        for monitor in self.monitors.values():
            before = monitor.stale
            monitor.show_node(key, note)
            if monitor.stale and not before:
                self._draw_soon()

    def _note(self, key: str) -> str:
        """Why what the run has of the selected node is not what is on the canvas."""
        document, whole = self._session.document, self._session.whole
        node = document.get(self._selected)
        if not self.runs or not isinstance(node, Node):
            return ""
        if self.previewed:
            return self.preview.problem
        change = changes_since(self.runs[0].document, document).get(self._selected)
        moved = self.runs[0].node(key) is None and whole is not None and whole.find(key) is not None
        if moved and change != "added":
            return note_on_place(node.name)
        return note_about(change, node.name) if change is not None else ""

    def _round_chosen(self, number: int) -> None:
        checked = self.runs[0].checked if self.runs else self._session.whole
        self._place.choose(self._session.editing.trail, checked, number)
        self._show_node()
        self._settle_soon()

    # -- where views stand -------------------------------------------------------------------------------------------
    def _offered(self) -> tuple[View, ...]:
        """The views that have a meaning for what is shown, or for the network that is drawn before the first run."""
        checked = self._looked_at
        return tuple(
            view
            for view in views()
            if view.place == "curves" or (checked is not None and view.applies(checked))
        )

    @property
    def _looked_at(self) -> CheckedNetwork | None:
        return self.runs[0].checked if self.runs else self._session.whole

    def _arrange(self) -> None:
        offered, checked = self._offered(), self._looked_at
        wanted = [
            view
            for view in offered
            if self._asked.get(
                view.name, view.place == "curves" or (checked is not None and view.opens(checked))
            )
        ]
        new = [view for view in wanted if view.name not in self.monitors]
        for view in new:
            self._make(view)
        names = tuple(view.name for view in wanted)
        beside = self._columns.arrange(self.size(), names, bool(self._selected), offered)
        if new:
            self._show_node()
        if beside is not None:
            self._place_head(beside)

    def show_view(self, name: str) -> None:
        """Brings a view to the front of its column; opens it where it is not there."""
        if name not in self.monitors or self.monitors[name].parent() is self:
            self.ask_for_view(name, True)
        self._columns.show_view(name)

    def ask_for_view(self, name: str, wanted: bool) -> None:
        """Opens a view that has a meaning here and shows it, or sends it away."""
        self._asked[name] = wanted
        self._arrange()
        if wanted and name in self.monitors:
            self._columns.show_view(name)
        self._settle_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._settle_head()

    # -- what is measured --------------------------------------------------------------------------------------------
    def _settle_soon(self) -> None:
        if self._leave and not self._settle_timer.isActive():
            self._settle_timer.start()

    def settle(self) -> None:
        """Asks for what is in sight now and draws what is not drawn yet."""
        self._settle_timer.stop()
        self.preview.follow()
        if self.previewed != self.preview.possible and (
            self.previewed or not (self.runs or self._reader.waiting)
        ):
            self._follow()  # there is data now, or none any more
        self._arrange()
        wanted: dict[tuple[str, str], Subscription] = {}
        live = live_run(self._session.training)
        followed = live is not None and bool(self.runs) and self.runs[0].history is live.history
        if followed or self.previewed:
            for monitor in self._visible():
                wanted |= {(s.node, s.measurement): s for s in monitor.subscriptions()}
            if self.isVisible() and not self.window().isMinimized():
                shown = ("health",) if self.on_canvas.on else ()
                for name in (*(self._session.alarms.wanted if followed else ()), *shown):
                    wanted.setdefault(("", name), Subscription("", name))
        self._subscribe(tuple(wanted.values()) if followed else ())
        self.preview.look(wanted.values() if self.previewed else ())
        self._settle_head()
        self.draw_now()

    def _subscribe(self, wanted: tuple[Subscription, ...]) -> None:
        if wanted != (self._subscribed or ()):
            self._subscribed = wanted
            self._session.training.subscribe(wanted)

    @property
    def subscribed(self) -> tuple[Subscription, ...]:
        """What is measured for this panel."""
        return self._subscribed or ()

    def _visible(self) -> list[Monitor]:
        window = self.window()
        if window.isMinimized():
            return []
        return [monitor for monitor in self.monitors.values() if monitor.isVisible()]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._settle_soon()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def _said(self, message: Message) -> None:
        if not self.runs or not any(run.history is self._session.training.history for run in self.runs):
            return
        first = self.runs[0].history is self._session.training.history
        if isinstance(message, Scalars | Clock | State):
            self.monitors["curves"].stale = True
        elif isinstance(message, Frame) and first:
            for monitor in self.monitors.values():
                if message.measurement in monitor.view.measurements:
                    monitor.stale = True
            if message.measurement == "health":
                self.on_canvas.keep(message)
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self._leave and not self._draw_timer.isActive():
            self._draw_timer.start()

    def _draw_views(self) -> None:
        for monitor in self._visible():
            if monitor.stale:
                monitor.refresh()

    def _draw(self) -> None:
        self._draw_views()
        if "time" in vars(self):
            self.time.follow()
        self._show_title()
        self._look_for_alarms()

    def _look_for_alarms(self) -> None:
        """Holds what is new of the shown run against the limits, and shows the result on the canvas."""
        if self.runs and not self.previewed:
            run = self.runs[0]
            blame = run.sentence if run.state == "diverged" else ""
            self._session.alarms.look(run.name, run.document, run.checked, run.history, run.blamed, blame)
        else:
            self._session.alarms.forget()
        self.on_canvas.show()

    def draw_now(self) -> None:
        """Draws what is in sight without waiting for the timer."""
        self._draw_timer.stop()
        self._draw()

    def _theme_changed(self, theme: Theme) -> None:
        for monitor in self.monitors.values():
            monitor.theme_changed(theme)
            monitor.stale = True
        self._draw_soon()


def make(desk: Desk) -> MonitorsPanel:
    """The panel on a window's desk, joined to its canvas."""
    panel = MonitorsPanel(desk.session)
    canvas = desk.home_canvas
    canvas.selectionChanged.connect(panel.show_selection)
    panel.on_canvas.overlays_changed.connect(canvas.set_overlays)
    panel.on_canvas.flows_changed.connect(canvas.set_flows)
    legend = CanvasLegend(canvas, canvas.has_content_in)
    canvas.zoomChanged.connect(lambda _: legend.place_again())
    canvas.contentChanged.connect(legend.place_again)
    panel.on_canvas.legend_changed.connect(legend.show_scales)
    panel.canvas = canvas
    panel.on_canvas.limits_wanted.connect(lambda: _set_limits(desk, panel))

    def show_node(id: str) -> None:
        id = id.rpartition("/")[2]  # a node inside a block is selected where it is drawn
        record = desk.session.document.get(id)
        if isinstance(record, Node):
            if record.network != desk.session.network:
                desk.session.editing.show_network(record.network)
            desk.canvas.select([id])
            desk.show_node(id)

    panel.node_activated.connect(show_node)
    panel.show_selection(desk.canvas.selection)
    panel.on_canvas.tell_again()
    return panel


def _set_limits(desk: Desk, panel: MonitorsPanel) -> None:
    from nndesigner.gui.alarm_settings import AlarmSettings

    dialog = AlarmSettings(desk.window, desk.session.alarms)
    dialog.exec()
    dialog.deleteLater()
    panel.settle()
