"""Try it: one sample of the data, and what the trained network says about it beside the truth.

Answers come from a job of the pool on the run's newest checkpoint: a run that goes on is not disturbed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.answer_bars import AnswerBars, chances
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import Elided, IconLabel, allow, label, set_tip
from nndesigner.gui.previews import rows_table
from nndesigner.gui.sample_widget import sample_widget
from nndesigner.gui.theme import theme_changed
from nndesigner.protocol.messages import Done, Failed

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.gui.monitors.source import ShownRun
    from nndesigner.session.session import Session

ASK_MILLISECONDS = 80
"""after the last change of the sample, before it is asked for: turning through samples asks once"""
PARTS = ("test", "validation", "train")
MOST_CELLS = 40
MOST_TEXT = 2000


class TryIt(QWidget):
    """`show_run` says which network is asked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.run: ShownRun | None = None
        self._asked: tuple[Any, ...] | None = None
        self._was_busy = session.training.busy
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 10, 12, 10)
        outer.setSpacing(8)
        outer.addLayout(self._bar())
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._nothing())
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack.addWidget(self._area)
        outer.addWidget(holder, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASK_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        self._leave = [
            session.training.changed.connect(self._training_changed),
            session.changed.connect(lambda _: self._show_counts()),
            theme_changed.connect(lambda _: self.update()),
        ]
        self.bars: dict[str, AnswerBars] = {}
        self.show_run(None)

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        self._timer.stop()

    # -- building ----------------------------------------------------------------------------------------------------
    def _bar(self) -> QVBoxLayout:
        lines = QVBoxLayout()
        lines.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.part = QComboBox()
        self.part.setAccessibleName(tr("Part of the data"))
        self.part.setMinimumContentsLength(8)
        self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.part.currentIndexChanged.connect(self._part_chosen)
        row.addWidget(self.part, 1)
        self.number = QSpinBox()
        self.number.setAccessibleName(tr("Sample number"))
        self.number.setMinimumWidth(110)
        self.number.lineEdit().setTextMargins(6, 0, 0, 0)
        self.number.valueChanged.connect(self._ask_soon)
        row.addWidget(self.number, 1)
        lines.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(2)
        self.before = self._button("‹", tr("The sample before"), lambda: self._go(-1))
        self.after = self._button("›", tr("The next sample"), lambda: self._go(1))
        self.any = self._button("", tr("Any sample"), self.pick_any)
        self.any.setIcon(icon("try-it"))
        self.again = self._button("", tr("Ask the newest checkpoint again"), self.ask_again)
        self.again.setIcon(icon("refresh"))
        for button in (self.before, self.after, self.any, self.again):
            row.addWidget(button)
        self.source = Elided(role="muted")
        row.addSpacing(6)
        row.addWidget(self.source, 1)
        lines.addLayout(row)
        return lines

    @staticmethod
    def _button(text: str, words: str, act) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAccessibleName(words)
        set_tip(button, words)
        button.clicked.connect(lambda: act())
        return button

    def _nothing(self) -> QWidget:
        made = QWidget()
        box = QVBoxLayout(made)
        box.setSpacing(8)
        box.addStretch(1)
        box.addWidget(IconLabel("try-it", "muted", 36), 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label(role="subtitle", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sentence = label(role="muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self.title)
        box.addWidget(self.sentence)
        box.addStretch(2)
        return made

    def _say(self, title: str, sentence: str) -> None:
        self.title.setText(title)
        self.sentence.setText(sentence)
        self._stack.setCurrentIndex(0)

    # -- which run and which sample ----------------------------------------------------------------------------------
    def show_run(self, run: ShownRun | None) -> None:
        """Asks this run's network from now on; None where there is none yet."""
        same = run is not None and self.run is not None and run.path == self.run.path
        self.run = run
        self._show_counts()
        if run is None or run.path is None:
            self.source.setText("")
            self._say(tr("Try it"), tr("Train a network, then see what it says about single samples."))
        elif not same:
            self.source.setText(run.name)
            self._asked = None
            self._ask_soon()

    def _counts(self) -> dict[str, int]:
        document = self.run.document if self.run is not None else self._session.document
        data = document.data if document is not None else None
        return (
            {part: data.counts[part] for part in PARTS if data.counts.get(part)} if data is not None else {}
        )

    def _show_counts(self) -> None:
        counts = self._counts()
        words = {
            "test": tr("Test samples"),
            "validation": tr("Validation samples"),
            "train": tr("Training samples"),
        }
        if [self.part.itemData(i) for i in range(self.part.count())] != list(counts):
            before = self.part.currentData()
            self.part.blockSignals(True)
            self.part.clear()
            for part in counts:
                self.part.addItem(words[part], part)
            self.part.setCurrentIndex(max(self.part.findData(before), 0))
            self.part.blockSignals(False)
        self._limit(counts)
        usable = bool(counts) and self.run is not None
        reason = "" if usable else self._why_not()
        for widget in (self.part, self.number, self.before, self.after, self.any, self.again):
            allow(widget, reason, widget.accessibleName())

    def _why_not(self) -> str:
        """Why no sample can be asked about."""
        if self.run is None:
            return tr("There is no trained network yet: train first.")
        return tr("Nothing is known of the samples of this run: read the data on the data page.")

    def _limit(self, counts: Mapping[str, int]) -> None:
        most = counts.get(self.part.currentData(), 0)
        self.number.setRange(1, max(most, 1))  # counted from 1, as people do
        self.number.setSuffix(tr(" of {n}", n=f"{most:,}") if most else "")

    def _part_chosen(self) -> None:
        self._limit(self._counts())
        self._ask_soon()

    def _go(self, step: int) -> None:
        self.number.setValue((self.number.value() - 1 + step) % self.number.maximum() + 1)

    def pick_any(self) -> None:
        self.number.setValue(random.randint(1, self.number.maximum()))

    def ask_again(self) -> None:
        self._asked = None
        self._ask_soon()

    # -- asking ------------------------------------------------------------------------------------------------------
    def _training_changed(self) -> None:
        busy = self._session.training.busy
        if self._was_busy and not busy:
            self.ask_again()  # there is a newer checkpoint
        self._was_busy = busy

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_soon()

    def _ask_soon(self, *_: object) -> None:
        if self._leave and self.run is not None and self.isVisible():
            self._timer.start()

    def _ask(self) -> None:
        run, part = self.run, self.part.currentData()
        if run is None or run.path is None or not part:
            if run is not None:
                self._say(tr("No samples"), tr("The data of this run has no samples to try."))
            return
        asked = (run.path, part, self.number.value())
        if asked == self._asked:
            return
        self._asked = asked
        try:
            self._session.trying.predict(
                run.path,
                lambda outcome: self._answered(asked, outcome),
                split=part,
                indices=(self.number.value() - 1,),
            )
        except Refusal as refusal:
            self._say(tr("No answer"), str(refusal))

    def _answered(self, asked: tuple[Any, ...], outcome: Done | Failed) -> None:
        if not self._leave or asked != self._asked or self.run is None:
            return
        if isinstance(outcome, Failed):
            self._asked = None  # asking the same again may work
            if outcome.code != "cancelled":
                self._say(tr("No answer yet"), outcome.sentence)
            return
        try:
            page = self._page(outcome.result)
        except (KeyError, IndexError, TypeError, ValueError):
            self._say(tr("No answer"), tr("The answer cannot be read: this run was made by another version."))
            return
        step = outcome.result.get("step")
        words = self.run.name
        if isinstance(step, int):
            words += "  ·  " + tr("step {n}", n=f"{step:,}")
        self.source.setText(words)
        self._area.setWidget(page)
        self._stack.setCurrentIndex(1)

    # -- showing -----------------------------------------------------------------------------------------------------
    def _page(self, result: Mapping[str, Any]) -> QWidget:
        assert self.run is not None
        checked = self.run.checked
        fields = checked.fields if checked is not None else {}
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 4, 8, 4)
        box.setSpacing(12)
        for name, values in result["inputs"].items():
            field = fields.get(name)
            if field is not None:
                box.addWidget(sample_widget(field, np.asarray(values)[0]))
        targets = {head.node.name: head.target for head in checked.heads} if checked is not None else {}
        self.bars = {}
        for name, said in result["answers"].items():
            if len(result["answers"]) > 1:
                box.addWidget(label(str(name), "subtitle"))
            truth = result.get("targets", {}).get(name)
            self._show_answer(
                box, name, targets.get(name), said, None if truth is None else np.asarray(truth)[0]
            )
        box.addStretch(1)
        return page

    def _show_answer(
        self,
        box: QVBoxLayout,
        name: str,
        target: DataField | None,
        said: Mapping[str, Any],
        truth: npt.NDArray[Any] | None,
    ) -> None:
        values = np.asarray(said["values"], np.float64)[0]
        if target is not None and target.kind in ("class", "tokens"):
            names: Sequence[str] = target.classes or [_token(t) for t in target.tokens]
            shares, right = _shares(values, len(names)), None
            if truth is not None:
                right = int(np.ravel(truth)[-1])
            found, left_out = chances(list(names), shares.tolist(), right)
            bars = AnswerBars()
            bars.show_chances(found, left_out)
            self.bars[name] = bars
            box.addWidget(self._verdict(found))
            box.addWidget(bars)
        else:
            box.addWidget(_numbers(values, truth, target))

    @staticmethod
    def _verdict(found) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        answer = next((chance for chance in found if chance.answered), None)
        right = next((chance for chance in found if chance.right), None)
        if answer is None:
            return made
        if right is None:
            words, mark, role = tr("Says “{answer}”", answer=answer.name), "info", "hint"
        elif answer.right:
            words, mark, role = tr("Right: “{answer}”", answer=answer.name), "ok", "good"
        else:
            words = tr("Says “{answer}”, but it is “{truth}”", answer=answer.name, truth=right.name)
            mark, role = "error", "error"
        row.addWidget(IconLabel(mark, role, 18), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(words, wrap=True), 1)
        return made


def _shares(values: npt.NDArray[np.float64], classes: int) -> npt.NDArray[np.float64]:
    """Probabilities of the classes: of the last position where there are several, of both for a single value."""
    if values.size == 1:
        chance = float(values.reshape(()))
        return np.array([1 - chance, chance])
    if values.ndim == 1:
        return values
    axis = next((i for i, n in enumerate(values.shape) if n == classes), values.ndim - 1)
    moved = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])
    return moved[-1]


def _token(token: str) -> str:
    return repr(token)[1:-1] if token.strip() == "" else token


def _numbers(
    values: npt.NDArray[np.float64], truth: npt.NDArray[Any] | None, target: DataField | None
) -> QWidget:
    """Answered numbers beside the true ones and how far they are off."""
    flat = values.reshape(-1)[:MOST_CELLS]
    true = np.asarray(truth, np.float64).reshape(-1) if truth is not None else np.zeros(0)
    columns = target.columns if target is not None else ()
    name = target.name if target is not None else tr("value")
    rows: list[list[Any]] = []
    for i, value in enumerate(flat.tolist()):
        what = columns[i] if i < len(columns) else name if len(flat) == 1 else str(i)
        known = float(true[i]) if i < len(true) else None
        rows.append([what, value, known, value - known if known is not None else None])
    return rows_table((tr("What"), tr("Answer"), tr("Truth"), tr("Off by")), rows)


def make(desk: Desk) -> TryIt:
    """The panel on a window's desk: it asks the run that the live views show."""
    from nndesigner.gui.monitors.panel import MonitorsPanel

    view = TryIt(desk.session)
    dock = desk.window.docks.get("monitors")
    panel = dock.fill() if dock is not None else None
    if isinstance(panel, MonitorsPanel):
        panel.shown_changed.connect(lambda: view.show_run(panel.runs[0] if panel.runs else None))
        view.show_run(panel.runs[0] if panel.runs else None)
    return view
