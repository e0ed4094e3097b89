"""The singular values of the selected node's weights, largest first, and how many of them count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.chart import Chart, Stroke
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.plain import label
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame


class Spectrum(NodeView):
    """A line for each weight of two axes or more; the words give its ranks."""

    def __init__(self) -> None:
        super().__init__(SPECTRUM_VIEW)
        self.unsuitable = tr("This layer has no weights: there is nothing to decompose.")
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(4)
        self.words = label(wrap=True)
        self.chart = Chart()
        box.addWidget(self.words)
        box.addWidget(self.chart, 1)
        self.values: dict[str, np.ndarray] = {}
        self.set_content(content)

    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("spectrum", self.node)
        if not isinstance(frame, Frame):
            return False
        told: Mapping[str, Any] = frame.meta.get("weights", {})
        self.values = {
            name: frame.arrays[f"{name}.values"] for name in told if f"{name}.values" in frame.arrays
        }
        self.words.setText("\n".join(_words(f"{node.name}.{name}", about) for name, about in told.items()))
        if not told:
            self.words.setText(tr("{name} has no weight of two axes.", name=node.name))
        before = self.compared_frame("spectrum", self.node)
        strokes = [self._stroke(i, values) for i, values in enumerate(self.values.values())]
        if before is not None:
            strokes += [
                self._stroke(i, before.arrays[f"{name}.values"], faint=True)
                for i, name in enumerate(self.values)
                if f"{name}.values" in before.arrays
            ]
        most = max((float(values.max()) for values in self.values.values() if len(values)), default=1.0)
        longest = max((len(values) for values in self.values.values()), default=2)
        extent = (1.0, max(longest, 2), 0.0, 1.05 * most or 1.0)
        self.chart.show_chart(strokes, None, extent, (tr("Direction, strongest first"), tr("Singular value")))
        return True

    def _stroke(self, number: int, values: np.ndarray, faint: bool = False) -> Stroke:
        along = np.arange(1, len(values) + 1, dtype=np.float64)
        return Stroke(along, values.astype(np.float64), self.theme.plot(number), faint)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [(name, i + 1, float(v)) for name, values in self.values.items() for i, v in enumerate(values)]
        return ("weights", "direction", "singular value"), rows


def _words(name: str, about: Mapping[str, Any]) -> str:
    size = f"{about.get('rows', '?')} × {about.get('columns', '?')}"
    if about.get("reason") == "large":
        return tr("{name}, {size}: larger than 1024 × 1024, so it is not decomposed.", name=name, size=size)
    if "effective_rank" not in about:
        return tr("{name}, {size}: some of its values are not finite.", name=name, size=size)
    return tr(
        "{name}, {size}: effective rank {rank} of {most}, stable rank {stable}",
        name=name,
        size=size,
        rank=f"{about['effective_rank']:.1f}",
        most=min(about["rows"], about["columns"]),
        stable=f"{about['stable_rank']:.1f}",
    )


def _applies(checked: CheckedNetwork) -> bool:
    return True


SPECTRUM_VIEW = View(
    name="spectrum",
    label="Spectrum",
    icon="weights",
    help="The singular values of the selected layer's weights: how many directions it uses of those that it has.",
    place="node",
    measurements=("spectrum",),
    applies=_applies,
    make=Spectrum,
    opens=no_network,
    order=60,
)
