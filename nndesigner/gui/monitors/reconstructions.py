"""Validation images and what the network gives back of them, one above the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.image_grid import ImageGrid, as_images
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame


class Reconstructions(Monitor):
    """The newest answers."""

    def __init__(self) -> None:
        super().__init__(RECONSTRUCTIONS_VIEW)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.grid = ImageGrid()
        box.addWidget(self.grid, 1)
        self.set_content(content)
        self._rows: list[tuple[object, ...]] = []

    def draw(self) -> None:
        frame = self.frame("reconstructions")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Reconstructions"), tr("Validation images and what comes back: drawn while it trains.")
            )
            return
        self.show_content()
        order = ("wanted", "seen", "answer") if "seen" in frame.arrays else ("wanted", "answer")
        layers = [as_images(frame.arrays[name]) for name in order]
        words = tr("Above the input, below the answer")
        if "seen" in frame.arrays:
            words = tr("Clean, as seen, and the answer")
        error = float(frame.meta.get("mse", 0.0))
        self.words.setText(words + " · " + tr("mean squared error {value}", value=short(error)))
        told = tr("{n} images and what the network gives back", n=len(layers[0]))
        self.grid.show_stacks(list(zip(*layers, strict=True)), told=told)
        self._rows = [
            (int(index), name, *frame.arrays[name][i].reshape(-1).tolist())
            for i, index in enumerate(frame.arrays["indices"])
            for name in order
        ]

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        wide = len(self._rows[0]) - 2 if self._rows else 0
        return ("sample", "which", *(str(i) for i in range(wide))), self._rows


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["reconstructions"].applies_to(checked)


RECONSTRUCTIONS_VIEW = View(
    name="reconstructions",
    label="Reconstructions",
    icon="image",
    help="Validation images and, below each, what the network gives back of it. With a distortion, what it sees stands"
    " between them.",
    place="network",
    measurements=("reconstructions",),
    applies=_applies,
    make=Reconstructions,
    before_training=True,
    order=7,
    first=True,
)
