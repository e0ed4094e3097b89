"""One number of every layer over the whole run, as one picture: rows are layers in data order, colours the numbers.

Gradients that vanish on their way back darken upwards, signals that vanish darken downwards. A click on a row selects
its layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.magnitudes import power_text
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.time_map import TimeMap
from nndesigner.gui.plain import Elided, set_tip
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

Floats = npt.NDArray[np.float64]
DEEP = 6
"""layers with weights from which on the view is there by itself"""
FEWEST_DECADES = 3


@dataclass(frozen=True)
class Number:
    """What can be looked at: an array of a measurement. Shares go from 0 to 1, the others by powers of ten."""

    measurement: str
    key: str
    label: str
    share: bool = False


NUMBERS = (
    Number("health", "gradient_norm", "Gradient"),
    Number("health", "std", "Spread of the output"),
    Number("update_ratio", "ratio", "Update to weight"),
    Number("health", "weight_norm", "Weights"),
    Number("health", "dead", "Dead units", share=True),
    Number("health", "saturated", "Saturated values", share=True),
    Number("health", "active", "Values that are not zero", share=True),
)


class LayersOverTime(Monitor):
    """The trails of "health" and "update_ratio"."""

    def __init__(self) -> None:
        super().__init__(LAYERS_OVER_TIME)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.choice = QComboBox()
        self.choice.addItems([tr(number.label) for number in NUMBERS])
        self.choice.setAccessibleName(tr("What is shown of every layer"))
        set_tip(self.choice, tr("What is shown of every layer"))
        self.choice.currentIndexChanged.connect(self._chosen)
        row.addWidget(self.choice)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        box.addLayout(row)
        self.map = TimeMap()
        self.map.picked.connect(self._picked)
        box.addWidget(self.map, 1)
        self.set_content(content)
        self._nodes: list[str] = []
        self._names: list[str] = []
        self._values: Floats = np.zeros((0, 0))
        self._steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)

    @property
    def number(self) -> Number:
        return NUMBERS[self.choice.currentIndex()]

    def _chosen(self) -> None:
        self.subscription_changed.emit()
        self.refresh()

    def _picked(self, row: int) -> None:
        if row < len(self._nodes):
            self.node_activated.emit(self._nodes[row])

    def draw(self) -> None:
        number, run = self.number, self.run
        trail = run.history.trail("", number.measurement) if run is not None else ()
        if not trail and (run is None or not run.history.trail("", "health")):
            self.show_empty(
                tr("Layers over time"),
                tr(
                    "Press Train: one line per layer, from the first step to now, shows where signals vanish."
                ),
            )
            return
        self.show_content()
        self._take(trail, number)
        rows, looks = self._values.shape
        if not rows or not looks:
            self.map.show_columns(
                np.full((1, 1), np.nan, np.float32), np.zeros(1, np.int64), (), ("", ""), lambda r, c: "", ""
            )
            live = run is not None and run.live and not trail
            self.words.setText(
                tr("The first numbers arrive in a moment.") if live else tr("No layer has this number.")
            )
            return
        shares, ends = _shares(self._values, number.share)
        marks = [(i + 0.5, name) for i, name in enumerate(self._names)]
        title = tr("{what} of every layer", what=tr(number.label))
        self.map.show_moments(self.moment, self.compared)
        self.map.show_columns(shares, self._steps, marks, ends, self._words_of, title)
        self.map.select_row(self._nodes.index(self.node) if self.node in self._nodes else -1)
        at = looks if self.moment is None else int(np.searchsorted(self._steps, self.moment, side="right"))
        self.words.setText(_verdict(self._values[:, max(at - 1, 0)], self._names, number))

    def _take(self, trail: Sequence[Frame], number: Number) -> None:
        """The rows that have the number at any time."""
        known = [frame for frame in trail if number.key in frame.arrays]
        nodes = [str(id) for id in known[-1].meta["nodes"]] if known else []
        names = [str(name) for name in known[-1].meta.get("names", nodes)] if known else []
        same = [frame for frame in known if len(frame.arrays[number.key]) == len(nodes)]
        values = (
            np.array([frame.arrays[number.key] for frame in same], np.float64).T if same else np.zeros((0, 0))
        )
        rows = np.flatnonzero(~np.isnan(values).all(axis=1)) if values.size else np.zeros(0, np.int64)
        self._values = values[rows] if len(rows) else np.zeros((0, 0))
        self._nodes, self._names = [nodes[i] for i in rows], [names[i] for i in rows]
        self._steps = np.array([frame.step for frame in same], np.int64)

    def _words_of(self, row: int, look: int) -> str:
        value = float(self._values[row, look])
        said = f"{100 * value:.0f} %" if self.number.share and np.isfinite(value) else short(value)
        step = tr("step {n}", n=f"{int(self._steps[look]):,}")
        return f"{self._names[row]} · {step} · {tr(self.number.label)} {said}"

    def subscriptions(self):
        return tuple(
            s for s in super().subscriptions() if s.measurement in ("health", self.number.measurement)
        )

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("step", *self._names), [
            (int(step), *(float(v) for v in self._values[:, look])) for look, step in enumerate(self._steps)
        ]


def _shares(values: Floats, share: bool) -> tuple[npt.NDArray[np.float32], tuple[str, str]]:
    """Values as 0 (dark) to 1 (light), and what the ends mean. What is no number any more is as light as can be."""
    if share:
        return values.astype(np.float32), ("0 %", "100 %")
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.log10(values)
    known = powers[np.isfinite(powers)]
    low, high = (int(np.floor(known.min())), int(np.ceil(known.max()))) if known.size else (-3, 0)
    low = min(low, high - FEWEST_DECADES)
    made = (powers - low) / (high - low)
    made[values == 0] = 0.0
    return made.astype(np.float32), (power_text(low), power_text(high))


def _verdict(now: Floats, names: Sequence[str], number: Number) -> str:
    """The smallest and the largest of now, by name."""
    if not np.isfinite(now).any():
        return ""
    low, high = int(np.nanargmin(now)), int(np.nanargmax(now))

    def said(value: float) -> str:
        return f"{100 * value:.0f} %" if number.share else short(value)

    if low == high:
        return f"{names[low]} {said(float(now[low]))}"
    return f"{names[low]} {said(float(now[low]))} – {names[high]} {said(float(now[high]))}"


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["health"].applies_to(checked)


def _opens(checked: CheckedNetwork) -> bool:
    return sum(1 for inner in checked.walk() if inner.node.weights and not inner.node.rounds) >= DEEP


LAYERS_OVER_TIME = View(
    name="layers_over_time",
    label="Layers over time",
    icon="network",
    help="One number of every layer from the first step to now: gradient, spread, updates, dead or saturated units.",
    place="network",
    measurements=("health", "update_ratio"),
    applies=_applies,
    make=LayersOverTime,
    order=35,
    opens=_opens,
)
