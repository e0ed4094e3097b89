"""A form made from field declarations: a row per field with its label, its editor, what is wrong and the way back.

The same form serves layers, data sources, training plans and export options. It holds no values of its own: it shows
what it is given and tells what was entered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import DataFieldField, Field, resolve
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.choice_editors import ChoiceEditor
from nndesigner.gui.inspector.editors import data_field_choices, editor
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.plain import label, set_tip

LABEL_WIDTH = 108


class Row(QWidget):
    """One field: label, editor and, while it differs from the default, a button that goes back."""

    reset = Signal()
    wanted_help = Signal()

    def __init__(self, field: Field, made: Editor) -> None:
        super().__init__()
        self.field, self.editor = field, made
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        self.label = label(tr(field.label))
        self.label.setWordWrap(True)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setBuddy(made)
        set_tip(self.label, tr(field.help))
        set_tip(made, tr(field.help))
        made.setAccessibleDescription(tr(field.help))
        grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(made, 0, 1)
        self.back = QToolButton()
        self.back.setIcon(icon("reset", role="muted"))
        self.back.setProperty("role", "flat")
        self.back.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes from value to value
        keep = self.back.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(keep)
        self.back.clicked.connect(self.reset)
        self.back.hide()
        grid.addWidget(self.back, 0, 2)
        self.sentence = label(role="error", wrap=True)
        self.sentence.setObjectName(f"sentence:{field.name}")
        self.sentence.hide()
        grid.addWidget(self.sentence, 1, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        made.refused.connect(self._say)
        made.focused.connect(self.wanted_help)

    def show_value(self, value: Any, is_set: bool, wrong: str) -> None:
        self.editor.show_value(value)
        default = tr("Back to the default: {value}", value=self.field.describe(self.field.default))
        set_tip(self.back, default)
        self.back.setAccessibleName(default)
        self.back.setVisible(is_set)
        if wrong:
            self._say(wrong)

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))


class Form(QWidget):
    """`entered` carries a field's name and its new value; `reset` a name; `help_wanted` the field being edited."""

    entered = Signal(str, object)
    reset = Signal(str)
    help_wanted = Signal(object)

    def __init__(
        self,
        fields: tuple[Field, ...],
        data_fields: Mapping[str, DataField] | None = None,
        folder: Callable[[], Path | None] = lambda: None,
    ) -> None:
        super().__init__()
        self.fields = fields
        self.rows: dict[str, Row] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(10)
        self._more = _Disclosure(tr("More settings"))
        self._advanced = QWidget()
        inner = QVBoxLayout(self._advanced)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        for field in fields:
            row = Row(field, editor(field, data_fields, folder))
            row.editor.entered.connect(lambda value, name=field.name: self.entered.emit(name, value))
            row.reset.connect(lambda name=field.name: self.reset.emit(name))
            row.wanted_help.connect(lambda field=field: self.help_wanted.emit(field))
            self.rows[field.name] = row
            (inner if field.advanced else outer).addWidget(row)
        outer.addWidget(self._more)
        outer.addWidget(self._advanced)
        self._more.toggled.connect(self._advanced.setVisible)
        self._advanced.hide()

    def show_values(
        self, values: Mapping[str, Any], data_fields: Mapping[str, DataField] | None = None
    ) -> None:
        """Shows stored values: what is missing has its default, what is wrong says so and shows its default."""
        good, bad = resolve(self.fields, values)
        hidden_set = False
        for field in self.fields:
            row = self.rows[field.name]
            if isinstance(field, DataFieldField) and data_fields is not None:
                assert isinstance(row.editor, ChoiceEditor)
                row.editor.offer(data_field_choices(field, data_fields))
            is_set = field.name in values and (good[field.name] != field.default or field.name in bad)
            row.show_value(good[field.name], is_set, bad.get(field.name, ""))
            row.setVisible(field.shown(good))
            hidden_set |= field.advanced and is_set
        advanced = [field for field in self.fields if field.advanced and field.shown(good)]
        self._more.setVisible(bool(advanced))
        if hidden_set:
            self._more.setChecked(True)  # what was changed is in sight
        self._advanced.setVisible(bool(advanced) and self._more.isChecked())

    def open_more(self, opened: bool) -> None:
        self._more.setChecked(opened)

    @property
    def more_opened(self) -> bool:
        return self._more.isChecked()

    def flush(self) -> None:
        """Enters what is being typed: before saving, training or closing."""
        for row in self.rows.values():
            row.editor.flush()

    def focus(self, name: str) -> bool:
        """Puts the keyboard into a field; False where the form has no such field."""
        row = self.rows.get(name)
        if row is None:
            return False
        if row.field.advanced:
            self._more.setChecked(True)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        return True


class _Disclosure(QWidget):
    """A line with an arrow that opens and closes what is below it."""

    toggled = Signal(bool)

    def __init__(self, text: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._button = QToolButton()
        self._button.setText(text)
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setProperty("role", "disclosure")
        self._button.setObjectName("more-settings")
        self._button.toggled.connect(self._toggle)
        row.addWidget(self._button)
        row.addStretch(1)
        self._toggle(False)

    def _toggle(self, opened: bool) -> None:
        self._button.setIcon(icon("chevron-down" if opened else "chevron-right", role="muted"))
        self.toggled.emit(opened)

    def isChecked(self) -> bool:
        return self._button.isChecked()

    def setChecked(self, opened: bool) -> None:
        self._button.setChecked(opened)
