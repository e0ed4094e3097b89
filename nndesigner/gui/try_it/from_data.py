"""Which sample of the data is taken: a part, a number in it, the next, the one before, any."""

from __future__ import annotations

import random
from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import allow, set_tip

PARTS = ("test", "validation", "train")


class FromData(QWidget):
    """`chosen` is told when another sample is wanted, or the same again."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.part = QComboBox()
        self.part.setAccessibleName(tr("Part of the data"))
        self.part.setMinimumContentsLength(5)
        self.part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.part.currentIndexChanged.connect(self._part_chosen)
        row.addWidget(self.part, 3)
        self.number = QSpinBox()
        self.number.setAccessibleName(tr("Sample number"))
        self.number.setMinimumWidth(84)
        self.number.lineEdit().setTextMargins(6, 0, 0, 0)
        self.number.valueChanged.connect(lambda _: self.chosen.emit())
        row.addWidget(self.number, 2)
        self.before = self._button("‹", tr("The sample before"), lambda: self._go(-1))
        self.after = self._button("›", tr("The next sample"), lambda: self._go(1))
        self.any = self._button("", tr("Any sample"), self.pick_any)
        self.any.setIcon(icon("try-it"))
        for button in (self.before, self.after, self.any):
            row.addWidget(button)
        self._counts: dict[str, int] = {}

    @staticmethod
    def _button(text: str, words: str, act) -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setAccessibleName(words)
        set_tip(made, words)
        made.clicked.connect(lambda: act())
        return made

    @property
    def wanted(self) -> tuple[str, int] | None:
        """The part and the position in it, from 0; None where there is no data."""
        part = self.part.currentData()
        return (part, self.number.value() - 1) if part else None

    def show_counts(self, counts: Mapping[str, int], reason: str) -> None:
        """How many samples there are of each part; `reason` says why none can be taken, "" where they can."""
        words = {"test": tr("Test"), "validation": tr("Validation"), "train": tr("Training")}
        self._counts = {part: counts[part] for part in PARTS if counts.get(part)}
        if [self.part.itemData(i) for i in range(self.part.count())] != list(self._counts):
            before = self.part.currentData()
            with QSignalBlocker(self.part):
                self.part.clear()
                for part in self._counts:
                    self.part.addItem(words[part], part)
                self.part.setCurrentIndex(max(self.part.findData(before), 0))
        self._limit()
        for widget in (self.part, self.number, self.before, self.after, self.any):
            allow(widget, reason, widget.accessibleName())

    def _limit(self) -> None:
        most = self._counts.get(self.part.currentData(), 0)
        with QSignalBlocker(self.number):
            self.number.setRange(1, max(most, 1))  # counted from 1, as people do
            self.number.setSuffix(tr(" of {n}", n=f"{most:,}") if most else "")

    def _part_chosen(self) -> None:
        self._limit()
        self.chosen.emit()

    def _go(self, step: int) -> None:
        number = (self.number.value() - 1 + step) % self.number.maximum() + 1
        if number == self.number.value():
            self.chosen.emit()
        self.number.setValue(number)

    def pick_any(self) -> None:
        self._go(random.randrange(self.number.maximum()))
