"""Samples that a network makes, saved as a data set by a worker: how many, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.check.latent import Latent
from nndesigner.gui.plain import label, set_tip
from nndesigner.gui.try_it.writing_dialog import WritingDialog
from nndesigner.protocol.messages import Done

if TYPE_CHECKING:
    from nndesigner.session.session import Session

MOST = 1_000_000


class SamplesDialog(WritingDialog):
    """A data set out of random codes."""

    def __init__(self, parent: QWidget | None, session: Session, run: Path, latent: Latent) -> None:
        words = tr("The network makes samples out of random codes: a data set to learn from.")
        if latent.classes:
            words += " " + tr("Its classes are made in turn, and each sample keeps its class.")
        super().__init__(
            parent,
            session,
            run,
            session.trying.samples,
            title=tr("Save samples"),
            words=words,
            go=tr("Save"),
        )
        pictures = latent.field is not None and latent.field.kind == "image"
        self.show_form(self._grid(pictures, bool(latent.classes)))

    def _grid(self, pictures: bool, classes: bool) -> QGridLayout:
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
        self.out.textChanged.connect(lambda _: self.show_state())
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

    def fields(self) -> Sequence[QWidget]:
        return self.number, self.seed, self.kind, self.out

    def missing(self) -> str:
        return "" if self.out.text().strip() else tr("Choose where the samples go.")

    def write(self) -> None:
        if self.kind.currentData() == "png" and self.path.suffix.lower() == ".npz":
            raise Refusal(tr("Pictures go into a folder: choose another name."))
        self._session.trying.save_samples(
            self._run,
            self._ended,
            self._progress,
            out=self.path,
            number=self.number.value(),
            seed=self.seed.value(),
        )

    def written(self, outcome: Done) -> str:
        made = count(int(outcome.result.get("samples", 0)), tr("sample"), tr("samples"))
        return tr("{samples} written: {path}", samples=made, path=str(self.path))
