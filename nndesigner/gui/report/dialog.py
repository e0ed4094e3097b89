"""The dialog that writes a report: of which run, as HTML or PDF, where to; progress, and how it ended.

What is missing is evaluated by a worker first. Drawings are made in pieces on the GUI thread, the file is written on
another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.atomic import write_atomically
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.commands.filing import home_of
from nndesigner.gui.plain import IconLabel, allow, label, set_tip
from nndesigner.gui.report.writing import FORMATS, Pieces, pieces
from nndesigner.runs.listing import RunSummary
from nndesigner.session.elsewhere import Latest
from nndesigner.session.reporting import Material

if TYPE_CHECKING:
    from nndesigner.session.session import Session

SHARE_OF_READING, SHARE_OF_DRAWING = 0.5, 0.48


class ReportDialog(QDialog):
    """Closing it cancels what goes on."""

    def __init__(self, parent: QWidget | None, session: Session, runs: Sequence[RunSummary]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Report of the run"))
        self.setMinimumWidth(560)
        self._session = session
        self._path = Path()
        self._pieces: Pieces | None = None
        self._busy = False
        self._typed = False
        self._writing = Latest(session.elsewhere)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._next_piece)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 18)
        box.setSpacing(14)
        box.addWidget(label(tr("Report of the run"), "title"))
        box.addWidget(
            label(
                tr(
                    "Network, data, settings, curves, results and environment in one file, to keep, print or send."
                ),
                "muted",
                wrap=True,
            )
        )
        form = QFormLayout()
        form.setSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.run = QComboBox()
        self.run.setAccessibleName(tr("Run"))
        for run in runs:
            self.run.addItem(run.name, run.path)
        self.run.currentIndexChanged.connect(lambda _: self._suggest())
        form.addRow(_name(tr("Run"), self.run), self.run)
        self.formats = QButtonGroup(self)
        radios = QVBoxLayout()
        radios.setSpacing(4)
        for number, words in enumerate(FORMATS.values()):
            radio = QRadioButton(tr(words))
            self.formats.addButton(radio, number)
            radios.addWidget(radio)
        self.formats.button(0).setChecked(True)
        self.formats.idToggled.connect(lambda _, on: self._suggest() if on else None)
        form.addRow(label(tr("Format"), "muted"), radios)
        row = QHBoxLayout()
        self.path = QLineEdit()
        self.path.setAccessibleName(tr("File"))
        self.path.textEdited.connect(lambda _: setattr(self, "_typed", True))
        row.addWidget(self.path, 1)
        browse = QPushButton(tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row.addWidget(browse)
        form.addRow(_name(tr("File"), self.path), row)
        self.evaluate = QCheckBox(tr("Evaluate the test samples first, where that is still to be done"))
        self.evaluate.setChecked(True)
        form.addRow("", self.evaluate)
        box.addLayout(form)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.doing = label(role="muted", wrap=True)
        self.bar.hide()
        self.doing.hide()
        box.addWidget(self.doing)
        box.addWidget(self.bar)
        self.ended = QWidget()
        row = QHBoxLayout(self.ended)
        row.setContentsMargins(0, 0, 0, 0)
        self._mark = IconLabel("ok", "good", 18)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        self.result_text = label(wrap=True, selectable=True)
        row.addWidget(self.result_text, 1)
        self.open_button = QPushButton(tr("Open"))
        self.open_button.setAutoDefault(False)
        set_tip(self.open_button, tr("Shows the report in the program that this desktop has for it."))
        self.open_button.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path)))
        )
        row.addWidget(self.open_button)
        self.ended.hide()
        box.addWidget(self.ended)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.leave_button = QPushButton(tr("Close"))
        self.leave_button.setAutoDefault(False)
        self.leave_button.clicked.connect(self._leave_or_cancel)
        buttons.addWidget(self.leave_button)
        self.write_button = QPushButton(tr("Write the report"))
        self.write_button.setProperty("role", "primary")
        self.write_button.setDefault(True)
        self.write_button.clicked.connect(self.write)
        buttons.addWidget(self.write_button)
        box.addLayout(buttons)
        self._suggest()

    # -- what to write -----------------------------------------------------------------------------------------------
    @property
    def ending(self) -> str:
        return tuple(FORMATS)[self.formats.checkedId()]

    def _suggest(self) -> None:
        if self._typed:
            self.path.setText(str(Path(self.path.text()).with_suffix(self.ending)))
        else:
            name = f"{self.run.currentText()}-report{self.ending}"
            self.path.setText(str(home_of(self._session.files) / name))

    def _browse(self) -> None:
        words = f"{self.ending[1:].upper()} (*{self.ending})"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Write the report to"), self.path.text(), words)
        if chosen:
            self._typed = True
            self.path.setText(chosen if Path(chosen).suffix else chosen + self.ending)

    # -- writing -----------------------------------------------------------------------------------------------------
    def write(self) -> None:
        run = self.run.currentData()
        if self._busy or not isinstance(run, Path):
            return
        self._path = Path(self.path.text()).expanduser()
        self._set_busy(True)
        self._tell(0.0, tr("Reading the run"))
        self._session.reporting.prepare(
            run,
            self._gathered,
            self._failed,
            lambda fraction, sentence: self._tell(SHARE_OF_READING * fraction, sentence),
            evaluate=self.evaluate.isChecked(),
        )

    def _gathered(self, material: Material) -> None:
        try:
            self._pieces = pieces(material, self._path)
        except Refusal as refusal:
            self._failed(str(refusal))
            return
        self._timer.start()

    def _next_piece(self) -> None:
        if self._pieces is None:
            self._timer.stop()
            return
        try:
            fraction, title = next(self._pieces)
        except StopIteration as end:
            self._timer.stop()
            self._pieces = None
            self._save(end.value)
        except Refusal as refusal:
            self._failed(str(refusal))
        else:
            self._tell(SHARE_OF_READING + SHARE_OF_DRAWING * fraction, tr("Drawing: {title}", title=title))

    def _save(self, content: bytes) -> None:
        self._tell(0.99, tr("Writing the file"))
        path = self._path
        self._writing.ask(
            lambda progress: write_atomically(path, content).path,
            lambda written: self._done(Path(written)),
            lambda error: self._failed(str(error)),
        )

    def _done(self, path: Path) -> None:
        self._path = path
        self._set_busy(False)
        self._say(tr("Written to {path}", path=path), good=True)

    def _failed(self, sentence: str) -> None:
        self._stop()
        self._set_busy(False)
        self._say(sentence, good=False)

    def _say(self, sentence: str, *, good: bool) -> None:
        self._mark.show_icon("ok" if good else "error", "good" if good else "error")
        self.result_text.setText(sentence)
        self.open_button.setVisible(good)
        self.ended.show()

    def _tell(self, fraction: float, sentence: str) -> None:
        self.bar.setValue(round(1000 * fraction))
        self.doing.setText(sentence)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.bar.setVisible(busy)
        self.doing.setVisible(busy)
        if busy:
            self.ended.hide()
        self.leave_button.setText(tr("Cancel") if busy else tr("Close"))
        reason = tr("A report is being written: wait for it, or cancel.") if busy else ""
        for widget in (self.write_button, self.run, self.path, self.evaluate, *self.formats.buttons()):
            allow(widget, reason)

    # -- leaving -----------------------------------------------------------------------------------------------------
    def _leave_or_cancel(self) -> None:
        if self._busy:
            self._stop()
            self._set_busy(False)
        else:
            self.reject()

    def _stop(self) -> None:
        self._timer.stop()
        self._session.reporting.cancel()
        self._writing.cancel()
        if self._pieces is not None:
            self._pieces.close()
            self._pieces = None

    def reject(self) -> None:
        self._stop()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)


def _name(words: str, field: QWidget) -> QLabel:
    """What stands before a field, in line with it."""
    made = label(words, "muted")
    made.setMinimumHeight(field.sizeHint().height())
    return made
