"""Pictures of an explanation: colours over an image, bars for columns, shades behind a text, a strip below a series.

What speaks for the answer is in one colour, what speaks against it in another; where an explanation has no signs, only
the first is seen. They know no method and no network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontDatabase, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.gui.answer_bars import visible
from nndesigner.gui.previews import shown_theme

FOR, AGAINST = "#d55e00", "#0072b2"
"""vermilion and blue of Okabe and Ito (2008): apart for every kind of colour vision"""
EDGE = 200
ROW = 22
MOST_ROWS = 24
MOST_STEPS = 512
"""of a series that are told apart"""
WAVE, GROUND = 72, 0.25
Numbers = npt.NDArray[np.float64]


def scaled(numbers: npt.ArrayLike) -> Numbers:
    """From −1 to 1: by the 99th percentile of the sizes, so that one pixel does not hide the others."""
    x = np.nan_to_num(np.asarray(numbers, np.float64))
    most = float(np.percentile(np.abs(x), 99)) if x.size else 0.0
    most = most or float(np.abs(x).max(initial=0.0))
    return np.clip(x / most, -1.0, 1.0) if most else np.zeros_like(x)


def _rgb(name: str) -> Numbers:
    color = QColor(name)
    return np.array((color.red(), color.green(), color.blue()), np.float64)


class HeatPicture(QWidget):
    """Colours over the image, which is grey; (height, width) numbers."""

    def __init__(self, image: QImage, numbers: npt.ArrayLike) -> None:
        super().__init__()
        self.image = image
        self.strength = scaled(numbers)
        self.setFixedHeight(EDGE)
        self.setMinimumWidth(120)
        up, across = np.unravel_index(int(np.abs(self.strength).argmax()), self.strength.shape)
        self.setAccessibleName(
            tr(
                "Explanation: the strongest pixel is row {row}, column {column}",
                row=up + 1,
                column=across + 1,
            )
        )

    def overlaid(self) -> QImage:
        """The image in grey with the colours over it, a pixel of the data a pixel."""
        height, width = self.strength.shape
        grey = self.image.convertToFormat(QImage.Format.Format_Grayscale8)
        if (grey.width(), grey.height()) != (width, height):
            grey = grey.scaled(width, height)
        flat = np.frombuffer(grey.constBits(), np.uint8).reshape(height, grey.bytesPerLine())
        base = np.repeat(flat[:, :width, None].astype(np.float64), 3, axis=2)
        amount = np.abs(self.strength)[..., None] * 0.85
        color = np.where(
            self.strength[..., None] >= 0,
            _rgb(FOR),
            _rgb(AGAINST),
        )
        rgb = np.ascontiguousarray((base * (1 - amount) + color * amount).round().astype(np.uint8))
        return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        image = self.overlaid()
        size = image.size().scaled(self.width(), EDGE - 2, Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(0, 1, size.width(), size.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > EDGE)
        painter.drawImage(target, image)
        painter.setPen(QColor(shown_theme().border))
        painter.drawRect(target.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()


class SignedBars(QWidget):
    """A bar per column, to the right what speaks for the answer, the largest first."""

    def __init__(self, names: Sequence[str], numbers: Sequence[float]) -> None:
        super().__init__()
        order = sorted(range(len(numbers)), key=lambda i: -abs(numbers[i]))
        self.rows = [(names[i] if i < len(names) else str(i), float(numbers[i])) for i in order[:MOST_ROWS]]
        self._left_out = max(0, len(numbers) - MOST_ROWS)
        self.setFixedHeight(ROW * (len(self.rows) + bool(self._left_out)) + 2)
        self.setMinimumWidth(180)
        self.setAccessibleName(", ".join(f"{name}: {number:.3g}" for name, number in self.rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, metrics = shown_theme(), self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name, _ in self.rows), default=0)
        left = min(widest + 10, int(self.width() * 0.4))
        number_width = metrics.horizontalAdvance("−0.0000e-00")
        room = max(self.width() - left - number_width - 8, 40)
        most = max((abs(number) for _, number in self.rows), default=0.0) or 1.0
        signed = any(number < 0 for _, number in self.rows)
        zero = left + (room / 2 if signed else 0)
        unit = (room / 2 if signed else room) / most
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        for i, (name, number) in enumerate(self.rows):
            y = i * ROW
            painter.setPen(QColor(theme.text))
            painter.drawText(
                QRectF(0, y, left - 8, ROW),
                middle,
                metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - 8),
            )
            length = number * unit
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(FOR if number >= 0 else AGAINST))
            painter.drawRoundedRect(QRectF(zero, y + 5, length, ROW - 10).normalized(), 2, 2)
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                QRectF(self.width() - number_width, y, number_width, ROW),
                middle | int(Qt.AlignmentFlag.AlignRight),
                f"{number:.3g}",
            )
        if signed:
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(int(zero), 0, int(zero), ROW * len(self.rows))
        if self._left_out:
            painter.setPen(QColor(theme.muted))
            line = QRectF(0, len(self.rows) * ROW, self.width(), ROW)
            painter.drawText(line, middle, tr("and {n} more", n=self._left_out))
        painter.end()


class ShadedText(QWidget):
    """Tokens in lines, each on its colour."""

    def __init__(self, tokens: Sequence[str], numbers: npt.ArrayLike) -> None:
        super().__init__()
        self.tokens = list(tokens)
        self.strength = scaled(numbers)
        self._font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.setMinimumWidth(120)
        strongest = int(np.abs(self.strength).argmax()) if len(self.tokens) else 0
        said = visible(self.tokens[strongest]) if self.tokens else ""
        self.setAccessibleName(tr("Explanation: the strongest token is “{token}”", token=said))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(width, None)

    def resizeEvent(self, event) -> None:
        self.setFixedHeight(self._lay(self.width(), None))

    def _lay(self, width: int, painter: QPainter | None) -> int:
        """Paints, or only measures: the height."""
        from PySide6.QtGui import QFontMetricsF

        metrics = QFontMetricsF(self._font)
        height = metrics.height() + 4
        theme = shown_theme()
        x = y = 0.0
        for token, strength in zip(self.tokens, self.strength.tolist(), strict=False):
            text = visible(token)
            advance = metrics.horizontalAdvance(text) + 2
            if x + advance > width and x > 0:
                x, y = 0.0, y + height
            if painter is not None:
                color = QColor(FOR if strength >= 0 else AGAINST)
                color.setAlphaF(min(abs(strength), 1.0) * 0.75)
                painter.fillRect(QRectF(x, y, advance, height - 2), color)
                painter.setPen(QColor(theme.text))
                painter.drawText(
                    QRectF(x + 1, y, advance, height - 2), int(Qt.AlignmentFlag.AlignVCenter), text
                )
            x += advance
            if token == "\n":
                x, y = 0.0, y + height
        return int(y + height) + 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        self._lay(self.width(), painter)
        painter.end()


def along_time(numbers: npt.ArrayLike, field: DataField) -> Numbers:
    """(time,) the sum over everything else: of a series (time, feature), of a spectrogram (height, time)."""
    x = np.asarray(numbers, np.float64)
    return np.asarray(x.sum(axis=0 if field.kind == "image" else 1))


def shortened(numbers: npt.ArrayLike, most: int = MOST_STEPS) -> Numbers:
    """(time, …) with at most so many steps: the mean of those that fall together."""
    x = np.asarray(numbers, np.float64)
    if len(x) <= most:
        return x
    starts = np.linspace(0, len(x), most, endpoint=False).astype(np.int64)
    widths = np.diff(np.append(starts, len(x))).reshape(-1, *([1] * (x.ndim - 1)))
    return np.asarray(np.add.reduceat(x, starts, axis=0) / widths)


class HeatWave(QWidget):
    """A waveform whose stretches have the colour of what they count, grey for nothing: `wave` (columns, 2), `numbers`
    (time,)."""

    def __init__(self, wave: npt.NDArray[np.float32], numbers: npt.ArrayLike) -> None:
        super().__init__()
        self.wave = wave
        self.strength = scaled(shortened(numbers, len(wave) or 1))
        self.setFixedHeight(WAVE)
        self.setMinimumWidth(120)
        at = int(np.abs(self.strength).argmax()) if self.strength.size else 0
        share = (at + 0.5) / max(len(self.strength), 1)
        self.setAccessibleName(
            tr("Explanation: the strongest place is {share:.0f} % of the way", share=100 * share)
        )

    def _colors(self) -> list[QColor]:
        """Of every column of the wave."""
        grey, number = _rgb(shown_theme().muted), len(self.wave)
        found = []
        for i in range(number):
            strength = float(self.strength[i * len(self.strength) // number]) if len(self.strength) else 0.0
            share = min(abs(strength), 1.0)
            mixed = (1 - share) * grey + share * _rgb(FOR if strength >= 0 else AGAINST)
            found.append(QColor(*mixed.round().astype(int).tolist()))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        from nndesigner.gui.try_it.sound_editor import paint_wave

        painter = QPainter(self)
        theme = shown_theme()
        frame = QRectF(self.rect())
        painter.fillRect(frame, QColor(theme.raised))
        wide = frame.width() / max(len(self.strength), 1)
        for step, strength in enumerate(self.strength.tolist()):
            color = QColor(FOR if strength >= 0 else AGAINST)
            color.setAlphaF(min(abs(strength), 1.0) * GROUND)
            painter.fillRect(QRectF(step * wide, 0, wide + 0.5, frame.height()), color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_wave(painter, frame.adjusted(0, 6, 0, -6), self.wave, self._colors())
        painter.end()


class HeatStrip(QWidget):
    """(time, feature) numbers as rows of colour, time from left to right."""

    def __init__(self, numbers: npt.ArrayLike) -> None:
        super().__init__()
        self.strength = scaled(shortened(numbers))
        self.setFixedHeight(max(16, min(14 * self.strength.shape[1], 120)))
        self.setMinimumWidth(120)
        at = int(np.abs(np.asarray(numbers, np.float64)).sum(axis=1).argmax())
        self.setAccessibleName(tr("Explanation: the strongest time step is {n}", n=at + 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        steps, features = self.strength.shape
        painter.fillRect(self.rect(), QColor(theme.raised))
        wide, tall = self.width() / steps, self.height() / features
        for step in range(steps):
            for feature in range(features):
                strength = float(self.strength[step, feature])
                color = QColor(FOR if strength >= 0 else AGAINST)
                color.setAlphaF(min(abs(strength), 1.0))
                painter.fillRect(QRectF(step * wide, feature * tall, wide + 0.5, tall), color)
        painter.end()
