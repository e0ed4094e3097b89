"""The line below the live views that goes back through a run: play, the slider, which moment it is, and the menu.

It holds which moment is looked at and which one is compared with; the panel hands both on to the views and the canvas.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.comfort import less_motion
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors.time_line import TimeLine
from nndesigner.gui.plain import allow, label

TELL_MILLISECONDS = 15
"""between two moments that are drawn while the slider is dragged"""
WHOLE = 8000
"""milliseconds that a run takes to be played, where its looks are neither few nor many"""
FASTEST, SLOWEST = 50, 250
ROOMY = 360
"""pixels that slider and buttons want"""
STILL, FEW = 1000, 12
"""with less motion: milliseconds between two moments, and how many are shown"""


class TimeBar(QWidget):
    """`changed` says that another moment is looked at or compared with; `closed` that the user is done with it."""

    changed = Signal()
    closed = Signal()
    canvas_wanted = Signal()
    """the canvas as an animation"""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("time")
        self._steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._epochs: npt.NDArray[np.float64] = np.zeros(0)
        self._live = False
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 4)
        row.setSpacing(4)
        self.play_button = QToolButton()
        self.play_button.clicked.connect(lambda: self.play(not self.playing))
        row.addWidget(self.play_button)
        self.line = TimeLine()
        self.line.moment_changed.connect(self._moved)
        self.line.mark_changed.connect(self._moved)
        row.addWidget(self.line, 1)
        self.words = label(role="muted")
        row.addWidget(self.words)
        self.compare_button = QToolButton()
        self.compare_button.setText(tr("Compare"))
        self.compare_button.setCheckable(True)
        self.compare_button.toggled.connect(self._compare)
        row.addWidget(self.compare_button)
        self.live_button = QToolButton()
        self.live_button.setText(tr("Newest"))
        self.live_button.clicked.connect(lambda: self.go(None))
        row.addWidget(self.live_button)
        self.more_button = QToolButton()
        self.more_button.setIcon(icon("more", role="muted"))
        self.more_button.setAccessibleName(tr("More about the time of the run"))
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more_button)
        self.canvas_action = menu.addAction(icon("image"), tr("Save the canvas as an animation (GIF)…"))
        self.canvas_action.triggered.connect(self.canvas_wanted)
        menu.addAction(icon("close"), tr("Close")).triggered.connect(self.closed)
        self.more_button.setMenu(menu)
        row.addWidget(self.more_button)
        self._tell = QTimer(self)
        self._tell.setSingleShot(True)
        self._tell.setInterval(TELL_MILLISECONDS)
        self._tell.timeout.connect(self.changed)
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._next)
        self._show()

    # -- what is looked at -------------------------------------------------------------------------------------------
    @property
    def moment(self) -> int | None:
        """The step that is looked at; None for the newest, whatever comes."""
        return self.line.moment

    @property
    def compared(self) -> int | None:
        """The step that is compared with; None for none."""
        return self.line.mark

    def show_looks(self, steps: npt.NDArray[np.int64], epochs: npt.NDArray[np.float64], live: bool) -> None:
        """The steps of which there are pictures, ascending, and their epochs; whether more may come."""
        self._steps, self._epochs, self._live = steps, epochs, live
        self.line.show_steps(steps)
        self.live_button.setText(tr("Live") if live else tr("Newest"))
        self._show()

    def forget(self) -> None:
        """Another run is shown: back to its newest, with nothing to compare."""
        self.play(False)
        self.line.show_mark(None)
        self.line.show_moment(None)

    def go(self, moment: int | None) -> None:
        """To the look at a step or the last one before it; None for the newest. Drawn at once."""
        self.line.show_moment(moment)
        if self._tell.isActive():
            self._tell.stop()
            self.changed.emit()

    def _compare(self, on: bool) -> None:
        if on and self.compared is None and len(self._steps):
            self.line.show_mark(self.moment if self.moment is not None else int(self._steps[-1]))
        elif not on:
            self.line.show_mark(None)

    def _moved(self) -> None:
        self._show()
        if not self._tell.isActive():
            self._tell.start()

    # -- playing -----------------------------------------------------------------------------------------------------
    @property
    def playing(self) -> bool:
        return self._beat.isActive()

    def play(self, on: bool) -> None:
        """Goes through the looks from here, or from the first one where this is the last; or stops."""
        if on and len(self._steps) > 1:
            if self.moment is None or self.moment >= int(self._steps[-1]):
                self.line.setValue(0)
            number = len(self._steps)
            self._beat.setInterval(STILL if less_motion() else min(max(WHOLE // number, FASTEST), SLOWEST))
            self._beat.start()
        else:
            self._beat.stop()
        self._show()

    def _next(self) -> None:
        number = len(self._steps)
        stride = max(-(-number // FEW) if less_motion() else -(-number * FASTEST // WHOLE), 1)
        place = self.line.value() + stride
        if place >= number - 1:
            self.line.setValue(number)
            self.play(False)
        else:
            self.line.setValue(place)

    def close_down(self) -> None:
        """Nothing plays and nothing is told any more."""
        self.play(False)
        self._tell.stop()

    # -- words -------------------------------------------------------------------------------------------------------
    def epoch_of(self, step: int) -> float:
        """The epoch of the look at a step, or of the last one before it."""
        place = int(np.searchsorted(self._steps, step, side="right")) - 1
        return float(self._epochs[max(place, 0)]) if len(self._epochs) else 0.0

    def named(self, step: int) -> str:
        """A moment in words."""
        return tr("step {n}, epoch {e}", n=f"{step:,}", e=f"{self.epoch_of(step):.1f}")

    def _show(self) -> None:
        few = len(self._steps) < 2
        nothing = tr("There is only one picture so far.") if few else ""
        self.play_button.setIcon(icon("pause" if self.playing else "run", role="accent"))
        self.play_button.setAccessibleName(tr("Pause") if self.playing else tr("Play the run"))
        allow(self.play_button, nothing, tr("Pause") if self.playing else tr("Play the run (Space)"))
        allow(
            self.compare_button,
            nothing,
            tr("Mark this moment, to compare others with it. Shift and arrow keys move the mark."),
        )
        allow(self.canvas_action, nothing)
        self.line.setEnabled(not few)
        self.compare_button.blockSignals(True)
        self.compare_button.setChecked(self.compared is not None)
        self.compare_button.blockSignals(False)
        allow(
            self.live_button,
            tr("This is the newest already.") if self.moment is None else "",
            tr("Back to now, and follow the run") if self._live else tr("The last picture of everything"),
        )
        newest = int(self._steps[-1]) if len(self._steps) else 0
        shown = self.moment if self.moment is not None else newest
        said = self.named(shown) if len(self._steps) else ""
        widest = self.named(newest)
        if self.compared is not None:
            said += "  ·  " + tr("against step {n}", n=f"{self.compared:,}")
            widest += "  ·  " + tr("against step {n}", n=f"{newest:,}")
        self.words.setText(said)
        # Numbers that come and go by a digit must not move the slider.
        self.words.setMinimumWidth(self.words.fontMetrics().horizontalAdvance(widest) + 8)
        self._make_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.play(not self.playing)
        elif event.key() == Qt.Key.Key_Escape and self.moment is not None:
            self.go(None)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the slider needs it most; the head above says the moment too."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        self.words.setVisible(self.width() >= ROOMY + self.words.minimumWidth())
        self.compare_button.setVisible(self.width() >= ROOMY)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays while nobody looks."""
        super().hideEvent(event)
        self.play(False)
