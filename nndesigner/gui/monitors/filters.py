"""The filters of the selected convolution as small pictures, and how far each has changed since the first look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import MapGrid, listed, rgb_image, short, signed_scale
from nndesigner.gui.plain import Elided, set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

Floats = npt.NDArray[np.float32]
MOST_INPUTS = 256
"""channels of what arrives that can be chosen"""


class FilterGrid(MapGrid):
    """Filters as colours: one sign blue, the other orange, zero the ground."""

    def __init__(self) -> None:
        super().__init__()
        self.filters: Floats = np.zeros((0, 1, 1), np.float32)
        self.changes: Floats = np.zeros(0, np.float32)
        self.since = 0

    def show_filters(self, filters: Floats, changes: Floats, since: int, theme: Theme) -> None:
        """(filters, height, width) or (filters, height, width, 3); how far each has changed since a step, as a share of
        its size.

        Each filter has its own scale: its largest weight is the strongest colour.
        """
        if filters.ndim not in (3, 4) or not filters.size or len(changes) != len(filters):
            raise ValueError("filters are (filters, height, width), each with its change")
        sizes = np.abs(filters).reshape(len(filters), -1).max(axis=1)
        scaled = filters / np.where(sizes > 0, sizes, 1.0).reshape(-1, *([1] * (filters.ndim - 1)))
        codes = np.clip((scaled + 1) * 127.5, 0, 255).round().astype(np.uint8)
        flat = codes if codes.ndim == 3 else codes[..., 0]
        self.show_maps(np.ascontiguousarray(flat), -sizes.astype(np.float32), sizes.astype(np.float32))
        scale = signed_scale(theme)
        self._images = [rgb_image(one if one.ndim == 3 else scale[one]) for one in codes]
        self.filters, self.changes, self.since = filters, changes, since
        self.setAccessibleName(tr("{n} filters", n=len(filters)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QColor(shown_theme().border))  # a filter of zeros is as pale as the ground
        for cell in self.layout_cells():
            painter.drawRect(cell.adjusted(0, 0, -0.5, -0.5))
        painter.end()

    def words_at(self, point: QPointF) -> str:
        for i, cell in enumerate(self.layout_cells()):
            if cell.contains(point):
                return tr(
                    "Filter {n}: weights from {low} to {high}, changed by {share} % since step {step}",
                    n=i,
                    low=short(float(self.filters[i].min())),
                    high=short(float(self.filters[i].max())),
                    share=short(100 * float(self.changes[i])),
                    step=f"{self.since:,}",
                )
        return ""


class Filters(NodeView):
    """The filters, or what was added to them."""

    def __init__(self) -> None:
        super().__init__(FILTERS_VIEW)
        self.unsuitable = tr("Only convolutions have filters that can be drawn. Select one.")
        self.channel = 0
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.inputs = QComboBox()
        self.inputs.setAccessibleName(tr("Channel of what arrives"))
        set_tip(self.inputs, tr("Of which channel of what arrives the weights are shown"))
        self.inputs.activated.connect(self.show_channel)
        row.addWidget(self.inputs)
        self.kind = QComboBox()
        self.kind.addItems([tr("Filters"), tr("Change")])
        self.kind.setAccessibleName(tr("Weights, or what was added to them"))
        set_tip(
            self.kind,
            tr("The weights, or what training has added to them since the first look or the compared moment"),
        )
        self.kind.currentIndexChanged.connect(lambda _: self.refresh())
        row.addWidget(self.kind)
        box.addLayout(row)
        self.grid = FilterGrid()
        self.grid.activated.connect(self.unit_activated)
        box.addWidget(self.grid, 1)
        self.set_content(content)

    def show_channel(self, channel: int) -> None:
        """The weights for another channel of what arrives; measured from the next look on."""
        if channel != self.channel:
            self.channel = channel
            self.subscription_changed.emit()

    def options(self, measurement: str) -> dict[str, object]:
        return {"input": self.channel}

    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("filters", self.node)
        if not isinstance(frame, Frame):
            return False
        now = frame.arrays["filters"].astype(np.float32)
        first, since = self._first(frame)
        moved = now - first
        sizes, moves = (np.linalg.norm(a.reshape(len(a), -1), axis=1) for a in (first, moved))
        changes = (moves / np.where(sizes > 0, sizes, 1.0)).astype(np.float32)
        self.grid.show_filters(moved if self.kind.currentIndex() else now, changes, since, self.theme)
        inputs, number = int(frame.meta["inputs"]), int(frame.meta["all"])
        colored = now.ndim == 4
        self._offer(inputs, 1 if colored or inputs * len(now) == 0 or self._is_line(node) else inputs)
        parts = [
            tr("{n} filters of {size}", n=number, size=listed(now.shape[1:3]))
            if len(now) == number
            else tr("{n} of {all} filters of {size}", n=len(now), all=number, size=listed(now.shape[1:3])),
            tr(
                "changed by {share} % since step {n}",
                share=short(100 * float(changes.mean())),
                n=f"{since:,}",
            ),
        ]
        self.words.setText(" · ".join(parts))
        return True

    @staticmethod
    def _is_line(node: CheckedNode) -> bool:
        return node.record.type.endswith("1d")

    def _first(self, frame: Frame) -> tuple[Floats, int]:
        """The filters at the first look of the same channel, or at the moment that is compared with, and its step."""
        assert self.run is not None
        compared = self.compared_frame("filters", self.node)
        for earlier in (
            *([compared] if compared is not None else []),
            *self.run.history.trail(self.node, "filters"),
        ):
            same = earlier.meta.get("input") == frame.meta.get("input")
            if same and earlier.arrays["filters"].shape == frame.arrays["filters"].shape:
                return earlier.arrays["filters"].astype(np.float32), earlier.step
        return frame.arrays["filters"].astype(np.float32), frame.step

    def _offer(self, inputs: int, choices: int) -> None:
        """The channels that can be chosen; none where all are in the picture already."""
        live = self.run is not None and self.run.live
        number = min(choices, MOST_INPUTS)
        if self.inputs.count() != number:
            self.inputs.clear()
            self.inputs.addItems([tr("channel {n} of {all}", n=i, all=inputs) for i in range(number)])
        self.inputs.setCurrentIndex(min(self.channel, number - 1))
        self.inputs.setVisible(live and number > 1)

    def theme_changed(self, theme: Theme) -> None:
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Every weight that is shown."""
        rows = [(*(int(i) for i in at), float(value)) for at, value in np.ndenumerate(self.grid.filters)]
        names = ("filter", "row", "column", "color")[: self.grid.filters.ndim]
        return (*names, "weight"), rows


def _applies(checked: CheckedNetwork) -> bool:
    filters = measurements()["filters"]
    return any(filters.applies(inner.node) for inner in checked.walk())


FILTERS_VIEW = View(
    name="filters",
    label="Filters",
    icon="group-convolution",
    help="The filters of the selected convolution as small pictures, and how far training has changed them.",
    place="node",
    measurements=("filters",),
    applies=_applies,
    make=Filters,
    before_training=True,
    order=25,
)
