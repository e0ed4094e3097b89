"""Overfitting: how far the validation loss has left its best while the training loss falls, against the alarm's limits.

The number is the alarm's own (`check/alarms/overfitting.py`), and so are the limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.alarms.overfitting import OVERFITTING as ALARM
from nndesigner.check.alarms.overfitting import of_limit
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Floats, Stroke, around
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.monitors.power_chart import Mark, PowerChart
from nndesigner.gui.plain import label
from nndesigner.gui.previews import shown_theme
from nndesigner.measurements.measurement import no_network

if TYPE_CHECKING:
    from nndesigner.session.session import Session

HIGH, BAR = 34, 10
ENDS = 2.0
"""the gauge goes up to so many times the limit"""


class Gauge(Picture):
    """A bar from nothing to twice the limit, with the limit in its middle."""

    def __init__(self) -> None:
        super().__init__(QSize(140, HIGH))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.times = 0.0

    def show_times(self, times: float, words: str) -> None:
        """`times` the limit, 1 being at it."""
        self.times = times
        self.setAccessibleName(words)
        self.update()

    @property
    def share(self) -> float:
        """How much of the bar is filled."""
        return min(max(self.times / ENDS, 0.0), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        room = QRectF(0, 2, self.width(), BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(room, BAR / 2, BAR / 2)
        if self.share:
            painter.setBrush(QColor(theme.warning if self.times >= 1 else theme.plot(0)))
            filled = QRectF(0, 2, max(self.share * self.width(), BAR), BAR)
            painter.drawRoundedRect(filled, BAR / 2, BAR / 2)
        middle = self.width() / ENDS
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.drawLine(int(middle), 0, int(middle), BAR + 4)
        painter.setFont(small_font(self))
        painter.setPen(QColor(theme.muted))
        words = tr("limit of the alarm")
        wide = painter.fontMetrics().horizontalAdvance(words) + 4
        line = QRectF(middle - wide / 2, BAR + 4, wide, HIGH - BAR - 4)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()


class Overfitting(Monitor):
    """Both losses by epoch, the best epoch, and the gauge."""

    def __init__(self) -> None:
        super().__init__(OVERFITTING_VIEW)
        self._session: Session | None = None
        self._rows: list[tuple[object, ...]] = []
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(12, 8, 12, 8)
        box.setSpacing(6)
        self.verdict = label(role="strong", wrap=True, selectable=True)
        self.gauge = Gauge()
        self.chart = PowerChart()
        self.words = label(role="muted", wrap=True)
        for part in (self.verdict, self.gauge):
            box.addWidget(part)
        box.addWidget(self.chart, 1)
        box.addWidget(self.words)
        self.set_content(self.scrolled(content))

    def join(self, session: Session) -> None:
        self._session = session

    @property
    def limits(self) -> Mapping[str, Any]:
        """Those of the alarm, as this user has set them."""
        if self._session is not None:
            return self._session.alarms.settings(ALARM)
        return {field.name: field.default for field in ALARM.fields}

    def draw(self) -> None:
        steps, epochs, trained, judged = self._losses()
        if len(epochs) < 2:
            self.show_empty(
                tr("Overfitting"),
                tr(
                    "How far training and validation have come apart: drawn after the second epoch with validation"
                    " data."
                ),
            )
            return
        self.show_content()
        limits = self.limits
        times = of_limit(judged, trained, limits["rise"], limits["given_back"])
        self._rows = [
            (int(step), float(epoch), float(a), float(b), float(b - a), float(t))
            for step, epoch, a, b, t in zip(steps, epochs, trained, judged, times, strict=True)
        ]
        best = int(judged.argmin())
        rise = float(judged[-1] - judged[best]) / abs(float(judged[best])) if judged[best] else 0.0
        verdict = self._verdict(float(times[-1]), rise, len(judged) - 1 - best)
        self.verdict.setText(verdict)
        self.gauge.show_times(float(times[-1]), verdict)
        self._draw_losses(epochs, trained, judged, best)
        self.words.setText(
            tr(
                "Best validation loss {best} at epoch {epoch}, now {now}. Training loss {trained}: the gap is {gap}.",
                best=short(float(judged[best])),
                epoch=f"{epochs[best]:g}",
                now=short(float(judged[-1])),
                trained=short(float(trained[-1])),
                gap=short(float(judged[-1] - trained[-1])),
            )
            + " "
            + tr(
                "The limits: {rise} % above the best, and {back} % of what was gained given back, for {n} epochs.",
                rise=f"{100 * limits['rise']:g}",
                back=f"{100 * limits['given_back']:g}",
                n=limits["epochs"],
            )
        )

    def _losses(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Steps, epochs, training and validation loss of every epoch that has both, up to the moment."""
        if self.run is None:
            nothing = np.zeros(0)
            return nothing, nothing, nothing, nothing
        series = self.run.history.series
        train, validation = series("train", "epoch loss"), series("validation", "loss")
        common, a, b = np.intersect1d(train.steps, validation.steps, return_indices=True)
        known = np.isfinite(train.values[a]) & np.isfinite(validation.values[b])
        if self.moment is not None:
            known &= common <= self.moment
        return (
            common[known].astype(np.float64),
            train.epochs[a][known],
            train.values[a][known],
            validation.values[b][known],
        )

    def _draw_losses(self, epochs: Floats, trained: Floats, judged: Floats, best: int) -> None:
        theme = self.theme
        strokes = [Stroke(epochs, trained, theme.plot(0)), Stroke(epochs, judged, theme.plot(1))]
        extent = (float(epochs[0]), float(epochs[-1]), *around([trained, judged]))
        self.chart.show_chart(strokes, None, extent, (tr("epoch"), tr("loss")))
        self.chart.show_marks(
            [
                Mark(float(epochs[best]), tr("best"), theme.muted),
                Mark(float(judged[-1]), tr("validation"), theme.plot(1), across=True),
                Mark(float(trained[-1]), tr("training"), theme.plot(0), across=True),
            ]
        )

    @staticmethod
    def _verdict(times: float, rise: float, since: int) -> str:
        if not since:
            return tr("No overfitting: the validation loss is at its best.")
        share, epochs = f"{100 * rise:.3g} %", f"{since:,}"
        if times >= 1:
            return tr("Overfitting: {share} above its best of {n} epochs ago.", share=share, n=epochs)
        if times > 0:
            return tr("Within the limits: {share} above its best of {n} epochs ago.", share=share, n=epochs)
        return tr(
            "The validation loss is {share} above its best of {n} epochs ago, and so is the training loss.",
            share=share,
            n=epochs,
        )

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("step", "epoch", "training", "validation", "gap", "times_the_limit"), self._rows


def _applies(checked: CheckedNetwork) -> bool:
    return any(head.loss is not None and head.target is not None for head in checked.heads)


OVERFITTING_VIEW = View(
    name="overfitting",
    label="Overfitting",
    icon="split",
    help="How far training and validation loss have come apart, since which epoch, and how near that is to the limits"
    " of the alarm.",
    place="network",
    measurements=(),
    applies=_applies,
    make=Overfitting,
    opens=no_network,
    order=28,
)
