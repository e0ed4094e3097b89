"""The line above the live views: which run is shown and how far it is, and the buttons that change it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from nndesigner.base.text import count, tr
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors.preview import SampleChooser
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.watched import WatchedButton
from nndesigner.gui.plain import Elided, menu_text, set_tip

if TYPE_CHECKING:
    from nndesigner.session.session import Session

HEAD = 34
"""its height"""


class Head(QWidget):
    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEAD)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 8, 0)
        row.setSpacing(8)
        self.title = Elided(role="muted")
        row.addWidget(self.title, 1)
        self.rounds = QComboBox()
        self.rounds.setAccessibleName(tr("Repetition of the block that is looked into"))
        set_tip(self.rounds, tr("The repetition of this block whose layers are shown"))
        self.rounds.hide()
        row.addWidget(self.rounds)
        self.pin_button = QToolButton()
        self.pin_button.setIcon(icon("pin", role="accent"))
        self.pin_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_tip(self.pin_button, tr("Let the views of a layer follow the selection again"))
        self.pin_button.hide()
        row.addWidget(self.pin_button)
        self.watched_button = WatchedButton(session)
        row.addWidget(self.watched_button)
        self.chooser = SampleChooser(session.previewing)
        self.chooser.hide()
        row.addWidget(self.chooser)
        self.preview_button = QToolButton()
        self.preview_button.setText(tr("Preview"))
        self.preview_button.setCheckable(True)
        set_tip(
            self.preview_button,
            tr("Show the network as it is drawn now, with a sample of the data on its way through it"),
        )
        self.preview_button.hide()
        row.addWidget(self.preview_button)
        self.cancel_button = QToolButton()
        self.cancel_button.setText(tr("Cancel"))
        set_tip(self.cancel_button, tr("Stop reading and go on with what was shown before"))
        row.addWidget(self.cancel_button)
        self.follow_button = QToolButton()
        self.follow_button.setText(tr("Newest run"))
        set_tip(self.follow_button, tr("Back to the run that goes on, or the last one"))
        row.addWidget(self.follow_button)
        self.time_button = QToolButton()
        self.time_button.setIcon(icon("history", role="muted"))
        self.time_button.setCheckable(True)
        self.time_button.setAccessibleName(tr("Go back through the run"))
        set_tip(self.time_button, tr("Go back through the run: every picture as it was at an earlier step"))
        self.time_button.hide()
        row.addWidget(self.time_button)
        self.overlay_button = QToolButton()
        self.overlay_button.setIcon(icon("network", role="muted"))
        self.overlay_button.setCheckable(True)
        self.overlay_button.setChecked(True)
        self.overlay_button.setAccessibleName(tr("Show the run on the canvas"))
        set_tip(
            self.overlay_button,
            tr(
                "Show the size of each layer's gradient on the canvas, and which layers are not in this run or"
                " were edited since"
            ),
        )
        row.addWidget(self.overlay_button)

    def show_rounds(self, number: int, chosen: int) -> None:
        """Offers the repetitions of a block; none where there is but one."""
        self.rounds.blockSignals(True)
        if self.rounds.count() != number:
            self.rounds.clear()
            self.rounds.addItems([tr("Repetition {n} of {all}", n=n + 1, all=number) for n in range(number)])
        self.rounds.setCurrentIndex(chosen)
        self.rounds.blockSignals(False)
        self.rounds.setVisible(number > 1)

    def show_preview(self, shown: bool, choice: bool) -> None:
        """Whether the network as it is drawn is shown, and whether there is anything else to show."""
        self.chooser.setVisible(shown)
        self.watched_button.setVisible(not shown)
        if shown:
            self.chooser.show_choice()
        self.preview_button.setChecked(shown)
        self.preview_button.setVisible(choice)

    def show_pinned(self, name: str) -> None:
        """The layer that the views of a layer stay with; "" where they follow the selection."""
        self.pin_button.setText(menu_text(name))
        self.pin_button.setAccessibleName(tr("Pinned: {name}", name=name) if name else "")
        self.pin_button.setVisible(bool(name))


def describe(
    runs: Sequence[ShownRun],
    reading: Sequence[Path] = (),
    fraction: float = 0.0,
    moment: tuple[int, float] | None = None,
) -> str:
    """Which run and which step is shown, or which is being read and how far that is (0 to 1); `moment` is the step and
    epoch of an earlier picture."""
    if reading:
        what = reading[0].name if len(reading) == 1 else count(len(reading), "run", "runs")
        return tr("Reading {what}: {share} %", what=what, share=round(100 * fraction))
    if not runs:
        return tr("No run yet")
    run = runs[0]
    parts = [run.name]
    if len(runs) > 1:
        parts[0] += " " + tr("and {what} more", what=count(len(runs) - 1, "run", "runs"))
    step = run.step
    if moment is not None:
        at, epoch_then = f"{moment[0]:,}", f"{moment[1]:.1f}"
        parts.append(tr("back at step {n}, epoch {e}", n=at, e=epoch_then))
        if step is not None:
            parts.append(tr("newest: step {n}", n=f"{step:,}"))
        return "  ·  ".join(parts)
    if step is not None:
        parts.append(tr("step {n}", n=f"{step:,}"))
    clock = run.history.clock
    if clock is not None and run.live:
        # Counted from 1, as people do: during the first epoch it is epoch 1.
        epoch = min(int(clock.epoch) + 1, clock.epochs)
        parts.append(tr("epoch {n} of {all}", n=f"{epoch:,}", all=f"{clock.epochs:,}"))
    words = {
        "starting": tr("starting"),
        "paused": tr("paused"),
        "interrupted": tr("interrupted"),
        "failed": tr("failed"),
        "diverged": tr("diverged"),
    }
    if run.state in words:
        parts.append(words[run.state])
    return "  ·  ".join(parts)
