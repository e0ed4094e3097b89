"""How a discriminator scores data and made samples, as two histograms over one axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Chart, Stroke
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame


class DiscriminatorScores(Monitor):
    """The newest scores."""

    def __init__(self) -> None:
        super().__init__(DISCRIMINATOR_SCORES_VIEW)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.legend = Legend()
        box.addWidget(self.legend)
        self.chart = Chart()
        box.addWidget(self.chart, 1)
        self.set_content(content)
        self._rows: list[tuple[object, ...]] = []

    def draw(self) -> None:
        frame = self.frame("discriminator_scores")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Discriminator"), tr("How data and made samples are scored: drawn while it trains.")
            )
            return
        self.show_content()
        edges = frame.arrays["edges"].astype(np.float64)
        strokes, most = [], 0.0
        shares = {}
        for number, port in enumerate(("real", "fake")):
            counts = frame.arrays[port].astype(np.float64)
            if counts.shape != (len(edges) - 1,):
                raise ValueError("a histogram has one edge more than bins")
            shares[port] = counts / max(counts.sum(), 1.0)
            x = np.repeat(edges, 2)
            y = np.concatenate(([0.0], np.repeat(shares[port], 2), [0.0]))
            strokes.append(Stroke(x, y, self.theme.plot(number)))
            most = max(most, float(shares[port].max()))
        real, fake = float(frame.meta["mean_real"]), float(frame.meta["mean_fake"])
        self.words.setText(tr("Apart: it tells them easily"))
        self.legend.show_entries(
            [
                Entry("real", tr("data"), self.theme.plot(0), short(real)),
                Entry("fake", tr("samples"), self.theme.plot(1), short(fake)),
            ]
        )
        extent = (float(edges[0]), float(edges[-1]), 0.0, 1.05 * (most or 1.0))
        labels = (tr("score"), tr("share"))
        self.chart.show_chart(strokes, None, extent, labels)
        self._rows = [
            (float(low), float(high), float(a), float(b))
            for low, high, a, b in zip(edges[:-1], edges[1:], shares["real"], shares["fake"], strict=True)
        ]

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("from", "to", "data", "samples"), self._rows


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["discriminator_scores"].applies_to(checked)


DISCRIMINATOR_SCORES_VIEW = View(
    name="discriminator_scores",
    label="Discriminator",
    icon="histogram",
    help="How the discriminator scores data and made samples. Two heaps far apart: it tells them easily, and the"
    " generator learns little. One heap: it can no longer tell.",
    place="network",
    measurements=("discriminator_scores",),
    applies=_applies,
    make=DiscriminatorScores,
    order=6,
)
