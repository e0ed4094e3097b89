"""Answers for a whole file or folder, written as a CSV table by a worker: what is read, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.gui.plain import IconLabel, allow, label
from nndesigner.protocol.messages import Done, Failed, Progress

if TYPE_CHECKING:
    from nndesigner.session.session import Session


class FileDialog(QDialog):
    """One table after the other; closing it cancels the one that is being written."""

    def __init__(
        self, parent: QWidget | None, session: Session, run: Path, name: str, fields: Sequence[DataField]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Answers for a file"))
        self.setMinimumWidth(560)
        self._session, self._run, self._fields = session, run, tuple(fields)
        self._open = True
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 18)
        box.setSpacing(12)
        box.addWidget(label(tr("Answers for a file"), "title"))
        box.addWidget(
            label(
                tr(
                    "The network of {run} answers for every sample of a file or folder. The answers are written as a"
                    " CSV table: a row per sample, with the class and all probabilities, or the numbers.",
                    run=name,
                ),
                role="muted",
                wrap=True,
            )
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.source, self.target = QLineEdit(), QLineEdit()
        pictures = any(field.kind == "image" for field in fields)
        for place, (line, words) in enumerate(((self.source, tr("Read")), (self.target, tr("Write")))):
            line.setAccessibleName(words)
            line.textChanged.connect(lambda _: self._show_state())
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
        box.addLayout(grid)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setVisible(False)
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
        self.close_button = QPushButton(tr("Close"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.write_button = QPushButton(tr("Write the table"))
        self.write_button.setProperty("role", "primary")
        self.write_button.setDefault(True)
        self.write_button.clicked.connect(self._clicked)
        row.addWidget(self.close_button)
        row.addWidget(self.write_button)
        box.addLayout(row)
        self._running = False
        self.finished.connect(lambda _: self._close_down())
        self._show_state()

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
    def _clicked(self) -> None:
        if self._running:
            self._session.trying.files.cancel()
            return
        try:
            self._session.trying.predict_file(
                self._run,
                self._ended,
                self._progress,
                file=Path(self.source.text().strip()).absolute(),
                out=Path(self.target.text().strip()).absolute(),
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
            mark, role = ("info", "hint") if outcome.code == "cancelled" else ("error", "error")
            words = tr("Cancelled: nothing was written.") if outcome.code == "cancelled" else outcome.sentence
            self._say(mark, role, words)
        else:
            number, path = int(outcome.result.get("samples", 0)), str(outcome.result.get("path", ""))
            words = tr(
                "{samples} answered: {path}", samples=count(number, tr("sample"), tr("samples")), path=path
            )
            self._say("ok", "good", "\n".join([words, *map(str, outcome.result.get("remarks", ()))]))
        self._show_state()

    def _say(self, mark: str, role: str, words: str) -> None:
        self._icon.show_icon(mark, role)
        self.said.setText(words)

    def _show_state(self) -> None:
        self.bar.setVisible(self._running)
        for line in (self.source, self.target):
            line.setEnabled(not self._running)
        self.write_button.setText(tr("Cancel") if self._running else tr("Write the table"))
        reason = ""
        if not self._running and not self.source.text().strip():
            reason = tr("Choose what is read.")
        elif not self._running and not self.target.text().strip():
            reason = tr("Choose where the table goes.")
        allow(self.write_button, reason)

    def _close_down(self) -> None:
        self._open = False
        if self._running:
            self._session.trying.files.drop()
