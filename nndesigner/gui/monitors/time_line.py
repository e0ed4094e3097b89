"""The slider through a run's time: a place for each look, the newest at its right end, and a mark to compare with.

It knows steps, not runs. Keys, wheel and what a screen reader hears are those of Qt's own slider.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QSlider

from nndesigner.base.text import tr
from nndesigner.gui.previews import shown_theme

END = 18.0
"""room at the right end, for the newest"""
SIDE = 9.0
NEAR = 8.0
"""pixels from the mark at which the mouse takes it"""
PAGES = 10
MOST_TICKS = 160


class TimeLine(QSlider):
    """`moment_changed` says that another moment is looked at, `mark_changed` that another one is compared with.

    `moment` and `mark` are steps; a moment of None is the newest, whatever comes.
    """

    moment_changed = Signal()
    mark_changed = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(tr("Moment of the run"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(0, 0)
        self.steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self.moment: int | None = None
        self.mark: int | None = None
        self._dragged = ""
        self.valueChanged.connect(self._moved)

    def sizeHint(self) -> QSize:
        return QSize(240, 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 26)

    # -- what it shows -----------------------------------------------------------------------------------------------
    def show_steps(self, steps: npt.NDArray[np.int64]) -> None:
        """The steps of the looks, ascending. The moment stays where it is; the newest stays the newest."""
        if len(steps) == len(self.steps) and (not len(steps) or steps[-1] == self.steps[-1]):
            return
        self.steps = steps
        self.blockSignals(True)
        self.setRange(0, len(steps))
        self.setPageStep(max(len(steps) // PAGES, 1))
        self.setValue(self._place_of(self.moment))
        self.blockSignals(False)
        self.update()

    def show_moment(self, moment: int | None) -> None:
        """Goes to the look at a step or the last one before it; None for the newest."""
        self.setValue(self._place_of(moment))

    def show_mark(self, mark: int | None) -> None:
        """Marks a moment to compare with; None for none."""
        if mark != self.mark:
            self.mark = mark
            self.mark_changed.emit()
            self.update()

    def _place_of(self, moment: int | None) -> int:
        if moment is None:
            return len(self.steps)
        return max(int(np.searchsorted(self.steps, moment, side="right")) - 1, 0)

    def _moved(self, place: int) -> None:
        moment = int(self.steps[place]) if place < len(self.steps) else None
        if moment != self.moment:
            self.moment = moment
            self.moment_changed.emit()
        self.update()

    # -- where steps are ---------------------------------------------------------------------------------------------
    def x_of(self, step: int | None) -> float:
        """Where a step stands; None is the newest."""
        left, right = SIDE, max(self.width() - SIDE - END, SIDE + 1)
        if step is None or not len(self.steps):
            return self.width() - SIDE
        first, last = int(self.steps[0]), int(self.steps[-1])
        return left + (right - left) * (min(max(step, first), last) - first) / max(last - first, 1)

    def _place_at(self, x: float) -> int:
        """The place of the look that is nearest to a point."""
        left, right = SIDE, max(self.width() - SIDE - END, SIDE + 1)
        if x > right + END / 2 or not len(self.steps):
            return len(self.steps)
        first, last = float(self.steps[0]), float(self.steps[-1])
        step = first + (min(max(x, left), right) - left) / (right - left) * (last - first)
        after = int(np.searchsorted(self.steps, step))
        near = [i for i in (after - 1, after) if 0 <= i < len(self.steps)]
        return min(near, key=lambda i: abs(float(self.steps[i]) - step))

    # -- mouse and keys ----------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        to_mark = abs(x - self.x_of(self.mark)) if self.mark is not None else NEAR + 1
        self._dragged = "mark" if to_mark <= NEAR and to_mark < abs(x - self.x_of(self.moment)) else "moment"
        self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = ""

    def _drag(self, x: float) -> None:
        place = self._place_at(x)
        if self._dragged == "moment":
            self.setValue(place)
        elif len(self.steps):
            self.show_mark(int(self.steps[min(place, len(self.steps) - 1)]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift moves the mark."""
        key, shift = event.key(), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if shift and self.mark is not None and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            place = self._place_of(self.mark) + (1 if key == Qt.Key.Key_Right else -1)
            self.show_mark(int(self.steps[min(max(place, 0), len(self.steps) - 1)]))
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.value() >= len(self.steps) - 1:
            # The newest look and the newest whatever comes are the same picture: one key press passes both.
            last = len(self.steps)
            self.setValue(last if key == Qt.Key.Key_Right else max(len(self.steps) - 2, 0))
            return
        super().keyPressEvent(event)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, middle = shown_theme(), self.height() / 2
        left, right = self.x_of(int(self.steps[0])) if len(self.steps) else SIDE, self.width() - SIDE - END
        at = self.x_of(self.moment)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(QRectF(left, middle - 1.5, max(right - left, 1), 3), 1.5, 1.5)
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(QRectF(left, middle - 1.5, max(min(at, right) - left, 0), 3), 1.5, 1.5)
        self._paint_looks(painter, middle)
        live = self.moment is None
        painter.setPen(QPen(QColor(theme.accent if live else theme.muted), 1.6))
        painter.setBrush(QColor(theme.accent) if live else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(self.width() - SIDE, middle), 4.5, 4.5)
        if self.mark is not None:
            x = self.x_of(self.mark)
            painter.setPen(QPen(QColor(theme.panel), 1))
            painter.setBrush(QColor(theme.warning))
            painter.drawPolygon(
                QPolygonF([QPointF(x, middle - 2), QPointF(x - 5, middle - 10), QPointF(x + 5, middle - 10)])
            )
        if not live:
            painter.setPen(QPen(QColor(theme.panel), 1.5))
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(QPointF(at, middle), 7, 7)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _paint_looks(self, painter: QPainter, middle: float) -> None:
        """A tick for every look, as long as they can be told apart."""
        if not 1 < len(self.steps) <= MOST_TICKS:
            return
        painter.setPen(QPen(QColor(shown_theme().muted), 1))
        for step in self.steps.tolist():
            x = self.x_of(step)
            painter.drawLine(QPointF(x, middle + 4), QPointF(x, middle + 7))
