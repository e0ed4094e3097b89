"""Samples that a network makes, saved as a data set by a worker: how many, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.check.latent import Latent
from nndesigner.gui.plain import IconLabel, allow, label, set_tip
from nndesigner.protocol.messages import Done, Failed, Progress

if TYPE_CHECKING:
    from nndesigner.session.session import Session

MOST = 1_000_000


class SamplesDialog(QDialog):
    """One data set after the other; closing it cancels the one that is being written."""

    def __init__(self, parent: QWidget | None, session: Session, run: Path, latent: Latent) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Save samples"))
        self.setMinimumWidth(540)
        self._session, self._run = session, run
        self._open, self._running = True, False
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 18)
        box.setSpacing(12)
        box.addWidget(label(tr("Save samples"), "title"))
        pictures = latent.field is not None and latent.field.kind == "image"
        words = tr("The network makes samples out of random codes: a data set to learn from.")
        if latent.classes:
            words += " " + tr("Its classes are made in turn, and each sample keeps its class.")
        box.addWidget(label(words, role="muted", wrap=True))
        box.addLayout(self._form(pictures, bool(latent.classes)))
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
        self.go = QPushButton()
        self.go.setProperty("role", "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._clicked)
        row.addWidget(close)
        row.addWidget(self.go)
        box.addLayout(row)
        self.finished.connect(lambda _: self._close_down())
        self._show_state()

    def _form(self, pictures: bool, classes: bool) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.kind, self.out = QComboBox(), QLineEdit()
        if pictures:
            sub = tr("a sub-folder for each class") if classes else tr("all in one folder")
            self.kind.addItem(tr("Pictures (PNG), {how}", how=sub), "png")
        self.kind.addItem(tr("Arrays (.npz)"), "npz")
        self.kind.setAccessibleName(tr("Written as"))
        self.kind.currentIndexChanged.connect(lambda _: self.out.clear())
        self.number, self.seed = QSpinBox(), QSpinBox()
        for field in (self.number, self.seed):
            field.lineEdit().setTextMargins(6, 0, 0, 0)
        self.number.setRange(1, MOST)
        self.number.setValue(1000)
        self.number.setGroupSeparatorShown(True)
        self.number.setAccessibleName(tr("Samples"))
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setAccessibleName(tr("Seed"))
        set_tip(self.seed, tr("Equal seeds make equal samples."))
        self.out.setAccessibleName(tr("Write to"))
        self.out.textChanged.connect(lambda _: self._show_state())
        choose = QPushButton(tr("Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._browse)
        rows = (
            (tr("Samples"), self.number),
            (tr("Seed"), self.seed),
            (tr("Written as"), self.kind),
            (tr("Write to"), self.out),
        )
        for row, (words, widget) in enumerate(rows):
            grid.addWidget(label(words), row, 0)
            grid.addWidget(widget, row, 1)
        grid.addWidget(choose, len(rows) - 1, 2)
        return grid

    def _browse(self) -> None:
        if self.kind.currentData() == "npz":
            path, _ = QFileDialog.getSaveFileName(
                self, tr("File to write"), self.out.text(), tr("NumPy arrays (*.npz)")
            )
            if path and not path.lower().endswith(".npz"):
                path += ".npz"
        else:
            path = QFileDialog.getExistingDirectory(self, tr("New or empty folder"), self.out.text())
        if path:
            self.out.setText(path)

    @property
    def path(self) -> Path:
        """Where it goes."""
        text = self.out.text().strip()
        if self.kind.currentData() == "npz" and not text.lower().endswith(".npz"):
            text += ".npz"
        return Path(text).absolute()

    def _clicked(self) -> None:
        if self._running:
            self._session.trying.samples.cancel()
            return
        if self.kind.currentData() == "png" and self.path.suffix.lower() == ".npz":
            self._say("error", "error", tr("Pictures go into a folder: choose another name."))
            return
        try:
            self._session.trying.save_samples(
                self._run,
                self._ended,
                self._progress,
                out=self.path,
                number=self.number.value(),
                seed=self.seed.value(),
            )
        except Refusal as refusal:
            self._say("error", "error", str(refusal))
            return
        self._running = True
        self.bar.setValue(0)
        self._say("", "muted", tr("Starting"))
        self._show_state()

    def _progress(self, progress: Progress) -> None:
        if self._open:
            self.bar.setValue(round(1000 * progress.fraction))
            if progress.sentence:
                self._say("", "muted", progress.sentence)

    def _ended(self, outcome: Done | Failed) -> None:
        if not self._open:
            return
        self._running = False
        if isinstance(outcome, Failed):
            cancelled = outcome.code == "cancelled"
            words = tr("Cancelled: nothing was written.") if cancelled else outcome.sentence
            self._say(*(("info", "hint") if cancelled else ("error", "error")), words)
        else:
            number = int(outcome.result.get("samples", 0))
            made = count(number, tr("sample"), tr("samples"))
            self._say("ok", "good", tr("{samples} written: {path}", samples=made, path=str(self.path)))
        self._show_state()

    def _say(self, mark: str, role: str, words: str) -> None:
        self._icon.show_icon(mark, role)
        self.said.setText(words)

    def _show_state(self) -> None:
        self.bar.setVisible(self._running)
        for widget in (self.number, self.seed, self.kind, self.out):
            widget.setEnabled(not self._running)
        self.go.setText(tr("Cancel") if self._running else tr("Save"))
        missing = not self._running and not self.out.text().strip()
        allow(self.go, tr("Choose where the samples go.") if missing else "")

    def _close_down(self) -> None:
        self._open = False
        if self._running:
            self._session.trying.samples.drop()
