"""The panel of live views: it assembles them, and tells them which runs, which node and which moment to show.

Which runs those are is `shown_runs.py`, which node `shown_node.py`, which views there are `arrangement.py`, what is
measured for them and when they are drawn `watching.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from nndesigner.gui.monitors import wishes
from nndesigner.gui.monitors.arrangement import Arrangement
from nndesigner.gui.monitors.head import Head
from nndesigner.gui.monitors.microscope import look_closely
from nndesigner.gui.monitors.monitor import Monitor
from nndesigner.gui.monitors.on_canvas import OnCanvas
from nndesigner.gui.monitors.shown_node import ShownNode
from nndesigner.gui.monitors.shown_runs import ShownRuns
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.telling import Telling
from nndesigner.gui.monitors.title_line import TitleLine
from nndesigner.gui.monitors.watching import DRAW_MILLISECONDS, PICTURE_MILLISECONDS, Watching
from nndesigner.gui.theme import Theme, theme_changed
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame, Message

if TYPE_CHECKING:
    from nndesigner.gui.monitors.past_time import PastTime
    from nndesigner.session.session import Session


class MonitorsPanel(QWidget):
    """`node_activated(id)` asks to select a node on the canvas; `shown_changed()` says that other runs are looked at.
    `on_canvas` tells what to draw there."""

    node_activated = Signal(str)
    shown_changed = Signal()

    def __init__(self, session: Session, window: QMainWindow | None = None) -> None:
        """`window` is the one that views can be docked in."""
        super().__init__()
        self.setObjectName("monitors")
        self.setAutoFillBackground(True)
        self.setMinimumSize(220, 140)  # less than the columns want: with less room there are fewer of them
        self._session = session
        self._shown = ShownRuns(session, self)
        self._node = ShownNode(session, self._shown)
        self.preview = self._shown.preview
        self.canvas: QWidget | None = None
        """the canvas that shows the run, for a picture of it"""
        self.arrangement = Arrangement(self, self._join, window)
        self.monitors, self._columns = self.arrangement.monitors, self.arrangement.columns
        self.telling = Telling(self._shown, self._node, self.monitors)
        self.watching = Watching(
            session, self._shown, self.monitors.values, self._wanted_beside, self.settle, self._draw, self
        )
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.setSpacing(0)
        self.tabs = self._columns.tabs
        self._build_head()
        self.arrangement.outside.changed.connect(self.watching.settle_soon)
        self.arrangement.outside.closed.connect(lambda key: wishes.do(self, self.monitors[key], "panel"))
        self._columns.asked.connect(self.ask_for_view)
        self._columns.splitterMoved.connect(self._line.settle)
        self._outer.addWidget(self._columns, 1)
        self._shown.followed.connect(self._followed)
        self._shown.told.connect(self._show_title)
        self._leave = [
            session.training.said.connect(self._said),
            session.changed.connect(self._edited),
            session.checked_changed.connect(self.watching.settle_soon),
            session.editing.shown.connect(self._edited),
            session.editing.replaced.connect(self._replaced),
            theme_changed.connect(self._theme_changed),
        ]
        self.preview.arrived.connect(self._preview_arrived)
        self._shown.follow()

    def _join(self, monitor: Monitor) -> None:
        """A new view is told what is shown."""
        monitor.shown_or_hidden.connect(self.watching.settle_soon)
        monitor.subscription_changed.connect(self.watching.settle_soon)
        monitor.node_activated.connect(self.node_activated)
        monitor.unit_activated.connect(lambda unit: look_closely(self, unit))
        monitor.animation_wanted.connect(lambda: self.time.save_view(monitor))
        monitor.asked.connect(lambda wish: wishes.do(self, monitor, wish))
        monitor.sample_asked.connect(self._head.watched_button.watched.add)
        monitor.titled.connect(lambda: self.arrangement.show_title(monitor))
        monitor.join(self._session)
        self.telling.all_to(monitor)

    def sizeHint(self) -> QSize:
        return QSize(900, 300)

    def close_down(self) -> None:
        """Lets go of the session: nothing is subscribed any more, no timer runs."""
        for leave in self._leave:
            leave()
        self._leave = []
        self._shown.close_down()
        if "time" in vars(self):
            self.time.close_down()
        self.watching.close_down()
        self.on_canvas.close_down()
        self.preview.close_down()
        self.arrangement.close_down()

    # -- the line above ----------------------------------------------------------------------------------------------
    def _build_head(self) -> None:
        self._head = Head(self, self._session)
        self._line = TitleLine(self._head, self._outer, self.tabs, self._session, self._shown)
        self._head.preview_button.clicked.connect(self.show_preview)
        self.title, self.overlay_button = self._head.title, self._head.overlay_button
        self.cancel_button, self.follow_button = self._head.cancel_button, self._head.follow_button
        self.cancel_button.clicked.connect(self._shown.cancel_reading)
        self._head.pin_button.clicked.connect(lambda: self.pin(self.pinned))
        self.follow_button.clicked.connect(lambda: self.show_runs(()))
        self.on_canvas = OnCanvas(self._session, self.overlay_button, self._node.place)
        self.on_canvas.wanted_changed.connect(self.watching.settle_soon)
        self._head.rounds.activated.connect(self._round_chosen)
        self._head.time_button.toggled.connect(lambda on: self.time.show_bar(on))

    def _show_title(self) -> None:
        self._line.show(self.time.described if self.telling.moment is not None else None)

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
        self.telling.moments(moment, compared)
        self.on_canvas.show_moment(moment, compared)
        self._draw_views()
        self._show_title()

    # -- which runs --------------------------------------------------------------------------------------------------
    @property
    def runs(self) -> tuple[ShownRun, ...]:
        """What is shown: the first one's pictures and the curves of all."""
        return self._shown.runs

    @property
    def previewed(self) -> bool:
        """Whether what is shown is no run but the network as it is drawn."""
        return self._shown.previewed

    @property
    def shown_paths(self) -> tuple[Path, ...]:
        return self._shown.paths

    def show_runs(self, paths: Sequence[Path]) -> None:
        """Shows these runs, the first one's pictures and the curves of all; () follows the run that goes on.

        A run that cannot be read is left out.
        """
        self._shown.show(paths)

    def show_preview(self, wanted: bool = True) -> None:
        """Shows the network as it is drawn, with a sample on its way through it, or the runs again."""
        self._shown.show_preview(wanted)

    def _followed(self, other: bool, another: bool) -> None:
        if other:
            self.telling.runs()
            if "time" in vars(self) and another:
                self.time.forget()
        self.on_canvas.show_run(self._shown.first)
        self.arrange()
        self._show_node()
        self._show_title()
        self._look_for_alarms()
        self.watching.settle_soon()
        self.shown_changed.emit()

    def _preview_arrived(self) -> None:
        if not self.previewed:
            return
        if (health := self.preview.shown.history.frames.get(("", "health"))) is not None:
            self.on_canvas.keep(health)
        self.telling.everything_again()
        self._show_node()
        self.draw_now()

    def _replaced(self) -> None:
        """Another project is open: the runs of the one before are no longer looked at."""
        self._shown.start_afresh()
        self._node.start_afresh()
        self.telling.start_afresh()
        self._show_pin()
        self._head.watched_button.show_choice()
        self._shown.follow()

    # -- which node --------------------------------------------------------------------------------------------------
    def show_selection(self, ids: Iterable[str]) -> None:
        """The selection of the canvas: the views of a node follow it while it is one node, and none is pinned."""
        if self._node.select(ids):
            self._show_another_node()

    @property
    def pinned(self) -> str:
        """Id of the node that the views of a node stay with; "" while they follow the selection."""
        return self._node.pinned

    def pin(self, node: str) -> None:
        """Keeps the views of a node with this one, or lets them follow the selection again where they were."""
        changed = self._node.pin(node)
        self._show_pin()
        if changed:
            self._show_another_node()

    def _show_pin(self) -> None:
        self._head.show_pinned(self._node.name_of(self.pinned))

    def _show_another_node(self) -> None:
        self._show_node()
        self.watching.settle_soon()

    def _edited(self, *_: object) -> None:
        self.preview.follow()
        if self.previewed:
            self.watching.settle_soon()  # the seed is no matter of a check
        if self.pinned:
            if self._node.settle():
                self.watching.settle_soon()
            self._show_pin()
        self._head.watched_button.show_choice()
        self._show_node()
        self.on_canvas.show()

    def _show_node(self) -> None:
        self._head.show_rounds(*self._node.rounds)
        if self.telling.node():
            self.watching.draw_soon()

    def _round_chosen(self, number: int) -> None:
        self._node.choose_round(number)
        self._show_another_node()

    # -- where views stand -------------------------------------------------------------------------------------------
    def arrange(self) -> None:
        new, beside = self.arrangement.arrange(self.size(), self._shown.network, bool(self._node.selected))
        if new:
            self._show_node()
        if beside is not None:
            self._line.place(beside)

    def show_view(self, name: str) -> None:
        """Brings a view to the front of where it stands; opens it where it is not there."""
        if self.arrangement.is_out(name):
            self.ask_for_view(name, True)
        self.arrangement.show_view(name)

    def ask_for_view(self, name: str, wanted: bool) -> None:
        """Opens a view that has a meaning here and shows it, or sends it away."""
        self.arrangement.ask(name, wanted)
        self.arrange()
        if wanted and name in self.monitors:
            self.arrangement.show_view(name)
        self.watching.settle_soon()

    def gather(self) -> None:
        """Every view that stands outside comes back into the panel."""
        self.arrangement.gather()
        self.arrange()

    def show_outside(self, shown: bool) -> None:
        """The views outside in sight, or out of it with the whole project."""
        self.arrangement.outside.show_all(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
        self._line.settle()

    # -- what is measured --------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """Asks for what is in sight now and draws what is not drawn yet."""
        self._shown.follow_preview()
        self.arrange()
        self.watching.look()
        self._line.settle()
        self.draw_now()

    def _wanted_beside(self) -> tuple[str, ...]:
        """What is measured for alarms and canvas while this is in sight."""
        if not self.isVisible() or self.window().isMinimized():
            return ()
        alarms = self._session.alarms.wanted if not self.previewed else ()
        return (*alarms, *self.on_canvas.wanted)

    @property
    def subscribed(self) -> tuple[Subscription, ...]:
        """What is measured for this panel."""
        return self.watching.subscribed

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.watching.settle_soon()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def _said(self, message: Message) -> None:
        history = self._session.training.history
        if not any(run.history is history for run in self.runs):
            return
        first = self.runs[0].history is history
        self.telling.news(message, first)
        if isinstance(message, Frame) and first and message.measurement == "health":
            self.on_canvas.keep(message)
        self.watching.draw_soon(PICTURE_MILLISECONDS if isinstance(message, Frame) else DRAW_MILLISECONDS)

    def _draw_views(self) -> None:
        for monitor in self.watching.visible():
            if monitor.stale:
                monitor.refresh()

    def _draw(self) -> None:
        self._draw_views()
        if "time" in vars(self):
            self.time.follow()
        self._show_title()
        self._look_for_alarms()

    def draw_now(self) -> None:
        """Draws what is in sight without waiting for the timer."""
        self.watching.drawn()
        self._draw()

    def _look_for_alarms(self) -> None:
        """Holds what is new of the shown run against the limits, and shows the result on the canvas."""
        if self.runs and not self.previewed:
            run = self.runs[0]
            blame = run.sentence if run.state == "diverged" else ""
            self._session.alarms.look(run.name, run.document, run.checked, run.history, run.blamed, blame)
        else:
            self._session.alarms.forget()
        self.on_canvas.show()

    def _theme_changed(self, theme: Theme) -> None:
        for monitor in self.monitors.values():
            monitor.theme_changed(theme)
            monitor.stale = True
        self.watching.draw_soon()
