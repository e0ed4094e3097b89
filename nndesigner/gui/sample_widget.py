"""One raw sample of the data as a person sees it: a picture, a table, lines, text."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.data.tokens import text_of
from nndesigner.gui.plain import label
from nndesigner.gui.previews import Lines, cell, rows_table, shown_theme

MOST_CELLS = 40
MOST_TEXT = 2000


def sample_widget(field: DataField, value: npt.NDArray[Any]) -> QWidget:
    """A raw sample as a person sees it: a picture, a table, lines, text."""
    if field.kind == "image" and value.ndim == 3:
        return SamplePicture(image_from(field, value))
    if field.kind == "series" and value.ndim == 2:
        return Lines([[line.tolist() for line in value[:, :6].T]])
    if field.kind == "tokens":
        text = text_of(field, value.reshape(-1)[:MOST_TEXT])
        shown = label(text, wrap=True, selectable=True)
        shown.setProperty("role", "formula")
        return shown
    flat = value.reshape(-1)
    names = [*field.columns, *(str(i) for i in range(len(field.columns), len(flat)))]
    rows: list[list[Any]] = [
        [name, None if isinstance(v, float) and np.isnan(v) else v]
        for name, v in zip(names, flat.tolist(), strict=False)
    ]
    more = len(rows) - MOST_CELLS
    rows = rows[:MOST_CELLS] + ([[tr("and {n} more", n=more), None]] if more > 0 else [])
    return rows_table((tr("Column"), tr("Value")), [[name, cell(v)] for name, v in rows])


def image_from(field: DataField, value: npt.NDArray[Any]) -> QImage:
    """(channel, height, width) raw values as a picture, in grey for any number of channels but three or four."""
    low, high = 0.0, 255.0
    if value.dtype != np.uint8:
        low = float(field.statistics.get("minimum", value.min()))
        high = float(field.statistics.get("maximum", value.max()))
    scaled = np.clip((value.astype(np.float64) - low) / ((high - low) or 1.0) * 255, 0, 255)
    planes = np.nan_to_num(scaled).round().astype(np.uint8)
    if len(planes) not in (3, 4):
        planes = np.repeat(planes[:1], 3, axis=0)
    rgb = np.ascontiguousarray(np.moveaxis(planes[:3], 0, -1))
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class SamplePicture(QWidget):
    """One image, pixels as they are."""

    EDGE = 168

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self.setFixedHeight(self.EDGE)
        self.setMinimumWidth(80)
        self.show_image(image)

    def show_image(self, image: QImage) -> None:
        """Another image in its place."""
        self.image = image
        self.setAccessibleName(tr("The sample, {w} × {h} pixels", w=image.width(), h=image.height()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = self.height() - 2
        size = self.image.size().scaled(self.width(), edge, Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF((self.width() - size.width()) / 2, 1, size.width(), size.height())
        if self.image.width() > edge:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self.image)
        painter.setPen(QColor(shown_theme().border))
        painter.drawRect(target.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
