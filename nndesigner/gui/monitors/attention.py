"""Where the selected attention looks: for one sample, a small picture per head; a click shows one head alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import count, tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import Bytes, Picture, colored, small_font
from nndesigner.gui.monitors.samples import SampleRow
from nndesigner.gui.previews import shown_theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

CAPTION, GAP = 16, 8
ROOM_FOR_TOKENS = 7.0
"""pixels that a step needs for its token to be written"""
_ROOTS = np.sqrt(np.arange(256) / 255 * 255**2).round().astype(np.uint8)
"""colours go by the root of a weight: the first step of a causal attention takes all of itself, the others are small"""


class Heads(Picture):
    """A square of queries × keys for each head, as large as fits; with one head alone its tokens are written.
    `activated` carries the head that was double-clicked (an int)."""

    activated = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(140, 110))
        self.weights: Bytes = np.zeros((0, 1, 1), np.uint8)
        self.strongest: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self.tokens: tuple[str, ...] = ()
        self.alone = -1
        """the head that is shown alone; -1 for all of them"""
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_weights(self, weights: Bytes, strongest: npt.NDArray[np.float32], tokens: Sequence[str]) -> None:
        """(heads, queries, keys) uint8, the weight that 255 stands for in each, and the words of the steps."""
        if weights.ndim != 3 or not weights.size or len(strongest) != len(weights):
            raise ValueError("attention is (heads, queries, keys)")
        self.weights, self.strongest = weights, strongest
        self.tokens = tuple(_visible(str(token)) for token in tokens)
        if self.alone >= len(weights):
            self.alone = -1
        self.setAccessibleName(tr("Attention of {what}", what=count(len(weights), "head", "heads")))
        self.update()

    def show_head(self, head: int) -> None:
        """One head alone; -1 for all of them."""
        self.alone = head if head < len(self.weights) else -1
        self.update()

    def cells(self) -> list[tuple[int, QRectF]]:
        """Each head that is shown, and where."""
        heads = [self.alone] if self.alone >= 0 else list(range(len(self.weights)))
        if not heads:
            return []
        queries, keys = self.weights.shape[1:]
        left, above = self._margins() if self.alone >= 0 else (0.0, 0.0)
        wide, high = self.width() - left - 1, self.height() - above - 1
        best, columns = 0.0, 1
        for candidate in range(1, len(heads) + 1):
            rows = -(-len(heads) // candidate)
            scale = min(
                ((wide - (candidate - 1) * GAP) / candidate) / keys,
                ((high - (rows - 1) * GAP) / rows - CAPTION) / queries,
            )
            if scale > best:
                best, columns = scale, candidate
        w, h = max(best * keys, 4.0), max(best * queries, 4.0)
        return [
            (
                head,
                QRectF(
                    left + (i % columns) * (w + GAP),
                    above + (i // columns) * (h + CAPTION + GAP) + CAPTION,
                    w,
                    h,
                ),
            )
            for i, head in enumerate(heads)
        ]

    def _margins(self) -> tuple[float, float]:
        return (18.0, 14.0) if self.tokens else (0.0, 0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        painter.setFont(small_font(self))
        for head, cell in self.cells():
            painter.drawImage(cell, colored(_ROOTS[self.weights[head]]))
            painter.setPen(QColor(theme.border))
            painter.drawRect(cell)
            words = tr("head {n}", n=head + 1)
            strongest = tr("up to {share} %", share=f"{100 * float(self.strongest[head]):.0f}")
            metrics = painter.fontMetrics()
            top = cell.top() - CAPTION - (self._margins()[1] if self.alone >= 0 else 0)
            painter.setPen(QColor(theme.muted))
            both = f"{words} · {strongest}"
            text = both if metrics.horizontalAdvance(both) <= cell.width() else words
            painter.drawText(QPointF(cell.left(), top + metrics.ascent() + 1), text)
            if self.alone >= 0 and self.tokens:
                self._paint_tokens(painter, cell)
        painter.end()

    def _paint_tokens(self, painter: QPainter, cell: QRectF) -> None:
        theme = shown_theme()
        queries, keys = self.weights.shape[1:]
        painter.setPen(QColor(theme.text))
        font = small_font(self)
        font.setPixelSize(int(min(max(cell.height() / queries + 1, 8), 12)))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        for number, size, across in (
            (keys, cell.width() / keys, True),
            (queries, cell.height() / queries, False),
        ):
            every = max(1, int(np.ceil(ROOM_FOR_TOKENS / size)))
            if every > 1 and across:
                continue  # letters that stand for several steps tell nothing
            for i in range(0, min(number, len(self.tokens)), every):
                text = metrics.elidedText(
                    self.tokens[i], Qt.TextElideMode.ElideRight, 16 if not across else int(size)
                )
                if across:
                    place = QRectF(cell.left() + i * size, cell.top() - 14, size, 13)
                else:
                    place = QRectF(cell.left() - 18, cell.top() + i * size, 15, size * every)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)

    def place(self, point: QPointF) -> tuple[int, int, int] | None:
        """Head, query and key at a point; None between them."""
        queries, keys = self.weights.shape[1:]
        for head, cell in self.cells():
            if cell.contains(point):
                query = min(int((point.y() - cell.top()) / cell.height() * queries), queries - 1)
                key = min(int((point.x() - cell.left()) / cell.width() * keys), keys - 1)
                return head, query, key
        return None

    def words_at(self, point: QPointF) -> str:
        place = self.place(point)
        if place is None:
            return ""
        head, query, key = place
        share = float(self.weights[head, query, key]) / 255 * float(self.strongest[head])
        return tr(
            "Head {head}: step {query} takes {share} % from step {key}",
            head=head + 1,
            query=self._step(query),
            key=self._step(key),
            share=f"{100 * share:.1f}",
        )

    def _step(self, number: int) -> str:
        return f"{number} “{self.tokens[number]}”" if number < len(self.tokens) else str(number)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.show_head(-1 if self.alone >= 0 else place[0])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.activated.emit(place[0])


def _visible(token: str) -> str:
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(token, token)


class Attention(NodeView):
    """The selected attention."""

    def __init__(self) -> None:
        super().__init__(ATTENTION)
        self.unsuitable = tr("Only attention layers look at steps. Select one.")
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(6)
        self.samples = SampleRow()
        self.samples.changed.connect(self.subscription_changed)
        box.addWidget(self.samples)
        self.heads = Heads()
        self.heads.activated.connect(self.unit_activated)
        box.addWidget(self.heads, 1)
        self.set_content(content)

    def options(self, measurement: str) -> dict[str, object]:
        return {"sample": self.samples.sample}

    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("attention_maps", self.node)
        if not isinstance(frame, Frame):
            return False
        meta = frame.meta
        self.heads.show_weights(frame.arrays["weights"], frame.arrays["strongest"], meta.get("tokens", ()))
        shown, number = len(frame.arrays["weights"]), int(meta.get("heads", 0))
        heads = count(number, "head", "heads")
        parts = [
            tr("sample {n}", n=f"{int(meta.get('index', -1)):,}"),
            heads if shown == number else tr("{n} of {heads}", n=shown, heads=heads),
            tr("rows ask, columns are looked at"),
        ]
        self.samples.say(" · ".join(parts), self.run is not None and self.run.live, frame.meta)
        return True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Every weight, by head and step."""
        shares = self.heads.weights / 255 * self.heads.strongest[:, None, None]
        return ("head", "query", "key", "weight"), [
            (head + 1, query, key, round(float(share), 5))
            for (head, query, key), share in np.ndenumerate(shares)
        ]


def _applies(checked: CheckedNetwork) -> bool:
    attention = measurements()["attention_maps"]
    return any(attention.applies(inner.node) for inner in checked.walk())


ATTENTION = View(
    name="attention",
    label="Attention",
    icon="group-attention",
    help="Where the selected attention looks: how much each step takes from each other one, head by head.",
    place="node",
    measurements=("attention_maps",),
    applies=_applies,
    make=Attention,
    before_training=True,
    order=15,
)
