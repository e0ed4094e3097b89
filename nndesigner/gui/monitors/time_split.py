"""Where the time of a training step goes: one bar of its parts, a line for each, and a sentence that says what to do.

Numbers are medians over the last steps that were timed; steps in between are not timed at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Picture, small_font
from nndesigner.gui.plain import label
from nndesigner.gui.previews import shown_theme
from nndesigner.measurements.measurement import measurements, no_network
from nndesigner.protocol.messages import Frame

LOOKS = 20
"""timed steps that the medians go over"""
BAR, ROW, GAP = 22, 21, 12
LABELS = {
    "data": "Waiting for data",
    "to_device": "To the device",
    "forward": "Forward",
    "backward": "Backward",
    "optimizer": "Optimizer",
    "monitoring": "Monitoring",
    "other": "Everything else",
}
COLORS = {
    "data": 3,
    "to_device": 4,
    "forward": 0,
    "backward": 1,
    "optimizer": 2,
    "monitoring": 5,
    "other": -1,
}
"""numbers of the theme's plot colours; -1 for the muted one"""


def duration(seconds: float) -> str:
    """A time in three digits: 12.3 ms, 840 µs, 1.20 s."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        value = seconds * factor
        if value >= 1 or unit == "µs":
            return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"
    return "0"


def seconds_of(frames: Sequence[Frame]) -> dict[str, float]:
    """Phase → median seconds over the last frames of "time_split"; nothing where they hold none."""
    if not frames:
        return {}
    phases = [str(phase) for phase in frames[-1].meta.get("phases", ())]
    rows = [f.arrays["seconds"] for f in frames[-LOOKS:] if len(f.arrays["seconds"]) == len(phases)]
    middle = np.median(np.array(rows, np.float64), axis=0) if rows else np.zeros(len(phases))
    return {phase: float(value) for phase, value in zip(phases, middle, strict=True)}


def advice(seconds: Mapping[str, float]) -> str:
    """What the numbers ask for, as a sentence."""
    whole = sum(seconds.values())
    if whole <= 0:
        return ""
    shares = {phase: value / whole for phase, value in seconds.items()}

    def percent(*phases: str) -> str:
        return f"{100 * sum(shares.get(phase, 0.0) for phase in phases):.0f} %"

    if shares.get("data", 0.0) + shares.get("to_device", 0.0) > 0.3:
        return tr(
            "Data takes {share} of the time: larger batches spread that over more samples; smaller images, or fewer"
            " columns, make it less.",
            share=percent("data", "to_device"),
        )
    if shares.get("optimizer", 0.0) > 0.4:
        return tr(
            "The optimizer takes {share} of the time: it works on every weight once a step, so larger batches mean"
            " fewer of its steps; SGD is cheaper than Adam.",
            share=percent("optimizer"),
        )
    if shares.get("monitoring", 0.0) > 0.1:
        return tr(
            "Monitoring takes {share} of the time: close views that you do not look at.",
            share=percent("monitoring"),
        )
    if shares.get("other", 0.0) > 0.4:
        return tr(
            "Steps are so short that {share} of the time goes into what surrounds them: larger batches make more of"
            " each step.",
            share=percent("other"),
        )
    return tr(
        "The network itself takes {share} of the time: fewer or smaller layers, or a faster device, are what would"
        " make it quicker.",
        share=percent("forward", "backward"),
    )


class SplitPicture(Picture):
    """The bar, and a line for each part."""

    def __init__(self) -> None:
        super().__init__(QSize(180, BAR + GAP + 7 * ROW))
        self.seconds: dict[str, float] = {}

    def show_seconds(self, seconds: Mapping[str, float]) -> None:
        self.seconds = dict(seconds)
        self.setAccessibleName("; ".join(" ".join(row) for row in self.rows()))
        self.update()

    def rows(self) -> list[tuple[str, str, str]]:
        """Label, time and share of every part that there is."""
        whole = sum(self.seconds.values())
        return [
            (tr(LABELS.get(phase, phase)), duration(value), f"{100 * value / whole:.1f} %")
            for phase, value in self.seconds.items()
            if value > 0
        ]

    def parts(self) -> list[tuple[str, QRectF]]:
        """Where each part of the bar stands."""
        whole = sum(self.seconds.values())
        found, left = [], 0.0
        for phase, value in self.seconds.items():
            if value > 0:
                wide = value / whole * self.width()
                found.append((phase, QRectF(left, 0, wide, BAR)))
                left += wide
        return found

    @staticmethod
    def color(phase: str) -> QColor:
        number = COLORS.get(phase, -1)
        return QColor(shown_theme().plot(number) if number >= 0 else shown_theme().muted)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        for phase, place in self.parts():
            painter.fillRect(place.adjusted(0, 0, -1 if place.width() > 3 else 0, 0), self.color(phase))
        y = BAR + GAP
        metrics = painter.fontMetrics()
        wide = max((metrics.horizontalAdvance(words) for words, _, _ in self.rows()), default=0)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        right = middle | int(Qt.AlignmentFlag.AlignRight)
        columns = min(22.0 + wide + 20, self.width() - 130.0)
        for (phase, _), (words, time, share) in zip(self.parts(), self.rows(), strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.color(phase))
            painter.drawRoundedRect(QRectF(2, y + ROW / 2 - 5, 10, 10), 2, 2)
            painter.setPen(QColor(theme.text))
            painter.setFont(self.font())
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(columns - 24))
            painter.drawText(QRectF(22, y, columns - 22, ROW), middle, words)
            painter.drawText(QRectF(columns, y, 64, ROW), right, time)
            painter.setFont(small_font(self))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(columns + 66, y, 60, ROW), right, share)
            y += ROW
        painter.end()

    def words_at(self, point: QPointF) -> str:
        for (_, place), (words, time, share) in zip(self.parts(), self.rows(), strict=True):
            if place.contains(point):
                return f"{words}: {time}, {share}"
        return ""


class TimeSplit(Monitor):
    """The time of a step by its parts."""

    def __init__(self) -> None:
        super().__init__(TIME_SPLIT_VIEW)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(12, 8, 12, 8)
        box.setSpacing(8)
        self.whole = label(role="subtitle")
        self.sentence = label(role="muted", wrap=True)
        self.picture = SplitPicture()
        box.addWidget(self.whole)
        box.addWidget(self.picture)
        box.addWidget(self.sentence)
        box.addStretch(1)
        self.set_content(self.scrolled(content))

    def draw(self) -> None:
        seconds = seconds_of(self.trail("time_split"))
        if not sum(seconds.values()):
            self.show_empty(
                tr("Time of a step"),
                tr("The first step that is timed arrives in a moment.")
                if self.run is not None and self.run.live
                else tr("Leave this view open while a run trains to see where its time goes."),
            )
            return
        self.show_content()
        self.whole.setText(tr("{time} per step", time=duration(sum(seconds.values()))))
        self.picture.show_seconds(seconds)
        self.sentence.setText(advice(seconds))

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("part", "seconds"), list(self.picture.seconds.items())


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["time_split"].applies_to(checked)


TIME_SPLIT_VIEW = View(
    name="time_split",
    label="Time",
    icon="speed",
    help="Where the time of a step goes: data, forward, backward, the optimizer; and what would make it quicker.",
    place="network",
    measurements=("time_split",),
    applies=_applies,
    make=TimeSplit,
    opens=no_network,
    order=60,
)
