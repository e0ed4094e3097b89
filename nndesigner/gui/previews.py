"""Small pictures of data, painted from what stands in the data source's record: no file and no array is read.

`field_preview` gives the widgets for one field: images, rows of a table, points of the plane, series, texts, classes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.gui.theme import Theme, current_theme


def shown_theme() -> Theme:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return current_theme(app)


def image_of(thumbnail: Mapping[str, Any]) -> QImage | None:
    """The picture of an image thumbnail; None where its numbers do not belong together (a file from elsewhere)."""
    try:
        channels, height, width = (int(thumbnail[key]) for key in ("channels", "height", "width"))
        pixels = np.frombuffer(base64.b64decode(thumbnail["pixels"], validate=True), np.uint8)
        if not (1 <= channels <= 4 and 1 <= height <= 256 and 1 <= width <= 256):
            return None
        planes = pixels.reshape(channels, height, width)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None
    if channels == 3 or channels == 4:
        rgb = np.ascontiguousarray(np.moveaxis(planes[:3], 0, -1))
        return QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    gray = np.ascontiguousarray(planes[0])
    return QImage(gray.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()


def mask_of(thumbnail: Mapping[str, Any], theme: Theme) -> QImage | None:
    """A class at every position as a picture, each class in its colour; None where the numbers do not fit."""
    try:
        height, width = (int(thumbnail[key]) for key in ("height", "width"))
        codes = np.frombuffer(base64.b64decode(thumbnail["codes"], validate=True), np.uint8)
        if not (1 <= height <= 256 and 1 <= width <= 256):
            return None
        codes = codes.reshape(height, width)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None
    # The first class is most often the background: it looks like what lies under the picture.
    colours = [QColor(theme.raised), *(QColor(theme.plot(code)) for code in range(int(codes.max(initial=0))))]
    table = np.array([[c.red(), c.green(), c.blue()] for c in colours], np.uint8)
    rgb = np.ascontiguousarray(table[codes])
    return QImage(rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class ImageStrip(QWidget):
    """A row of images with a word below each, as many as there is room for."""

    EDGE = 72
    STRIP = (228, 36)
    """width and height of the room for a picture that is much wider than high"""

    def __init__(self, images: Sequence[QImage], words: Sequence[str]) -> None:
        super().__init__()
        self._images, self._words = tuple(images), tuple(words)
        strips = bool(images) and all(image.width() > 3 * image.height() for image in images)
        self._room = QSize(*self.STRIP) if strips else QSize(self.EDGE, self.EDGE)
        self._height = self._room.height() + (26 if any(words) else 2)
        self.setMinimumHeight(self._height)
        self.setMinimumWidth(self._room.width() + 2)

    def sizeHint(self) -> QSize:
        return QSize(len(self._images) * (self._room.width() + 10), self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        wide, high = self._room.width(), self._room.height()
        for i, image in enumerate(self._images):
            x = i * (wide + 10)
            if x + wide > self.width():
                break
            size = image.size().scaled(self._room, Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QPointF(x + wide / 2, high / 2))
            painter.drawImage(target, image)  # without smoothing: a pixel of the data is a pixel
            painter.setPen(QColor(theme.border))
            painter.drawRect(target.adjusted(0.5, 0.5, -0.5, -0.5))
            if i < len(self._words):
                painter.setPen(QColor(theme.muted))
                box = QRectF(x - 4, high + 4, wide + 8, 20)
                text = self.fontMetrics().elidedText(self._words[i], Qt.TextElideMode.ElideRight, wide + 8)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), text)
        painter.end()


class PointCloud(QWidget):
    """Points of the plane, coloured by class."""

    def __init__(self, scatter: Mapping[str, Any], columns: Sequence[str]) -> None:
        super().__init__()
        x, y = numbers(scatter.get("x")), numbers(scatter.get("y"))
        length = min(len(x), len(y))
        self._x, self._y = x[:length], y[:length]
        codes = numbers(scatter.get("classes"))
        self._codes = [int(code) for code in codes] if len(codes) >= length else [0] * length
        self._columns = tuple(columns)
        self.setFixedHeight(240)
        self.setMinimumWidth(240)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        frame = QRectF(0.5, 0.5, min(self.width(), 340) - 1, self.height() - 22)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(frame, 6, 6)
        if self._x:
            inside = frame.adjusted(12, 12, -12, -12)
            left, right, low, high = min(self._x), max(self._x), min(self._y), max(self._y)
            painter.setPen(Qt.PenStyle.NoPen)
            for x, y, code in zip(self._x, self._y, self._codes, strict=True):
                painter.setBrush(QColor(theme.plot(code)))
                px = inside.left() + inside.width() * (x - left) / ((right - left) or 1.0)
                py = inside.bottom() - inside.height() * (y - low) / ((high - low) or 1.0)
                painter.drawEllipse(QPointF(px, py), 3.2, 3.2)
        painter.setPen(QColor(theme.muted))
        words = (
            tr("{x} across, {y} up", x=self._columns[0], y=self._columns[1]) if len(self._columns) > 1 else ""
        )
        painter.drawText(
            QRectF(0, frame.bottom() + 3, self.width(), 18), int(Qt.AlignmentFlag.AlignLeft), words
        )
        painter.end()


class Lines(QWidget):
    """A few series, one small plot each."""

    def __init__(self, samples: Sequence[Sequence[Sequence[float]]]) -> None:
        super().__init__()
        self._samples = tuple(samples)
        self.setFixedHeight(84)
        self.setMinimumWidth(120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        width, gap = 150, 10
        for i, series in enumerate(self._samples):
            x = i * (width + gap)
            if x + width > self.width() and i:
                break
            frame = QRectF(x + 0.5, 0.5, min(width, self.width()) - 1, self.height() - 1)
            painter.setPen(QColor(theme.border))
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(frame, 6, 6)
            values = [v for line in series for v in line]
            if not values:
                continue
            low, high = min(values), max(values)
            inside = frame.adjusted(6, 8, -6, -8)
            for number, line in enumerate(series):
                points = [
                    QPointF(
                        inside.left() + inside.width() * k / max(len(line) - 1, 1),
                        inside.bottom() - inside.height() * (v - low) / ((high - low) or 1.0),
                    )
                    for k, v in enumerate(line)
                ]
                painter.setPen(QPen(QColor(theme.plot(number)), 1.4))
                painter.drawPolyline(QPolygonF(points))
        painter.end()


class Bars(QWidget):
    """Named counts as horizontal bars with the number at the end: class balance, frequent tokens."""

    ROW = 22

    def __init__(self, names: Sequence[str], counts: Sequence[float], most: int = 12) -> None:
        super().__init__()
        self._rows = list(zip(names, counts, strict=False))[:most]
        self._rest = max(0, min(len(names), len(counts)) - most)
        self._total = sum(counts) or 1
        self.setFixedHeight(self.ROW * (len(self._rows) + bool(self._rest)) + 2)
        self.setMinimumWidth(220)
        self.setAccessibleName(", ".join(f"{name}: {number:g}" for name, number in self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = shown_theme()
        metrics = self.fontMetrics()
        left = min(max((metrics.horizontalAdvance(name) for name, _ in self._rows), default=0) + 12, 140)
        right = 110
        most = max((number for _, number in self._rows), default=1) or 1
        room = max(min(self.width() - left - right, 320), 40)
        for i, (name, number) in enumerate(self._rows):
            y = i * self.ROW
            painter.setPen(QColor(theme.text))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - 10)
            middle = int(Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(0, y, left, self.ROW), middle, text)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(left, y + 6, room, self.ROW - 12), 4, 4)
            painter.setBrush(QColor(theme.accent))
            length = max(room * number / most, 3 if number else 0)
            painter.drawRoundedRect(QRectF(left, y + 6, length, self.ROW - 12), 4, 4)
            painter.setPen(QColor(theme.muted))
            share = f"{int(number):,}  ·  {100 * number / self._total:.1f} %"
            painter.drawText(QRectF(left + room + 10, y, right, self.ROW), middle, share)
        if self._rest:
            painter.setPen(QColor(theme.muted))
            line = QRectF(0, len(self._rows) * self.ROW, self.width(), self.ROW)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), tr("and {n} more", n=self._rest))
        painter.end()


class Histogram(QWidget):
    """The counts of a histogram as touching bars, its ends written below."""

    def __init__(self, histogram: Mapping[str, Any]) -> None:
        super().__init__()
        self._counts = numbers(histogram.get("counts"))
        ends = numbers([histogram.get("start", 0), histogram.get("end", 0)])
        self._start, self._end = ends if len(ends) == 2 else (0.0, 0.0)
        self.setFixedSize(260, 96)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        base, most = self.height() - 20, max(self._counts, default=0) or 1
        width = self.width() / max(len(self._counts), 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        for i, number in enumerate(self._counts):
            height = base * number / most
            painter.drawRect(QRectF(i * width, base - height, max(width - 1, 1), height))
        painter.setPen(QColor(theme.muted))
        ends = QRectF(0, base + 2, self.width(), 18)
        painter.drawText(ends, int(Qt.AlignmentFlag.AlignLeft), f"{self._start:g}")
        painter.drawText(ends, int(Qt.AlignmentFlag.AlignRight), f"{self._end:g}")
        painter.end()


def rows_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> QTableWidget:
    """A table for looking, as high as its rows."""
    table = QTableWidget(len(rows), len(header))
    table.setHorizontalHeaderLabels([str(name) for name in header])
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    for i, row in enumerate(rows):
        for j, value in enumerate(row[: len(header)]):
            item = QTableWidgetItem(cell(value))
            if isinstance(value, int | float):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(i, j, item)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(False)
    table.resizeRowsToContents()
    scroll = 14 if len(header) > 6 else 2
    height = table.horizontalHeader().sizeHint().height() + sum(table.rowHeight(i) for i in range(len(rows)))
    table.setFixedHeight(height + scroll)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return table


def cell(value: Any) -> str:
    """A value of a table as text: numbers to six digits, nothing for what is missing."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)[:80]
    return f"{value:.6g}"


def numbers(values: Any) -> list[float]:
    """The finite numbers of a list from a file; [] where it is no list of numbers."""
    if not isinstance(values, list | tuple):
        return []
    good = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return [v for v in good if abs(v) < 1e300] if len(good) == len(values) else []


def field_preview(field: DataField, words: Sequence[str]) -> QWidget | None:
    """The picture of a field's samples; `words` are the answers that belong to them, in the same order."""
    statistics, shown = field.statistics, field.thumbnails
    if field.kind == "class" and field.axes:
        theme = shown_theme()
        masks = [mask for thumbnail in shown if (mask := mask_of(thumbnail, theme)) is not None]
        return ImageStrip(masks, ()) if masks else None
    if field.kind == "class":
        counts = numbers(statistics.get("counts"))
        return Bars(field.classes, counts) if counts else None
    if field.kind == "image":
        images = [image for thumbnail in shown if (image := image_of(thumbnail)) is not None]
        return ImageStrip(images, words) if images else None
    if field.kind == "table":
        if isinstance(statistics.get("scatter"), dict):
            return PointCloud(statistics["scatter"], field.columns)
        rows = [row for t in shown if isinstance(row := t.get("values"), list)]
        return (
            rows_table(field.columns[: max((len(row) for row in rows), default=0)], rows[:6])
            if rows
            else None
        )
    if field.kind == "series":
        samples = []
        for thumbnail in shown:
            lines = thumbnail.get("points")
            if isinstance(lines, list):
                samples.append([numbers(line) for line in lines])
        return Lines(samples[:4]) if samples else None
    if field.kind == "tokens":
        rows = [[t["text"]] for t in shown if isinstance(t.get("text"), str)]
        return rows_table([tr("Samples")], rows[:6]) if rows else None
    histogram = statistics.get("histogram")
    return Histogram(histogram) if isinstance(histogram, dict) else None
