"""A slider for a number that has a natural range: a share, a probability, a rate on a scale of 1, 2, 5, 10.

Which fields have one follows from their limits and defaults (`slider_marks`); a value between two marks, or beyond the
last, is shown at the nearest and stays what it is.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QSlider

from nndesigner.base.fields import FloatField
from nndesigner.base.text import tr

BESIDE_A_SLIDER = 84
"""Width of the number, in pixels: room for 0.9999 and the arrows."""
NARROW = 2.0
"""A range between limits that are no further apart is natural: shares, probabilities, momentum, cosines."""
STEP = 0.01
DECADES = 3
"""of a logarithmic field, in each direction from its default"""


def slider_marks(field: FloatField) -> tuple[float, ...]:
    """The values at which a slider for the field stops, rising; () where no range is natural.

    A logarithmic field has 1, 2, 5, 10 … for three decades around its default, inside its limits; another field its
    whole range in steps of 0.01, where that is narrow, or of its own.
    """
    low, high = field.minimum, field.maximum
    if field.logarithmic:
        if not field.default > 0:
            return ()
        middle = math.log10(field.default)
        first, last = math.floor(middle - DECADES), math.ceil(middle + DECADES)
        marks = [float(f"{m}e{e}") for e in range(first, last + 1) for m in (1, 2, 5)]
        least, most = field.default * 10.0**-DECADES, field.default * 10.0**DECADES
        inside = [m for m in marks if least * 0.999 <= m <= most * 1.001 and low <= m <= high]
        return tuple(m for m in inside if not (field.open_minimum and m == low))
    if not (math.isfinite(low) and math.isfinite(high)) or not high > low:
        return ()
    if not field.slider_step and high - low > NARROW:
        return ()
    step = field.slider_step or STEP
    count = math.floor((high - low) / step + 1e-9)
    marks = [round(low + i * step, 10) for i in range(count + 1)]
    if marks[-1] < high:
        marks.append(high)
    return tuple(marks[1:] if field.open_minimum else marks)


class FieldSlider(QSlider):
    """`moved_to` goes along while it is dragged; `chosen` is told when it is let go, and for every key."""

    moved_to = Signal(float)
    chosen = Signal(float)
    came = Signal()

    def __init__(self, marks: Sequence[float], label: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.marks = tuple(marks)
        self._none = False
        self.setRange(0, len(self.marks) - 1)
        tens = max(1, len(self.marks) // 10)
        self.setPageStep(tens)
        self.setMinimumWidth(48)
        self.setAccessibleName(tr("{label}, slider", label=label))
        self.setFocusPolicy(
            Qt.FocusPolicy.ClickFocus
        )  # Tab goes from value to value: the number is the keyboard's
        self.valueChanged.connect(self._changed)
        self.sliderReleased.connect(lambda: self.chosen.emit(self.marks[self.value()]))

    def show_value(self, value: float | None) -> None:
        """The mark nearest to a value; None where there is no one number."""
        self._none = value is None
        with QSignalBlocker(self):
            self.setValue(nearest(self.marks, value) if value is not None else 0)
        self.setProperty("state", "none" if self._none else "")
        self.style().unpolish(self)
        self.style().polish(self)

    def _changed(self, index: int) -> None:
        if self.isSliderDown():
            self.moved_to.emit(self.marks[index])
        else:
            self.chosen.emit(self.marks[index])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.came.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # turning over a form scrolls the form


def nearest(marks: Sequence[float], value: float) -> int:
    """Which of the rising marks is nearest to a value; ratios count where all marks are positive and far apart."""
    at = bisect_left(marks, value)
    if at == 0 or at == len(marks):
        return min(at, len(marks) - 1)
    before, after = marks[at - 1], marks[at]
    if before > 0 and marks[-1] / before > 1e3 and value > 0:
        return at - 1 if value / before < after / value else at
    return at - 1 if value - before < after - value else at
