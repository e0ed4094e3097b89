"""The key of a plot: a coloured stroke, a name and the newest value for every curve, painted as plain text.

A click on an entry hides its curve. It knows nothing of the curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import set_tip
from nndesigner.gui.previews import shown_theme

ROW, STROKE, GAP, LONGEST = 20, 12, 9, 190
MOST_ROWS = 3


@dataclass(frozen=True)
class Entry:
    """`key` names the curve for `toggled`."""

    key: str
    text: str
    color: str
    value: str = ""
    hidden: bool = False


class Legend(QWidget):
    """`toggled` carries the key of the entry that was clicked."""

    toggled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[Entry, ...] = ()
        self.lead = ""
        """before the first entry: where the crosshair stands"""
        self._places: list[tuple[QRectF, Entry]] = []
        self._left_out = 0
        self._reserved = ""
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self._lay_out()

    def show_entries(self, entries: Sequence[Entry], lead: str = "") -> None:
        entries = tuple(entries)
        if (entries, lead) == (self.entries, self.lead):
            return
        names = [(e.key, e.text, len(e.value)) for e in entries]
        before = [(e.key, e.text, len(e.value)) for e in self.entries]
        same = names == before and len(lead) == len(self.lead)
        self.entries, self.lead = entries, lead
        if same:
            current = {entry.key: entry for entry in entries}
            self._places = [(place, current[entry.key]) for place, entry in self._places]
        else:
            self._lay_out()
        self.setAccessibleName(", ".join(f"{e.text} {e.value}".strip() for e in entries))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def _lay_out(self) -> None:
        metrics = self.fontMetrics()
        self._places, self._left_out = [], 0
        x, row = (metrics.horizontalAdvance(self.lead) + GAP if self.lead else 0.0), 0
        for i, entry in enumerate(self.entries):
            wide = STROKE + 4 + min(metrics.horizontalAdvance(self._words(entry)) + 4, LONGEST)
            if x and x + wide > self.width():
                x, row = 0.0, row + 1
            if row == MOST_ROWS:
                self._left_out = len(self.entries) - i
                break
            self._places.append((QRectF(x, row * ROW, wide, ROW), entry))
            x += wide + GAP
        if self._left_out:
            self._make_room_for_the_rest()
        rows = min(row + 1, MOST_ROWS)
        self.setFixedHeight(rows * ROW if self.entries else ROW)

    def _make_room_for_the_rest(self) -> None:
        """Leaves out what stands where the last line says how many are left out."""
        while self._places:
            rest = self.fontMetrics().horizontalAdvance(tr("and {n} more", n=self._left_out))
            place = self._places[-1][0]
            if place.top() < (MOST_ROWS - 1) * ROW or place.right() <= self.width() - rest - GAP:
                return
            self._places.pop()
            self._left_out += 1

    @staticmethod
    def _words(entry: Entry) -> str:
        return f"{entry.text}  {entry.value}" if entry.value else entry.text

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, metrics = shown_theme(), self.fontMetrics()
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        if self.lead:
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, 0, self.width(), ROW), middle, self.lead)
        for place, entry in self._places:
            color = QColor(entry.color)
            color.setAlphaF(0.25 if entry.hidden else 1.0)
            painter.setPen(QPen(color, 3.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            y = place.center().y()
            painter.drawLine(QPointF(place.left() + 2, y), QPointF(place.left() + STROKE - 1, y))
            value = f"  {entry.value}" if entry.value else ""
            room = place.width() - STROKE - 4
            name = metrics.elidedText(
                entry.text, Qt.TextElideMode.ElideMiddle, int(room - metrics.horizontalAdvance(value))
            )
            left = place.left() + STROKE + 4
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(left, place.top(), room, ROW), middle, name)
            if value and not entry.hidden:
                painter.setPen(QColor(theme.text))
                left += metrics.horizontalAdvance(name)
                painter.drawText(QRectF(left, place.top(), room, ROW), middle, value)
        if self._left_out:
            painter.setPen(QColor(theme.muted))
            last = QRectF(0, (MOST_ROWS - 1) * ROW, self.width(), ROW)
            painter.drawText(
                last, middle | int(Qt.AlignmentFlag.AlignRight), tr("and {n} more", n=self._left_out)
            )
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        entry = self._at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if entry else Qt.CursorShape.ArrowCursor)
        words = ""
        if entry is not None:
            words = f"{entry.text}\n" + (tr("Click to show it.") if entry.hidden else tr("Click to hide it."))
        set_tip(self, words)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        entry = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and entry is not None:
            self.toggled.emit(entry.key)

    def _at(self, point: QPointF) -> Entry | None:
        return next((entry for place, entry in self._places if place.contains(point)), None)


def with_value(entry: Entry, value: str) -> Entry:
    return replace(entry, value=value)
