"""What of the shown run is on the canvas, and the menu that chooses it: a number under every node, alarms, and the
signal or the gradient along the wires.

It hands plain values to whoever draws them, and asks for nothing that is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui import window_state
from nndesigner.gui.canvas.state import Overlay
from nndesigner.gui.monitors.looked_into import LookedInto
from nndesigner.gui.monitors.overlays import (
    GRADIENT_ENDS,
    SHOWN,
    SIGNAL_ENDS,
    TIMED,
    Health,
    Shown,
    can_be_timed,
    flows,
    gradient_flows,
    shown_of,
)
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.plain import menu_text, set_tip
from nndesigner.protocol.messages import Frame
from nndesigner.session.checking import Place

if TYPE_CHECKING:
    from nndesigner.session.session import Session


@dataclass(frozen=True)
class Scale:
    """One line of the legend: what is shown, the words at the ends of its scale, and whether it has widths too."""

    label: str
    ends: tuple[str, str]
    widths: bool = False
    half: bool = False
    """whether only the upper half of the colours is used"""
    bare: bool = False
    """whether there are no colours yet: the label says why"""


_NOTHING: Mapping[str, Any] = {"overlays": {}, "flows": {}, "legend": ()}


class OnCanvas(QObject):
    """`overlays_changed` carries what to draw under the nodes, `flows_changed` the strength of the signal by wire,
    `legend_changed` the `Scale`s that tell what the colours mean; `wanted_changed` says that something else has to be
    measured."""

    overlays_changed = Signal(object)
    flows_changed = Signal(object)
    legend_changed = Signal(object)
    wanted_changed = Signal()
    limits_wanted = Signal()

    def __init__(self, session: Session, button: QToolButton, place: LookedInto) -> None:
        super().__init__(button)
        self._session, self._button, self._place = session, button, place
        self._health = Health()
        self._run: ShownRun | None = None
        self._moment: int | None = None
        self._compared: int | None = None
        self._told = dict(_NOTHING)
        self.place: Callable[[], Place] = self._here
        """what the first canvas looks at"""
        self._others: dict[
            QObject, tuple[dict[str, Any], Callable[[], Place], Callable[[str, Any], object]]
        ] = {}
        """further canvases: what each was told last, what it looks at, and how it is told"""
        kept = window_state.read()
        self.shown, self.backward = shown_of(kept.run_shown), kept.run_backward
        self.signal = kept.run_signal and not self.backward
        self._timing = ""
        """why the time of the layers could not be measured"""
        self._leave = session.exploring.changed.connect(self._explored)
        self._build(button)

    def close_down(self) -> None:
        """Lets go of the session."""
        self._leave()

    def _build(self, button: QToolButton) -> None:
        self.menu = QMenu(button)
        self.menu.setToolTipsVisible(True)
        group = QActionGroup(self.menu)
        self.choices: dict[str, QAction] = {}
        for shown in SHOWN:
            action = self.menu.addAction(menu_text(tr(shown.label)))
            action.setCheckable(True)
            action.setChecked(shown is self.shown)
            set_tip(action, tr(shown.help))
            action.triggered.connect(lambda _=False, key=shown.key: self.choose(key))
            group.addAction(action)
            self.choices[shown.key] = action
        self.menu.addSeparator()
        self.wires = self.menu.addAction(tr("Signal along the wires"))
        self.wires.setCheckable(True)
        self.wires.setChecked(self.signal)
        set_tip(
            self.wires, tr("Colour and width of each wire by the spread of the values that flow along it.")
        )
        self.wires.toggled.connect(self.show_signal)
        self.wires_back = self.menu.addAction(tr("Gradient against the wires"))
        self.wires_back.setCheckable(True)
        self.wires_back.setChecked(self.backward)
        set_tip(
            self.wires_back,
            tr(
                "Colour and width of each wire by the spread of the gradient that comes back along it: where it fades"
                " on its way to the input, the layers there hardly learn."
            ),
        )
        self.wires_back.toggled.connect(self.show_backward)
        self.menu.addSeparator()
        self.limits = self.menu.addAction(tr("Limits of alarms…"))
        self.limits.triggered.connect(self.limits_wanted)
        button.setMenu(self.menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        button.toggled.connect(lambda _: self._changed())

    @property
    def on(self) -> bool:
        return self._button.isChecked()

    def choose(self, key: str) -> None:
        """Another number under the nodes; shows it where nothing was shown."""
        self.shown = shown_of(key)
        self.choices[self.shown.key].setChecked(True)
        window_state.change(run_shown=self.shown.key)
        if not self.on:
            self._button.setChecked(True)
        if self.shown.key == "time":
            self._measure_times()
        self._changed()

    def _measure_times(self) -> None:
        """Has the time of every layer measured, where that is not known."""
        exploring, self._timing = self._session.exploring, ""
        if self._run is None or exploring.going_on == (self._explored_place, TIMED):
            return
        if not can_be_timed(self._run.checked):
            return
        if self._costs() is None or (self._run.preview and exploring.outdated(TIMED)):
            try:
                exploring.start(TIMED, self._explored_place)
            except Refusal as refusal:
                self._timing = str(refusal)

    @property
    def _explored_place(self) -> Path | None:
        """Whose layers are timed: a run's, None for the network as it is drawn."""
        return self._run.path if self._run is not None and not self._run.preview else None

    def _costs(self) -> Frame | None:
        """What each layer of the shown run costs, where that was found out."""
        if self._run is None:
            return None
        here = self._session.exploring.found(self._explored_place, TIMED)
        return self._run.history.explored.get(TIMED) if here is None and not self._run.preview else here

    def _explored(self) -> None:
        if self.on and self.shown.key == "time":
            self.show()

    def show_signal(self, on: bool) -> None:
        """The strength of the signal along the wires, or no more."""
        self.signal = on
        window_state.change(run_signal=on)
        if on and self.backward:
            self.wires_back.setChecked(False)  # a wire has one colour
        self._changed()

    def show_backward(self, on: bool) -> None:
        """The gradient that comes back along the wires, or no more."""
        self.backward = on
        window_state.change(run_backward=on)
        if on and self.signal:
            self.wires.setChecked(False)
        self._changed()

    @property
    def wanted(self) -> tuple[str, ...]:
        """What has to be measured of the network as a whole for what is shown."""
        return ("health", *(("signal_gradient",) if self.backward else ())) if self.on else ()

    def _changed(self) -> None:
        self.show()
        self.wanted_changed.emit()

    # -- the run -----------------------------------------------------------------------------------------------------
    def show_run(self, run: ShownRun | None) -> None:
        """Another run is looked at, or none."""
        if run is None or self._run is None or run.history is not self._run.history:
            self._health.clear()
            for frame in run.history.trail("", "health") if run is not None else ():
                self._health.keep(frame)
        self._run = run

    def show_moment(self, moment: int | None, compared: int | None = None) -> None:
        """Shows the run as it was at a step, None for the newest; and the numbers of another step before those."""
        self._moment, self._compared = moment, compared
        self.show()

    def keep(self, frame: Frame) -> None:
        """A new look at every node."""
        if self._run is not None and self._run.preview:
            self._health.clear()  # one design after another is no course of events
        self._health.keep(frame)

    def show(self) -> None:
        """Tells what is to be drawn, where that is news."""
        self._tell(self._told, self.place, self._say)
        for told, place, say in self._others.values():
            self._tell(told, place, say)

    def _tell(
        self, told: dict[str, Any], place: Callable[[], Place], say: Callable[[str, Any], object]
    ) -> None:
        at = place()
        overlays = self.overlays(at) if self.on else {}
        signal = self._flows_at(at) if self.on and (self.signal or self.backward) else {}
        now = {"overlays": overlays, "flows": signal, "legend": self._legend_of(overlays, signal)}
        for kind, what in now.items():
            if what != told[kind]:
                told[kind] = what
                say(kind, what)

    def _say(self, kind: str, what: Any) -> None:
        signals = {
            "overlays": self.overlays_changed,
            "flows": self.flows_changed,
            "legend": self.legend_changed,
        }
        signals[kind].emit(what)

    def tell_again(self) -> None:
        """Tells everything as if nothing had been told: somebody begins to listen."""
        self._told = dict(_NOTHING)
        self.show()

    def add(self, canvas: QObject, place: Callable[[], Place], say: Callable[[str, Any], object]) -> None:
        """One more canvas, which looks at a place of its own. `say(kind, what)` is told "overlays", "flows" and
        "legend" of it, as the signals tell of the first one."""
        self._others[canvas] = dict(_NOTHING), place, say
        self.show()

    def leave(self, canvas: QObject) -> None:
        """A canvas is gone."""
        self._others.pop(canvas, None)

    def _here(self) -> Place:
        """Where the session looks."""
        return Place(self._session.editing.network, self._session.editing.trail)

    def overlays(self, at: Place | None = None) -> dict[str, Overlay]:
        """What a canvas draws under the nodes of a place; of the first canvas where none is named."""
        if self._run is None:
            return {}
        at = at or self.place()
        history, moment = self._run.history, self._moment
        # Alarms speak of now: an earlier moment is shown without them.
        problems = self._session.alarms.problems if moment is None else ()
        before = history.frame_at("", "health", self._compared) if self._compared is not None else None
        return dict(
            self._health.overlays(
                self._run,
                self._session.document,
                at.network,
                self._key_in(at),
                self._number,
                problems,
                at=(history.trail("", "health"), moment) if moment is not None else None,
                before=before,
                costs=self._costs() if self.shown.key == "time" else None,
            )
        )

    @property
    def _number(self) -> Shown:
        """What stands under the nodes: before training there are no gradients."""
        before_training = self._run is not None and self._run.preview
        return shown_of("activation") if before_training and self.shown.key == "gradient" else self.shown

    def _flows_at(self, at: Place) -> Mapping[str, float]:
        if self._run is None:
            return {}
        place = self._run, self._session.document, at.network, self._key_in(at)
        if self.backward:
            return gradient_flows(*place, self._frame("signal_gradient"))
        return flows(*place, self._frame())

    def _frame(self, measurement: str = "health") -> Frame | None:
        """The numbers of every node at the moment that is shown."""
        if self._run is None:
            return None
        if self._moment is not None:
            return self._run.history.frame_at("", measurement, self._moment)
        return self._run.history.frames.get(("", measurement))

    def _key_in(self, at: Place) -> Callable[[str], str]:
        checked = self._run.checked if self._run is not None else None
        return lambda node: self._place.key(at.trail, node, checked)

    def _legend_of(self, overlays: Mapping[str, Overlay], signal: Mapping[str, float]) -> tuple[Scale, ...]:
        found = []
        number = self._number
        if number.key == "time" and (words := self._timing_words()):
            found.append(Scale(words, ("", ""), bare=True))
        elif any(overlay.heat is not None for overlay in overlays.values()):
            found.append(Scale(tr(number.scale), number.ends, half=number.key == "dead"))
        if signal and self.backward:
            found.append(Scale(tr("Gradient against the wires"), GRADIENT_ENDS, widths=True))
        elif signal:
            found.append(Scale(tr("Signal along the wires"), SIGNAL_ENDS, widths=True))
        return tuple(found)

    def _timing_words(self) -> str:
        """What the legend says instead of a scale while the time of the layers is not known; "" where it is."""
        if self._run is None or self._costs() is not None:
            return ""
        if not can_be_timed(self._run.checked):
            return tr("Time of the layers: only of networks with one loss")
        exploring, place = self._session.exploring, self._explored_place
        if exploring.going_on == (place, TIMED):
            return tr("Time of the layers: measuring …")
        if self._timing or exploring.failure(place, TIMED):
            return tr("Time of the layers unknown: see “Layer costs”")
        return tr("Time of the layers: not measured yet")
