"""The training panel: the buttons that steer a run, how far it is, what stands in the way, and the plan as a form.

It decides nothing: buttons run the window's actions, settings go through the session's one door as steps that can be
undone, and what it shows is what the session says.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.augmentations.catalogue import is_on, label_of
from nndesigner.base.fields import ChoiceField, FloatField
from nndesigner.base.problem import Refusal, Remedy
from nndesigner.base.text import count, listing, tr
from nndesigner.document.history import Mark
from nndesigner.document.plan import PLAN_FIELDS, plan_values
from nndesigner.document.schedules import curve, moves
from nndesigner.gui.begin_with import BEGIN_WITH, BeginEditor, MatchLine
from nndesigner.gui.device_picker import DeviceEditor
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.choice_editors import ChoiceEditor
from nndesigner.gui.inspector.form import Form, Row
from nndesigner.gui.inspector.line_editors import NumberEditor
from nndesigner.gui.plain import IconLabel, label, menu_text, set_tip
from nndesigner.gui.schedule_picture import SchedulePicture
from nndesigner.gui.training_words import outcome_words, progress_words
from nndesigner.objectives.catalogue import objectives
from nndesigner.protocol.messages import Clock, Device, Message, State

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

COALESCE_SECONDS = 1.0
"""changes of one setting that follow each other faster (an arrow held down) are one step to undo"""
REFRESH_MILLISECONDS = 120
SETTLE_MILLISECONDS = 60
DEVICE_MILLISECONDS = 700
"""until the first worker has told what there is to compute on, it is asked for so often"""
_DEVICE = next(field for field in PLAN_FIELDS if field.name == "device")
_RATE = next(f for f in PLAN_FIELDS if isinstance(f, FloatField) and f.name == "learning_rate")
_OBJECTIVE = ChoiceField(
    name="objective",
    label="Way of learning",
    default="supervised",
    choices={type: known.label for type, known in objectives().items()},
    help="What the network learns from: answers that are given, the input itself, another network …",
)
_LABELS = {
    field.name: field.label
    for field in (*PLAN_FIELDS, *(field for known in objectives().values() for field in known.parameters))
}


class TrainingPanel(QScrollArea):
    """`run_action(id)` runs one of the window's actions ("train", "continue", "pause", "step", "stop"), `why_not(id)`
    says why it cannot be done now; `devices` gives what workers have told; `show_data` opens the data page."""

    def __init__(
        self,
        session: Session,
        *,
        run_action: Callable[[str], object],
        why_not: Callable[[str], str],
        devices: Callable[[], Sequence[Device]] = tuple,
        show_data: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self._session, self._run_action, self._why_not = session, run_action, why_not
        self._devices, self._show_data = devices, show_data
        self._entering: tuple[str, Mark, float] | None = None
        self._inside = False
        self._remedies: tuple[Remedy, ...] | None = None
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(14, 12, 14, 14)
        box.setSpacing(10)
        self._build_head(box)
        self._build_obstacle(box)
        self._build_rate(box)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setProperty("role", "line")
        box.addWidget(line)
        self._build_plan(box)
        box.addStretch(1)
        self.setWidget(page)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self._show_progress)
        self._device_timer = QTimer(self)
        self._device_timer.setSingleShot(True)
        self._device_timer.setInterval(DEVICE_MILLISECONDS)
        self._device_timer.timeout.connect(self._ask_devices)
        self._leave: list[Callable[[], None]] = []
        self._leave += [
            session.changed.connect(self._edited),
            session.checked_changed.connect(self.refresh),
            session.editing.replaced.connect(self._edited),
            session.data.changed.connect(self.refresh),
            session.training.changed.connect(self.refresh),
            session.training.listed.connect(self.refresh),
            session.training.said.connect(self._said),
        ]
        self._edited()

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        self.match.close_down()
        self._timer.stop()
        self._device_timer.stop()

    def flush(self) -> None:
        """Enters what is being typed."""
        self.begin.flush()
        self.form.flush()
        if self.objective_form is not None:
            self.objective_form.flush()

    def focus_field(self, name: str) -> bool:
        """Puts the keyboard into a setting of the plan; False where there is none of that name in sight."""
        found = self.form.focus(name)
        if found:
            # What was just opened has its place only after some turns of the event loop.
            QTimer.singleShot(SETTLE_MILLISECONDS, self, lambda: self._scroll_to(self.form.rows[name]))
        return found

    def _scroll_to(self, row: Row) -> None:
        inner: QWidget | None = row.parentWidget()
        while inner is not None and inner is not self.viewport():
            if (layout := inner.layout()) is not None:
                layout.activate()
            inner = inner.parentWidget()
        self.ensureWidgetVisible(row, 0, 24)

    # -- building ----------------------------------------------------------------------------------------------------
    def _build_head(self, box: QVBoxLayout) -> None:
        self.title = label(role="subtitle", wrap=True)
        box.addWidget(self.title)
        self.sentence = label(role="muted", wrap=True, selectable=True)
        box.addWidget(self.sentence)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the run"))
        box.addWidget(self.bar)
        self.buttons: dict[str, QPushButton | QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(6)
        train = QPushButton(icon("run", role="accent_text"), tr("Train"))
        train.setProperty("role", "primary")
        go_on = QPushButton(icon("arrow-right"), tr("Continue"))
        pause = QPushButton(icon("pause"), tr("Pause"))
        step = QPushButton(icon("step"), tr("One batch"))
        stop = QPushButton(icon("stop"), tr("Stop"))
        self.resume_button = QPushButton(icon("reset"), tr("Resume"))
        set_tip(self.resume_button, tr("Go on from the last checkpoint as if nothing had happened"))
        self.resume_button.clicked.connect(self._resume)
        for id, button in (
            ("train", train),
            ("continue", go_on),
            ("pause", pause),
            ("step", step),
            ("stop", stop),
        ):
            button.setObjectName(f"train:{id}")
            button.clicked.connect(lambda _=False, id=id: self._run(id))
            row.addWidget(button, 1)
            self.buttons[id] = button
        row.insertWidget(1, self.resume_button, 1)
        box.addLayout(row)
        self.folds_button = QPushButton(icon("folds"), tr("Cross-validate…"))
        self.folds_button.setProperty("role", "flat")
        self.folds_button.setObjectName("train:cross-validate")
        set_tip(self.folds_button, tr("Train once for each fold of the data and compare"))
        self.folds_button.clicked.connect(lambda: self._run("cross-validate"))
        box.addWidget(self.folds_button, 0, Qt.AlignmentFlag.AlignLeft)

    def _build_obstacle(self, box: QVBoxLayout) -> None:
        self.obstacle = QFrame()
        self.obstacle.setProperty("role", "card")
        inner = QVBoxLayout(self.obstacle)
        inner.setContentsMargins(12, 10, 12, 10)
        inner.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(10)
        self._obstacle_icon = IconLabel("warning", "warning", 18)
        row.addWidget(self._obstacle_icon, 0, Qt.AlignmentFlag.AlignTop)
        self.obstacle_sentence = label(wrap=True)
        row.addWidget(self.obstacle_sentence, 1)
        inner.addLayout(row)
        self._remedy_box = QVBoxLayout()
        self._remedy_box.setSpacing(4)
        inner.addLayout(self._remedy_box)
        box.addWidget(self.obstacle)
        self.remedy_buttons: list[QPushButton] = []

    def _build_rate(self, box: QVBoxLayout) -> None:
        field = FloatField(
            name="learning_rate_now",
            label="Learning rate now",
            default=_RATE.default,
            minimum=_RATE.minimum,
            maximum=_RATE.maximum,
            open_minimum=True,
            logarithmic=True,
            help="Changes the rate of the run that goes on, from the next step. The plan keeps its own.",
        )
        self.rate = NumberEditor(field)
        self.rate.entered.connect(lambda value: self._session.training.set_learning_rate(float(value)))
        self._rate_row = Row(field, self.rate)
        box.addWidget(self._rate_row)

    def _build_plan(self, box: QVBoxLayout) -> None:
        box.addWidget(label(tr("Plan"), "subtitle"))
        self.objective = ChoiceEditor(_OBJECTIVE, _OBJECTIVE.choices)
        self._objective_row = Row(_OBJECTIVE, self.objective)
        self.objective.entered.connect(self._choose_objective)
        self._objective_row.reset.connect(lambda: self._choose_objective(_OBJECTIVE.default))
        box.addWidget(self._objective_row)
        self.objective_words = label(role="muted", wrap=True)
        box.addWidget(self.objective_words)
        self._objective_box = QVBoxLayout()
        self.objective_form: Form | None = None
        self._objective_type = ""
        box.addLayout(self._objective_box)
        self.augmentation_words = label(role="muted", wrap=True)
        self.augmentation_words.setObjectName("augmentation-words")
        box.addWidget(self.augmentation_words)
        self.device = DeviceEditor(_DEVICE)
        self._device_row = Row(_DEVICE, self.device)
        self.device.entered.connect(lambda value: self._enter("device", value))
        self._device_row.reset.connect(lambda: self._reset("device"))
        box.addWidget(self._device_row)
        self.begin = BeginEditor(self._session)
        self._begin_row = Row(BEGIN_WITH, self.begin)
        self.begin.entered.connect(self._begin_with)
        self._begin_row.reset.connect(lambda: self._reset("begin_with"))
        box.addWidget(self._begin_row)
        self.match = MatchLine(self._session)
        box.addWidget(self.match)
        self.form = Form(tuple(field for field in PLAN_FIELDS if field not in (_DEVICE, BEGIN_WITH)))
        self.schedule = SchedulePicture()
        self.form.place_below("warmup", self.schedule)
        self.form.entered.connect(self._enter)
        self.form.reset.connect(self._reset)
        box.addWidget(self.form)

    # -- the plan ----------------------------------------------------------------------------------------------------
    def _edited(self, *_: object) -> None:
        if not self._inside:
            self._entering = None  # something else happened in between: what follows is a step of its own
        plan = self._session.document.plan
        values = plan.parameters if plan is not None else {}
        self.form.show_values(values)
        self._show_schedule()
        on = [label_of(entry) for entry in (plan.augmentation if plan is not None else ()) if is_on(entry)]
        self.augmentation_words.setText(
            tr("Training samples are changed at random (data page): {steps}.", steps=listing(on))
        )
        self.augmentation_words.setVisible(bool(on))
        self._show_objective(plan.objective if plan is not None else _OBJECTIVE.default, values)
        word = values.get("device", _DEVICE.default)
        self._device_row.show_value(word, "device" in values and word != _DEVICE.default, "")
        source = values.get("begin_with", BEGIN_WITH.default)
        self._begin_row.show_value(source, source != BEGIN_WITH.default, "")
        self.refresh()

    def _show_schedule(self) -> None:
        """The curve of the learning rate, where it is one."""
        document = self._session.document
        plan, _ = plan_values(document)
        self.schedule.setVisible(moves(plan))
        if not moves(plan):
            return
        samples = document.data.counts.get("train", 0) if document.data is not None else 0
        per_epoch = max(math.ceil(samples / plan["batch_size"]), 1) if samples else 100
        falls = plan["schedule"] == "plateau"
        remark = (
            tr("then as the validation goes") if falls else "" if samples else tr("for 100 steps an epoch")
        )
        self.schedule.show_curve(curve(plan, plan["epochs"] * per_epoch, per_epoch), remark)

    def _show_objective(self, type: str, values: Mapping[str, object]) -> None:
        """The way of learning and its settings; one that this version does not know is said by its word."""
        known = objectives().get(type)
        if type != self._objective_type:
            self._objective_type = type
            if self.objective_form is not None:
                self._objective_box.removeWidget(self.objective_form)
                self.objective_form.hide()
                self.objective_form.deleteLater()
                self.objective_form = None
            if known is not None and known.parameters:
                self.objective_form = Form(known.parameters, folder=lambda: self._session.files.folder)
                self.objective_form.entered.connect(self._enter)
                self.objective_form.reset.connect(self._reset)
                self._objective_box.addWidget(self.objective_form)
            words = tr(known.help) if known is not None else tr("This version knows no “{name}”.", name=type)
            self.objective_words.setText(words)
        self._objective_row.show_value(type, type != _OBJECTIVE.default, "")
        if self.objective_form is not None:
            self.objective_form.show_values(values)

    def _choose_objective(self, type: object) -> None:
        self._session.edit(tr("Set the way of learning"), "set_plan", values={}, objective=str(type))

    def _enter(self, name: str, value: object) -> None:
        editing = self._session.editing
        now = time.monotonic()
        before = self._entering
        goes_on = before is not None and before[0] == name and now - before[2] < COALESCE_SECONDS
        mark = before[1] if goes_on and before is not None else editing.mark()
        step = tr("Set {what}", what=tr(_LABELS.get(name, name)))
        self._inside = True
        try:
            self._session.edit(step, "set_plan", values={name: value})
        finally:
            self._inside = False
        if goes_on:
            editing.merge(mark, step)
        self._entering = (name, mark, now)

    def _begin_with(self, source: object) -> None:
        self._session.matching.allow(str(source))
        self._enter("begin_with", source)

    def _reset(self, name: str) -> None:
        step = tr("Reset {what}", what=tr(_LABELS.get(name, name)))
        self._session.edit(step, "set_plan", values={name: None})

    # -- steering ----------------------------------------------------------------------------------------------------
    def _run(self, id: str) -> None:
        self.flush()
        self._run_action(id)
        self.refresh()

    def _resume(self) -> None:
        training = self._session.training
        if training.run is None:
            return
        try:
            training.resume(training.run)
        except Refusal as refusal:
            self.sentence.setText(str(refusal))

    # -- what is shown -----------------------------------------------------------------------------------------------
    def refresh(self, *_: object) -> None:
        """Buttons, sentences and devices as the session says now."""
        training = self._session.training
        busy = training.busy
        for id in ("train", "continue"):
            self.buttons[id].setVisible(not busy)
        for id in ("pause", "step", "stop"):
            self.buttons[id].setVisible(busy)
        for id, button in self.buttons.items():
            reason = self._why_not(id)
            button.setEnabled(not reason)
            set_tip(button, reason)
        pause = self.buttons["pause"]
        pause.setText(tr("Go on") if training.paused else tr("Pause"))
        pause.setIcon(icon("run" if training.paused else "pause"))
        self.resume_button.setVisible(not busy and self._can_resume())
        self.bar.setVisible(busy)
        self._rate_row.setVisible(busy)
        self._ask_devices()
        self._show_obstacle("" if busy else self._why_not("train"))
        self._show_progress()

    def _ask_devices(self) -> None:
        found = self._devices()
        self.device.show_devices(found)
        if not found and self._leave and self.isVisible():
            self._device_timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _can_resume(self) -> bool:
        """Whether the last run ended without being finished: its worker is gone."""
        return self._session.training.broke_off

    def _show_obstacle(self, reason: str) -> None:
        self.obstacle.setVisible(bool(reason))
        if not reason:
            return
        session = self._session
        data = session.document.data
        errors = session.whole.obstacles if session.whole is not None else ()
        remedies: tuple[Remedy, ...] = ()
        if data is not None and data.fields and errors:
            reason, remedies = errors[0].message, errors[0].remedies[:3]
            more = len(errors) - 1
            if more:
                reason += " " + tr("({what} more)", what=count(more, "problem", "problems"))
        if self.obstacle_sentence.text() != reason or remedies != self._remedies:
            self.obstacle_sentence.setText(reason)
            self._remedies = remedies
            self._show_remedies(remedies, data is None or not data.fields)

    def _show_remedies(self, remedies: Sequence[Remedy], about_data: bool) -> None:
        for button in self.remedy_buttons:
            self._remedy_box.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.remedy_buttons = []
        for remedy in remedies:
            self._add_remedy(remedy.sentence, partial(self._session.run_remedy, remedy))
        if about_data:
            self._add_remedy(tr("Open the data page"), self._show_data)

    def _add_remedy(self, words: str, act: Callable[[], object]) -> None:
        button = QPushButton(menu_text(words))
        button.setProperty("role", "remedy")
        button.clicked.connect(lambda: act())
        self._remedy_box.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.remedy_buttons.append(button)

    def _said(self, message: Message) -> None:
        if isinstance(message, Clock | State) and self._leave and not self._timer.isActive():
            self._timer.start()

    def _fold_words(self) -> str:
        going_on = self._session.cross_validating
        if not going_on.busy:
            return ""
        return " · " + tr("fold {fold} of {folds}", fold=going_on.fold, folds=going_on.folds)

    def _show_progress(self) -> None:
        training = self._session.training
        clock = training.history.clock
        if training.busy:
            self.title.setText(
                {
                    "starting": tr("Starting"),
                    "paused": tr("Paused"),
                    "stopping": tr("Stopping: writing the last checkpoint"),
                }.get(training.state, tr("Training"))
                + self._fold_words()
            )
            said = training.history.state.sentence if training.history.state is not None else ""
            words = [progress_words(clock)] if clock is not None else []
            self.sentence.setText("\n".join(part for part in (*words, said) if part))
            done = clock.step / clock.steps if clock is not None and clock.steps else 0.0
            self.bar.setValue(round(1000 * min(done, 1.0)))
            rate = training.history.last("train", "learning rate")
            if rate is not None:
                self.rate.show_value(
                    float(f"{rate:.3g}")
                )  # a schedule gives more digits than there is room for
        else:
            title, sentence = outcome_words(training.outcome)
            self.title.setText(title)
            self.sentence.setText(sentence)
        self.sentence.setVisible(bool(self.sentence.text()))


def make(desk: Desk) -> TrainingPanel:
    """The panel on a window's desk."""
    actions = desk.window.actions_
    return TrainingPanel(
        desk.session,
        run_action=actions.run,
        why_not=actions.why_not,
        devices=lambda: desk.window.devices(),
        show_data=lambda: desk.window.show_page("data"),
    )
