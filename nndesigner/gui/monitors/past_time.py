"""Going back through the run that the live views show: the bar below them, and animations of a view or the canvas.

It joins the bar to the panel and knows neither a single view nor how a picture is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.monitors.animation import Animation
from nndesigner.gui.monitors.monitor import Monitor
from nndesigner.gui.monitors.time_bar import TimeBar
from nndesigner.session.elsewhere import Elsewhere

if TYPE_CHECKING:
    from nndesigner.gui.monitors.panel import MonitorsPanel


class PastTime:
    """The time of one panel. `button` shows and hides the bar."""

    def __init__(self, panel: MonitorsPanel, button: QToolButton, elsewhere: Elsewhere) -> None:
        self._panel, self._button, self._elsewhere = panel, button, elsewhere
        self.animation: Animation | None = None
        """what is being saved"""
        self.bar = TimeBar()
        self.bar.hide()
        self.bar.changed.connect(self._changed)
        self.bar.closed.connect(lambda: button.setChecked(False))
        self.bar.canvas_wanted.connect(self.save_canvas)

    def show_bar(self, on: bool) -> None:
        """The bar in sight, or away with everything back to now."""
        self.follow()
        self.bar.setVisible(on)
        if on:
            self.bar.line.setFocus()
        else:
            self.bar.forget()
            self._changed()

    def follow(self) -> None:
        """The looks that there are now."""
        if self._panel.runs:
            run = self._panel.runs[0]
            self.bar.show_looks(*run.history.looks(), run.live)

    def forget(self) -> None:
        """Another run is shown."""
        if self.animation is not None:
            self.animation.cancel()
        self.bar.forget()
        self.follow()
        self._changed()

    @property
    def described(self) -> tuple[int, float] | None:
        """Step and epoch of the moment that is looked at; None while that is the newest."""
        moment = self.bar.moment
        return (moment, self.bar.epoch_of(moment)) if moment is not None else None

    def _changed(self) -> None:
        self._panel.show_moment(self.bar.moment, self.bar.compared)

    def close_down(self) -> None:
        if self.animation is not None:
            self.animation.cancel()
        self.bar.close_down()

    # -- animations --------------------------------------------------------------------------------------------------
    def save_view(self, monitor: Monitor) -> None:
        """Asks for a file and plays one view into it."""
        self._save(monitor, monitor.view.name, monitor.looks())

    def save_canvas(self) -> None:
        """The same for the canvas with the numbers of the run."""
        if self._panel.canvas is not None and self._panel.runs:
            looks = tuple(frame.step for frame in self._panel.runs[0].history.trail("", "health"))
            self._save(self._panel.canvas, tr("network"), looks)

    def _save(self, widget: QWidget, name: str, looks: tuple[int, ...]) -> None:
        if self.animation is not None or len(looks) < 2:
            return
        self.follow()
        self.bar.play(False)
        before = self.bar.moment

        def ended() -> None:
            self.animation = None
            self.bar.go(before)

        go, caption = self.bar.go, self.bar.named
        self.animation = Animation.asked(widget, name, looks, go, caption, self._elsewhere, ended)
