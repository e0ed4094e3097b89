"""Editors of what is chosen: one of a list, yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from nndesigner.base.fields import (
    BoolField,
    Field,
)
from nndesigner.base.text import tr
from nndesigner.gui.inspector.field_editor import Editor


class Combo(QComboBox):
    came = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def shown_text(self) -> str:
        """The chosen words as there is room for them: what is cut off ends in “…”."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        return self.fontMetrics().elidedText(
            self.currentText() or self.placeholderText(), Qt.TextElideMode.ElideRight, place.width() - 2
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()  # type: ignore[attr-defined]
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.came.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Editor):
    """One of a list. A value that the list does not have (from a file) is shown as it is."""

    def __init__(self, field: Field, choices: Mapping[str, str]) -> None:
        super().__init__(field)
        self.combo = Combo()
        self._watch(self.combo)
        self._row.addWidget(self.combo, 1)
        for word, shown in choices.items():
            self.combo.addItem(shown, word)
        self.combo.came.connect(self.focused)
        self.combo.currentIndexChanged.connect(self._chosen)

    def offer(self, choices: Mapping[str, str]) -> None:
        """Replaces what can be chosen."""
        have = {str(self.combo.itemData(i)): self.combo.itemText(i) for i in range(self.combo.count())}
        if have == dict(choices):
            return
        with QSignalBlocker(self.combo):
            self.combo.clear()
            for word, shown in choices.items():
                self.combo.addItem(shown, word)
        self.show_value(self._value)

    def show_value(self, value: Any) -> None:
        self._value = value
        with QSignalBlocker(self.combo):
            index = self.combo.findData(value)
            if index < 0 and value is not None:
                self.combo.addItem(tr("{value} (not available)", value=value), value)
                index = self.combo.count() - 1
            self.combo.setCurrentIndex(index)
        self.refused.emit("")

    def show_several(self, words: str) -> None:
        self._value = None
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(-1)
        self.combo.setPlaceholderText(words)
        self.refused.emit("")

    def _chosen(self, index: int) -> None:
        value = self.combo.itemData(index)
        if index >= 0 and value != self._value:
            self._value = value
            self.entered.emit(value)


class _Check(QCheckBox):
    came = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.came.emit()


class BoolEditor(Editor):
    def __init__(self, field: BoolField) -> None:
        super().__init__(field)
        self.box = _Check()
        self._watch(self.box)
        self._row.addWidget(self.box)
        self._row.addStretch(1)
        self.box.came.connect(self.focused)
        self.box.toggled.connect(self._toggled)
        self.box.clicked.connect(self._clicked)
        self._mixed = False

    def show_several(self, words: str) -> None:
        self._mixed = True
        with QSignalBlocker(self.box):
            self.box.setTristate(True)
            self.box.setCheckState(Qt.CheckState.PartiallyChecked)
        self.refused.emit("")

    def show_value(self, value: Any) -> None:
        self._mixed = False
        with QSignalBlocker(self.box):
            self.box.setTristate(False)
            self.box.setChecked(bool(value))
        self.refused.emit("")

    def _toggled(self, checked: bool) -> None:
        if not self._mixed:
            self.entered.emit(checked)

    def _clicked(self) -> None:
        """A click where some have it and some have not gives it to all."""
        if self._mixed:
            self.entered.emit(True)
