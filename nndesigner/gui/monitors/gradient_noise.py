"""Gradient noise: how much of the best possible step each batch size makes, and where the plan's stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nndesigner.base.text import tr
from nndesigner.explorations.gradient_noise import progress_per_step
from nndesigner.gui.monitors.chart import Stroke
from nndesigner.gui.monitors.explorer import Explorer, choice_button
from nndesigner.gui.monitors.lr_finder import learns
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.power_chart import Mark, PowerChart
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame

MUCH = 4.0
"""how many times as large or as small as the noise scale a batch has to be before another size is worth a word"""


class GradientNoise(Explorer):
    def __init__(self) -> None:
        self.chart = PowerChart((True, False))
        super().__init__(GRADIENT_NOISE, "gradient_noise", self.chart)
        self.suggested = 0
        """a batch size near the noise scale, a power of two; 0 for none"""
        self.use_button = choice_button(
            tr("Set it in the training plan: one step that can be undone"), self.use
        )
        self.choices.addWidget(self.use_button)

    def use(self) -> None:
        """Sets the suggestion as the plan's batch size."""
        if self.suggested:
            self.set_plan("batch_size", self.suggested, tr("Set {what}", what=tr("Batch size")))

    def show_found(self, frame: Frame) -> None:
        meta = frame.meta
        scale, low, high = (float(meta[key]) for key in ("scale", "low", "high"))
        batch = int(self.plan().get("batch_size", meta["batch_size"]))
        self.suggested = 0
        if not math.isfinite(scale):
            self.use_button.hide()
            self.chart.show_chart((), None, (0, 5, 0, 1.02), (tr("batch size"), tr("progress of a step")))
            self.chart.show_marks([Mark(math.log10(batch), tr("now"), self.theme.muted)])
            self.tell(
                tr("The gradient drowns in its noise."),
                tr(
                    "Even {n} samples together have no clear direction: these weights are at rest, or much larger"
                    " batches or a smaller learning rate are needed to get further.",
                    n=f"{int(meta['big']):,}",
                ),
            )
            return
        scale = max(scale, 1e-3)
        ends = math.floor(math.log10(min(batch, scale, 1.0))), math.ceil(math.log10(max(batch, scale) * 20))
        powers = np.linspace(*ends, 200)
        sure = [(value, True) for value in (low, high) if math.isfinite(value) and value > 0]
        strokes = [
            Stroke(powers, progress_per_step(10.0**powers, value), self.theme.plot(0), faint=faint)
            for value, faint in ((scale, False), *sure)
        ]
        self.chart.show_chart(strokes, None, (*ends, 0, 1.02), (tr("batch size"), tr("progress of a step")))
        self.chart.show_marks(
            [
                Mark(math.log10(batch), tr("now"), self.theme.muted),
                Mark(math.log10(scale), tr("noise scale"), self.theme.plot(2)),
            ]
        )
        self._tell(scale, low, high, batch)

    def _tell(self, scale: float, low: float, high: float, batch: int) -> None:
        share = float(progress_per_step(batch, scale))
        verdict = tr("Noise scale {n} samples", n=_count(scale))
        if math.isfinite(low) and math.isfinite(high):
            verdict += " " + tr("({low} to {high})", low=_count(low), high=_count(high))
        now = tr(
            "A step with {batch} samples makes {share} % of the progress of one with endlessly many.",
            batch=f"{batch:,}",
            share=f"{100 * share:.0f}",
        )
        near = 2 ** max(round(math.log2(max(scale, 1.0))), 0)
        if batch * MUCH < scale:
            self.suggested = near
            what = tr(
                "Larger batches, up to about {n}, save almost as many steps as they cost samples.",
                n=f"{near:,}",
            )
        elif batch > scale * MUCH:
            self.suggested = near
            what = tr(
                "Smaller batches, down to about {n}, get nearly as far per step for less work.", n=f"{near:,}"
            )
        else:
            what = tr("That is about right: twice as many samples would not save half of the steps.")
        later = tr("The scale usually grows while the loss falls.")
        self.tell(verdict, f"{now} {what} {later}")
        self.use_button.setVisible(bool(self.suggested))
        self.use_button.setText(tr("Use batch size {n}", n=f"{self.suggested:,}"))

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        frame = self.found()
        if frame is None:
            return (), ()
        names = ("scale", "low", "high", "noise", "signal", "small", "big", "batch_size")
        return ("number", "value"), [(name, frame.meta[name]) for name in names]


def _count(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{round(value):,}"


GRADIENT_NOISE = View(
    name="gradient_noise",
    label="Gradient noise",
    icon="points",
    help="Which batch size is worth its price: it compares the gradients of many small batches, and tells up to which"
    " size larger batches save steps.",
    place="network",
    measurements=(),
    applies=learns,
    make=GradientNoise,
    order=62,
    opens=no_network,
    before_training=True,
)
