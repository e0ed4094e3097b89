"""A form made from field declarations: a row per field with its label, its editor, what is wrong and the way back.

The same form serves layers, data sources, training plans and export options. It holds no values of its own: it shows
what it is given and tells what was entered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.expressions import Names
from nndesigner.base.fields import CodeField, DataFieldField, Field, resolve
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.choice_editors import ChoiceEditor
from nndesigner.gui.inspector.common_fields import Common, several_words
from nndesigner.gui.inspector.editors import data_field_choices, editor
from nndesigner.gui.inspector.expressions import has_expression, may_be_expression
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.inspector.line_editors import FormulaEditor, LineEditor
from nndesigner.gui.plain import label, set_tip

LABEL_WIDTH = 112


class Row(QWidget):
    """One field: label, editor and, while it differs from the default, a button that goes back."""

    reset = Signal()
    wanted_help = Signal()

    def __init__(self, field: Field, made: Editor) -> None:
        super().__init__()
        self.field, self.editor = field, made
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        self.label = label(tr(field.label))
        self.label.setWordWrap(True)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setBuddy(made)
        set_tip(self.label, tr(field.help))
        set_tip(made, tr(field.help))
        made.setAccessibleDescription(tr(field.help))
        wide = isinstance(field, CodeField)
        grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        if wide:  # a page of text gets the whole width, below its label
            grid.addWidget(made, 3, 0, 1, 4)
        else:
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
        grid.addWidget(self.back, 0, 3)
        self._grid = grid
        self._formula: FormulaEditor | None = None
        self._names: Names | None = None
        self.switch = QToolButton()
        self.switch.setText("=")
        self.switch.setObjectName(f"formula:{field.name}")
        self.switch.setCheckable(True)
        self.switch.setProperty("role", "flat")
        self.switch.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_tip(self.switch, tr("Say it by an expression of the block's parameters"))
        self.switch.setAccessibleName(tr("Say it by an expression of the block's parameters"))
        self.switch.toggled.connect(self._switched)
        self.switch.clicked.connect(self._asked_for)
        self.switch.setFixedWidth(24)
        self.switch.hide()
        grid.addWidget(self.switch, 0, 2)
        self.hint = label(role="muted", wrap=True)
        self.hint.setObjectName(f"hint:{field.name}")
        self.hint.hide()
        grid.addWidget(self.hint, 2, 1, 1, 3)
        self.sentence = label(role="error", wrap=True)
        self.sentence.setObjectName(f"sentence:{field.name}")
        self.sentence.hide()
        if wide:
            grid.addWidget(self.sentence, 4, 0, 1, 4)
        else:
            grid.addWidget(self.sentence, 1, 1, 1, 3)
        grid.setColumnStretch(1, 1)
        made.refused.connect(self._say)
        made.focused.connect(self.wanted_help)

    # -- expressions -------------------------------------------------------------------------------------------------
    def allow(self, names: Names | None) -> None:
        """From now on the value may be an expression of these names; of none where there are None."""
        self._names = names if may_be_expression(self.field) else None
        keep = self.switch.sizePolicy()
        keep.setRetainSizeWhenHidden(names is not None)  # every editor of the form as wide as the others
        self.switch.setSizePolicy(keep)
        if isinstance(self.editor, LineEditor):
            self.editor.allow(self._names)
        else:
            self.switch.setVisible(self._names is not None)
            if self._formula is not None:
                self._formula.allow(self._names)

    def _switched(self, on: bool) -> None:
        if on and self._formula is None:
            self._formula = FormulaEditor(self.field)
            self._formula.allow(self._names)
            self._formula.entered.connect(self.editor.entered)
            self._formula.refused.connect(self._say)
            self._formula.focused.connect(self.wanted_help)
            self._grid.addWidget(self._formula, 0, 1)
        self.editor.setVisible(not on)
        if self._formula is not None:
            self._formula.setVisible(on)

    def _asked_for(self, on: bool) -> None:
        """Somebody pressed "=": what is typed next is the expression. A value that is shown takes no keyboard."""
        if on and self._formula is not None:
            self._formula.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Enters what is being typed."""
        self.editor.flush()
        if self._formula is not None and self._formula.isVisible():
            self._formula.flush()

    def show_value(self, value: Any, is_set: bool, wrong: str, comes_to: str = "") -> None:
        """Shows a value, or an expression and what it comes to."""
        if isinstance(self.editor, LineEditor) or not has_expression(value):
            self.editor.show_value(value)
            if self._formula is not None and not self._formula.line.touched:
                self._formula.show_value(value)
                self.switch.setChecked(False)
        else:
            self.switch.setChecked(True)
            assert self._formula is not None
            self._formula.show_value(value)
        self.hint.setText(comes_to)
        self.hint.setVisible(bool(comes_to))
        default = tr("Back to the default: {value}", value=self.field.describe(self.field.default))
        set_tip(self.back, default)
        self.back.setAccessibleName(default)
        self.back.setVisible(is_set)
        if wrong:
            self._say(wrong)

    def show_several(self, common: Common) -> None:
        """Shows that layers differ in this field, and how."""
        if self._formula is not None:
            self.switch.setChecked(False)
        self.editor.show_several(several_words(len(common.values)))
        self.hint.setText(common.words)
        self.hint.setVisible(True)
        self.back.setVisible(common.stored)
        words = tr("Back to the default")
        set_tip(self.back, words)
        self.back.setAccessibleName(words)

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
        more: str = "",
    ) -> None:
        super().__init__()
        self.fields = fields
        self.rows: dict[str, Row] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(10)
        self._folds = {
            field.section: _Fold(
                tr(field.section) if field.section else more or tr("More settings"),
                "more-of-model" if more else f"more-settings{field.section and f':{field.section}'}",
            )
            for field in sorted(fields, key=lambda field: not field.section)
            if field.advanced or not field.section
        }
        for field in fields:
            row = Row(field, editor(field, data_fields, folder))
            row.editor.entered.connect(lambda value, name=field.name: self.entered.emit(name, value))
            row.reset.connect(lambda name=field.name: self.reset.emit(name))
            row.wanted_help.connect(lambda field=field: self.help_wanted.emit(field))
            self.rows[field.name] = row
            (self._folds[field.section].inner if field.advanced else outer).addWidget(row)
        for fold in self._folds.values():
            outer.addWidget(fold)

    def show_values(
        self,
        values: Mapping[str, Any],
        data_fields: Mapping[str, DataField] | None = None,
        names: Names | None = None,
        settled: Mapping[str, Any] | None = None,
    ) -> None:
        """Shows stored values: what is missing has its default, what is wrong says so and shows its default.

        Inside a block there are `names` that expressions may use; `settled` is then what the values come to where they
        are looked at.
        """
        good, bad = resolve(self.fields, values, names or {})
        changed = []
        for field in self.fields:
            row = self.rows[field.name]
            self._offer(row, data_fields)
            row.allow(names)
            stored = values.get(field.name)
            expression = names is not None and may_be_expression(field) and has_expression(stored)
            is_set = field.name in values and (
                expression or good[field.name] != field.default or field.name in bad
            )
            if expression:
                value = (settled or good).get(field.name, good[field.name])
                comes_to = "" if field.name in bad else f"= {field.describe(value)}"
                row.show_value(stored, is_set, bad.get(field.name, ""), comes_to)
            else:
                row.show_value(good[field.name], is_set, bad.get(field.name, ""))
            row.setVisible(field.shown(good))
            if is_set:
                changed.append(field)
        self._settle_more([f for f in self.fields if f.shown(good)], changed)

    def show_common(
        self,
        found: Sequence[Common],
        data_fields: Mapping[str, DataField] | None = None,
        names: Names | None = None,
    ) -> None:
        """Shows what several layers have in each field: one value, or that there are several."""
        for common in found:
            row = self.rows[common.field.name]
            self._offer(row, data_fields)
            row.allow(names)
            if common.same:
                row.show_value(common.values[0], common.stored, "")
            else:
                row.show_several(common)
            row.setVisible(common.shown)
        shown = [common for common in found if common.shown]
        self._settle_more(
            [common.field for common in shown], [common.field for common in shown if common.stored]
        )

    def place_below(self, name: str, widget: QWidget) -> None:
        """Another widget right below a field's row."""
        row = self.rows[name]
        inside = row.parentWidget()
        layout = inside.layout() if inside is not None else None
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.indexOf(row) + 1, widget)

    def _offer(self, row: Row, data_fields: Mapping[str, DataField] | None) -> None:
        if isinstance(row.field, DataFieldField) and data_fields is not None:
            assert isinstance(row.editor, ChoiceEditor)
            row.editor.offer(data_field_choices(row.field, data_fields))

    def _settle_more(self, shown: Sequence[Field], changed: Sequence[Field]) -> None:
        there = {field.section for field in shown if field.advanced}
        for section, fold in self._folds.items():
            fold.setVisible(section in there)
        for field in changed:
            if field.advanced:
                self._folds[field.section].open(True)  # what was changed is in sight

    def open_more(self, opened: bool) -> None:
        for fold in self._folds.values():
            fold.open(opened)

    @property
    def more_opened(self) -> bool:
        return any(fold.opened for fold in self._folds.values())

    def flush(self) -> None:
        """Enters what is being typed: before saving, training or closing."""
        for row in self.rows.values():
            row.flush()

    def focus(self, name: str) -> bool:
        """Puts the keyboard into a field; False where the form has no such field."""
        row = self.rows.get(name)
        if row is None:
            return False
        if row.field.advanced:
            self._folds[row.field.section].open(True)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        return True


class _Fold(QWidget):
    """Rows below a line that opens and closes them."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(10)
        self._line = _Disclosure(text, name)
        self._rows = QWidget()
        self.inner = QVBoxLayout(self._rows)
        self.inner.setContentsMargins(0, 0, 0, 0)
        self.inner.setSpacing(10)
        outer.addWidget(self._line)
        outer.addWidget(self._rows)
        self._line.toggled.connect(self._rows.setVisible)
        self._rows.hide()

    def open(self, opened: bool) -> None:
        self._line.setChecked(opened)

    @property
    def opened(self) -> bool:
        return self._line.isChecked()


class _Disclosure(QWidget):
    """A line with an arrow that opens and closes what is below it."""

    toggled = Signal(bool)

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._button = QToolButton()
        self._button.setText(text)
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setProperty("role", "disclosure")
        self._button.setObjectName(name)
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
