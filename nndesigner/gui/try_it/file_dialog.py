"""Answers for a whole file or folder, written as a CSV table by a worker: what is read, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QPushButton, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import count, tr
from nndesigner.gui.plain import label
from nndesigner.gui.try_it.writing_dialog import WritingDialog
from nndesigner.protocol.messages import Done

if TYPE_CHECKING:
    from nndesigner.session.session import Session


class FileDialog(WritingDialog):
    """A table of answers."""

    def __init__(
        self, parent: QWidget | None, session: Session, run: Path, name: str, fields: Sequence[DataField]
    ) -> None:
        super().__init__(
            parent,
            session,
            run,
            session.trying.files,
            title=tr("Answers for a file"),
            words=tr(
                "The network of {run} answers for every sample of a file or folder. The answers are written as a"
                " CSV table: a row per sample, with the class and all probabilities, or the numbers.",
                run=name,
            ),
            go=tr("Write the table"),
        )
        self._fields = tuple(fields)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.source, self.target = QLineEdit(), QLineEdit()
        pictures = any(field.kind == "image" for field in fields)
        for place, (line, words) in enumerate(((self.source, tr("Read")), (self.target, tr("Write")))):
            line.setAccessibleName(words)
            line.textChanged.connect(lambda _: self.show_state())
            grid.addWidget(label(words), place, 0)
            grid.addWidget(line, place, 1)
        self.source.setPlaceholderText(self._what())
        self.source.textEdited.connect(lambda _: self._suggest())
        buttons = [(tr("File…"), self._browse_file)]
        if pictures:
            buttons.append((tr("Folder…"), self._browse_folder))
        for column, (words, act) in enumerate(buttons):
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            grid.addWidget(button, 0, 2 + column)
        save = QPushButton(tr("Choose…"))
        save.setAutoDefault(False)
        save.clicked.connect(self._browse_target)
        grid.addWidget(save, 1, 2, 1, len(buttons))
        self.show_form(grid)

    # -- which files -------------------------------------------------------------------------------------------------
    def _what(self) -> str:
        kinds = {field.kind for field in self._fields}
        if len(self._fields) > 1:
            return tr("a .csv table or an .npz file")
        if "image" in kinds:
            return tr("a folder of pictures, or a .npy file")
        if "tokens" in kinds:
            return tr("a text, or a .npy file")
        return tr("a .csv table, or a .npy file")

    def _browse_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("File to read"), self.source.text())
        if path:
            self.source.setText(path)
            self._suggest()

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Folder to read"), self.source.text())
        if path:
            self.source.setText(path)
            self._suggest()

    def _browse_target(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, tr("Table to write"), self.target.text(), tr("CSV tables (*.csv)")
        )
        if path:
            self.target.setText(path if Path(path).suffix else path + ".csv")
            self.target.setModified(True)

    def _suggest(self) -> None:
        """A name beside what is read, until another one is typed."""
        if self.target.isModified() or not self.source.text().strip():
            return
        read = Path(self.source.text().strip())
        self.target.setText(str(read.parent / f"{read.stem or 'all'}-answers.csv"))

    # -- writing -----------------------------------------------------------------------------------------------------
    def fields(self) -> Sequence[QWidget]:
        return self.source, self.target

    def missing(self) -> str:
        if not self.source.text().strip():
            return tr("Choose what is read.")
        return "" if self.target.text().strip() else tr("Choose where the table goes.")

    def write(self) -> None:
        self._session.trying.predict_file(
            self._run,
            self._ended,
            self._progress,
            file=Path(self.source.text().strip()).absolute(),
            out=Path(self.target.text().strip()).absolute(),
        )

    def written(self, outcome: Done) -> str:
        samples = count(int(outcome.result.get("samples", 0)), tr("sample"), tr("samples"))
        words = tr("{samples} answered: {path}", samples=samples, path=str(outcome.result.get("path", "")))
        return "\n".join([words, *map(str, outcome.result.get("remarks", ()))])
