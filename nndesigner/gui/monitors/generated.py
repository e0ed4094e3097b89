"""Samples that the network makes from the same random numbers, as pictures, points or lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Chart, Dots, Stroke, around
from nndesigner.gui.monitors.image_grid import ImageGrid, as_images
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

MOST_LINES = 12


class Generated(Monitor):
    """The newest samples."""

    def __init__(self) -> None:
        super().__init__(GENERATED_VIEW)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.legend = Legend()
        box.addWidget(self.legend)
        self.grid = ImageGrid()
        box.addWidget(self.grid, 1)
        self.chart = Chart()
        box.addWidget(self.chart, 1)
        self.set_content(content)
        self._rows: list[tuple[object, ...]] = []

    def draw(self) -> None:
        frame = self.frame("generated")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Samples"), tr("What the network makes of random numbers: drawn while it trains.")
            )
            return
        self.show_content()
        self._rows = []
        pictured = "images" in frame.arrays
        self.grid.setVisible(pictured)
        self.chart.setVisible(not pictured)
        self.legend.setVisible(not pictured)
        if pictured:
            self._draw_images(frame)
        else:
            self._draw_values(frame)

    def _draw_images(self, frame: Frame) -> None:
        images = as_images(frame.arrays["images"])
        labels = [str(label) for label in frame.meta.get("labels", ())]
        columns = int(frame.meta.get("columns", 0))
        words = tr("{n} samples of the same random numbers", n=len(images))
        if columns and not labels:
            words = tr("The plane of codes, from corner to corner")
        self.words.setText(words)
        told = tr("{n} samples that the network makes", n=len(images))
        self.grid.show_stacks([(image,) for image in images], labels[: columns or None], columns, told)
        pixels = frame.arrays["images"].reshape(len(images), -1)
        self._rows = [(i, *row.tolist()) for i, row in enumerate(pixels)]

    def _draw_values(self, frame: Frame) -> None:
        made = frame.arrays["values"].astype(np.float64)
        self.words.setText(tr("{n} samples of the same random numbers", n=f"{len(made):,}"))
        self._rows = [(i, *row.tolist()) for i, row in enumerate(made)]
        if made.shape[1] == 2:
            real = frame.arrays.get("real", np.zeros((0, 2))).astype(np.float64)
            both = np.concatenate((real, made))
            codes = np.repeat([0, 1], (len(real), len(made)))
            colors = (self.theme.muted, self.theme.plot(0))
            extent = (*around([both[:, 0]]), *around([both[:, 1]]))
            self.legend.show_entries(
                [Entry("real", tr("data"), colors[0]), Entry("made", tr("made"), colors[1])]
            )
            labels = (tr("first number"), tr("second number"))
            self.chart.show_chart((), Dots(both[:, 0], both[:, 1], codes, 2.4, colors), extent, labels)
            return
        self.legend.show_entries(())
        x = np.arange(made.shape[1], dtype=np.float64)
        strokes = [Stroke(x, row, self.theme.plot(i)) for i, row in enumerate(made[:MOST_LINES])]
        extent = (0.0, float(max(made.shape[1] - 1, 1)), *around([made[:MOST_LINES].reshape(-1)]))
        self.chart.show_chart(strokes, None, extent, (tr("place"), tr("value")))

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        wide = len(self._rows[0]) - 1 if self._rows else 0
        return ("sample", *(str(i) for i in range(wide))), self._rows


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["generated"].applies_to(checked)


GENERATED_VIEW = View(
    name="generated",
    label="Samples",
    icon="image",
    help="What the network makes of random numbers, the same numbers at every look: watch the samples become like the"
    " data. A code of two numbers is walked through from corner to corner; with classes, each column is one.",
    place="network",
    measurements=("generated",),
    applies=_applies,
    make=Generated,
    order=5,
    first=True,
)
