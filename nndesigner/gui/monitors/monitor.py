"""What a live view is: a declaration, found by walking this package, and a widget that shows the newest of one run.

A view does not fetch: it says what it wants measured, is handed a run, and is told when to draw. It never draws by
itself when data arrives. Adding a view touches one file.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

import nndesigner.gui.monitors as package
from nndesigner.base.discovery import discover
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.empty import Empty
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.view_menu import Strip, menu_of
from nndesigner.gui.plain import label
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame

if TYPE_CHECKING:
    from nndesigner.session.session import Session

_log = logging.getLogger(__name__)

WISHES = ("pin", "freeze", "another", "close", "panel", "float", "left", "right", "bottom")
"""What the user may want of a view: that it stays with its node or follows the selection again, that it keeps this
picture or goes on, a second one of its kind, that it goes; and where it is to stand."""
PLACES = ("curves", "node", "network")
"""The columns of the panel: numbers over time, the selected node, the network as a whole."""


def every_network(checked: CheckedNetwork) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class View:
    """One kind of view. `measurements` are those that it draws, none for what is read from the curves alone.

    `applies` says whether the view has a meaning for a network at all, `opens` whether it is there by itself then or
    waits to be asked for; `first` whether it is what there is to see of such a network, and in front until a layer is
    selected; `order` decides which one of a place comes first: the most special ones have the smallest.
    """

    name: str
    label: str
    icon: str
    help: str
    place: str
    measurements: tuple[str, ...]
    applies: Callable[[CheckedNetwork], bool]
    make: Callable[[], Monitor]
    order: int = 50
    opens: Callable[[CheckedNetwork], bool] = every_network
    first: bool = False
    before_training: bool = False
    """whether there is anything to see of a network that has not been trained"""


@functools.cache
def views() -> tuple[View, ...]:
    """Every view, in the order of the tabs."""
    return tuple(sorted(discover(package, View), key=lambda view: (PLACES.index(view.place), view.order)))


class Monitor(QWidget):
    """A view's widget. `shown_or_hidden` says that it came into sight or left it; `subscription_changed` that it
    wants something else measured; `asked(wish)` what the user wants of it, one of `WISHES`; `titled` that its title is
    another one; `unit_activated` that one unit of the node should be seen closely."""

    shown_or_hidden = Signal()
    subscription_changed = Signal()
    animation_wanted = Signal()
    node_activated = Signal(str)
    asked = Signal(str)
    sample_asked = Signal(object)
    """this sample is to be watched, by its number in the data"""
    titled = Signal()
    unit_activated = Signal(object)

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self.setObjectName(f"monitor:{view.name}")
        self.key = view.name
        """tells several of one kind apart"""
        self.runs: tuple[ShownRun, ...] = ()
        self.node = ""
        self.node_name = ""
        """what the node is called"""
        self.pinned: tuple[str, str] | None = None
        """id and key of the node that this view stays with; None while it follows the selection"""
        self.frozen = False
        """whether the picture of a moment is kept, whatever comes"""
        self.standing = "panel"
        """where it stands: "panel", "float", "left", "right" or "bottom\""""
        self.docks = False
        """whether there is a window that it can be docked in"""
        self.why_stays: Callable[[], str] = str
        """why it cannot be closed; "" where it can"""
        self.note = ""
        """why the node that is edited is not the one that is shown; "" where it is"""
        self.moment: int | None = None
        """the step that is looked at; None for the newest"""
        self.compared: int | None = None
        """the step that is compared with; None for none"""
        self.stale = True
        """whether there is something newer than what is drawn"""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.strip = Strip(self)
        outer.addWidget(self.strip)
        self.remark = label(role="warning", wrap=True)
        self.remark.setContentsMargins(12, 6, 12, 2)
        self.remark.hide()
        outer.addWidget(self.remark)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        outer.addWidget(holder, 1)
        self.empty = Empty(view.icon)
        self.empty.say(tr(view.label), tr(view.help))
        self._stack.addWidget(self.empty)
        self._content: QWidget | None = None

    # -- what the panel says -----------------------------------------------------------------------------------------
    def join(self, session: Session) -> None:
        """The session that is looked at, for views in which something can be done. They override it."""

    def show_runs(self, runs: Sequence[ShownRun]) -> None:
        """Other runs are looked at; the first one is the one that pictures come from."""
        self.runs = tuple(runs)
        self.stale = True

    def show_node(self, node: str, note: str = "", name: str = "") -> None:
        """Another node is selected, by its id or inside blocks its key; "" for none. `note` says why what is shown is
        not what is edited, `name` what the node is called."""
        if name != self.node_name:
            self.node_name = name
            self.show_state()
        if (node, note) != (self.node, self.note):
            self.node, self.note = node, note
            self.remark.setText(note)
            self.remark.setVisible(bool(note) and self.view.place == "node")
            self.stale = True

    def freeze(self) -> None:
        """Keeps what is there now: nothing is measured for this view any more, and nothing new is shown."""
        self.runs = tuple(run.snapshot() for run in self.runs)
        self.frozen = True
        self.refresh()
        self.show_state()

    def thaw(self) -> None:
        """Goes on; whoever hands the runs says what is shown now."""
        self.frozen = False
        self.stale = True
        self.show_state()

    def stand(self, place: str) -> None:
        """It stands elsewhere now."""
        self.standing = place
        self.show_state()

    def show_state(self) -> None:
        """Says that it is pinned, frozen, or elsewhere."""
        self.strip.show_state()
        self.titled.emit()

    @property
    def title(self) -> str:
        """What it shows, and of which node where that is not the selected one."""
        words = tr(self.view.label)
        apart = self.pinned is not None or self.standing != "panel" or self.key != self.view.name
        return (
            f"{words} · {self.node_name}" if apart and self.view.place == "node" and self.node_name else words
        )

    def show_moment(self, moment: int | None, compared: int | None = None) -> None:
        """Another moment is looked at, or compared with."""
        if (moment, compared) != (self.moment, self.compared):
            self.moment, self.compared = moment, compared
            self.stale = True

    def refresh(self) -> None:
        """Draws the moment that is looked at; called by the panel's timer, and only while this is in sight."""
        self.stale = False
        if self.moment is not None and self._too_early():
            self.show_empty(
                tr(self.view.label),
                tr("Nothing was measured for this view up to step {n}.", n=f"{self.moment:,}")
                + " "
                + tr("It is recorded while this view is open during training."),
            )
            return
        try:
            self.draw()
        except (KeyError, IndexError, TypeError, ValueError) as error:
            # A picture from a folder that somebody else wrote: the numbers in it do not belong together.
            _log.warning("%s: a picture cannot be drawn: %r", self.view.name, error)
            self.show_empty(
                tr(self.view.label), tr("This picture cannot be read. Train again to make a new one.")
            )

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What this view wants measured in the run that goes on."""
        if self.frozen:
            return ()
        checked = self.run.checked if self.run is not None else None
        if checked is None:
            return ()
        found = []
        for name in self.view.measurements:
            known = measurements().get(name)
            if known is None:
                continue
            if self.view.place == "node":
                node = self.run.node(self.node) if self.run is not None and self.node else None
                if node is not None and known.applies(node):
                    found.append(Subscription(self.node, name, self.options(name)))
            elif known.applies_to(checked):
                found.append(Subscription("", name, self.options(name)))
        return tuple(found)

    # -- what a view is made of --------------------------------------------------------------------------------------
    def draw(self) -> None:
        """Shows the newest. Views override it."""

    def theme_changed(self, theme: Theme) -> None:
        """Other colours. Views that keep pens override it."""
        self.update()

    def options(self, measurement: str) -> dict[str, object]:
        """The options of a measurement, as this view wants them."""
        return {}

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """What is shown as numbers: a header and rows, for a CSV file."""
        return (), ()

    def close_down(self) -> None:
        """Lets go of everything that outlives widgets."""

    @property
    def run(self) -> ShownRun | None:
        """The run that pictures come from."""
        return self.runs[0] if self.runs else None

    @property
    def theme(self) -> Theme:
        return shown_theme()

    def frame(self, measurement: str, node: str = "") -> object | None:
        """The picture of a measurement at the moment that is looked at, the newest one where that is now; None where
        there is none."""
        if self.run is None:
            return None
        if self.moment is None:
            return self.run.history.frames.get((node, measurement))
        return self.run.history.frame_at(node, measurement, self.moment)

    def compared_frame(self, measurement: str, node: str = "") -> Frame | None:
        """The picture at the moment that is compared with; None where nothing is, or it is the one that is shown."""
        if self.run is None or self.compared is None:
            return None
        found = self.run.history.frame_at(node, measurement, self.compared)
        return found if found is not self.frame(measurement, node) else None

    def trail(self, measurement: str, node: str = "") -> tuple[Frame, ...]:
        """The pictures that were kept up to the moment that is looked at, oldest first."""
        frames = self.run.history.trail(node, measurement) if self.run is not None else ()
        return frames if self.moment is None else tuple(f for f in frames if f.step <= self.moment)

    def looks(self) -> tuple[int, ...]:
        """The steps of which this view has a picture of its own, ascending."""
        if self.run is None:
            return ()
        if not self.view.measurements:
            return tuple(self.run.history.looks()[0].tolist())
        node = self.node if self.view.place == "node" else ""
        trails = (self.run.history.trail(node, name) for name in self.view.measurements)
        return tuple(sorted({frame.step for trail in trails for frame in trail}))

    def _too_early(self) -> bool:
        """Whether there are pictures, but none so early."""
        looks = self.looks() if self.view.measurements else ()
        return bool(looks) and self.moment is not None and looks[0] > self.moment

    def set_content(self, content: QWidget) -> None:
        self._content = content
        self._stack.addWidget(content)

    def scrolled(self, content: QWidget) -> QScrollArea:
        """The content in an area that scrolls up and down only, for what may be higher than the view."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        return area

    def show_content(self) -> None:
        if self._content is not None:
            self._stack.setCurrentWidget(self._content)

    def show_empty(self, title: str, sentence: str) -> None:
        """Instead of a blank picture: what will be here, and what to do."""
        self.empty.say(title, sentence)
        self._stack.setCurrentWidget(self.empty)

    @property
    def is_empty(self) -> bool:
        return self._stack.currentWidget() is self.empty

    # -- in sight or not, and the menu -------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown_or_hidden.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown_or_hidden.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu(self.sample_at(event.globalPos())).popup(event.globalPos())
        event.accept()

    def open_menu(self, at: QPoint) -> None:
        self.menu().popup(at)

    def menu(self, sample: int | None = None) -> QMenu:
        """What can be done with this view, and with the sample of this number in the data. It goes when it closes."""
        return menu_of(self, sample)

    def sample_at(self, place: QPoint) -> int | None:
        """The number of the sample that is shown at a place of the screen. Views of samples override it."""
        return None
