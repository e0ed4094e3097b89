"""The evaluation panel: which run, part and groups are evaluated, and what was found, on one page for each question.

A worker evaluates; what it found before is read from the run's folder, and told stale where it no longer holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.preview import thumbnails
from nndesigner.gui.evaluation.classes import ClassTable, Curves
from nndesigner.gui.evaluation.confusion import ConfusionPage
from nndesigner.gui.evaluation.groups import GroupsPage
from nndesigner.gui.evaluation.numbers import Forecast, Residuals
from nndesigner.gui.evaluation.overview import Overview
from nndesigner.gui.evaluation.page import Page
from nndesigner.gui.evaluation.samples import SamplesPage
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors import export
from nndesigner.gui.monitors.empty import Empty
from nndesigner.gui.monitors.errors import Sample, looks
from nndesigner.gui.plain import IconLabel, allow, icon_button, label, set_tip
from nndesigner.gui.theme import theme_changed
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.evaluations import PARTS, Evaluation, OutputResult
from nndesigner.runs.listing import RunSummary

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

SIDE = 250
LOWEST = 300
"""height of the pages where they stand below the choices"""
PART_WORDS = {"test": "Test samples", "validation": "Validation samples", "train": "Training samples"}


class EvaluationPanel(QWidget):
    """`report_wanted` asks for the report of the run that is shown."""

    report_wanted = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[Evaluation, int] | None = None
        self._filling = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()  # of use only where there is little room
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = QWidget()
        area.setWidget(holder)
        outer.addWidget(area)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, holder)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._side())
        self._layout.addWidget(self._main(), 1)
        self._leave: list[Callable[[], None]] = [
            session.evaluating.changed.connect(self.refresh),
            session.training.listed.connect(self._runs_listed),
            session.training.changed.connect(self._show_buttons),
            session.editing.replaced.connect(self._replaced),
            session.files.changed.connect(self._runs_listed),
            theme_changed.connect(lambda _: self._redraw()),
        ]
        self._runs_listed()

    def close_down(self) -> None:
        """Listens to nothing any more."""
        for leave in self._leave:
            leave()
        self._leave = []

    # -- building ----------------------------------------------------------------------------------------------------
    def _side(self) -> QWidget:
        self.side = QScrollArea()
        self.side.setWidgetResizable(True)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.side.setFixedWidth(SIDE)
        holder = QWidget()
        self.side.setWidget(holder)
        box = QVBoxLayout(holder)
        box.setContentsMargins(12, 10, 8, 10)
        box.setSpacing(8)
        form = QFormLayout()
        form.setSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.run = self._choice(tr("Run"), self._run_chosen)
        self.part = self._choice(tr("Samples"), self._look)
        self.weights = self._choice(tr("Weights"), lambda: None)
        self.weights.addItem(tr("Best checkpoint"), "best")
        self.weights.addItem(tr("Newest checkpoint"), "last")
        self.group = self._choice(tr("Group by"), lambda: None)
        for part in PARTS:
            self.part.addItem(tr(PART_WORDS[part]), part)
        for combo in (self.run, self.part, self.weights, self.group):
            name = label(combo.accessibleName(), "muted")
            name.setMinimumHeight(combo.sizeHint().height())
            form.addRow(name, combo)
        box.addLayout(form)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.button = QPushButton(tr("Evaluate"))
        self.button.setProperty("role", "primary")
        self.button.clicked.connect(self.evaluate)
        row.addWidget(self.button, 1)
        self.report = QPushButton(icon("export"), tr("Report…"))
        self.report.clicked.connect(self._report)
        row.addWidget(self.report)
        box.addLayout(row)
        self.working = QWidget()
        below = QHBoxLayout(self.working)
        below.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout()
        column.setSpacing(4)
        self.words = label(role="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        below.addLayout(column, 1)
        self.cancel = icon_button("stop", tr("Cancel the evaluation"))
        self.cancel.clicked.connect(lambda: self._session.evaluating.cancel())
        below.addWidget(self.cancel)
        self.working.hide()
        box.addWidget(self.working)
        box.addStretch(1)
        return self.side

    @staticmethod
    def _choice(name: str, chosen: Callable[[], None]) -> QComboBox:
        made = _Choice()
        made.setAccessibleName(name)
        made.setMinimumContentsLength(6)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.activated.connect(lambda _: chosen())
        return made

    def _main(self) -> QWidget:
        self.stack = QStackedWidget()
        self.empty = Empty("check")
        self.stack.addWidget(self.empty)
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.remark = QWidget()
        row = QHBoxLayout(self.remark)
        row.setContentsMargins(12, 6, 12, 4)
        row.setSpacing(8)
        row.addWidget(IconLabel("warning", "warning", 16), 0, Qt.AlignmentFlag.AlignTop)
        self.remark_words = label(role="warning", wrap=True)
        row.addWidget(self.remark_words, 1)
        box.addWidget(self.remark)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 2, 8, 2)
        row.setSpacing(6)
        self.output = self._choice(tr("Output of the network"), self._redraw)
        row.addWidget(self.output)
        self.save = QToolButton()
        self.save.setIcon(icon("save"))
        self.save.setText(tr("Save"))
        self.save.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.save.setProperty("role", "menu")
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_tip(self.save, tr("Save what this page shows as a table or as a picture"))
        menu = QMenu(self.save)
        menu.addAction(tr("Numbers as CSV…"), self.save_table)
        menu.addAction(tr("Picture as PNG…"), lambda: self._save(export.ask_and_save_picture))
        menu.addAction(tr("Picture as SVG…"), lambda: self._save(export.ask_and_save_drawing))
        menu.addSeparator()
        menu.addAction(tr("Copy the picture"), lambda: export.copy_picture(self.page.picture()))
        self.save.setMenu(menu)
        row.addWidget(self.save)
        self.tabs.setCornerWidget(corner)
        box.addWidget(self.tabs, 1)
        self.stack.addWidget(holder)
        self.pages: dict[str, Page] = {}
        for kind in (
            Overview,
            ClassTable,
            ConfusionPage,
            Curves,
            Residuals,
            Forecast,
            SamplesPage,
            GroupsPage,
        ):
            page = kind()
            self.pages[page.name] = page
        confusion = self.pages["confusion"]
        assert isinstance(confusion, ConfusionPage)
        self.confusion = confusion
        self.confusion.samples_wanted.connect(self._samples_wanted)
        return self.stack

    def minimumSizeHint(self) -> QSize:
        """Small: what does not fit scrolls, and no panel may push another one out of the window."""
        return QSize(240, 110)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= 620
        self._layout.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )
        if wide:
            self.side.setFixedWidth(SIDE)
            self.side.setMinimumHeight(0)
            self.stack.setMinimumHeight(0)
        else:  # one below the other, to be scrolled
            self.side.setMinimumWidth(0)
            self.side.setMaximumWidth(16777215)
            content = self.side.widget()
            self.side.setMinimumHeight(content.sizeHint().height() + 4 if content is not None else 0)
            self.stack.setMinimumHeight(LOWEST)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    # -- which run ---------------------------------------------------------------------------------------------------
    def _runs_listed(self) -> None:
        runs = [run for run in reversed(self._session.training.runs()) if run.checkpoints]
        if [self.run.itemData(i) for i in range(self.run.count())] != [str(run.path) for run in runs]:
            before = self.run.currentData()
            self.run.clear()
            for run in runs:
                self.run.addItem(run.name, str(run.path))  # a Path would not be found again
            self.run.setCurrentIndex(max(self.run.findData(before), 0) if runs else -1)
            if self.run.currentData() != before:
                self._run_chosen()
        self._show_buttons()

    def show_run(self, path: Path | None) -> None:
        """Another run is looked at elsewhere."""
        at = self.run.findData(str(path)) if path is not None else -1
        if at >= 0 and at != self.run.currentIndex():
            self.run.setCurrentIndex(at)
            self._run_chosen()

    def _run_chosen(self) -> None:
        self._look()

    def _replaced(self) -> None:
        self._session.evaluating.forget()
        self._runs_listed()

    @property
    def chosen(self) -> tuple[Path, str] | None:
        path = self.run.currentData()
        return (Path(path), self.part.currentData()) if isinstance(path, str) else None

    def _look(self) -> None:
        """Shows what is kept of the run and the part that are chosen."""
        evaluating, chosen = self._session.evaluating, self.chosen
        if chosen is None:
            if evaluating.asked is not None:
                evaluating.forget()
            self.refresh()
        elif self.isVisible() and evaluating.asked != chosen:
            evaluating.look(*chosen, self._session.document.data)

    # -- evaluating --------------------------------------------------------------------------------------------------
    def evaluate(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        run, part = chosen
        try:
            self._session.evaluating.evaluate(
                run, part, newest=self.weights.currentData() == "last", group=self.group.currentData() or ""
            )
        except Refusal as refusal:
            self.words.setText(str(refusal))

    def _report(self) -> None:
        summary = self._summary()
        if summary is not None:
            self.report_wanted.emit(summary)

    def _summary(self) -> RunSummary | None:
        path = self.run.currentData()
        return next((run for run in self._session.training.runs() if str(run.path) == path), None)

    def _show_buttons(self) -> None:
        evaluating = self._session.evaluating
        no_run = "" if self.run.count() else tr("No run has a checkpoint yet: train for an epoch first.")
        busy = tr("An evaluation is going on: wait for it, or cancel it.") if evaluating.busy else ""
        usual = tr("Measure this run's weights on these samples.")
        allow(self.button, no_run or busy, usual)
        allow(self.report, no_run, tr("The whole run in one file, as HTML or PDF."))
        for combo in (self.run, self.part, self.weights, self.group):
            allow(combo, no_run or busy, combo.accessibleName())

    # -- showing -----------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """What the session knows now."""
        if not self._leave:
            return
        evaluating = self._session.evaluating
        self._show_buttons()
        self._show_choices()
        progress = evaluating.progress
        self.working.setVisible(progress is not None)
        if progress is not None:
            self.words.setText(progress.sentence)
            self.bar.setValue(round(1000 * progress.fraction))
        found = evaluating.found
        if found is None or evaluating.asked != self.chosen:
            self._shown = None
            self.stack.setCurrentIndex(0)
            self._say_empty()
            return
        failure = (evaluating.failure,) if evaluating.failure else ()
        remarks = (*failure, *found.remarks)
        self.remark.setVisible(bool(remarks))
        self.remark_words.setText(" ".join(remarks))
        self._show_found(found.evaluation)
        self.stack.setCurrentIndex(1)

    def _say_empty(self) -> None:
        evaluating = self._session.evaluating
        if not self.run.count():
            self.empty.say(
                tr("Evaluation"), tr("Train a network, then measure it on samples that it has not seen.")
            )
        elif evaluating.failure:
            self.empty.say(tr("The evaluation did not work"), evaluating.failure)
        elif evaluating.busy:
            self.empty.say(tr("Evaluating"), tr("The network answers every sample of the part."))
        elif evaluating.reading:
            self.empty.say("", "")
        else:
            self.empty.say(
                tr("Not evaluated yet"),
                tr("Press Evaluate: what is found is kept with the run and shown here."),
            )

    def _show_choices(self) -> None:
        known = self._session.evaluating.known
        keys = ["", *(choice.key for choice in known.choices)]
        if [self.group.itemData(i) for i in range(self.group.count())] != keys:
            before = self.group.currentData()
            self.group.clear()
            self.group.addItem(tr("No groups"), "")
            for choice in known.choices:
                self.group.addItem(choice.label, choice.key)
            self.group.setCurrentIndex(max(self.group.findData(before), 0))
        model = self.part.model()
        for i, part in enumerate(PARTS):
            there = not known.counts or part in known.counts
            item = model.item(i)  # type: ignore[attr-defined]
            item.setEnabled(there)
        if known.counts and self.part.currentData() not in known.counts:
            self.part.setCurrentIndex(PARTS.index(next(iter(known.counts))))
            self._look()

    def _show_found(self, evaluation: Evaluation) -> None:
        names = [output.name for output in evaluation.outputs]
        if [self.output.itemText(i) for i in range(self.output.count())] != names:
            self.output.clear()
            self.output.addItems(names)
        self.output.setVisible(len(names) > 1)
        self._redraw()

    def _redraw(self) -> None:
        found = self._session.evaluating.found
        if found is None or not found.evaluation.outputs or found.evaluation.part != self.part.currentData():
            return
        at = max(self.output.currentIndex(), 0)
        if at >= len(found.evaluation.outputs):
            return
        output = found.evaluation.outputs[at]
        self._shown = found.evaluation, at
        wanted = [self.pages[name] for name in _pages_for(output)]
        if [self.tabs.widget(i) for i in range(self.tabs.count())] != wanted:
            before = self.tabs.currentWidget()
            while self.tabs.count():
                self.tabs.removeTab(0)
            for page in wanted:
                self.tabs.addTab(page, tr(page.label))
            if before in wanted:
                self.tabs.setCurrentWidget(before)
        for page in wanted:
            page.show_output(found.evaluation, output)

    @property
    def page(self) -> Page:
        page = self.tabs.currentWidget()
        assert isinstance(page, Page)
        return page

    # -- the samples of a cell ---------------------------------------------------------------------------------------
    def _samples_wanted(self, cell: tuple[int, int]) -> None:
        (truth, answer), chosen = cell, self.chosen
        if self._shown is None or chosen is None:
            return
        evaluation, at = self._shown
        output = evaluation.outputs[at]
        places = output.cells.of(truth, answer)
        if not places:
            self.confusion.say(
                truth, answer, tr("None of these samples was kept: too many cells are filled.")
            )
            return
        run, part = chosen
        self._session.evaluating.samples.predict(
            run,
            partial(self._samples_came, truth, answer, output, places),
            split=part,
            indices=tuple(output.cells.position[i] for i in places),
            checkpoint=run / "checkpoints" / evaluation.checkpoint,
        )

    def _samples_came(
        self,
        truth: int,
        answer: int,
        output: OutputResult,
        places: Sequence[int],
        outcome: Done | Failed,
    ) -> None:
        if not self._leave:
            return
        if isinstance(outcome, Failed):
            if outcome.code != "cancelled":
                self.confusion.say(truth, answer, outcome.sentence)
            return
        assert output.classes is not None
        names, cells = output.classes.classes, output.cells
        previews = self._previews(outcome, len(places))
        self.confusion.show_samples(
            truth,
            answer,
            [
                Sample(
                    cells.index[place],
                    math.nan,
                    names[truth],
                    names[answer],
                    cells.certain[place],
                    truth != answer,
                    **previews[i],
                )
                for i, place in enumerate(places)
            ],
        )

    def _previews(self, outcome: Done, number: int) -> list[dict]:
        """What the first input looks like for each sample that came."""
        fields = self._session.evaluating.known.fields
        for name, values in outcome.result.get("inputs", {}).items():
            field = fields.get(name)
            if field is None or len(values) != number:
                continue
            columns = field.preparation.get("columns", ()) if field.kind == "table" else ()
            categories = {i: tuple(c["names"]) for i, c in enumerate(columns) if c.get("kind") == "category"}
            shown = thumbnails(field, np.asarray(values), np.arange(number), categories)
            return [looks(preview) for preview in shown]
        return [{} for _ in range(number)]

    # -- saving ------------------------------------------------------------------------------------------------------
    def _file_name(self) -> str:
        chosen = self.chosen
        return f"{chosen[0].name}-{chosen[1]}-{self.page.name}" if chosen is not None else self.page.name

    def _save(self, ask: Callable[[QWidget, str], None]) -> None:
        ask(self.page.picture(), self._file_name())

    def save_table(self) -> None:
        export.ask_and_save_table(self, self._file_name(), *self.page.table())


class _Choice(QComboBox):
    """The wheel scrolls what it stands in, unless it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _pages_for(output: OutputResult) -> list[str]:
    """The names of the pages that have something to show of an output."""
    found = ["overview"]
    if output.classes is not None:
        found.append("classes")
        if output.classes.confusion:
            found.append("confusion")
        if output.kind == "class":
            found.append("curves")
    if output.numbers is not None:
        if output.numbers.points:
            found.append("residuals")
        if output.numbers.forecast:
            found.insert(1, "forecast")
    return [*found, "samples", "groups"]


def make(desk: Desk) -> EvaluationPanel:
    """The panel on a window's desk: it begins with the run that the live views show."""
    from nndesigner.gui.commands import reporting
    from nndesigner.gui.monitors.panel import MonitorsPanel

    view = EvaluationPanel(desk.session)
    view.report_wanted.connect(lambda run: reporting.report(desk, run))
    dock = desk.window.docks.get("monitors")

    def join() -> None:
        panel = dock.content if dock is not None else None
        if isinstance(panel, MonitorsPanel):
            panel.shown_changed.connect(lambda: view.show_run(panel.runs[0].path if panel.runs else None))
            view.show_run(panel.runs[0].path if panel.runs else None)

    if dock is not None and dock.content is None:
        dock.made.connect(join)  # plots are not made for this
    join()
    return view
