"""What the selected node makes of many samples, in the plane in which they differ most, coloured by their target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.chart import Chart, Dots, around
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import color_scale, short
from nndesigner.gui.plain import Elided
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame

Floats = npt.NDArray[np.float64]
LEVELS = 12
"""colours of a target that is a number"""


class Projection(NodeView):
    """The newest plane, turned as the one before."""

    def __init__(self, view: View | None = None) -> None:
        super().__init__(view or PROJECTION_VIEW)
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
        self._before: tuple[str, npt.NDArray[np.int64], Floats] = (
            "",
            np.zeros(0, np.int64),
            np.zeros((0, 2)),
        )
        self._frame: Frame | None = None

    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("projection", self.node)
        if not isinstance(frame, Frame):
            return False
        self.draw_points(frame)
        return True

    def draw_points(self, frame: Frame) -> None:
        """The points of a frame with their colours and words."""
        points, index = frame.arrays["points"].astype(np.float64), frame.arrays["index"]
        if points.ndim != 2 or points.shape[1] != 2 or len(index) != len(points):
            raise ValueError("a projection is (samples, 2)")
        node_before, index_before, points_before = self._before
        if node_before == self.node:
            points = turned(points, index, points_before, index_before)
        self._before = self.node, index, points
        self._frame = frame
        codes, colors, entries, told = self._colors(frame, len(points))
        self.legend.show_entries(entries)

        def words(dot: int) -> str:
            return tr("Sample {n}", n=f"{int(index[dot]):,}") + (f": {told[dot]}" if told else "")

        explained = [float(v) for v in frame.meta.get("explained", (0.0, 0.0))]
        labels = tuple(
            tr("{axis} component ({share} %)", axis=axis, share=f"{100 * share:.0f}")
            for axis, share in zip((tr("first"), tr("second")), explained, strict=False)
        ) or (tr("first number"), tr("second number"))
        dots = Dots(points[:, 0], points[:, 1], codes, 2.6, colors)
        extent = (*around([points[:, 0]]), *around([points[:, 1]]))
        self.chart.show_chart((), dots, extent, (labels[0], labels[1]), words=words)
        words_of = tr("{n} samples · {features} features, {share} % of what they differ in")
        if not explained:
            words_of = tr("{n} samples, a code of {features} numbers")
        self.words.setText(
            words_of.format(
                n=f"{len(points):,}",
                features=f"{int(frame.meta.get('features', 0)):,}",
                share=f"{100 * sum(explained):.0f}",
            )
        )

    def _colors(
        self, frame: Frame, number: int
    ) -> tuple[npt.NDArray[np.int64], tuple[str, ...], list[Entry], list[str]]:
        """The colour of each point, the colours, the key, and what each point is said to be."""
        if "codes" in frame.arrays and len(frame.arrays["codes"]) == number:
            codes = np.maximum(frame.arrays["codes"].astype(np.int64), 0)
            names = [str(name) for name in frame.meta.get("classes", ())]
            known = max(int(codes.max(initial=0)) + 1, len(names))
            names += [str(i) for i in range(len(names), known)]
            colors = tuple(class_color(self.theme, i) for i in range(known))
            entries = [Entry(str(i), names[i], colors[i]) for i in range(known)]
            return codes, colors, entries, [names[code] for code in codes.tolist()]
        if "value" in frame.arrays and len(frame.arrays["value"]) == number:
            value = frame.arrays["value"].astype(np.float64)
            low, high = float(np.nanmin(value)), float(np.nanmax(value))
            share = np.nan_to_num((value - low) / ((high - low) or 1.0))
            ends = (70, 255) if self.theme.dark else (0, 225)  # away from the ground
            scale = color_scale()[np.linspace(*ends, LEVELS).astype(np.int64)]
            colors = tuple(QColor(*one).name() for one in scale.tolist())
            name = str(frame.meta.get("target", ""))
            entries = [
                Entry("low", tr("small {name}", name=name), colors[0]),
                Entry("high", tr("large"), colors[-1]),
            ]
            codes = np.minimum((share * LEVELS).astype(np.int64), LEVELS - 1)
            return codes, colors, entries, [short(v) for v in value.tolist()]
        return np.zeros(number, np.int64), (), [], []

    def sample_at(self, place: QPoint) -> int | None:
        dot = self.chart.dot_at(QPointF(self.chart.mapFromGlobal(place)))
        return int(self._before[1][dot]) if dot is not None else None

    def theme_changed(self, theme: Theme) -> None:
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        _, index, points = self._before
        told = self._colors(self._frame, len(points))[3] if self._frame is not None else []
        return ("sample", "first", "second", "target"), [
            (int(i), float(x), float(y), told[n] if n < len(told) else "")
            for n, (i, (x, y)) in enumerate(zip(index, points, strict=True))
        ]


def turned(
    points: Floats, index: npt.NDArray[np.int64], before: Floats, index_before: npt.NDArray[np.int64]
) -> Floats:
    """The points with each axis pointing as it did before: a component and its opposite mean the same."""
    _, here, there = np.intersect1d(index, index_before, return_indices=True)
    if len(here) < 3:
        return points
    agreement = (points[here] * before[there]).sum(axis=0)
    return points * np.where(agreement < 0, -1.0, 1.0)


def class_color(theme: Theme, number: int) -> str:
    """The colour of a class: the plot colours, and when they come round paler."""
    color, turn = QColor(theme.plot(number)), number // max(len(theme.plots), 1)
    return color.name() if not turn % 3 else color.lighter(100 + 45 * (turn % 3)).name()


def _applies(checked: CheckedNetwork) -> bool:
    return True


PROJECTION_VIEW = View(
    name="projection",
    label="Projection",
    icon="points",
    help="What the selected layer makes of some hundred samples, in the plane in which they differ most: classes that"
    " lie apart can be told apart here.",
    place="node",
    measurements=("projection",),
    applies=_applies,
    make=Projection,
    before_training=True,
    order=50,
    opens=no_network,
)
