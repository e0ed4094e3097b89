"""Saving a picture of the network: how it looks, in which format, with a look at it beforehand.

It draws nothing itself (`canvas/render.py`) and knows no file: who opens it saves what was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.text import tr
from nndesigner.gui.plain import label, set_tip

LOOK = QSize(620, 300)
FORMATS = {
    ".pdf": "PDF: sharp at any size, text can be selected",
    ".svg": "SVG: sharp at any size, can be edited",
    ".png": "PNG: for slides and the web",
}
STYLES = {
    "screen": ("As on the screen", "The colours of the window."),
    "print": (
        "For print",
        "Black on white, without shadows and without problems: for papers and for a printer.",
    ),
}


class PictureDialog(QDialog):
    """`wanted` carries the style and the ending of the file. `drawn` gives the picture in a style, for a size."""

    wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None, drawn: Callable[[str, QSize], QImage]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Save a picture"))
        self._drawn = drawn
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 18)
        box.setSpacing(14)
        self.look = QLabel()
        self.look.setProperty("role", "picture")
        self.look.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.look.setFixedSize(LOOK + QSize(2, 2))  # and its frame
        self.look.setAccessibleName(tr("Preview"))
        box.addWidget(self.look)
        self.styles = QButtonGroup(self)
        for number, (words, help) in enumerate(STYLES.values()):
            radio = QRadioButton(tr(words))
            set_tip(radio, tr(help))
            radio.setAccessibleDescription(tr(help))
            self.styles.addButton(radio, number)
        self.styles.button(0).setChecked(True)
        self.styles.idToggled.connect(lambda _, on: self._show() if on else None)
        row = QHBoxLayout()
        row.setSpacing(18)
        for button in self.styles.buttons():
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(label(tr("Format")))
        self.format = QComboBox()
        self.format.setAccessibleName(tr("Format"))
        for ending, words in FORMATS.items():
            self.format.addItem(tr(words), ending)
        row.addWidget(self.format)
        box.addLayout(row)
        buttons = QHBoxLayout()
        self.copy = QPushButton(tr("Copy"))
        self.copy.setAutoDefault(False)
        set_tip(self.copy, tr("Puts the picture on the clipboard."))
        self.copy.clicked.connect(self._copy)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        leave = QPushButton(tr("Cancel"))
        leave.setAutoDefault(False)
        leave.clicked.connect(self.reject)
        buttons.addWidget(leave)
        self.save = QPushButton(tr("Save…"))
        self.save.setProperty("role", "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(lambda: self.wanted.emit(self.style_chosen, self.format.currentData()))
        buttons.addWidget(self.save)
        box.addLayout(buttons)
        self._show()

    @property
    def style_chosen(self) -> str:
        """ "screen" or "print"."""
        return tuple(STYLES)[self.styles.checkedId()]

    def _show(self) -> None:
        ratio = self.devicePixelRatioF()
        image = self._drawn(self.style_chosen, LOOK * ratio)
        image.setDevicePixelRatio(ratio)
        self.look.setPixmap(QPixmap.fromImage(image))
        paper = "paper" if self.style_chosen == "print" else ""
        self.look.setProperty("state", paper)
        self.look.style().unpolish(self.look)
        self.look.style().polish(self.look)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setImage(self._drawn(self.style_chosen, QSize(4000, 4000)))
