"""Editors of what is typed in a line: numbers, sizes, axes, text, paths.

A text that the field refuses stays as typed, marked, and the value stays as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFileDialog,
    QLineEdit,
    QToolButton,
    QWidget,
)

from nndesigner.base.expressions import Names
from nndesigner.base.fields import (
    AxisField,
    BadValue,
    Field,
    FloatField,
    IntField,
    PathField,
    SizesField,
    TextField,
)
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.expressions import Completion, has_expression, typed, written
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.inspector.slider import BESIDE_A_SLIDER, FieldSlider, slider_marks
from nndesigner.gui.plain import label, set_tip


class _Line(QLineEdit):
    """A line that tells when the keyboard comes and goes, and gives up an entry with Esc."""

    came = Signal()
    left = Signal()
    given_up = Signal()
    stepped = Signal(object)

    def __init__(self, steps: bool = False) -> None:
        super().__init__()
        self._steps = steps
        self.touched = False
        """typed in since the text was last set or entered; a spin box clears Qt's own `isModified` too early"""
        self.textEdited.connect(self._touch)

    def _touch(self) -> None:
        self.touched = True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.came.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.touched:
            self.given_up.emit()
            event.accept()
            return
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        if self._steps and event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
            event.accept()
            return
        super().keyPressEvent(event)


class LineEditor(Editor):
    """A value typed as text: entered with Return or when the keyboard leaves, checked at every key press."""

    def __init__(self, field: Field, line: _Line | None = None) -> None:
        super().__init__(field)
        self.line = line or _Line()
        self.names: Names | None = None
        """names that an expression here may use; None where there may be none"""
        self._completion: Completion | None = None
        self._several = ""
        """what stands in the empty line while there are several values"""
        self._watch(self.line)
        self.line.came.connect(self.focused)
        self.line.left.connect(self.flush)
        self.line.given_up.connect(self._give_up)
        self.line.textEdited.connect(self._typed)
        self.line.returnPressed.connect(self._returned)

    empty_words = ""
    """what stands in an empty line"""

    def text_of(self, value: Any) -> str:
        return self.field.describe(value)

    def parse(self, text: str) -> Any:
        """Raises BadValue."""
        return typed(self.field, text, self.names)

    def allow(self, names: Names | None) -> None:
        """From now on the value may be an expression of these names."""
        self.names = names
        if names and self._completion is None:
            self._completion = Completion(self.line)
        if self._completion is not None:
            self._completion.offer(sorted(names or ()))

    def _words(self, value: Any) -> str:
        return written(value) if has_expression(value) else self.text_of(value)

    def show_several(self, words: str) -> None:
        if self._several and self.line.touched and self.line.hasFocus():
            return  # somebody is typing what will hold for all
        self._several, self._value = words, None
        self.line.clear()
        self.line.setPlaceholderText(words)
        self.line.touched = False
        self._mark("")

    def show_value(self, value: Any) -> None:
        if self._several:
            self._several = ""
            self.line.setPlaceholderText(self.empty_words)
        unchanged = value == self._value and self.line.touched and self.line.hasFocus()
        self._value = value
        if unchanged:
            return  # somebody is typing here, and what was there before still holds
        text = self._words(value)
        if self.line.text() != text:
            self.line.setText(text)
            if not self.line.hasFocus():
                self.line.setCursorPosition(0)  # of what is too long its beginning is seen
        self.line.touched = False
        self._mark("")

    def flush(self) -> None:
        if not self.line.touched:
            return
        if self._several and not self.line.text():
            self.line.touched = False  # typed and taken back
            self._mark("")
            return
        try:
            value = self.parse(self.line.text())
        except BadValue as error:
            self._mark(str(error))
            return
        self.line.touched = False
        self._mark("")
        if value != self._value:
            self._value = value
            self.entered.emit(value)
        else:
            self.line.setText(self._words(value))

    def _give_up(self) -> None:
        self.line.touched = False
        if self._several:
            self.show_several(self._several)
        else:
            self.show_value(self._value)

    def _returned(self) -> None:
        self.flush()
        if not self.line.property("state"):
            self.line.selectAll()

    def _typed(self, text: str) -> None:
        try:
            if text or not self._several:
                self.parse(text)
        except BadValue as error:
            self._mark(str(error))
        else:
            self._mark("")

    def _mark(self, sentence: str) -> None:
        state = "error" if sentence else ""
        for widget in (self.line, *self._marked()):
            if widget.property("state") != state:
                widget.setProperty("state", state)
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        self.refused.emit(sentence)

    def _marked(self) -> tuple[QWidget, ...]:
        """Other widgets that show the error state."""
        return ()


class FormulaEditor(LineEditor):
    """An expression for a value that is otherwise ticked or chosen; a plain value may be typed too."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._row.addWidget(self.line, 1)


class _Stepper(QAbstractSpinBox):
    """The frame and the arrows of a spin box around a line that may hold any text while it is typed."""

    def __init__(self, line: _Line, step: Callable[[int], None], can: Callable[[int], bool]) -> None:
        super().__init__()
        self._step, self._can = step, can
        self.setLineEdit(line)
        line.setTextMargins(6, 0, 0, 0)  # as far from the frame as in a plain line
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:
        self._step(steps)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        enabled = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self._can(1):
            enabled |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._can(-1):
            enabled |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return enabled

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() or self.lineEdit().hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # turning over a form scrolls the form


class NumberEditor(LineEditor):
    """A number with arrows: whole numbers step by one, learning rates by 1, 2, 5, 10 …, shares by 0.05.

    Where the field has a natural range there is a slider beside it.
    """

    def __init__(self, field: IntField | FloatField) -> None:
        super().__init__(field)
        self._number = field
        self.box = _Stepper(self.line, self._step, self._can)
        self.box.setAccessibleName(field.label)
        self.box.editingFinished.connect(self.flush)
        marks = slider_marks(field) if isinstance(field, FloatField) else ()
        self.slider = FieldSlider(marks, field.label) if marks else None
        if self.slider is not None:
            self._row.addWidget(self.slider, 1)
            self.box.setFixedWidth(BESIDE_A_SLIDER)
            self.slider.chosen.connect(self._slid)
            self.slider.moved_to.connect(self._sliding)
            self.slider.came.connect(self.focused)
        self._row.addWidget(self.box, 1)
        if field.unit:
            self._row.addWidget(label(tr(field.unit), "muted"))

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        if self.slider is not None:
            self.slider.show_value(value if isinstance(value, int | float) else None)

    def show_several(self, words: str) -> None:
        super().show_several(words)
        if self.slider is not None:
            self.slider.show_value(None)

    def _sliding(self, value: float) -> None:
        """The number goes along while the slider is held; it is entered when it is let go."""
        self.line.setText(self.text_of(value))
        self._mark("")

    def _slid(self, value: float) -> None:
        self.line.setText(self.text_of(value))
        self.line.touched = True
        self.flush()

    def text_of(self, value: Any) -> str:
        if isinstance(self.field, IntField):
            return str(value)
        return f"{value:.10g}"

    def _marked(self) -> tuple[QWidget, ...]:
        return (self.box,)

    def _current(self) -> Any:
        try:
            return self.parse(self.line.text())
        except BadValue:
            return self._value

    def _step(self, steps: int) -> None:
        value = self._current()
        if not isinstance(value, int | float):
            return  # an expression has no next value, and neither have several values
        for _ in range(abs(steps)):
            value = stepped(self._number, value, 1 if steps > 0 else -1)
        self.line.setText(self.text_of(value))
        self.line.touched = True
        self.flush()

    def _can(self, direction: int) -> bool:
        value = self._current()
        return isinstance(value, int | float) and stepped(self._number, value, direction) != value


def stepped(field: IntField | FloatField, value: float, direction: int) -> float:
    """The next natural value of a number in a direction (1 or -1), inside the field's limits."""
    if isinstance(field, IntField):
        return min(max(int(value) + direction, field.minimum), field.maximum)
    if field.logarithmic and value > 0:
        following = _next_125(value, direction)
    else:
        low, high = field.minimum, field.maximum
        step = 0.05 if math.isfinite(high - low) and high - low <= 2 else 1.0
        if step == 1.0 and abs(value) < 1:
            step = 0.1
        following = round((math.floor(value / step + 1e-9 + 0.5) + direction) * step, 10)
    following = min(max(following, field.minimum), field.maximum)
    if field.open_minimum and following <= field.minimum:
        return value
    return following


def _next_125(value: float, direction: int) -> float:
    """The neighbour in … 0.01, 0.02, 0.05, 0.1 …"""
    exponent = math.floor(math.log10(value))
    marks = [m * 10.0**e for e in range(exponent - 1, exponent + 2) for m in (1, 2, 5)]
    if direction > 0:
        found = next(m for m in marks if m > value * (1 + 1e-9))
    else:
        found = next(m for m in reversed(marks) if m < value * (1 - 1e-9))
    return float(f"{found:.3g}")


class SizesEditor(LineEditor):
    """A size per dimension in one line: 3, or 3 × 5. The arrow keys change all of them."""

    def __init__(self, field: SizesField) -> None:
        super().__init__(field, _Line(steps=True))
        self._row.addWidget(self.line, 1)
        self.line.stepped.connect(self._step)
        if field.unit:
            self._row.addWidget(label(field.unit, "muted"))

    def _step(self, steps: int) -> None:
        assert isinstance(self.field, SizesField)
        try:
            sizes = self.parse(self.line.text())
        except BadValue:
            return
        if sizes is None or has_expression(sizes):
            return
        low, high = self.field.minimum, self.field.maximum
        after = tuple(min(max(size + steps, low), high) for size in sizes)
        self.line.setText(self.text_of(after))
        self.line.touched = True
        self.flush()

    def show_value(self, value: Any) -> None:
        super().show_value(tuple(value) if isinstance(value, list | tuple) else value)


class AxisEditor(LineEditor):
    """The length of an axis: empty follows the data, a number fixes it, a name leaves it free where it may be."""

    def __init__(self, field: AxisField) -> None:
        super().__init__(field)
        self._row.addWidget(self.line, 1)
        self.empty_words = tr("as in the data")
        self.line.setPlaceholderText(self.empty_words)

    def text_of(self, value: Any) -> str:
        return str(value)


class TextEditor(LineEditor):
    def __init__(self, field: TextField) -> None:
        super().__init__(field)
        self._row.addWidget(self.line, 1)

    def text_of(self, value: Any) -> str:
        return str(value)


class PathEditor(LineEditor):
    """A file or folder, typed or chosen; kept relative to the project's folder where it lies inside."""

    def __init__(self, field: PathField, folder: Callable[[], Path | None] = lambda: None) -> None:
        super().__init__(field)
        self._folder = folder
        self._row.addWidget(self.line, 1)
        self.browse = QToolButton()
        self.browse.setIcon(icon("open"))
        what = tr("Choose a folder…") if field.folder else tr("Choose a file…")
        set_tip(self.browse, what)
        self.browse.setAccessibleName(what)
        self.browse.clicked.connect(self._choose)
        self._row.addWidget(self.browse)
        self.empty_words = tr("No folder chosen") if field.folder else tr("No file chosen")
        self.line.setPlaceholderText(self.empty_words)

    def text_of(self, value: Any) -> str:
        return str(value)

    def _choose(self) -> None:
        assert isinstance(self.field, PathField)
        base = self._folder()
        start = str(base / self.line.text()) if base and self.line.text() else str(base or "")
        if self.field.folder:
            chosen = QFileDialog.getExistingDirectory(self, self.field.label, start)
        else:
            filters = ";;".join(f for f in (self.field.filters, tr("All files (*)")) if f)
            chosen, _ = QFileDialog.getOpenFileName(self, self.field.label, start, filters)
        if chosen:
            self.line.setText(relative(Path(chosen), base))
            self.line.touched = True
            self.flush()


def relative(path: Path, base: Path | None) -> str:
    """The path from the project's folder where it lies inside it (so that both can move together), else as it is."""
    if base is not None and path.is_relative_to(base):
        return path.relative_to(base).as_posix()
    return str(path)
