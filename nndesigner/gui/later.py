"""What is made right after the first paint: one piece per turn of the event loop, keys and paints coming between.

A window opens on what its first picture needs. Parts that nobody can have reached by then stand in this queue; each is
also made at once by whoever needs it earlier, so the order matters to nobody. It knows no single part.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

Piece = Callable[[], object]
"""Some work of well under 50 ms."""


class Later(QObject):
    """A queue that begins to move with `begin`; what is added afterwards has its turn too."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pieces: deque[Piece] = deque()
        self._begun = False
        self._turn = QTimer(self)
        self._turn.timeout.connect(self._next)

    def add(self, *pieces: Piece) -> None:
        self._pieces.extend(pieces)
        if self._begun and self._pieces:
            self._turn.start()

    def begin(self) -> None:
        """The first picture is on the screen."""
        self._begun = True
        self.add()

    def close_down(self) -> None:
        """Nothing more is made."""
        self._turn.stop()
        self._pieces.clear()
        self._begun = False

    def _next(self) -> None:
        piece = self._pieces.popleft() if self._pieces else None
        if not self._pieces:
            self._turn.stop()
        if piece is not None:
            piece()
