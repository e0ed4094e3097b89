"""Marks on the canvas that say what each layer keeps of a run's weights: joins the session's comparison to the canvas.

Shown while the View action is on, with the last run that can be continued; and while a question about continuing a run
is open, with that run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.session.fitting import Standing

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView
    from nndesigner.session.session import Session


class FittingMarks:
    """`last` tells the folder of the run that would be continued; None where there is none."""

    def __init__(self, session: Session, canvas: CanvasView, last: Callable[[], Path | None]) -> None:
        self.on = False
        """whether the user wants to see them"""
        self._last = last
        self._asked: Path | None = None
        self._standing = Standing(session.editing, session.elsewhere)
        self._standing.changed.connect(lambda: canvas.show_state(fits=self._standing.fits))

    def toggle(self) -> None:
        self.on = not self.on
        self.refresh()

    def refresh(self) -> None:
        """Runs came or went."""
        self._standing.compare(self._asked or (self._last() if self.on else None))

    @contextmanager
    def asking(self, run: Path) -> Iterator[None]:
        """While a question about continuing this run is open."""
        self._asked = run
        self.refresh()
        try:
            yield
        finally:
            self._asked = None
            self.refresh()

    def close_down(self) -> None:
        self._standing.close()
