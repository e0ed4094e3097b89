"""The settings of one exploration, in a dialog of its own: they hold for the next start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.explorations.exploration import explorations
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.plain import label


class ExplorerSettings(QDialog):
    """`values` are what differs from the defaults; `enter(name, value)` keeps another one, None for the default."""

    def __init__(
        self, parent: QWidget, name: str, values: Mapping[str, Any], enter: Callable[[str, Any], None]
    ) -> None:
        super().__init__(parent)
        exploration = explorations()[name]
        self.setWindowTitle(tr(exploration.label))
        self.setMinimumWidth(420)
        self._values, self._enter_value = values, enter
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 22, 24, 20)
        box.setSpacing(14)
        box.addWidget(label(tr(exploration.label), "subtitle"))
        box.addWidget(label(tr(exploration.help), "muted", wrap=True))
        self.form = Form(exploration.options)
        self.form.entered.connect(self._enter)
        self.form.reset.connect(lambda field: self._enter(field, None))
        self.form.show_values(values)
        box.addWidget(self.form)
        box.addStretch(1)
        close = QPushButton(tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(close)
        box.addLayout(line)

    def _enter(self, name: str, value: Any) -> None:
        self._enter_value(name, value)
        self.form.show_values(self._values)

    def done(self, result: int) -> None:
        self.form.flush()
        super().done(result)
