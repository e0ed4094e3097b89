"""The state of the selected recurrent layer over one sequence: one row for each unit, the tokens or values of the
sequence below, and the gates of the chosen unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.text import count, tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.monitors.samples import SampleRow
from nndesigner.gui.monitors.unit_pictures import Floats, signed_image, strongest
from nndesigner.gui.plain import set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.incoming import of_unit
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

LEFT, ROW, LINE, SERIES = 44.0, 13.0, 15.0, 34.0
ROOM_FOR_TOKENS = 7.0
GATES = {"i": "input gate", "f": "forget gate", "g": "new memory", "o": "output gate", "r": "reset gate"}
GATES |= {"z": "update gate", "n": "new state", "h": "state", "c": "memory cell"}


class StateMap(Picture):
    """Units × steps, below it the gates of one unit, and the sequence. `picked` carries the unit clicked, `activated`
    the one double-clicked (both an int)."""

    picked = Signal(object)
    activated = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(160, 130))
        self.states: Floats = np.zeros((0, 1), np.float32)
        self.gates: Floats = np.zeros((0, 1), np.float32)
        self.names: tuple[str, ...] = ()
        self.tokens: tuple[str, ...] = ()
        self.series: Floats = np.zeros((0, 1), np.float32)
        self.unit = 0
        self._images: tuple[QImage, QImage] = (QImage(), QImage())

    def show_states(
        self,
        states: Floats,
        gates: Floats,
        names: Sequence[str],
        tokens: Sequence[str],
        series: Floats,
        unit: int,
    ) -> None:
        """(units, steps); (gates, steps) of the chosen unit and their names; words of the steps, or (features, steps)
        values of the sequence."""
        if states.ndim != 2 or not states.size or len(gates) != len(names):
            raise ValueError("states are (units, steps), gates have names")
        self.states, self.gates, self.names = states, gates, tuple(names)
        self.tokens, self.series, self.unit = tuple(map(_visible, tokens)), series, unit
        most = strongest(states)
        self._images = (signed_image(states, most), signed_image(gates, 1.0) if len(gates) else QImage())
        self.setAccessibleName(
            tr(
                "State of {what} over {steps}",
                what=count(len(states), "unit", "units"),
                steps=states.shape[1],
            )
        )
        self.update()

    def frames(self) -> tuple[QRectF, QRectF, QRectF]:
        """Where the states, the gates and the sequence are."""
        wide = max(self.width() - LEFT - 6, 20)
        below = LINE if self.tokens else SERIES if len(self.series) else 0.0
        gates = len(self.names) * ROW
        top = LINE
        high = max(self.height() - top - gates - below - (LINE if gates else 0) - 22, 20)
        states = QRectF(LEFT, top, wide, high)
        of_gates = QRectF(LEFT, states.bottom() + (LINE if gates else 0), wide, gates)
        return states, of_gates, QRectF(LEFT, of_gates.bottom() + 4, wide, below)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), shown_theme()
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        states, gates, sequence = self.frames()
        if self.states.size:
            painter.drawImage(states, self._images[0])
            painter.setPen(QColor(theme.muted))
            ends = short(strongest(self.states))
            painter.drawText(
                QPointF(LEFT, metrics.ascent()), tr("state: −{most} blue, {most} orange", most=ends)
            )
            self._paint_unit(painter, states)
            if len(self.names):
                painter.drawImage(gates, self._images[1])
                painter.setPen(QColor(theme.muted))
                painter.drawText(
                    QPointF(LEFT, gates.top() - 4), tr("unit {n}: −1 blue, 1 orange", n=self.unit)
                )
                for i, name in enumerate(self.names):
                    place = QRectF(0, gates.top() + i * ROW, LEFT - 5, ROW)
                    painter.drawText(
                        place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name
                    )
            painter.setPen(QColor(theme.border))
            painter.drawRect(states)
            if len(self.names):
                painter.drawRect(gates)
            if self.tokens:
                self._paint_tokens(painter, sequence)
            elif len(self.series):
                self._paint_series(painter, sequence)
            painter.setPen(QColor(theme.muted))
            y = sequence.bottom() + metrics.ascent() + 2
            painter.drawText(QPointF(LEFT, y), tr("time →"))
            last = str(self.states.shape[1] - 1)
            painter.drawText(QPointF(states.right() - metrics.horizontalAdvance(last), y), last)
        painter.end()

    def _paint_unit(self, painter: QPainter, frame: QRectF) -> None:
        theme, high = shown_theme(), frame.height() / len(self.states)
        metrics = painter.fontMetrics()
        every = max(1, int(np.ceil(metrics.height() / max(high, 0.1))))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for i in range(0, len(self.states), every):
            if abs(i - self.unit) * high >= metrics.height() * 0.9 or i == self.unit:
                place = QRectF(0, frame.top() + i * high, LEFT - 5, high)
                painter.setPen(QColor(theme.muted))
                painter.drawText(place.adjusted(0, -8, 0, 8) if high < 16 else place, right, str(i))
        if self.unit < len(self.states):
            row = QRectF(frame.left(), frame.top() + self.unit * high, frame.width(), high)
            painter.setPen(QColor(theme.accent))
            painter.drawText(QRectF(0, row.top() - 8, LEFT - 5, high + 16), right, str(self.unit))
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(row)

    def _paint_tokens(self, painter: QPainter, place: QRectF) -> None:
        painter.setPen(QColor(shown_theme().text))
        steps = self.states.shape[1]
        size = place.width() / steps
        every = max(1, int(np.ceil(ROOM_FOR_TOKENS / size)))
        metrics = painter.fontMetrics()
        for i in range(0, min(steps, len(self.tokens)), every):
            cell = QRectF(place.left() + i * size, place.top(), size * every, place.height())
            text = metrics.elidedText(self.tokens[i], Qt.TextElideMode.ElideRight, max(int(size * every), 12))
            painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_series(self, painter: QPainter, place: QRectF) -> None:
        theme = shown_theme()
        values = np.nan_to_num(self.series.astype(np.float64))
        low, span = float(values.min()), float(values.max() - values.min()) or 1.0
        steps = values.shape[1]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for n, line in enumerate(values.tolist()):
            points = [
                QPointF(
                    place.left() + (i + 0.5) / steps * place.width(),
                    place.bottom() - 2 - (v - low) / span * (place.height() - 4),
                )
                for i, v in enumerate(line)
            ]
            painter.setPen(QPen(QColor(theme.plot(n)), 1.3))
            painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def place(self, point: QPointF) -> tuple[int, int] | None:
        """Unit and step at a point of the states; None elsewhere."""
        frame = self.frames()[0]
        if not self.states.size or not frame.contains(point):
            return None
        rows, steps = self.states.shape
        row = min(int((point.y() - frame.top()) / frame.height() * rows), rows - 1)
        return row, min(int((point.x() - frame.left()) / frame.width() * steps), steps - 1)

    def words_at(self, point: QPointF) -> str:
        gates = self.frames()[1]
        place = self.place(point)
        if place is not None:
            unit, step = place
            value = float(self.states[unit, step])
            return tr(
                "Unit {n} after step {step}{token}: {value}",
                n=unit,
                step=step,
                token=self._token(step),
                value=short(value),
            )
        if len(self.names) and gates.contains(point):
            row = min(int((point.y() - gates.top()) / ROW), len(self.names) - 1)
            steps = self.gates.shape[1]
            step = min(int((point.x() - gates.left()) / gates.width() * steps), steps - 1)
            what = tr(GATES.get(self.names[row], self.names[row]))
            value = float(self.gates[row, step])
            return tr(
                "{what} at step {step}{token}: {value}",
                what=what,
                step=step,
                token=self._token(step),
                value=short(value),
            )
        return ""

    def _token(self, step: int) -> str:
        return f" “{self.tokens[step]}”" if step < len(self.tokens) else ""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.picked.emit(place[0])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.activated.emit(place[0])


def _visible(token: object) -> str:
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(str(token), str(token))


class HiddenStates(NodeView):
    """The selected recurrent layer."""

    def __init__(self) -> None:
        super().__init__(HIDDEN_STATES_VIEW)
        self.unsuitable = tr("Only recurrent layers (RNN, LSTM, GRU) have a state. Select one.")
        self.unit = 0
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.samples = SampleRow()
        self.samples.changed.connect(self.subscription_changed)
        row.addWidget(self.samples, 1)
        self.cell = QToolButton()
        self.cell.setText(tr("Memory cell"))
        self.cell.setCheckable(True)
        set_tip(self.cell, tr("The memory cell of an LSTM in place of the state that leaves it"))
        self.cell.toggled.connect(lambda _: self.refresh())
        row.addWidget(self.cell)
        box.addLayout(row)
        self.map = StateMap()
        self.map.picked.connect(self.show_unit)
        self.map.activated.connect(self.unit_activated)
        box.addWidget(self.map, 1)
        self.set_content(content)

    def show_unit(self, unit: int) -> None:
        """The gates of another unit."""
        if unit != self.unit:
            self.unit = unit
            self.subscription_changed.emit()
            self.refresh()

    def show_node(self, node: str, note: str = "", name: str = "") -> None:
        if node != self.node:
            self.unit = 0
        super().show_node(node, note, name)

    def options(self, measurement: str) -> dict[str, object]:
        return {"sample": self.samples.sample, "unit": self.unit}

    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("hidden_states", self.node)
        if not isinstance(frame, Frame):
            return False
        meta, arrays = frame.meta, frame.arrays
        if not arrays["hidden"].size:
            return True  # `draw` says why
        row = of_unit(arrays, self.unit) if "gates" in arrays else -1
        self.cell.setVisible("cell" in arrays)
        of_cell = "cell" in arrays and self.cell.isChecked()
        states = arrays["cell" if of_cell else "hidden"].astype(np.float32)
        gates = arrays["gates"][row].astype(np.float32) if row >= 0 else np.zeros((0, 1), np.float32)
        names = [str(n) for n in meta["parts"]] if row >= 0 else []
        unit = min(self.unit, len(states) - 1)
        series = arrays.get("series", np.zeros((0, 1), np.float32))
        self.map.show_states(states, gates, names, meta.get("tokens", ()), series, unit)
        number = int(meta["all"])
        units = count(number, "unit", "units")
        parts = [
            tr("sample {n}", n=f"{int(meta['index']):,}"),
            units if number == len(states) else tr("{n} of {units}", n=len(states), units=units),
            count(int(meta["steps"]), "step", "steps"),
        ]
        if meta["why"] == "projection":
            parts.append(tr("no gates: this layer projects its state"))
        elif meta["why"] == "length":
            parts.append(tr("no gates: the sequence is too long"))
        live = self.run is not None and self.run.live and not self.run.preview
        self.samples.say(" · ".join(parts), live)
        return True

    def draw(self) -> None:
        super().draw()
        frame = self.frame("hidden_states", self.node)
        node = self.run.node(self.node) if self.run is not None and self.node else None
        if node is not None and isinstance(frame, Frame) and not frame.arrays["hidden"].size:
            self.show_empty(
                node.name,
                tr(
                    "Only the last state leaves this layer, and those before it cannot be worked out here. Let it give"
                    " every step to see them."
                ),
            )

    def theme_changed(self, theme: Theme) -> None:
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("unit", "step", "state"), [
            (*(int(i) for i in at), float(value)) for at, value in np.ndenumerate(self.map.states)
        ]


def _applies(checked: CheckedNetwork) -> bool:
    hidden = measurements()["hidden_states"]
    return any(hidden.applies(inner.node) for inner in checked.walk())


HIDDEN_STATES_VIEW = View(
    name="hidden_states",
    label="Hidden state",
    icon="group-recurrent",
    help="The state of the selected recurrent layer at every step of one sequence, unit by unit, and the gates of a"
    " unit: what it keeps, forgets and shows.",
    place="node",
    measurements=("hidden_states",),
    applies=_applies,
    make=HiddenStates,
    before_training=True,
    order=14,
)
