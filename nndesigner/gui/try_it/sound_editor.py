"""A sound to try: one that is recorded, a WAV file that is opened or dropped, or a sample of the data; seen as a
waveform, and as the network hears it.

A worker reads file or recording with the steps of the data itself. Of data that hears no waveform the sounds are not
kept: then only what the network hears is seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.data.sound import envelope
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import empty, label, set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.sample_widget import sample_widget
from nndesigner.gui.try_it.editor import Editor, Value
from nndesigner.session.recording import COLUMNS, Recording, length_of

HEIGHT = 96
LOOK_MILLISECONDS = 50
"""from one look at a recording to the next"""
QUIET = 0.1
"""the amplitude up to which a recording is drawn as it is: louder ones fill the height, silence stays a line"""
Wave = npt.NDArray[Any]
"""(columns, 2): the smallest and the largest amplitude over time"""


def paint_wave(
    painter: QPainter, frame: QRectF, wave: Wave, colors: list[QColor] | QColor, quiet: float = 1e-6
) -> None:
    """A waveform over the width of a frame; a colour for all of it, or for each column. The loudest fills the height,
    unless all of it is `quiet`."""
    most = max(float(np.abs(wave).max(initial=0.0)), quiet)
    wide = frame.width() / max(len(wave), 1)
    for i, (low, high) in enumerate(wave.tolist()):
        painter.setPen(QPen(colors if isinstance(colors, QColor) else colors[i], max(wide, 1.0)))
        x = frame.left() + (i + 0.5) * wide
        unit = frame.height() / 2 / most
        top, bottom = frame.center().y() - high * unit, frame.center().y() - low * unit
        painter.drawLine(QPointF(x, top - 0.5), QPointF(x, bottom + 0.5))


class WavePicture(QWidget):
    """A waveform, or the place where one can be dropped; over both, a recording that grows."""

    def __init__(self) -> None:
        super().__init__()
        self.wave: Wave | None = None
        self.growing: Wave | None = None
        """what is recorded, while it is; its whole length has `COLUMNS`"""
        self.hint = ""
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(120)

    def show_wave(self, wave: Wave | None, hint: str) -> None:
        self.wave, self.hint = wave, hint
        self.setAccessibleName(tr("Waveform") if wave is not None else hint)
        self.update()

    def show_growing(self, wave: Wave | None) -> None:
        self.growing = wave
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        line = Qt.PenStyle.DashLine if self.wave is None and self.growing is None else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(theme.border), 1, line))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(frame, 6, 6)
        inner = frame.adjusted(8, 8, -8, -8)
        if self.growing is not None:
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(
                QPointF(inner.left(), inner.center().y()), QPointF(inner.right(), inner.center().y())
            )
            inner.setWidth(inner.width() * len(self.growing) / COLUMNS)
            paint_wave(painter, inner, self.growing, QColor(theme.plot(0)), QUIET)
            painter.setPen(QPen(QColor(theme.error), 1.5))
            painter.drawLine(inner.topRight(), inner.bottomRight())
        elif self.wave is not None:
            paint_wave(painter, inner, self.wave, QColor(theme.plot(0)))
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
        box.addLayout(self._recorder())
        self.trouble = label(role="warning", wrap=True)
        self.trouble.setVisible(False)
        box.addWidget(self.trouble)
        self.heard = label(tr("The network hears"), role="muted")
        self.heard.setVisible(False)
        box.addWidget(self.heard)
        self._heard = QVBoxLayout()
        box.addLayout(self._heard)

    def _recorder(self) -> QHBoxLayout:
        self._recording: Recording | None = None
        self._being_read = False
        """whether it waits for a worker to read what was recorded"""
        self._length = length_of(self.field.statistics.get("seconds"))
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MILLISECONDS)
        self._looking.timeout.connect(self._look)
        self.record = QPushButton(icon("stop"), tr("Stop"))
        self.record.setAutoDefault(False)
        room = self.record.sizeHint().width()
        self.record.clicked.connect(self._record_or_stop)
        self.time = label(role="muted")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.record)
        row.addWidget(self.time, 1)
        self._show_record()
        self.record.setMinimumWidth(max(room, self.record.sizeHint().width()))  # one place for both
        return row

    @property
    def wave(self) -> Wave | None:
        """What the sound looks like; None where that is not known."""
        return self.picture.wave

    def value(self) -> Value | None:
        return self._value

    def problem(self) -> str:
        return (
            tr("There is no sound yet: record one, open a WAV file, or drop one here.")
            if self._value is None
            else ""
        )

    def show_value(self, value: Value) -> None:
        self._value = np.asarray(value)
        if not self._being_read:
            self._show_trouble("")
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
            tr(
                "The data keeps only what the network hears. Record a sound or drop a WAV file here to try another."
            )
            if self._value is not None
            else tr("Record a sound, or drop a WAV file here."),
        )

    def start(self) -> None:
        self._value = None
        empty(self._heard)
        self.heard.setVisible(False)
        self.show_wave(None)

    # -- recording ---------------------------------------------------------------------------------------------------
    def _show_record(self) -> None:
        going_on = self._recording is not None
        self.record.setText(tr("Stop") if going_on else tr("Record"))
        self.record.setIcon(icon("stop", role="error") if going_on else icon("microphone"))
        set_tip(
            self.record,
            tr("Ends the recording: it is the sample")
            if going_on
            else tr("Records a sound from the microphone"),
        )
        if going_on:
            self.time.setText(tr("Opening the microphone …"))
        else:
            self.time.setText(tr("{all:g} s at most", all=round(self._length, 2)))

    def _record_or_stop(self) -> None:
        if self._recording is not None and self._recording.running:
            self._recording.stop()
            return
        if self._recording is not None:
            self.close_down()  # opening may take a while: nobody has to wait for it
            return
        self._show_trouble("")
        self._recording = Recording(self._length)
        self.picture.show_growing(self._recording.wave())
        self._looking.start()
        self._show_record()

    def _look(self) -> None:
        it = self._recording
        if it is None:
            return
        ended = it.ended  # asked first: what is shown then is all of it
        if it.seconds:
            self.picture.show_growing(it.wave())
            self.time.setText(tr("{now:.1f} of {all:g} s", now=it.seconds, all=round(it.length, 2)))
        if ended:
            self._looking.stop()
            self._recording = None
            self._show_record()
            self._use(it)

    def _use(self, it: Recording) -> None:
        """A recording that has ended becomes the sample, as a file that is dropped here does."""
        self._show_trouble(it.problem or it.remark)
        if it.file:
            self._being_read = True
            self.time.setText(tr("Reading the recording …"))
            self.given.emit(it.file)
        else:
            self.picture.show_growing(None)

    def was_read(self) -> None:
        self._being_read = False
        if self._recording is None:
            self.picture.show_growing(None)
            self._show_record()

    def close_down(self) -> None:
        """Nobody looks any more: a recording that goes on is dropped."""
        if self._recording is not None:
            self._recording.drop()
            self._recording = None
            self._looking.stop()
        self.was_read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # a window that is only minimized goes on
            self.close_down()

    def _show_trouble(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))
