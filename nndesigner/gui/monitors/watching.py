"""What is measured for the panel of live views, and when its views are drawn.

Nothing is asked for that nobody looks at. One timer draws the newest, curves ten times a second at most, and rests
while nothing arrives; another waits until what came into sight has settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from nndesigner.gui.monitors.monitor import Monitor
from nndesigner.gui.monitors.shown_runs import ShownRuns
from nndesigner.protocol.controls import Subscription

if TYPE_CHECKING:
    from nndesigner.session.session import Session

DRAW_MILLISECONDS = 100
"""between two drawings of curves: ten a second at most"""
PICTURE_MILLISECONDS = 33
"""before a picture that has just arrived: they are few, and age while they wait"""
SETTLE_MILLISECONDS = 30
"""after something came into sight, before it is asked for: a change of tabs is one change"""


class Watching(QObject):
    """`monitors` gives every view, `also` the names of what is measured beside them; `settle` and `draw` are the
    panel's, called by the timers."""

    def __init__(
        self,
        session: Session,
        runs: ShownRuns,
        monitors: Callable[[], Iterable[Monitor]],
        also: Callable[[], Iterable[str]],
        settle: Callable[[], object],
        draw: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._runs = session, runs
        self._monitors, self._also = monitors, also
        self._ended = False
        self._subscribed: tuple[Subscription, ...] | None = None
        self._draw_timer = self._timer(DRAW_MILLISECONDS, draw)
        self._drawn = QElapsedTimer()
        self._settle_timer = self._timer(SETTLE_MILLISECONDS, settle)

    def _timer(self, milliseconds: int, act: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(lambda: act())
        return timer

    def close_down(self) -> None:
        """Nothing is subscribed any more, no timer runs."""
        self._ended = True
        self._draw_timer.stop()
        self._settle_timer.stop()
        self._subscribe(())

    # -- when --------------------------------------------------------------------------------------------------------
    @property
    def waiting(self) -> bool:
        """Whether anything is about to be drawn or asked for."""
        return self._draw_timer.isActive() or self._settle_timer.isActive()

    def draw_soon(self, apart: int = DRAW_MILLISECONDS) -> None:
        """Draws so many milliseconds after the last time, at once where that is longer ago."""
        pause = max(apart - self._drawn.elapsed(), 0) if self._drawn.isValid() else 0
        waiting = self._draw_timer.remainingTime() if self._draw_timer.isActive() else pause + 1
        if not self._ended and pause < waiting:
            self._draw_timer.start(pause)

    def drawn(self) -> None:
        """It was drawn just now."""
        self._draw_timer.stop()
        self._drawn.start()

    def settle_soon(self) -> None:
        if not self._ended and not self._settle_timer.isActive():
            self._settle_timer.start()

    # -- what --------------------------------------------------------------------------------------------------------
    def visible(self) -> list[Monitor]:
        """The views that somebody can see, wherever they stand."""
        return [m for m in self._monitors() if m.isVisible() and not m.window().isMinimized()]

    def look(self) -> None:
        """Asks for what is in sight now."""
        self._settle_timer.stop()
        followed, previewed = self._runs.goes_on, self._runs.previewed
        wanted: dict[tuple[str, str], Subscription] = {}
        if followed or previewed:
            for monitor in self.visible():
                wanted |= {(s.node, s.measurement): s for s in monitor.subscriptions()}
            for name in self._also():
                wanted.setdefault(("", name), Subscription("", name))
        self._subscribe(tuple(wanted.values()) if followed else ())
        self._runs.preview.look(wanted.values() if previewed else ())

    def _subscribe(self, wanted: tuple[Subscription, ...]) -> None:
        if wanted != (self._subscribed or ()):
            self._subscribed = wanted
            self._session.training.subscribe(wanted)

    @property
    def subscribed(self) -> tuple[Subscription, ...]:
        return self._subscribed or ()
