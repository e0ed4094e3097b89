"""How busy the machine is with the run: samples a second, memory, processor and device over time, and the time left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.plan import plan_values
from nndesigner.gui.monitors.chart import Chart, Stroke
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.series import Floats, nice_above
from nndesigner.gui.plain import label
from nndesigner.gui.training_words import duration
from nndesigner.measurements.measurement import measurements, no_network
from nndesigner.protocol.messages import Frame


@dataclass(frozen=True)
class Number:
    """A number of "machine": what it is called, and a value of it in words; `unit` is what the axis counts in."""

    key: str
    label: str
    words: Callable[[float], str]
    unit: float = 1.0


NUMBERS = (
    Number("samples_per_second", "Samples a second", lambda v: f"{v:,.0f}"),
    Number("memory", "Memory of the process (MB)", lambda v: f"{v:,.0f} MB", 1e6),
    Number("processor", "Processor (cores)", lambda v: f"{v:.2f}"),
    Number("device_memory", "Memory of the device (MB)", lambda v: f"{v:,.0f} MB", 1e6),
    Number("device_load", "Load of the device", lambda v: f"{100 * v:.0f} %"),
)


class MachineView(Monitor):
    """A chart for each number that is known."""

    def __init__(self) -> None:
        super().__init__(MACHINE_VIEW)
        content = QWidget()
        self._box = QVBoxLayout(content)
        self._box.setContentsMargins(10, 6, 10, 8)
        self._box.setSpacing(2)
        self.left = label(role="subtitle")
        self._box.addWidget(self.left)
        self.charts = {number.key: Chart() for number in NUMBERS}
        self.words = {number.key: label(role="muted") for number in NUMBERS}
        for key, chart in self.charts.items():
            self._box.addWidget(self.words[key])
            self._box.addWidget(chart, 1)
        self.set_content(self.scrolled(content))

    def draw(self) -> None:
        trail = self.trail("machine")
        series = {number.key: self._series(trail, number) for number in NUMBERS}
        known = {key: (x, y) for key, (x, y) in series.items() if len(y)}
        if self.run is None or not known:
            self.show_empty(
                tr("Machine"),
                tr("The first numbers arrive in a moment.")
                if self.run is not None and self.run.live
                else tr("Leave this view open while a run trains to see how busy the machine is."),
            )
            return
        self.show_content()
        clock = self.run.history.clock if self.run.live else None
        left = clock.seconds_left if clock is not None and self.moment is None else -1.0
        self.left.setText(tr("{time} left", time=duration(left)) if left >= 0 else "")
        self.left.setVisible(left >= 0)
        for place, number in enumerate(NUMBERS):
            words, chart = self.words[number.key], self.charts[number.key]
            words.setVisible(number.key in known)
            chart.setVisible(number.key in known)
            if number.key not in known:
                continue
            x, y = known[number.key]
            words.setText(f"{tr(number.label)}: {number.words(float(y[-1]))}")
            top = nice_above(float(y.max()))
            stroke = Stroke(x, y, self.theme.plot(place))
            chart.show_chart([stroke], None, (float(x[0]), float(x[-1]), 0.0, top), (tr("step"), ""))

    def _series(self, trail: Sequence[Frame], number: Number) -> tuple[Floats, Floats]:
        """Steps, and the number in its unit; samples are steps times the size of a batch."""
        key, factor = number.key, 1 / number.unit
        if key == "samples_per_second" and self.run is not None and self.run.document is not None:
            key, factor = "steps_per_second", float(plan_values(self.run.document)[0]["batch_size"])
        found = [(frame.step, float(frame.arrays[key][0])) for frame in trail if key in frame.arrays]
        values = np.array(found, np.float64).reshape(-1, 2)
        return values[:, 0], values[:, 1] * factor

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        trail = self.trail("machine")
        rows = [
            (number.key, int(x), float(y))
            for number in NUMBERS
            for x, y in zip(*self._series(trail, number), strict=True)
        ]
        return ("number", "step", "value"), rows


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["machine"].applies_to(checked)


MACHINE_VIEW = View(
    name="machine",
    label="Machine",
    icon="device",
    help="Samples a second, the time left, memory, processor and device while a run trains.",
    place="network",
    measurements=("machine",),
    applies=_applies,
    make=MachineView,
    opens=no_network,
    order=65,
)
