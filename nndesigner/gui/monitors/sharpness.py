"""Sharpness: the largest curvature of the loss as it was found, against what the learning rate bears."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nndesigner.base.text import tr
from nndesigner.gui.monitors.chart import Stroke, around
from nndesigner.gui.monitors.explorer import Explorer
from nndesigner.gui.monitors.lr_finder import learns
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.power_chart import Mark, PowerChart
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame

NEAR = 0.8
"""the share of the limit from which on training is at the edge of what it bears"""
FAR = 20.0
"""how many times as large as the curvature the limit may be before it is left out of the picture"""


class Sharpness(Explorer):
    def __init__(self) -> None:
        self.chart = PowerChart()
        super().__init__(SHARPNESS, "sharpness", self.chart)

    def show_found(self, frame: Frame) -> None:
        largest, smallest = (np.asarray(frame.arrays[key], np.float64) for key in ("largest", "smallest"))
        if len(largest) != len(smallest) or not len(largest):
            raise ValueError("two estimates after each product")
        meta = frame.meta
        sharpness, limit, rate = (float(meta[key]) for key in ("sharpness", "limit", "rate"))
        steps = np.arange(1, len(largest) + 1, dtype=np.float64)
        strokes = [
            Stroke(steps, largest, self.theme.plot(0)),
            Stroke(steps, smallest, self.theme.plot(1), faint=True),
        ]
        shown = [largest, smallest, np.zeros(1)]
        if limit <= FAR * abs(sharpness):
            shown.append(np.array([limit]))
        low, high = around(shown)
        labels = (tr("Hessian-vector products"), tr("eigenvalue"))
        self.chart.show_chart(strokes, None, (1, max(len(largest), 2), low, high), labels)
        self.chart.show_marks(
            [Mark(limit, tr("limit {value}", value=_plain(limit)), self.theme.warning, across=True)]
        )
        self.tell(*self._words(sharpness, limit, rate, bool(meta["exact"]), float(smallest[-1])))

    def _words(
        self, sharpness: float, limit: float, rate: float, exact: bool, lowest: float
    ) -> tuple[str, str]:
        verdict = tr("Sharpness {value} · limit {limit}", value=_plain(sharpness), limit=_plain(limit))
        if sharpness <= 0:
            what = tr("No direction curves upwards: these weights are far from any minimum.")
        elif sharpness > limit:
            what = tr(
                "Steps of {rate} overshoot along the sharpest direction: the loss jumps there. Below {rate_limit} they"
                " would not.",
                rate=short(rate),
                rate_limit=short(rate * limit / sharpness),
            )
        elif sharpness > NEAR * limit:
            what = tr(
                "This is the edge of what a learning rate of {rate} bears: do not raise it.", rate=short(rate)
            )
        else:
            what = tr(
                "Steps of {rate} are stable; up to {rate_limit} they would be.",
                rate=short(rate),
                rate_limit=short(rate * limit / sharpness),
            )
        if not exact:
            what += " " + tr(
                "The limit 2 / learning rate is that of plain gradient descent: Adam and RMSprop scale each direction,"
                " so for them it is only a hint."
            )
        if lowest < -0.05 * max(sharpness, 1e-12):
            what += " " + tr(
                "Some directions curve downwards ({value}): it is not a minimum.", value=short(lowest)
            )
        return verdict, what

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        frame = self.found()
        if frame is None:
            return (), ()
        both = zip(frame.arrays["largest"].tolist(), frame.arrays["smallest"].tolist(), strict=True)
        return ("product", "largest", "smallest"), [(i + 1, a, b) for i, (a, b) in enumerate(both)]


def _plain(value: float) -> str:
    """Thousands as they are said, not as powers."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else short(value)


SHARPNESS = View(
    name="sharpness",
    label="Sharpness",
    icon="chart",
    help="How sharply the loss curves around these weights (the largest eigenvalue of the Hessian), and whether the"
    " learning rate bears it: gradient descent stays stable below 2 / learning rate.",
    place="network",
    measurements=(),
    applies=learns,
    make=Sharpness,
    order=64,
    opens=no_network,
    before_training=True,
)
