"""What the dialogs that let a worker write a file have in common: a form, progress, a sentence, and a button that
starts and cancels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.plain import IconLabel, allow, label
from nndesigner.protocol.messages import Done, Failed, Progress

if TYPE_CHECKING:
    from nndesigner.session.session import Session
    from nndesigner.session.trying import Lane


class WritingDialog(QDialog):
    """One file after the other; closing it cancels the one that is being written. `go` starts and cancels, `said` is
    what came of it.

    What raises here its kinds give (Qt's classes take no abstract methods).
    """

    def __init__(
        self,
        parent: QWidget | None,
        session: Session,
        run: Path,
        lane: Lane,
        *,
        title: str,
        words: str,
        go: str,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(560)
        self._session, self._run, self._lane, self._go_words = session, run, lane, go
        self._open, self._running = True, False
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 18)
        box.setSpacing(12)
        box.addWidget(label(title, "title"))
        box.addWidget(label(words, role="muted", wrap=True))
        self._box = box

    def show_form(self, form: QLayout) -> None:
        """The form that a kind has made, and below it what all have: in this order the Tab key goes through them."""
        box = self._box
        box.addLayout(form)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        box.addWidget(self.bar)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._icon = IconLabel("", "muted", 20)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self.said = label(wrap=True, selectable=True)
        row.addWidget(self.said, 1)
        box.addLayout(row)
        box.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = QPushButton(tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        self.go = QPushButton(self._go_words)
        self.go.setProperty("role", "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._clicked)
        row.addWidget(close)
        row.addWidget(self.go)
        box.addLayout(row)
        self.finished.connect(lambda _: self._close_down())
        self.show_state()

    # -- what each kind gives ----------------------------------------------------------------------------------------
    def fields(self) -> Sequence[QWidget]:
        """What cannot be changed while it writes."""
        raise NotImplementedError

    def missing(self) -> str:
        """What has to be chosen first, in a sentence; "" when it can begin."""
        raise NotImplementedError

    def write(self) -> None:
        """Asks the worker, with `self._ended` and `self._progress`. Raises Refusal."""
        raise NotImplementedError

    def written(self, outcome: Done) -> str:
        """What is said once it is done."""
        raise NotImplementedError

    # -- the way of it -----------------------------------------------------------------------------------------------
    def _clicked(self) -> None:
        if self._running:
            self._lane.cancel()
            return
        try:
            self.write()
        except Refusal as refusal:
            self._say("error", "error", str(refusal))
            return
        self._running = True
        self.bar.setValue(0)
        self._say("", "muted", tr("Starting"))
        self.show_state()

    def _progress(self, progress: Progress) -> None:
        if self._open:
            self.bar.setValue(round(1000 * progress.fraction))
            if progress.sentence:
                self._say("", "muted", progress.sentence)

    def _ended(self, outcome: Done | Failed) -> None:
        if not self._open:
            return
        self._running = False
        if isinstance(outcome, Done):
            self._say("ok", "good", self.written(outcome))
        elif outcome.code == "cancelled":
            self._say("info", "hint", tr("Cancelled: nothing was written."))
        else:
            self._say("error", "error", outcome.sentence)
        self.show_state()

    def _say(self, mark: str, role: str, words: str) -> None:
        self._icon.show_icon(mark, role)
        self.said.setText(words)

    def show_state(self) -> None:
        """What can be done now."""
        self.bar.setVisible(self._running)
        for field in self.fields():
            field.setEnabled(not self._running)
        self.go.setText(tr("Cancel") if self._running else self._go_words)
        allow(self.go, "" if self._running else self.missing())

    def _close_down(self) -> None:
        self._open = False
        if self._running:
            self._lane.drop()
