"""How large many values are, over time: what the views of activations and of gradients share. Powers of ten upwards,
one column per look; zeros have a strip of their own below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNode
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.time_map import TimeMap
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import MAGNITUDE_BINS, MAGNITUDES
from nndesigner.protocol.messages import Frame

FEWEST_DECADES = 4
EDGES = np.linspace(*MAGNITUDES, MAGNITUDE_BINS + 1)
PER_DECADE = round(MAGNITUDE_BINS / (MAGNITUDES[1] - MAGNITUDES[0]))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Magnitudes(NodeView):
    """The trail of a measurement of magnitudes at the selected node."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.map = TimeMap()
        box.addWidget(self.map, 1)
        self.set_content(content)
        self._counts: npt.NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)

    def draw_node(self, node: CheckedNode) -> bool:
        assert self.run is not None
        trail = self.run.history.trail(self.node, self.view.measurements[0])
        if not trail:
            return False
        counts = np.stack([frame.arrays["counts"] for frame in trail], axis=1)
        if counts.shape[0] != MAGNITUDE_BINS:
            raise ValueError("magnitudes have a bin for every quarter of a power of ten")
        zeros = np.array([int(frame.meta["zero"]) for frame in trail])
        totals = np.maximum(counts.sum(axis=0) + zeros, 1)
        self._counts, self._steps = counts, np.array([frame.step for frame in trail], np.int64)
        low, high = _decades(counts)
        inside = counts[low * PER_DECADE : high * PER_DECADE] / totals
        strip = np.vstack((np.full((1, len(trail)), np.nan), np.repeat(zeros[None] / totals, 2, axis=0)))
        # The root: a twentieth of the values is to be seen beside half of them.
        most = max(float(inside.max(initial=0.0)), float((zeros / totals).max()), 1e-6)
        shares = np.sqrt(np.vstack((inside[::-1], strip)) / most).astype(np.float32)
        rows = len(inside)
        marks = [
            (float(rows - i * PER_DECADE), power_text(int(MAGNITUDES[0]) + low + i))
            for i in range(high - low, -1, -1)
        ]
        first = low * PER_DECADE

        def words(row: int, look: int) -> str:
            step = tr("step {n}", n=f"{int(self._steps[look]):,}")
            if row >= rows:
                return f"{step} · " + tr(
                    "{share} % are zero", share=f"{100 * zeros[look] / totals[look]:.1f}"
                )
            at = first + rows - 1 - row
            return f"{step} · " + tr(
                "{low} to {high}: {share} % of the values",
                low=short(10.0 ** EDGES[at]),
                high=short(10.0 ** EDGES[at + 1]),
                share=f"{100 * counts[at, look] / totals[look]:.1f}",
            )

        # The decade below everything is where the strip of zeros begins: its own mark would cover "0".
        marks = [mark for mark in marks if mark[0] < rows] + [(rows + 2.0, "0")]
        ends = ("0 %", f"{100 * most:.0f} %")
        self.map.show_moments(self.moment, self.compared)
        self.map.show_columns(shares, self._steps, marks, ends, words, f"{node.name}: {tr(self.view.label)}")
        once = len(trail) == 1 and not self.run.live
        self.words.setText(
            _summary(
                node.name,
                past[-1] if (past := self.trail(self.view.measurements[0], self.node)) else trail[0],
            )
            + (" · " + tr("looked at once: keep this open while it trains") if once else "")
        )
        return True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Counts of the bins that have any, by step."""
        rows = [
            (int(self._steps[look]), 10.0 ** EDGES[at], 10.0 ** EDGES[at + 1], int(self._counts[at, look]))
            for look in range(self._counts.shape[1])
            for at in np.flatnonzero(self._counts[:, look]).tolist()
        ]
        return ("step", "from", "to", "values"), rows


def _decades(counts: npt.NDArray[np.int64]) -> tuple[int, int]:
    """The powers of ten that are shown, counted from the smallest: all that were ever met, at least four."""
    met = np.flatnonzero(counts.any(axis=1))
    whole = MAGNITUDE_BINS // PER_DECADE
    if not len(met):
        return whole - 2 * FEWEST_DECADES, whole - FEWEST_DECADES
    low, high = int(met[0]) // PER_DECADE, int(met[-1]) // PER_DECADE + 1
    missing = max(FEWEST_DECADES - (high - low), 0)
    high = min(high + missing // 2, whole)
    low = max(min(low, high - FEWEST_DECADES), 0)
    return low, max(high, low + FEWEST_DECADES)


def power_text(power: int) -> str:
    """A power of ten as it is written: 10⁻³."""
    return "10" + str(power).translate(_SUPERSCRIPTS)


def _summary(name: str, frame: Frame) -> str:
    """ "conv1: nine of ten sizes from 0.01 to 0.6 · 34 % are zero (below 10⁻¹²)" """
    counts = frame.arrays["counts"]
    total = int(counts.sum())
    zero, lost, sampled = (int(frame.meta[key]) for key in ("zero", "not_finite", "sampled"))
    parts = []
    if total:
        reached = np.cumsum(counts) / total
        low, high = (int(np.searchsorted(reached, share)) for share in (0.05, 0.95))
        parts.append(
            tr(
                "nine of ten sizes from {low} to {high}",
                low=short(10.0 ** EDGES[low]),
                high=short(10.0 ** EDGES[high + 1]),
            )
        )
    if zero:
        parts.append(tr("{share} % are zero (below 10⁻¹²)", share=f"{100 * zero / max(sampled, 1):.0f}"))
    if lost:
        parts.append(tr("{n} are no numbers any more", n=f"{lost:,}"))
    return f"{name}: " + " · ".join(parts)
