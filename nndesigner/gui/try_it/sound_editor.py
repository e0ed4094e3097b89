"""A sound to try: a WAV file that is opened or dropped, or a sample of the data; seen as a waveform, and as the network
hears it.

A worker reads the file with the steps of the data itself. Of data that hears no waveform the sounds are not kept: then
only what the network hears is seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.data.sound import envelope
from nndesigner.gui.plain import empty, label
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.sample_widget import sample_widget
from nndesigner.gui.try_it.editor import Editor, Value

HEIGHT = 96
Wave = npt.NDArray[Any]
"""(columns, 2): the smallest and the largest amplitude over time"""


def paint_wave(painter: QPainter, frame: QRectF, wave: Wave, colors: list[QColor] | QColor) -> None:
    """A waveform over the width of a frame; a colour for all of it, or for each column."""
    most = max(float(np.abs(wave).max(initial=0.0)), 1e-6)
    wide = frame.width() / max(len(wave), 1)
    for i, (low, high) in enumerate(wave.tolist()):
        painter.setPen(QPen(colors if isinstance(colors, QColor) else colors[i], max(wide, 1.0)))
        x = frame.left() + (i + 0.5) * wide
        unit = frame.height() / 2 / most
        top, bottom = frame.center().y() - high * unit, frame.center().y() - low * unit
        painter.drawLine(QPointF(x, top - 0.5), QPointF(x, bottom + 0.5))


class WavePicture(QWidget):
    """A waveform, or the place where one can be dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.wave: Wave | None = None
        self.hint = ""
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(120)

    def show_wave(self, wave: Wave | None, hint: str) -> None:
        self.wave, self.hint = wave, hint
        self.setAccessibleName(tr("Waveform") if wave is not None else hint)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        line = Qt.PenStyle.SolidLine if self.wave is not None else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(theme.border), 1, line))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(frame, 6, 6)
        if self.wave is not None:
            paint_wave(painter, frame.adjusted(8, 8, -8, -8), self.wave, QColor(theme.plot(0)))
        else:
            painter.setPen(QColor(theme.muted))
            words = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(frame.adjusted(12, 8, -12, -8), words, self.hint)
        painter.end()


class SoundEditor(Editor):
    takes = "Sounds (*.wav *.wave);;NumPy (*.npy *.npz)"

    def __init__(self, field: DataField) -> None:
        super().__init__(field)
        self._value: Value | None = None
        self._is_wave = field.kind == "series" and field.columns == ("amplitude",)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        self.picture = WavePicture()
        box.addWidget(self.picture)
        self.heard = label(tr("The network hears"), role="muted")
        self.heard.setVisible(False)
        box.addWidget(self.heard)
        self._heard = QVBoxLayout()
        box.addLayout(self._heard)

    @property
    def wave(self) -> Wave | None:
        """What the sound looks like; None where that is not known."""
        return self.picture.wave

    def value(self) -> Value | None:
        return self._value

    def problem(self) -> str:
        return tr("There is no sound yet: open a WAV file, or drop one here.") if self._value is None else ""

    def show_value(self, value: Value) -> None:
        self._value = np.asarray(value)
        if self._is_wave:
            self.show_wave(envelope(self._value))
        else:
            self.show_wave(None)
            empty(self._heard)
            self._heard.addWidget(sample_widget(self.field, self._value))
        self.heard.setVisible(not self._is_wave)

    def show_wave(self, wave: Wave | None) -> None:
        """The sound behind the sample that is shown; None where only what the network hears is known."""
        self.picture.show_wave(
            wave,
            tr("The data keeps only what the network hears. Drop a WAV file here to try another sound.")
            if self._value is not None
            else tr("Drop a WAV file here, or open one."),
        )

    def start(self) -> None:
        self._value = None
        empty(self._heard)
        self.heard.setVisible(False)
        self.show_wave(None)
