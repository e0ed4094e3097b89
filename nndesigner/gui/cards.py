"""Frames to choose from: a card or a row that is chosen with a click, Return or Space, and a grid that flows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget


class Choosable(QFrame):
    """A frame with one meaning: a subclass says in `choose` what it is."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def choose(self) -> None:
        """What a click does."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose()
        else:
            super().keyPressEvent(event)


class Flow(QWidget):
    """Cards in as many columns as there is room for; `card` is the smallest size of one, and they share the width."""

    GAP = 14

    def __init__(self, card: QSize) -> None:
        super().__init__()
        self._card = card
        self._cards: list[QWidget] = []
        self.setMinimumWidth(card.width())

    def add(self, card: QWidget) -> None:
        card.setParent(self)
        self._cards.append(card)
        self._place()

    def _place(self) -> None:
        columns = max(1, (self.width() + self.GAP) // (self._card.width() + self.GAP))
        width = (self.width() + self.GAP) / columns - self.GAP
        width = min(max(width, self._card.width()), 1.5 * self._card.width())
        for number, card in enumerate(self._cards):
            x, y = number % columns, number // columns
            top = y * (self._card.height() + self.GAP)
            card.setGeometry(round(x * (width + self.GAP)), top, round(width), self._card.height())
        rows = -(-len(self._cards) // columns)
        height = max(rows * (self._card.height() + self.GAP) - self.GAP, 0)
        if self.height() != height:
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
