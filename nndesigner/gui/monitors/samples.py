"""A line that says which sample of the probe batch is shown, with buttons for the one before and the next one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import Elided, allow

MOST_SAMPLES = 64


class SampleRow(QWidget):
    """`changed` says that another sample was chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sample = 0
        self.number = MOST_SAMPLES
        """how many samples there are"""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.before, self.after = QToolButton(), QToolButton()
        for button, mark, words, step in (
            (self.before, "‹", tr("The sample before"), -1),
            (self.after, "›", tr("The next sample"), 1),
        ):
            button.setText(mark)
            button.setAccessibleName(words)
            button.clicked.connect(lambda _=False, step=step: self.show_sample(self.sample + step))
            row.addWidget(button)
        # The picture stays where it is when a run ends and the buttons go.
        self.words.setMinimumHeight(self.before.sizeHint().height())

    def show_sample(self, sample: int) -> None:
        """Another sample; it is measured from the next look on."""
        sample = min(max(sample, 0), self.number - 1)
        if sample != self.sample:
            self.sample = sample
            self.changed.emit()

    def say(self, words: str, live: bool, about: Mapping[str, Any] = MappingProxyType({})) -> None:
        """What is shown, and what is known of it; only of a run that goes on can another sample be asked for."""
        self.number = max(int(about.get("samples", MOST_SAMPLES)), 1)
        chosen = about.get("watched")
        if isinstance(chosen, Mapping):
            of = tr("of class {name}", name=chosen.get("label", ""))
            words = " · ".join(
                part for part in (of if chosen.get("how") == "class" else tr("chosen"), words) if part
            )
        self.words.setText(words)
        self.before.setVisible(live)
        self.after.setVisible(live)
        first, last = self.sample <= 0, self.sample >= self.number - 1
        allow(self.before, tr("This is the first sample.") if first else "", tr("The sample before"))
        allow(self.after, tr("This is the last sample.") if last else "", tr("The next sample"))
