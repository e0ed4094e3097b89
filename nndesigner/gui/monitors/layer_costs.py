"""Layer costs: which layers take the time of a step and its memory, the most expensive one on top.

A click on a line selects the layer. The same shares can be shown as colours on the canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from nndesigner.base.text import tr
from nndesigner.gui.inspector.facts import bytes_words
from nndesigner.gui.monitors.explorer import Explorer
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.overlays import can_be_timed
from nndesigner.gui.monitors.pictures import Picture, small_font
from nndesigner.gui.monitors.time_split import duration
from nndesigner.gui.plain import set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame

ROW, HEAD = 24, 22
NAME_SHARE, NUMBER, SHARE = 0.3, 64, 50
ORDERS = (("time", "By time"), ("activations", "By activations"), ("weights", "By weights"))
"""what the lines are sorted by, and have bars of"""


@dataclass(frozen=True)
class Cost:
    """Of one layer: seconds forward and backward, bytes of activations and of weights."""

    node: str
    name: str
    forward: float
    backward: float
    activations: int
    weights: int

    @property
    def time(self) -> float:
        return self.forward + self.backward

    def of(self, what: str) -> float:
        return float(getattr(self, what))


def costs_of(frame: Frame) -> list[Cost]:
    """The layers of a frame of the exploration "layer_costs", in data order, without the blocks around them."""
    blocks = set(frame.meta["blocks"])
    columns = [frame.arrays[key].tolist() for key in ("forward", "backward", "activations", "weights")]
    rows = zip(frame.meta["nodes"], frame.meta["names"], *columns, strict=True)
    return [Cost(str(key), str(name), *numbers) for key, name, *numbers in rows if key not in blocks]


class CostTable(Picture):
    """`picked` carries the key of the layer whose line was clicked."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__(QSize(220, HEAD + ROW))
        self.rows: tuple[Cost, ...] = ()
        self.order = "time"
        self.selected = ""
        self._whole = self._most = 0.0

    def show_costs(self, costs: Sequence[Cost], order: str, selected: str) -> None:
        """Sorts the layers by what they cost of one kind, the most expensive first."""
        self.order, self.selected = order, selected
        self.rows = tuple(sorted(costs, key=lambda cost: -cost.of(order)))
        self._whole = sum(cost.of(order) for cost in costs)
        self._most = max((cost.of(order) for cost in costs), default=0.0)
        self.setMinimumHeight(HEAD + ROW * len(self.rows) + 2)
        said = (f"{row.name} {self.number(row)} {self.share(row)}" for row in self.rows[:20])
        self.setAccessibleName("; ".join(said))
        self.update()

    def number(self, row: Cost) -> str:
        return duration(row.time) if self.order == "time" else bytes_words(int(row.of(self.order)))

    def share(self, row: Cost) -> str:
        return f"{100 * row.of(self.order) / self._whole:.1f} %" if self._whole else ""

    def _name_width(self) -> float:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(row.name) for row in self.rows), default=40)
        return min(widest + 22, max(self.width() * NAME_SHARE, 70))

    def bars(self, row: Cost) -> list[tuple[float, int]]:
        """(share of the longest bar, number of the plot colour) of the parts of a bar."""
        most = self._most or 1.0
        if self.order == "time":
            return [(row.forward / most, 0), (row.backward / most, 1)]
        return [(row.of(self.order) / most, 2 if self.order == "activations" else 3)]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, names = shown_theme(), self._name_width()
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        right = middle | int(Qt.AlignmentFlag.AlignRight)
        room = max(self.width() - names - NUMBER - SHARE - 12, 20.0)
        metrics = painter.fontMetrics()
        self._paint_head(painter, names)
        for i, row in enumerate(self.rows):
            y = HEAD + i * ROW
            painter.setPen(Qt.PenStyle.NoPen)
            if row.node == self.selected:
                painter.setBrush(QColor(theme.selection))
                painter.drawRoundedRect(QRectF(0, y, self.width(), ROW), 4, 4)
            x = names
            for length, color in self.bars(row):
                if length > 0:
                    painter.fillRect(QRectF(x, y + 6, max(length * room, 0.5), ROW - 12), theme.plot(color))
                    x += length * room
            painter.setFont(self.font())
            painter.setPen(QColor(theme.text))
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, int(names - 14))
            painter.drawText(QRectF(8, y, names, ROW), middle, name)
            painter.drawText(QRectF(names + room, y, NUMBER, ROW), right, self.number(row))
            painter.setFont(small_font(self))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(names + room + NUMBER, y, SHARE, ROW), right, self.share(row))
        painter.end()

    def _paint_head(self, painter: QPainter, left: float) -> None:
        """What the colours of the bars are."""
        theme = shown_theme()
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        words = {
            "time": ((tr("Forward"), 0), (tr("Backward"), 1)),
            "activations": ((tr("Activations"), 2),),
            "weights": ((tr("Weights"), 3),),
        }[self.order]
        x = left
        for text, color in words:
            painter.fillRect(QRectF(x, HEAD / 2 - 4, 8, 8), theme.plot(color))
            painter.setPen(QColor(theme.muted))
            wide = metrics.horizontalAdvance(text) + 2
            painter.drawText(QRectF(x + 13, 0, wide, HEAD), int(Qt.AlignmentFlag.AlignVCenter), text)
            x += 13 + wide + 12

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._row(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.picked.emit(row.node)

    def _row(self, point: QPointF) -> Cost | None:
        at = int((point.y() - HEAD) // ROW)
        return self.rows[at] if point.y() >= HEAD and at < len(self.rows) else None

    def words_at(self, point: QPointF) -> str:
        row = self._row(point)
        if row is None:
            return ""
        return tr(
            "{name}: forward {forward}, backward {backward}; {activations} of activations, {weights} of weights",
            name=row.name,
            forward=duration(row.forward),
            backward=duration(row.backward),
            activations=bytes_words(row.activations),
            weights=bytes_words(row.weights),
        )


class LayerCosts(Explorer):
    def __init__(self) -> None:
        self.costs = CostTable()
        super().__init__(LAYER_COSTS, "layer_costs", self.costs)
        self.costs.picked.connect(self.node_activated)
        self.order = QComboBox()
        self.order.addItems([tr(words) for _, words in ORDERS])
        self.order.setAccessibleName(tr("What the layers are sorted by"))
        set_tip(self.order, tr("What the layers are sorted by, the most expensive first"))
        self.order.currentIndexChanged.connect(lambda _: self.refresh())
        self.line.insertWidget(self.line.count() - 1, self.order)

    def show_found(self, frame: Frame) -> None:
        order = ORDERS[self.order.currentIndex()][0]
        costs = costs_of(frame)
        self.costs.show_costs(costs, order, self.node)
        first = self.costs.rows[0]
        verdict = {
            "time": tr("{name} takes {share} of the time", name=first.name, share=self.costs.share(first)),
            "activations": tr(
                "{name} holds {share} of the activations", name=first.name, share=self.costs.share(first)
            ),
            "weights": tr(
                "{name} holds {share} of the weights", name=first.name, share=self.costs.share(first)
            ),
        }[order]
        if not sum(cost.of(order) for cost in costs):
            verdict = tr("No layer has weights")
        self.tell(verdict, self._words(costs, frame))

    @staticmethod
    def _words(costs: Sequence[Cost], frame: Frame) -> str:
        whole = tr(
            "{samples} samples through all layers: {forward} forward, {backward} backward, each layer alone ({device})."
            " Until the gradient is there, {activations} of activations are kept, beside {weights} of weights.",
            samples=f"{int(frame.meta['samples']):,}",
            forward=duration(sum(cost.forward for cost in costs)),
            backward=duration(sum(cost.backward for cost in costs)),
            device=str(frame.meta["device"]),
            activations=bytes_words(sum(cost.activations for cost in costs)),
            weights=bytes_words(sum(cost.weights for cost in costs)),
        )
        return whole + " " + tr("Data, loss and optimizer come on top: see the view “Time”.")

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        frame = self.found()
        if frame is None:
            return (), ()
        header = ("layer", "forward_seconds", "backward_seconds", "activation_bytes", "weight_bytes")
        return header, [
            (cost.name, cost.forward, cost.backward, cost.activations, cost.weights)
            for cost in costs_of(frame)
        ]


LAYER_COSTS = View(
    name="layer_costs",
    label="Layer costs",
    icon="table",
    help="How long each layer takes forward and backward and how much memory it needs, the most expensive one on top:"
    " where to begin when training is slow or does not fit.",
    place="network",
    measurements=(),
    applies=can_be_timed,
    make=LayerCosts,
    order=61,
    opens=no_network,
    before_training=True,
)
