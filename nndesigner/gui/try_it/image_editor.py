"""An image to try: drawn with the mouse, opened, dropped, pasted, or taken from the data and drawn over.

Beside the canvas stands what the network gets to see: the pixels of its input.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
)

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import allow, label, set_tip
from nndesigner.gui.sample_widget import SamplePicture, image_from
from nndesigner.gui.try_it import drawn
from nndesigner.gui.try_it.canvas import Canvas
from nndesigner.gui.try_it.editor import Editor, Value

SEEN = 88
"""pixels along the edge of the small picture"""


class ImageEditor(Editor):
    takes = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp *.ppm *.pgm);;NumPy (*.npy *.npz)"

    def __init__(self, field: DataField) -> None:
        super().__init__(field)
        self.layout_of_data = drawn.layout_of(field)
        height, width, self._times = drawn.canvas_size(field)
        paper = self.layout_of_data.paper
        self.canvas = Canvas(height, width, QColor(paper, paper, paper))
        self.canvas.drawn.connect(self._drawn)
        self.canvas.paste.connect(self.paste)
        self._sample: Value | None = None
        """the sample that is shown, while nothing is drawn over it: its values are its own, not those of a picture"""
        self._by_hand = True
        """whether everything on the canvas was drawn: only a drawing is laid out anew"""
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.canvas, 1)
        row.addLayout(self._side())
        box.addLayout(row)
        self.centre = QCheckBox(tr("Centre like the data"))
        set_tip(
            self.centre,
            tr(
                "The drawing is cut out, scaled and centred as the pictures are that the network learned from. Without"
                " it, it stays where it was drawn."
            ),
        )
        self.centre.setChecked(self.layout_of_data.drawn)
        self.centre.setVisible(self.layout_of_data.drawn)
        self.centre.toggled.connect(lambda _: self._centre_toggled())
        box.addWidget(self.centre)
        self._show_tools()

    # -- building ----------------------------------------------------------------------------------------------------
    def _side(self) -> QVBoxLayout:
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(label(tr("Network sees"), role="muted"))
        self.seen = SamplePicture(QImage(1, 1, QImage.Format.Format_RGB888))
        self.seen.setFixedSize(SEEN, SEEN)
        side.addWidget(self.seen)
        side.addSpacing(2)
        tools = QHBoxLayout()
        tools.setSpacing(0)
        self.brush = self._button("brush", tr("Brush"), lambda: self._erase(False))
        self.eraser = self._button("eraser", tr("Eraser"), lambda: self._erase(True))
        for tool in (self.brush, self.eraser):
            tool.setCheckable(True)
        self.color = self._button("swatch", tr("Colour of the brush"), self._choose_color)
        self.color.setVisible(self.field.sizes[0] == 3)
        self.negative = self._button("theme", tr("Invert: black for white"), self._invert)
        self.negative.setVisible(self.field.sizes[0] == 1)
        for button in (self.brush, self.eraser, self.color, self.negative):
            tools.addWidget(button)
        tools.addStretch(1)
        side.addLayout(tools)
        again = QHBoxLayout()
        again.setSpacing(0)
        self.undo = self._button("undo", tr("Take back the last stroke"), self.canvas.undo)
        self.clear = self._button("delete", tr("Clear the canvas"), self.start_anew)
        self.from_clipboard = self._button("paste", tr("Paste a picture"), self.paste)
        for button in (self.undo, self.clear, self.from_clipboard):
            again.addWidget(button)
        again.addStretch(1)
        side.addLayout(again)
        self.width_slider = QSlider(Qt.Orientation.Horizontal)
        self.width_slider.setRange(2, 30)  # hundredths of the longer side
        self.width_slider.setValue(round(100 * self.layout_of_data.stroke))
        self.width_slider.setAccessibleName(tr("Width of the brush"))
        set_tip(self.width_slider, tr("Width of the brush"))
        self.width_slider.setFixedWidth(SEEN)
        self.width_slider.valueChanged.connect(lambda _: self._set_width())
        self._set_width()
        side.addWidget(self.width_slider)
        side.addStretch(1)
        return side

    @staticmethod
    def _button(name: str, words: str, act) -> QToolButton:
        made = QToolButton()
        made.setIcon(icon(name))
        made.setIconSize(QSize(16, 16))
        made.setAccessibleName(words)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        set_tip(made, words)
        made.clicked.connect(lambda: act())
        return made

    def _set_width(self) -> None:
        edge = max(self.canvas.image.width(), self.canvas.image.height())
        self.canvas.brush = max(1.0, self.width_slider.value() / 100 * edge)

    def _erase(self, on: bool) -> None:
        self.canvas.erasing = on
        self._show_tools()

    def _choose_color(self) -> None:
        color = QColorDialog.getColor(self.canvas.color, self, tr("Colour of the brush"))
        if color.isValid():
            self.canvas.color = color
            self._erase(False)

    def _show_tools(self) -> None:
        self.brush.setChecked(not self.canvas.erasing)
        self.eraser.setChecked(self.canvas.erasing)
        if self.field.sizes[0] == 3:
            swatch = QPixmap(16, 16)
            swatch.fill(self.canvas.color)
            self.color.setIcon(QIcon(swatch))
        allow(
            self.undo,
            "" if self.canvas.can_undo else tr("Nothing is drawn yet."),
            self.undo.accessibleName(),
        )

    # -- what is on it -----------------------------------------------------------------------------------------------
    def value(self) -> Value | None:
        if self._sample is not None:
            return self._sample
        _, height, width = self.field.sizes
        pixels = self.canvas.pixels()
        if self._by_hand and self.centre.isChecked() and self.layout_of_data.drawn:
            return drawn.values_of(drawn.laid_out(pixels, self.layout_of_data, height, width), self.field)
        return drawn.values_of(drawn.shrunk(pixels, height, width), self.field)

    def show_value(self, value: Value) -> None:
        self._sample = np.asarray(value)
        self._by_hand = False
        self.canvas.show_image(self._picture(self._sample))
        self.canvas.forget()
        self._show_seen()

    def start(self) -> None:
        self._sample, self._by_hand = None, True
        self.canvas.clear()
        self._show_seen()

    def start_anew(self) -> None:
        self.start()
        self.changed.emit()

    def paste(self) -> None:
        image = QGuiApplication.clipboard().image()
        if not image.isNull():
            self.given.emit(image)

    def remark(self) -> str:
        if self._sample is None and not self._by_hand:
            return tr("Drawn over a picture: it stays where it is.") if self.centre.isChecked() else ""
        return ""

    def _drawn(self) -> None:
        self._sample = None
        self._show_seen()
        self.changed.emit()

    def _centre_toggled(self) -> None:
        if self._by_hand:
            self._drawn()

    def _invert(self) -> None:
        self._by_hand = False
        self.canvas.invert()

    def _show_seen(self) -> None:
        value = self.value()
        if value is not None:
            self.seen.show_image(self._picture(value))
        self._show_tools()

    def _picture(self, value: Value) -> QImage:
        low, high = drawn.value_range(self.field)
        scaled = (value.astype(np.float64) - low) / ((high - low) or 1.0) * 255
        return image_from(self.field, np.clip(scaled, 0, 255).round().astype(np.uint8))
