"""What the live views show before any training: a sample of the data on its way through the network as it is drawn.

It is held like a run, so that the views that draw runs draw it too; and the line that says which sample it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.plain import set_tip
from nndesigner.protocol.controls import Subscription
from nndesigner.runs.history import RunHistory

if TYPE_CHECKING:
    from nndesigner.session.previewing import Previewing
    from nndesigner.session.session import Session

_PART_WORDS = {"validation": "validation", "train": "training", "test": "test"}


class SampleChooser(QWidget):
    """A part of the data and a position in it, counted from 1."""

    def __init__(self, previewing: Previewing) -> None:
        super().__init__()
        self._previewing = previewing
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.part = QComboBox()
        self.part.setAccessibleName(tr("Part of the data"))
        set_tip(self.part, tr("The part of the data that the sample is taken from"))
        self.position = QSpinBox()
        self.position.setAccessibleName(tr("Sample"))
        self.position.setKeyboardTracking(False)
        self.position.lineEdit().setTextMargins(6, 0, 0, 0)
        row.addWidget(self.part)
        row.addWidget(self.position)
        self.part.activated.connect(lambda _: previewing.choose(str(self.part.currentData()), 0))
        self.position.valueChanged.connect(lambda n: previewing.choose(previewing.part, n - 1))

    def show_choice(self) -> None:
        """The parts and the sample as they are now."""
        previewing = self._previewing
        parts = previewing.parts
        with QSignalBlocker(self.part), QSignalBlocker(self.position):
            if [self.part.itemData(i) for i in range(self.part.count())] != list(parts):
                self.part.clear()
                for part in parts:
                    self.part.addItem(tr(_PART_WORDS[part]), part)
            self.part.setCurrentIndex(max(self.part.findData(previewing.part), 0))
            number = previewing.samples(previewing.part)
            self.position.setRange(1, max(number, 1))
            set_tip(
                self.position, tr("The sample that is on its way through the network, 1 to {n}", n=number)
            )
            self.position.setValue(previewing.index + 1)


class Preview(QObject):
    """`shown` is what the views are handed in place of a run. `arrived` says that there is something newer, or why
    there is not."""

    arrived = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.asked_for = False
        """whether the user wants it though there are runs"""
        self.shown = ShownRun(tr("Preview"), None, RunHistory(), None, live=True, preview=True)
        self.leave = session.previewing.changed.connect(self._changed)
        self.follow()

    @property
    def possible(self) -> bool:
        return self._session.previewing.possible and self._session.whole is not None

    @property
    def problem(self) -> str:
        """Why there is nothing newer, as a sentence."""
        return self._session.previewing.problem

    def follow(self) -> None:
        """The network as it is drawn now, and as it was last checked."""
        self.shown.document, self.shown.checked = self._session.document, self._session.whole

    def start_afresh(self) -> None:
        """Another project is open: its pictures have nothing to do with those before."""
        self.asked_for = False
        self.shown.history = RunHistory()
        self.follow()

    def choose_weights(self) -> None:
        """Those of the last run where it has any, and where they fit."""
        runs = self._session.training.runs()
        self._session.previewing.run = runs[-1].path if runs else None

    def look(self, wanted: Iterable[Subscription]) -> None:
        """What is in sight: the chosen sample is the first one of what is measured."""
        self._session.previewing.look(tuple(map(_of_first_sample, wanted)))

    def can_show(self, view: View) -> bool:
        return view.before_training

    def describe(self) -> str:
        """What is shown, in the title's few words."""
        if self._session.previewing.kept:
            run = self._session.previewing.run
            return tr("Weights of {run}, where they fit", run=run.name if run is not None else "")
        return tr("Preview: not trained yet")

    def close_down(self) -> None:
        self.leave()
        self._session.previewing.look(())

    def _changed(self) -> None:
        history = self.shown.history
        history.frames.clear()  # what was there may be of nodes that give something else now
        for frame in self._session.previewing.frames:
            history.frames[frame.node, frame.measurement] = frame
        self.arrived.emit()


def _of_first_sample(wanted: Subscription) -> Subscription:
    if "sample" not in wanted.options:
        return wanted
    return Subscription(wanted.node, wanted.measurement, {**wanted.options, "sample": 0})
