"""Signal flow: how strong the values are that leave each layer, and the gradient that comes back to it, in the
order of the network and on a scale of powers of ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Dots, Floats, Stroke, around
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.magnitudes import power_text
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.power_chart import PowerChart
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements, no_network
from nndesigner.protocol.messages import Frame

STRONGLY = 1e3
"""how many times as small (or as large) a gradient may be at the first layer as at the last before it is said"""


class _Layers(PowerChart):
    """The chart, whose level axis counts layers: a click selects one."""

    def __init__(self) -> None:
        super().__init__((False, True))
        self.picked = lambda place: None

    def across(self, left: float, right: float, most: int) -> list[float]:
        return []

    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame = self.frame()
        if event.button() == Qt.MouseButton.LeftButton and frame.contains(event.position()):
            left, right = self.extent[:2]
            self.picked(round(left + (event.position().x() - frame.left()) / frame.width() * (right - left)))
        super().mousePressEvent(event)


class SignalGradient(Monitor):
    """The newest look."""

    def __init__(self) -> None:
        super().__init__(SIGNAL_GRADIENT)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.legend = Legend()
        box.addWidget(self.legend)
        self.chart = _Layers()
        self.chart.picked = self._picked
        box.addWidget(self.chart, 1)
        self.set_content(content)
        self._nodes: list[str] = []
        self._rows: list[tuple[object, ...]] = []

    def _picked(self, place: int) -> None:
        if 0 <= place < len(self._nodes):
            self.node_activated.emit(self._nodes[place])

    def draw(self) -> None:
        frame = self.frame("signal_gradient")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Signal and gradient"),
                tr(
                    "How strong the signal is on its way forward and the gradient on its way back: train to see it."
                ),
            )
            return
        self.show_content()
        signal, gradient = (frame.arrays[key].astype(np.float64) for key in ("signal", "gradient"))
        self._nodes = [str(key) for key in frame.meta["nodes"]]
        names, ports = ([str(one) for one in frame.meta[key]] for key in ("names", "ports"))
        if not len(signal) == len(gradient) == len(names) == len(ports) == len(self._nodes):
            raise ValueError("a signal and a gradient for each place")
        self._rows = list(zip(names, ports, signal.tolist(), gradient.tolist(), strict=True))
        places = np.arange(len(names), dtype=np.float64)
        strokes, entries, points = [], [], []
        for i, (key, words, values) in enumerate(
            (("signal", tr("signal"), signal), ("gradient", tr("gradient"), gradient))
        ):
            good = np.isfinite(values) & (values > 0)
            strokes.append(Stroke(places[good], np.log10(values[good]), self.theme.plot(i)))
            entries.append(Entry(key, words, self.theme.plot(i)))
            points.append((np.flatnonzero(good), np.log10(values[good]), np.full(int(good.sum()), i)))
        self.legend.show_entries(entries)
        numbers, heights, codes = (np.concatenate([p[k] for p in points]) for k in range(3))
        low, high = around([heights], 0.06)
        if high - low < 2:
            middle = (low + high) / 2
            low, high = middle - 1, middle + 1

        def words_of(dot: int) -> str:
            at = int(numbers[dot])
            return tr(
                "{name}: signal {signal}, gradient {gradient}",
                name=names[at],
                signal=short(float(signal[at])),
                gradient=short(float(gradient[at])),
            )

        self.chart.show_chart(
            strokes,
            Dots(numbers.astype(np.float64), heights, codes.astype(np.int64), 2.4),
            (-0.5, max(len(names), 1) - 0.5, low, high),
            (tr("spread by layer, from the input to the output"), ""),
            words=words_of,
        )
        self.words.setText(verdict(gradient))

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("node", "port", "signal", "gradient"), self._rows


def verdict(gradient: Floats) -> str:
    """What becomes of the gradient on its way from the output to the input."""
    known = gradient[np.isfinite(gradient)]
    if len(known) < 2:
        return tr("No gradient comes back: nothing here learns from the loss.")
    first, last = float(known[0]), float(known[-1])
    if last <= 0:
        return tr("No gradient leaves the loss.")
    if first <= 0:
        return tr("The gradient is gone before it reaches the input.")
    times = first / last
    if times < 1 / STRONGLY:
        power = -math.floor(math.log10(times))
        return tr(
            "The gradient vanishes: about {n} times weaker at the input than at the output.",
            n=power_text(power),
        )
    if times > STRONGLY:
        power = math.ceil(math.log10(times))
        return tr(
            "The gradient explodes: about {n} times stronger at the input than at the output.",
            n=power_text(power),
        )
    return tr(
        "The gradient reaches the input at {times} times its strength at the output.", times=short(times)
    )


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["signal_gradient"].applies_to(checked)


SIGNAL_GRADIENT = View(
    name="signal_gradient",
    label="Signal flow",
    icon="wire",
    help="How strong the values are that leave each layer, and the gradient that comes back to it, from the input to"
    " the output: both should keep their size from end to end.",
    place="network",
    measurements=("signal_gradient",),
    applies=_applies,
    make=SignalGradient,
    order=45,
    opens=no_network,
    before_training=True,
)
