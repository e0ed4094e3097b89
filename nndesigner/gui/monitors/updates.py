"""How far one step moves the weights of each layer, against their size, on a scale of powers of ten.

The pale band is where the ratio usually lies while a network learns well, around a thousandth. A bar shows where it has
been in the last looks, the dot where it is now. A click on a line selects the layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.magnitudes import power_text
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.previews import shown_theme
from nndesigner.measurements.measurement import measurements, no_network

ROW, HEAD = 22, 20
POWERS = (-7, 0)
"""ends of the scale, as powers of ten; what lies beyond is drawn at the end"""
USUAL = (-4.0, -2.0)
"""the band, as powers of ten"""
LOOKS = 20
"""looks that the bar of a line goes over"""


@dataclass(frozen=True)
class Update:
    """One line: `now` is the newest ratio, `low` and `high` those of the last looks; NaN where unknown."""

    node: str
    name: str
    now: float
    low: float
    high: float


class UpdateTable(Picture):
    """`picked` carries the key of the node whose line was clicked."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__(QSize(200, HEAD + ROW))
        self.rows: tuple[Update, ...] = ()
        self.selected = ""

    def show_rows(self, rows: Sequence[Update], selected: str) -> None:
        self.rows, self.selected = tuple(rows), selected
        high = HEAD + ROW * len(rows) + 4
        if self.minimumHeight() != high:
            self.setMinimumHeight(high)
        self.setAccessibleName("; ".join(f"{row.name}: {short(row.now)}" for row in rows[:20]))
        self.update()

    def scale(self) -> QRectF:
        """Where the scale is."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(row.name) for row in self.rows), default=40)
        left = min(widest + 22, self.width() * 0.38)
        return QRectF(left, HEAD, max(self.width() - left - 62, 30), ROW * len(self.rows))

    def x_of(self, ratio: float) -> float:
        """Where a ratio stands."""
        low, high = POWERS
        power = math.log10(ratio) if ratio > 0 else float(low)
        scale = self.scale()
        return scale.left() + min(max((power - low) / (high - low), 0.0), 1.0) * scale.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, scale = shown_theme(), self.scale()
        band = QColor(theme.good)
        band.setAlphaF(0.16)
        left, right = (self.x_of(10.0**power) for power in USUAL)
        painter.fillRect(QRectF(left, HEAD, right - left, scale.height()), band)
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        low, high = POWERS
        every = 1 if scale.width() / (high - low) > 34 else 2
        for power in range(low, high + 1, every):
            x = self.x_of(10.0**power)
            painter.setPen(QColor(theme.border))
            painter.drawLine(QPointF(x, HEAD), QPointF(x, scale.bottom()))
            painter.setPen(QColor(theme.muted))
            text = power_text(power)
            painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, HEAD - 6), text)
        painter.setFont(self.font())
        for i, row in enumerate(self.rows):
            self._paint_row(painter, row, HEAD + i * ROW, scale)
        painter.end()

    def _paint_row(self, painter: QPainter, row: Update, y: float, scale: QRectF) -> None:
        theme, metrics = shown_theme(), painter.fontMetrics()
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        if row.node == self.selected:
            painter.setPen(Qt.PenStyle.NoPen)
            chosen = QColor(theme.selection)
            chosen.setAlphaF(0.6)
            painter.setBrush(chosen)
            painter.drawRoundedRect(QRectF(0, y, self.width(), ROW), 4, 4)
        painter.setPen(QColor(theme.text))
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, int(scale.left() - 16))
        painter.drawText(QRectF(8, y, scale.left(), ROW), middle, name)
        if math.isnan(row.now):
            return
        fine = math.isfinite(row.now) and 10 ** USUAL[0] <= row.now <= 10 ** USUAL[1]
        color = QColor(theme.plot(0) if fine else theme.warning if math.isfinite(row.now) else theme.error)
        painter.setPen(Qt.PenStyle.NoPen)
        if not math.isnan(row.low):
            pale = QColor(color)
            pale.setAlphaF(0.35)
            painter.setBrush(pale)
            left, right = self.x_of(row.low), self.x_of(row.high)
            painter.drawRoundedRect(QRectF(left, y + ROW / 2 - 2, max(right - left, 1.0), 4), 2, 2)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(self.x_of(row.now), y + ROW / 2), 4, 4)
        painter.setPen(QColor(theme.text if fine else color))
        painter.drawText(
            QRectF(scale.right() + 6, y, 54, ROW), middle | int(Qt.AlignmentFlag.AlignRight), short(row.now)
        )

    def _row(self, point: QPointF) -> Update | None:
        at = int((point.y() - HEAD) // ROW)
        return self.rows[at] if point.y() >= HEAD and at < len(self.rows) else None

    def words_at(self, point: QPointF) -> str:
        row = self._row(point)
        if row is None or math.isnan(row.now):
            return ""
        words = tr(
            "{name}: one step moves the weights by {ratio} of their size.",
            name=row.name,
            ratio=short(row.now),
        )
        if row.now == 0:
            return words + " " + tr("They do not change at all.")
        if row.now < 10 ** USUAL[0]:
            return (
                words + " " + tr("That is little: this layer hardly learns. A larger learning rate may help.")
            )
        if row.now > 10 ** USUAL[1]:
            return words + " " + tr("That is much: a smaller learning rate makes training steadier.")
        return words

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._row(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.picked.emit(row.node)


class Updates(Monitor):
    """The newest step, layer by layer."""

    def __init__(self) -> None:
        super().__init__(UPDATES)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(8, 6, 8, 8)
        self.numbers = UpdateTable()
        self.numbers.picked.connect(self.node_activated)
        box.addWidget(self.numbers)
        box.addStretch(1)
        self.set_content(self.scrolled(content))

    def draw(self) -> None:
        trail = self.trail("update_ratio")
        if not trail:
            self.show_empty(
                tr("Updates"),
                tr("How far one step moves the weights of each layer is shown here while it trains.")
                if self.run is None or self.run.live
                else tr("Nobody looked at the updates while this run was going on. Train again to see them."),
            )
            return
        self.show_content()
        nodes = [str(id) for id in trail[-1].meta["nodes"]]
        names = [str(name) for name in trail[-1].meta["names"]]
        last = [f.arrays["ratio"] for f in trail[-LOOKS:] if len(f.arrays["ratio"]) == len(nodes)]
        ratios = np.array(last, np.float64)
        rows = []
        for i in np.flatnonzero(~np.isnan(ratios).all(axis=0)).tolist():
            found = ratios[:, i][np.isfinite(ratios[:, i])]
            low, high = (float(found.min()), float(found.max())) if len(found) else (math.nan, math.nan)
            rows.append(Update(nodes[i], names[i], float(ratios[-1, i]), low, high))
        self.numbers.show_rows(rows, self.node)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("node", "ratio", "lowest", "highest"), [
            (row.name, row.now, row.low, row.high) for row in self.numbers.rows
        ]


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["update_ratio"].applies_to(checked)


UPDATES = View(
    name="updates",
    label="Updates",
    icon="speed",
    help="How far one step moves the weights of each layer, as a share of their size. About a thousandth is usual.",
    place="network",
    measurements=("update_ratio",),
    applies=_applies,
    make=Updates,
    order=40,
    opens=no_network,
)
