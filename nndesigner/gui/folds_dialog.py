"""The dialog of k-fold cross-validation: how many folds, how far it is, and the table of what came out of it.

It does not stand in the way: curves can be watched and the network edited meanwhile. Closing it stops nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui import dialogs
from nndesigner.gui.evaluation.page import NumberTable
from nndesigner.gui.plain import allow, label
from nndesigner.protocol.messages import Clock, Message
from nndesigner.runs.cross_validation import Folds, as_csv, lines
from nndesigner.session.cross_validating import FEWEST, MOST, USUAL
from nndesigner.session.elsewhere import Latest

if TYPE_CHECKING:
    from nndesigner.session.session import Session

PART_WORDS = {"validation": "validation", "test": "test", "train": "training"}


class FoldsDialog(QDialog):
    """`id` is the cross-validation to show; without it the newest."""

    def __init__(self, parent: QWidget | None, session: Session, id: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Cross-validation"))
        self.resize(760, 480)
        self._session = session
        self._found: tuple[Folds, ...] = ()
        self._wanted = id
        self._writing = Latest(session.elsewhere)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 18)
        box.setSpacing(12)
        words = tr(
            "Trains the network once for each fold of the data, each time with another fold that validates. What is set"
            " aside for the test stays aside; preparation is fitted anew on what each run trains on."
        )
        box.addWidget(label(words, "muted", wrap=True))
        box.addLayout(self._start_row())
        self.doing = label(role="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the cross-validation"))
        box.addWidget(self.doing)
        box.addWidget(self.bar)
        row = QHBoxLayout()
        self.title = label(role="subtitle", wrap=True)
        row.addWidget(self.title, 1)
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Which cross-validation is shown"))
        self.which.activated.connect(self._choose)
        row.addWidget(self.which)
        box.addLayout(row)
        self.table = NumberTable(tr("Metrics of each fold, their mean and standard deviation"))
        box.addWidget(self.table, 100)
        box.addStretch(1)  # takes the room while there is no table
        self.remark = label(role="muted", wrap=True)
        box.addWidget(self.remark)
        box.addLayout(self._end_row())
        self._leave = [
            session.cross_validating.changed.connect(self.refresh),
            session.training.listed.connect(self.refresh),
            session.training.changed.connect(self.refresh),
            session.training.said.connect(self._said),
            session.editing.replaced.connect(self._replaced),
        ]
        session.training.list.look()
        self.refresh()

    # -- building ----------------------------------------------------------------------------------------------------
    def _start_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        name = label(tr("&Folds"))
        self.folds = QSpinBox()
        self.folds.setRange(FEWEST, MOST)
        self.folds.setValue(USUAL)
        self.folds.setAccessibleName(tr("Folds"))
        self.folds.lineEdit().setTextMargins(6, 0, 0, 0)
        name.setBuddy(self.folds)
        row.addWidget(name)
        row.addWidget(self.folds)
        row.addStretch(1)
        self.stop_button = QPushButton(tr("Stop"))
        self.stop_button.setAutoDefault(False)
        self.stop_button.clicked.connect(self._session.cross_validating.cancel)
        row.addWidget(self.stop_button)
        self.start_button = QPushButton(tr("Cross-validate"))
        self.start_button.setProperty("role", "primary")
        self.start_button.clicked.connect(self._start)
        row.addWidget(self.start_button)
        return row

    def _end_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.save_button = QPushButton(tr("Save as CSV…"))
        self.save_button.setAutoDefault(False)
        self.save_button.clicked.connect(self._save)
        row.addWidget(self.save_button)
        close = QPushButton(tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        row.addWidget(close)
        return row

    def closeEvent(self, event: QCloseEvent) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        super().closeEvent(event)

    def _replaced(self) -> None:
        """Another project is opened."""
        self.close()

    # -- doing -------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        self.folds.interpretText()
        try:
            self._session.cross_validating.start(self.folds.value())
        except (Refusal, WriteError) as error:
            dialogs.tell(self, tr("Cross-validation could not start"), str(error))
        else:
            self._wanted = ""

    def _choose(self, index: int) -> None:
        self._wanted = str(self.which.itemData(index))
        self.refresh()

    def _save(self) -> None:
        shown = self._shown()
        if shown is None:
            return
        proposed = self._session.files.folder / f"{shown.name}-folds.csv"
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Save the table"), str(proposed), tr("CSV tables (*.csv)")
        )
        if not chosen:
            return
        path, text = Path(chosen), as_csv(shown).encode()

        def failed(error: Exception) -> None:
            dialogs.tell(self, tr("The table could not be saved"), str(error))

        self._writing.ask(
            lambda progress: write_atomically(path, text).path,
            lambda written: self.remark.setText(tr("Saved as {path}.", path=written)),
            failed,
        )

    # -- what is shown -----------------------------------------------------------------------------------------------
    def _shown(self) -> Folds | None:
        """The one that was asked for, else the newest."""
        return next((each for each in self._found if each.id == self._wanted), next(iter(self._found), None))

    def refresh(self) -> None:
        going_on = self._session.cross_validating
        self._found = tuple(reversed(going_on.found()))
        busy = going_on.busy
        self.folds.setEnabled(not busy)
        self.start_button.setVisible(not busy)
        self.stop_button.setVisible(busy)
        reason = going_on.why_not()
        if not reason and self._session.training.busy:
            reason = tr("A run is going on: stop it first.")
        allow(self.start_button, reason)
        self.bar.setVisible(busy)
        self.doing.setVisible(busy or bool(reason or going_on.failure))
        self.doing.setText(reason if reason and not busy else going_on.failure)
        if busy:
            self._show_progress()
        self._show_choice()
        self._show_table()

    def _said(self, message: Message) -> None:
        if isinstance(message, Clock) and self._session.cross_validating.busy:
            self._show_progress()

    def _show_progress(self) -> None:
        going_on, clock = self._session.cross_validating, self._session.training.history.clock
        share = min(clock.step / clock.steps, 1.0) if clock is not None and clock.steps else 0.0
        self.bar.setValue(round(1000 * (going_on.fold - 1 + share) / going_on.folds))
        words = tr("Fold {fold} of {folds}", fold=going_on.fold, folds=going_on.folds)
        if clock is not None:
            epoch = min(int(clock.epoch) + 1, clock.epochs)
            words += " · " + tr("epoch {epoch} of {epochs}", epoch=epoch, epochs=clock.epochs)
        self.doing.setText(words)

    def _show_choice(self) -> None:
        shown = self._shown()
        self.which.clear()
        for each in self._found:
            self.which.addItem(each.name, each.id)
        if shown is not None:
            self.which.setCurrentIndex(self._found.index(shown))
        self.which.setVisible(len(self._found) > 1)

    def _show_table(self) -> None:
        shown = self._shown()
        self.table.setVisible(shown is not None)
        self.save_button.setEnabled(shown is not None)
        if shown is None:
            self.title.setText("")
            self.remark.setText("")
            return
        self.title.setText(summary_words(shown))
        header = [tr("metric"), *(tr("fold {n}", n=n) for n in range(1, len(shown.runs) + 1))]
        header[1:1] = [tr("mean"), tr("std. dev.")]
        rows: list[list[object]] = [
            [f"{tr(PART_WORDS[line.part])} · {line.metric}", line.mean, line.deviation, *line.values]
            for line in lines(shown)
        ]
        self.table.show_rows(header, rows, sortable=False)
        self.remark.setText(
            tr("{done} of {folds} folds trained.", done=shown.done, folds=len(shown.runs))
            + " "
            + tr("The standard deviation is that of the folds (n - 1 in the denominator).")
        )


def summary_words(folds: Folds) -> str:
    """The first metric that says how good the network is: "Validation accuracy 95.3 % ± 1.2 %"."""
    found = [line for line in lines(folds) if line.part == "validation" and line.mean is not None]
    for bare in ("accuracy", "iou", "r2", "loss"):
        line = next((each for each in found if each.metric.partition(" · ")[0] == bare), None)
        if line is None or line.mean is None:
            continue
        scale, unit = (100.0, " %") if bare == "accuracy" else (1.0, "")
        mean = f"{scale * line.mean:.1f}{unit}" if unit else f"{line.mean:.4g}"
        if line.deviation is None:
            return tr("Validation {metric} {mean}", metric=line.metric, mean=mean)
        spread = f"{scale * line.deviation:.1f}{unit}" if unit else f"{line.deviation:.2g}"
        return tr("Validation {metric} {mean} ± {spread}", metric=line.metric, mean=mean, spread=spread)
    return tr("No fold has been trained to its end yet")
