"""The limits of alarms, for this user: each alarm with a switch and the numbers at which it rises."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.atomic import WriteError
from nndesigner.base.fields import BadValue
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Rule
from nndesigner.check.alarms.alarms import alarms, fields_of
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.plain import label
from nndesigner.session.alarms import Alarms


class AlarmSettings(QDialog):
    """A form for each alarm; what is entered holds at once."""

    def __init__(self, parent: QWidget | None, held: Alarms) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Limits of alarms"))
        self.resize(560, 640)
        self._held = held
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 22, 24, 20)
        box.setSpacing(14)
        box.addWidget(label(tr("Limits of alarms"), "subtitle"))
        about = tr(
            "While a network trains, its numbers are held against these limits. An alarm rises after some looks, and"
            " falls only when its number is well back, so that it does not flicker. The limits hold for all of your"
            " projects."
        )
        box.addWidget(label(about, "muted", wrap=True))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(14, 2, 14, 14)
        rows.setSpacing(10)
        self.forms: dict[str, Form] = {}
        for alarm in alarms():
            heading = label(tr(alarm.label), "strong")
            heading.setContentsMargins(0, 10, 0, 0)
            rows.addWidget(heading)
            rows.addWidget(label(tr(alarm.help), "muted", wrap=True))
            rows.addWidget(self._form(alarm))
        rows.addStretch(1)
        scroll.setWidget(inside)
        box.addWidget(scroll, 1)
        self.failure = label(role="error", wrap=True)
        self.failure.hide()
        box.addWidget(self.failure)
        close = QPushButton(tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(close)
        box.addLayout(line)

    def _form(self, alarm: Rule) -> Form:
        form = self.forms[alarm.code] = Form(fields_of(alarm))
        form.entered.connect(lambda name, value: self._enter(alarm, name, value))
        form.reset.connect(lambda name: self._enter(alarm, name, None))
        form.show_values(self._held.settings(alarm))
        return form

    def _enter(self, alarm: Rule, name: str, value: Any) -> None:
        sentence = ""
        try:
            self._held.set_limit(alarm, name, value)
        except (BadValue, WriteError) as error:
            sentence = str(error)
        self.failure.setText(sentence)
        self.failure.setVisible(bool(sentence))
        self.forms[alarm.code].show_values(self._held.settings(alarm))

    def done(self, result: int) -> None:
        for form in self.forms.values():
            form.flush()
        super().done(result)
