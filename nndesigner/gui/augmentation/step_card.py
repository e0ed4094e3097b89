"""One step of the list: its switch and name, where it stands, its settings, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout

from nndesigner.augmentations.catalogue import augmentations, is_on, label_of, settings_of
from nndesigner.base.problem import Severity
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.inspector.line_editors import NumberEditor
from nndesigner.gui.plain import icon_button, label, menu_text, set_tip


class StepCard(QFrame):
    """`entered` and `tried` carry a setting's name and value: the latter while a slider is held. `moved` carries -1 for
    earlier and 1 for later."""

    entered = Signal(str, object)
    tried = Signal(str, object)
    reset = Signal(str)
    switched = Signal(bool)
    moved = Signal(object)
    removed = Signal()

    def __init__(self, entry: Mapping[str, Any]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.type = str(entry.get("type"))
        self.kind = augmentations().get(self.type)
        name = label_of(entry)
        self.setObjectName(f"augmentation:{self.type}")
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 8, 8, 10)
        box.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(2)
        self.switch = QCheckBox(menu_text(name))
        set_tip(self.switch, tr(self.kind.help) if self.kind is not None else "")
        self.switch.toggled.connect(self.switched)
        row.addWidget(self.switch, 1)
        self.up = icon_button("arrow-up", tr("Move {name} up", name=name))
        self.down = icon_button("arrow-down", tr("Move {name} down", name=name))
        self.gone = icon_button("delete", tr("Remove {name}", name=name))
        self.up.clicked.connect(lambda: self.moved.emit(-1))
        self.down.clicked.connect(lambda: self.moved.emit(1))
        self.gone.clicked.connect(self.removed)
        for button in (self.up, self.down, self.gone):
            button.setProperty("role", "flat")
            row.addWidget(button)
        self.up.setIcon(icon("arrow-up", role="muted"))
        self.down.setIcon(icon("arrow-down", role="muted"))
        self.gone.setIcon(icon("delete", role="muted"))
        box.addLayout(row)
        self.sentence = label(wrap=True)
        self.sentence.setObjectName("step-sentence")
        box.addWidget(self.sentence)
        self.form: Form | None = None
        if self.kind is not None:
            self.form = Form(self.kind.fields)
            self.form.entered.connect(self.entered)
            self.form.reset.connect(self.reset)
            for field, made in self.form.rows.items():
                slider = made.editor.slider if isinstance(made.editor, NumberEditor) else None
                if slider is not None:
                    slider.moved_to.connect(lambda value, field=field: self.tried.emit(field, value))
            box.addWidget(self.form)
        self.show_entry(entry)

    def show_entry(self, entry: Mapping[str, Any]) -> None:
        on = is_on(entry)
        with QSignalBlocker(self.switch):
            self.switch.setChecked(on)
        if self.form is not None:
            self.form.show_values(settings_of(entry))
            self.form.setVisible(on)

    def show_place(self, first: bool, last: bool) -> None:
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)

    def show_problem(self, sentence: str, severity: Severity = Severity.ERROR) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        role = "error" if severity is Severity.ERROR else "warning"
        if self.sentence.property("role") != role:
            self.sentence.setProperty("role", role)
            self.sentence.style().unpolish(self.sentence)
            self.sentence.style().polish(self.sentence)

    def flush(self) -> None:
        if self.form is not None:
            self.form.flush()
