"""A line per node in data order: how large its gradient and weights are, and the mean and spread of what leaves it.

Signals that vanish or explode show as bars that shrink or grow from line to line. A click on a line selects the node.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.previews import shown_theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

ROW, HEAD = 24, 22
COLUMNS = (
    ("gradient_norm", "Gradient"),
    ("weight_norm", "Weights"),
    ("mean", "Mean"),
    ("std", "Spread"),
    ("active", "Not zero"),
    ("dead", "Dead"),
    ("saturated", "Saturated"),
)
SHARES = ("active", "dead", "saturated")
RARE = ("dead", "saturated")
"""shown where any layer has them"""
_HELP = {
    "gradient_norm": "The length of the gradient over all weights of the layer (2-norm). Much smaller at the first"
    " layers than at the last: it vanishes. Growing without end: it explodes.",
    "weight_norm": "The length of all weights of the layer together (2-norm).",
    "mean": "The mean of what leaves the layer, over a few validation samples.",
    "std": "How far the values that leave the layer are spread (standard deviation).",
    "active": "The share of values that are not zero. A ReLU with hardly any is dead.",
    "dead": "Of a ReLU, the share of units that no sample makes active: they do not learn any more.",
    "saturated": "Of a sigmoid or tanh, the share of values at its ends, where hardly any gradient comes through.",
}


@dataclass(frozen=True)
class NodeHealth:
    """One line; a number is NaN where the node has none of it."""

    node: str
    name: str
    numbers: dict[str, float]


class HealthTable(Picture):
    """`picked` carries the id of the node whose line was clicked."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__(QSize(200, HEAD + ROW))
        self.rows: tuple[NodeHealth, ...] = ()
        self.selected = ""
        self._largest: dict[str, tuple[float, float]] = {key: (0.0, 0.0) for key, _ in COLUMNS}

    def show_rows(self, rows: Sequence[NodeHealth], selected: str) -> None:
        self.rows, self.selected = tuple(rows), selected
        for key, _ in COLUMNS:
            sizes = [abs(v) for row in rows if math.isfinite(v := row.numbers.get(key, math.nan)) and v != 0]
            self._largest[key] = (min(sizes, default=0.0), max(sizes, default=0.0))
        high = HEAD + ROW * len(rows) + 2
        if self.minimumHeight() != high:
            self.setMinimumHeight(high)
        self.setAccessibleName(
            "; ".join(
                f"{row.name}: {tr('gradient')} {short(row.numbers['gradient_norm'])}" for row in rows[:20]
            )
        )
        self.update()

    def _columns(self) -> list[tuple[str, str, QRectF]]:
        """Key, heading and place of every column that there is room for."""
        name = self._name_width()
        room = self.width() - name - 8
        present = [(key, words) for key, words in COLUMNS if key not in RARE or self._largest[key][1] > 0]
        number = min(max(int(room // 66), 1), len(present))
        wide = room / number
        return [
            (key, tr(words), QRectF(name + i * wide, 0, wide, 0))
            for i, (key, words) in enumerate(present[:number])
        ]

    def _name_width(self) -> float:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(row.name) for row in self.rows), default=40)
        return min(widest + 22, max(self.width() * 0.34, 60))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, name_width = shown_theme(), self._name_width()
        columns = self._columns()
        painter.setFont(small_font(self))
        painter.setPen(QColor(theme.muted))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for _, words, place in columns:
            painter.drawText(QRectF(place.left(), 0, place.width() - 6, HEAD), right, words)
        painter.setFont(self.font())
        metrics = painter.fontMetrics()
        for i, row in enumerate(self.rows):
            y = HEAD + i * ROW
            if row.node == self.selected:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.selection))
                painter.drawRoundedRect(QRectF(0, y, self.width(), ROW), 4, 4)
            painter.setPen(QColor(theme.text))
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(name_width - 14))
            painter.drawText(QRectF(8, y, name_width, ROW), int(Qt.AlignmentFlag.AlignVCenter), name)
            for key, _, place in columns:
                self._paint_number(painter, key, row.numbers.get(key, math.nan), place, y)
        painter.end()

    def _paint_number(self, painter: QPainter, key: str, value: float, place: QRectF, y: float) -> None:
        theme = shown_theme()
        if math.isnan(value):
            return
        room = place.width() - 6
        length = self.share(key, value) * room
        color = QColor(theme.plot({"gradient_norm": 0, "weight_norm": 1}.get(key, 2)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(place.left() + room - length, y + ROW - 5, length, 3), 1.5, 1.5)
        text = f"{100 * value:.0f} %" if key in SHARES else short(value)
        painter.setPen(QColor(theme.error if not math.isfinite(value) else theme.text))
        painter.drawText(
            QRectF(place.left(), y - 2, room, ROW),
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
            text,
        )

    def share(self, key: str, value: float) -> float:
        """How long the bar is, 0 to 1: logarithmic for norms, so that each factor of ten is as long."""
        if key in SHARES:
            return min(max(value, 0.0), 1.0)
        low, high = self._largest.get(key, (0.0, 0.0))
        if not math.isfinite(value) or value == 0 or high == 0:
            return 0.0
        decades = max(math.log10(high / max(low, high * 1e-6)), 1.0)
        return min(max(1.0 + math.log10(abs(value) / high) / (decades * 1.15), 0.04), 1.0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._row(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.picked.emit(row.node)

    def _row(self, point: QPointF) -> NodeHealth | None:
        at = int((point.y() - HEAD) // ROW)
        return self.rows[at] if point.y() >= HEAD and at < len(self.rows) else None

    def words_at(self, point: QPointF) -> str:
        for key, _, place in self._columns():
            if place.left() <= point.x() < place.right():
                return tr(_HELP[key])
        row = self._row(point)
        return row.name if row is not None else ""


class Health(Monitor):
    """The numbers of every node."""

    def __init__(self) -> None:
        super().__init__(HEALTH_VIEW)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(8, 4, 8, 8)
        self.numbers = HealthTable()
        self.numbers.picked.connect(self.node_activated)
        box.addWidget(self.numbers)
        box.addStretch(1)
        self.set_content(self.scrolled(content))

    def draw(self) -> None:
        run, frame = self.run, self.frame("health")
        if run is None or not isinstance(frame, Frame):
            self.show_empty(
                tr("Health"),
                tr("Gradient, weights and activations of every layer in a few numbers, while it trains."),
            )
            return
        self.show_content()
        self.numbers.show_rows(rows_of(frame, run.checked), self.node)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        keys = [key for key, _ in COLUMNS]
        return ("node", *keys), [
            (row.name, *(row.numbers.get(key, math.nan) for key in keys)) for row in self.numbers.rows
        ]


def rows_of(frame: Frame, checked: CheckedNetwork | None) -> list[NodeHealth]:
    """The lines of a health frame, in its order; nodes go by the names that they had in the run."""
    found = []
    names = frame.meta.get("names", ())
    for i, id in enumerate(frame.meta.get("nodes", ())):
        node = checked.node(str(id)) if checked is not None else None
        name = (
            str(names[i]) if "/" in str(id) and i < len(names) else node.name if node is not None else str(id)
        )
        numbers = {key: float(frame.arrays[key][i]) for key, _ in COLUMNS if key in frame.arrays}
        numbers.setdefault("gradient_norm", math.nan)
        found.append(NodeHealth(str(id), name, numbers))
    return found


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["health"].applies_to(checked)


HEALTH_VIEW = View(
    name="health",
    label="Health",
    icon="speed",
    help="Gradient, weights and activations of every layer in a few numbers.",
    place="network",
    measurements=("health",),
    applies=_applies,
    make=Health,
    before_training=True,
    order=30,
)
