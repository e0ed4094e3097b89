"""A series to try: taken from the data or a file, and changed by drawing over its curve."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.gui.plain import label
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.try_it.editor import Editor, Value

HEIGHT = 150
DOTS = 64
"""time steps up to which every one has a dot"""


class Curve(QWidget):
    """The curves of all features; the mouse draws the chosen one anew."""

    drawn = Signal()

    def __init__(self, steps: int, features: int, low: float, high: float) -> None:
        super().__init__()
        self.values = np.zeros((steps, features), np.float32)
        margin = 0.15 * ((high - low) or 1.0)
        self._low, self._high = low - margin, high + margin
        self.feature = 0
        self._last: tuple[int, float] | None = None
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(120)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Series: draw over the curve with the mouse"))

    def show_values(self, values: np.ndarray) -> None:
        self.values = np.array(values, np.float32)
        self.update()

    def _frame(self) -> QRectF:
        return QRectF(0.5, 0.5, self.width() - 1, self.height() - 1)

    def _bounds(self) -> tuple[float, float]:
        low = min(self._low, float(self.values.min(initial=self._low)))
        high = max(self._high, float(self.values.max(initial=self._high)))
        return low, (high if high > low else low + 1.0)

    def _point(self, step: int, value: float) -> QPointF:
        frame, (low, high) = self._frame().adjusted(8, 8, -8, -8), self._bounds()
        x = frame.left() + frame.width() * step / max(len(self.values) - 1, 1)
        return QPointF(x, frame.bottom() - frame.height() * (value - low) / (high - low))

    def _at(self, point: QPointF) -> tuple[int, float]:
        frame, (low, high) = self._frame().adjusted(8, 8, -8, -8), self._bounds()
        share = (point.x() - frame.left()) / max(frame.width(), 1.0)
        step = round(min(max(share, 0.0), 1.0) * (len(self.values) - 1))
        height = (frame.bottom() - point.y()) / max(frame.height(), 1.0)
        return step, low + min(max(height, 0.0), 1.0) * (high - low)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._last = self._at(event.position())
            self._set(self._last, self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            here = self._at(event.position())
            self._set(self._last, here)
            self._last = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _set(self, start: tuple[int, float], end: tuple[int, float]) -> None:
        """The values on the way of the mouse, straight between where it was seen."""
        first, last = sorted((start, end))
        steps = np.arange(first[0], last[0] + 1)
        span = max(last[0] - first[0], 1)
        line = first[1] + (last[1] - first[1]) * (steps - first[0]) / span
        if start[0] == end[0]:
            line = np.array([end[1]])
        self.values[steps, self.feature] = line
        self.update()
        self.drawn.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(self._frame(), 6, 6)
        low, high = self._bounds()
        if low < 0 < high:
            painter.setPen(QPen(QColor(theme.grid), 1))
            painter.drawLine(self._point(0, 0.0), self._point(len(self.values) - 1, 0.0))
        order = [i for i in range(self.values.shape[1]) if i != self.feature] + [self.feature]
        for feature in order:
            color = QColor(theme.plot(feature))
            color.setAlphaF(1.0 if feature == self.feature else 0.45)
            painter.setPen(QPen(color, 1.6 if feature == self.feature else 1.2))
            points = [self._point(i, float(v)) for i, v in enumerate(self.values[:, feature])]
            painter.drawPolyline(QPolygonF(points))
            if feature == self.feature and len(points) <= DOTS:
                painter.setBrush(color)
                for point in points:
                    painter.drawEllipse(point, 2.4, 2.4)
        painter.setPen(QColor(theme.muted))
        painter.drawText(self._frame().adjusted(6, 3, -6, -3), int(Qt.AlignmentFlag.AlignTop), f"{high:.3g}")
        painter.drawText(
            self._frame().adjusted(6, 3, -6, -3), int(Qt.AlignmentFlag.AlignBottom), f"{low:.3g}"
        )
        painter.end()


class SeriesEditor(Editor):
    takes = "Series (*.csv *.tsv *.txt *.npy *.npz)"

    def __init__(self, field: DataField) -> None:
        super().__init__(field)
        steps, features = field.sizes
        low = float(field.statistics.get("minimum", -1.0))
        high = float(field.statistics.get("maximum", 1.0))
        self._mean = float(field.statistics.get("mean", 0.0))
        self.curve = Curve(steps, features, low, high)
        self.curve.drawn.connect(self.changed)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.curve)
        self.feature = QComboBox()
        self.feature.setAccessibleName(tr("Which feature the mouse draws"))
        for i in range(features):
            self.feature.addItem(field.columns[i] if i < len(field.columns) else tr("feature {n}", n=i + 1))
        self.feature.currentIndexChanged.connect(self._choose)
        if features > 1:
            row = QHBoxLayout()
            row.addWidget(label(tr("Draw")))
            row.addWidget(self.feature, 1)
            box.addLayout(row)

    def _choose(self, index: int) -> None:
        self.curve.feature = max(index, 0)
        self.curve.update()

    def value(self) -> Value | None:
        return self.curve.values.copy()

    def show_value(self, value: Value) -> None:
        self.curve.show_values(np.asarray(value))

    def start(self) -> None:
        self.curve.show_values(np.full(self.field.sizes, self._mean, np.float32))
