"""The export dialog: which run, which format, its options, where to; progress, and what the gate found.

Formats and their options come from the exporters' declarations. Writing and checking is done by a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.sections import exportable_parts
from nndesigner.exporters.exporter import Exporter
from nndesigner.gui.commands.filing import home_of
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.facts import bytes_words
from nndesigner.gui.inspector.form import LABEL_WIDTH, Form
from nndesigner.gui.plain import IconLabel, allow, label
from nndesigner.runs.listing import RunSummary

if TYPE_CHECKING:
    from nndesigner.session.session import Session

_FORMAT = Qt.ItemDataRole.UserRole
_ICONS = {"onnx": "network", "pt2": "network", "python": "code", "script": "code", "safetensors": "weights"}


class ExportDialog(QDialog):
    """One export after the other; closing it cancels the one that goes on."""

    def __init__(self, parent: QWidget, session: Session, runs: Sequence[RunSummary]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Export the trained model"))
        self.setMinimumSize(720, 460)
        self._session = session
        self._formats = {exporter.format: exporter for exporter in session.exporting.formats()}
        self._options: dict[str, dict[str, Any]] = {}
        self._form: Form | None = None
        self._path_typed = False
        self._started = False
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        side = QFrame()
        side.setProperty("role", "side")
        side.setFixedWidth(230)
        side_box = QVBoxLayout(side)
        side_box.setContentsMargins(12, 16, 12, 16)
        side_box.addWidget(label(tr("Format"), "subtitle"))
        self.formats = QListWidget()
        self.formats.setAccessibleName(tr("Format"))
        self.formats.setIconSize(QSize(20, 20))
        for exporter in self._formats.values():
            item = QListWidgetItem(icon(_ICONS.get(exporter.format, "file")), tr(exporter.label))
            item.setData(_FORMAT, exporter.format)
            item.setSizeHint(QSize(0, 34))
            self.formats.addItem(item)
        side_box.addWidget(self.formats, 1)
        outer.addWidget(side)
        outer.addLayout(self._main(runs), 1)
        self.formats.currentItemChanged.connect(self._format_picked)
        self.formats.setCurrentRow(0)
        self._leave = session.exporting.changed.connect(self._show_state)
        self.finished.connect(lambda _: self._close_down())
        self._show_state()

    def _main(self, runs: Sequence[RunSummary]) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        self._title = label(role="title")
        box.addWidget(self._title)
        self._help = label(role="muted", wrap=True)
        box.addWidget(self._help)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(10)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)  # in line with the fields of the format below
        grid.addWidget(label(tr("Run")), 0, 0)
        self.run = QComboBox()
        self.run.setAccessibleName(tr("Run"))
        for summary in runs:
            self.run.addItem(run_words(summary), summary.path)
        grid.addWidget(self.run, 0, 1, 1, 2)
        self.part = QComboBox()
        self.part.setAccessibleName(tr("What is exported"))
        whole = self._session.whole
        for word, words in exportable_parts(whole) if whole is not None else ():
            self.part.addItem(words, word)
        if self.part.count() > 1:
            grid.addWidget(label(tr("Part")), 1, 0)
            grid.addWidget(self.part, 1, 1, 1, 2)
            self.part.currentIndexChanged.connect(lambda _: self._format_picked())
        else:
            self.part.setParent(self)
            self.part.hide()
        grid.addWidget(label(tr("File")), 2, 0)
        self.path = QLineEdit()
        self.path.setAccessibleName(tr("File"))
        self.path.textEdited.connect(lambda _: setattr(self, "_path_typed", True))
        grid.addWidget(self.path, 2, 1)
        browse = QPushButton(tr("Choose…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        grid.addWidget(browse, 2, 2)
        grid.setColumnStretch(1, 1)
        box.addLayout(grid)
        self._form_place = QVBoxLayout()
        box.addLayout(self._form_place)
        box.addStretch(1)
        self._result = QFrame()
        self._result.setProperty("role", "card")
        result = QHBoxLayout(self._result)
        result.setContentsMargins(14, 12, 14, 12)
        result.setSpacing(12)
        self._result_icon = IconLabel("ok", "good", 24)
        result.addWidget(self._result_icon, 0, Qt.AlignmentFlag.AlignTop)
        self.result_text = label(wrap=True, selectable=True)
        self.result_text.setObjectName("export-result")
        result.addWidget(self.result_text, 1)
        box.addWidget(self._result)
        self._doing = label(role="muted", wrap=True)
        box.addWidget(self._doing)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        box.addWidget(self.bar)
        row = QHBoxLayout()
        row.addStretch(1)
        self.close_button = QPushButton(tr("Close"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.close)
        row.addWidget(self.close_button)
        self.export_button = QPushButton(icon("export", role="accent_text"), tr("Export"))
        self.export_button.setProperty("role", "primary")
        self.export_button.setDefault(True)
        self.export_button.clicked.connect(self._export)
        row.addWidget(self.export_button)
        box.addLayout(row)
        return box

    # -- what to export ----------------------------------------------------------------------------------------------
    def _exporter(self) -> Exporter:
        row = max(self.formats.currentRow(), 0)
        return list(self._formats.values())[row]

    def _format_picked(self, *_: object) -> None:
        exporter = self._exporter()
        self._title.setText(tr(exporter.label))
        self._help.setText(tr(exporter.help))
        if self._form is not None:
            self._form_place.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        if exporter.options:
            self._form = Form(exporter.options)
            self._form.entered.connect(self._option_entered)
            self._form.reset.connect(self._option_reset)
            self._form.show_values(self._options.get(exporter.format, {}))
            self._form_place.addWidget(self._form)
        files = self._session.files
        if self._path_typed:
            kept = Path(self.path.text())
            self.path.setText(str(kept.with_name(self._stem(kept.name) + exporter.suffix)))
        else:
            part = self.part.currentData()
            stem = Path(files.name).stem + (f"-{part}" if part else "")
            self.path.setText(str(home_of(files) / (stem + exporter.suffix)))
        self._started = False
        self._show_state()

    def _stem(self, name: str) -> str:
        for exporter in self._formats.values():
            if name.endswith(exporter.suffix):
                return name.removesuffix(exporter.suffix)
        return name

    def _option_entered(self, name: str, value: object) -> None:
        values = self._options.setdefault(self._exporter().format, {})
        values[name] = value
        if self._form is not None:
            self._form.show_values(values)

    def _option_reset(self, name: str) -> None:
        values = self._options.setdefault(self._exporter().format, {})
        values.pop(name, None)
        if self._form is not None:
            self._form.show_values(values)

    def _browse(self) -> None:
        exporter = self._exporter()
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Export to"), self.path.text(), f"{tr(exporter.label)} (*{exporter.suffix})"
        )
        if chosen:
            self._path_typed = True
            self.path.setText(chosen if chosen.endswith(exporter.suffix) else chosen + exporter.suffix)

    # -- doing it ----------------------------------------------------------------------------------------------------
    def _export(self) -> None:
        if self._form is not None:
            self._form.flush()
        exporter = self._exporter()
        try:
            self._started = True
            self._session.exporting.export(
                Path(self.run.currentData()),
                exporter.format,
                Path(self.path.text()).expanduser(),
                options=self._options.get(exporter.format, {}),
                part=self.part.currentData() or "",
            )
        except (Refusal, WriteError) as error:
            self._show_result(str(error), good=False)

    def _show_state(self) -> None:
        exporting = self._session.exporting
        busy = exporting.busy
        reason = tr("A file is being written: wait for it, or cancel.") if busy else ""
        allow(self.export_button, reason)
        allow(self.formats, reason)
        self.close_button.setText(tr("Cancel") if busy else tr("Close"))
        self.bar.setVisible(busy)
        self._doing.setVisible(busy)
        if exporting.progress is not None:
            self.bar.setValue(round(1000 * exporting.progress.fraction))
            self._doing.setText(exporting.progress.sentence)
        if busy or not self._started:
            self._result.hide()
        elif exporting.failure:
            self._show_result(exporting.failure, good=False)
        elif exporting.result:
            self._show_result(result_words(exporting.result, self._exporter().trains), good=True)

    def _show_result(self, text: str, *, good: bool) -> None:
        self._result_icon.show_icon("ok" if good else "error", "good" if good else "error")
        self.result_text.setText(text)
        self._result.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._close_down()
        super().closeEvent(event)

    def reject(self) -> None:
        if self._session.exporting.busy:
            self._session.exporting.cancel()
        super().reject()

    def _close_down(self) -> None:
        self._leave()
        if self._session.exporting.busy:
            self._session.exporting.cancel()


def run_words(summary: RunSummary) -> str:
    """A run in one line of a list: its name and its best number."""
    words = [summary.name]
    metrics = summary.result.get("metrics")
    if isinstance(metrics, dict):
        for split in ("test", "validation", "train"):
            values = metrics.get(split)
            if isinstance(values, dict) and values:
                name, value = next(
                    ((k, v) for k, v in values.items() if k != "loss"), next(iter(values.items()))
                )
                if isinstance(value, int | float):
                    words.append(f"{tr(split)} {name} {value:.4g}")
                break
    return "  ·  ".join(words)


def result_words(result: dict[str, Any], trains: int = 0) -> str:
    """What the gate found, in sentences; `trains` as the exporter says."""
    lines = [tr("Written to {path}", path=result.get("path", "?"))]
    size = result.get("bytes")
    if isinstance(size, int):
        lines.append(tr("Size: {size}", size=bytes_words(size)))
    difference = result.get("max_abs_difference")
    if isinstance(difference, int | float):
        lines.append(
            tr(
                "A fresh process trained {steps} steps with it: the largest difference from the run is {value}.",
                steps=trains,
                value=f"{difference:.2g}",
            )
            if trains
            else tr(
                "A fresh process opened the file and ran it: the largest difference from the live model is {value}.",
                value=f"{difference:.2g}",
            )
        )
    return "\n".join(lines)
