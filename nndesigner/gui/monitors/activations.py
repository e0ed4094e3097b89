"""What leaves the selected node on a few validation samples: spread as a histogram, and feature maps or a sequence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import (
    HeatMap,
    HistogramPicture,
    MapGrid,
    histogram_of,
    listed,
    moments_words,
    short,
)
from nndesigner.gui.monitors.samples import SampleRow
from nndesigner.gui.monitors.values import ValueBars
from nndesigner.gui.plain import label
from nndesigner.protocol.messages import Frame

Floats = npt.NDArray[np.float32]


class Activations(Monitor):
    """The selected node's output."""

    def __init__(self) -> None:
        super().__init__(ACTIVATIONS)
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(10, 6, 10, 8)
        outer.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(8)
        self.badge = label(role="error")
        line.addWidget(self.badge)
        self.samples = SampleRow()
        self.samples.changed.connect(self.subscription_changed)
        line.addWidget(self.samples, 1)
        outer.addLayout(line)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._box.setSpacing(8)
        outer.addLayout(self._box, 1)
        self._picture = QWidget()
        inner = QVBoxLayout(self._picture)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        holder = QWidget()
        self._kinds = QStackedLayout(holder)
        self.maps = MapGrid()
        self.sequence = HeatMap()
        self.values = ValueBars()
        for picture in (self.maps, self.sequence, self.values):
            picture.activated.connect(self.unit_activated)
            self._kinds.addWidget(picture)
        inner.addWidget(holder, 1)
        self._box.addWidget(self._picture, 3)
        self.histogram = HistogramPicture()
        self._box.addWidget(self.histogram, 2)
        self.set_content(content)

    def options(self, measurement: str) -> dict[str, object]:
        return {"sample": self.samples.sample} if measurement != "activation_histogram" else {}

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 1.35 * self.height()
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def draw(self) -> None:
        run = self.run
        node = run.node(self.node) if run is not None and self.node else None
        if not self.node:
            self.show_empty(
                tr("No layer selected"), tr("Click a layer on the canvas to see what it does to the data.")
            )
            return
        if run is None or node is None:
            self.show_empty(
                tr("Activations"),
                tr("Press Train: what leaves this layer is shown here while it learns.")
                if run is None
                else self.note or tr("No output depends on this layer, so it is not trained."),
            )
            return
        spread = self.frame("activation_histogram", self.node)
        maps = self.frame("feature_maps", self.node)
        sequence = self.frame("sequence_map", self.node)
        output = self.frame("node_output", self.node)
        if not any(isinstance(f, Frame) for f in (spread, maps, sequence, output)):
            self.show_empty(node.name, self._why_nothing())
            return
        self.show_content()
        self._show_badge(output)
        self._show_picture(maps, sequence, output)
        self._show_spread(node.name, spread)

    def _why_nothing(self) -> str:
        if not self.subscriptions():
            return tr("This layer gives nothing that can be drawn.")
        if self.run is not None and self.run.live:
            return tr("The first picture arrives in a moment.")
        return tr(
            "Nobody looked at this layer while the run was going on. Select it and train again to see it."
        )

    def _show_badge(self, output: object) -> None:
        """How many values are not finite, where any are."""
        meta = output.meta if isinstance(output, Frame) else {}
        lost, known = int(meta.get("not_finite", 0)), int(meta.get("values", 0))
        self.badge.setText(tr("{n} of {all} values not finite", n=f"{lost:,}", all=f"{known:,}"))
        self.badge.setVisible(lost > 0)

    def _show_picture(self, maps: object, sequence: object, output: object) -> None:
        facts = output.meta if isinstance(output, Frame) else {}
        plain = isinstance(output, Frame) and bool(output.arrays["values"].size)
        self._picture.setVisible(isinstance(maps, Frame) or isinstance(sequence, Frame) or plain)
        meta = facts
        words = listed(facts.get("shape", ()))
        changes = None
        if isinstance(maps, Frame):
            changes = self._changes(maps)
            if changes is not None:
                self.maps.show_changes(changes)
            else:
                self.maps.show_maps(maps.arrays["maps"], maps.arrays["low"], maps.arrays["high"])
            self._kinds.setCurrentWidget(self.maps)
            meta = maps.meta
            size = listed(meta.get("shape", ()))
            words = _of_all(len(maps.arrays["maps"]), int(meta.get("channels", 0)), size)
        elif isinstance(sequence, Frame):
            meta = sequence.meta
            self.sequence.show_map(
                sequence.arrays["map"],
                float(meta.get("low", 0.0)),
                float(meta.get("high", 1.0)),
                tr("time →"),
                tr("features"),
            )
            self._kinds.setCurrentWidget(self.sequence)
            words = tr(
                "{features} features over {steps} steps",
                features=meta.get("features", 0),
                steps=meta.get("steps", 0),
            )
        elif isinstance(output, Frame) and plain:
            self.values.show_values(output.arrays["values"])
            self._kinds.setCurrentWidget(self.values)
            all_values = math.prod(int(n) for n in meta.get("shape", ()))
            words = _of_all(len(output.arrays["values"]), all_values, "")
        number = meta.get("index", -1)
        which = tr("sample {n}", n=f"{number:,}") if isinstance(number, int) and number >= 0 else ""
        against = tr("change since step {n}", n=f"{self.compared:,}") if changes is not None else ""
        words = " · ".join(part for part in (which, against, words, *facts_of(facts)) if part)
        self.samples.setVisible(bool(words))
        self.samples.say(words, self.run is not None and self.run.live and not self.run.preview, meta)

    def _changes(self, maps: Frame) -> Floats | None:
        """What was added to each map since the moment that is compared with; None where nothing is, or it was another
        sample."""
        before = self.compared_frame("feature_maps", self.node)
        same = before is not None and all(
            before.meta.get(key) == maps.meta.get(key) for key in ("sample", "index")
        )
        if before is None or not same or before.arrays["maps"].shape != maps.arrays["maps"].shape:
            return None
        return _values(maps) - _values(before)

    def _show_spread(self, name: str, spread: object) -> None:
        self.histogram.setVisible(isinstance(spread, Frame))
        if isinstance(spread, Frame):
            meta = spread.meta
            before = self.compared_frame("activation_histogram", self.node)
            mean = meta.get("mean")
            self.histogram.show_histogram(
                tr("Values after {name}", name=name),
                moments_words(meta, before),
                spread.arrays["counts"],
                spread.arrays["edges"],
                float(mean) if isinstance(mean, int | float) else None,
                self.theme.plot(0),
                histogram_of(before),
            )

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        counts, edges = self.histogram.counts, self.histogram.edges
        rows = (
            [(float(a), float(b), int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
            if len(counts)
            else []
        )
        return ("from", "to", "values"), rows


def _values(maps: Frame) -> Floats:
    """(maps, height, width) float32, of bytes and what their ends stand for."""
    low, high = (maps.arrays[key].astype(np.float32)[:, None, None] for key in ("low", "high"))
    values: Floats = low + maps.arrays["maps"].astype(np.float32) / 255 * (high - low)
    return values


def facts_of(meta: Mapping[str, Any]) -> list[str]:
    """["0 to 2.4", "12 % of the units dead"] from what the measurement "node_output" says; [] for nothing."""
    parts = []
    if int(meta.get("values", 0)) > int(meta.get("not_finite", 0)):
        low, high = float(meta.get("low", 0.0)), float(meta.get("high", 0.0))
        parts.append(tr("{low} to {high}", low=short(low), high=short(high)))
    if "dead" in meta:
        parts.append(tr("{share} % of the units dead", share=f"{100 * float(meta['dead']):.0f}"))
    return parts


def _of_all(shown: int, number: int, size: str) -> str:
    """ "16 maps of 8 × 8", or "256 of 512 values" where there is no size."""
    count = f"{shown:,}" if shown == number else tr("{n} of {all}", n=f"{shown:,}", all=f"{number:,}")
    return tr("{n} maps of {size}", n=count, size=size) if size else tr("{n} values", n=count)


def _applies(checked: CheckedNetwork) -> bool:
    return True


ACTIVATIONS = View(
    name="activations",
    label="Activations",
    icon="feature-maps",
    help="What leaves the selected layer: how its values are spread, and its feature maps or its sequence.",
    place="node",
    measurements=("activation_histogram", "feature_maps", "sequence_map", "node_output"),
    applies=_applies,
    make=Activations,
    before_training=True,
    order=10,
)
