from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget

from nndesigner.gui.stylesheet import style_sheet, theme_file
from nndesigner.gui.theme import THEMES


@pytest.mark.parametrize("shown", THEMES.values(), ids=lambda t: t.name)
def test_it_is_read_without_a_complaint_and_dresses_widgets(qtbot, shown):
    """A sheet that Qt cannot parse, or a missing picture, is a warning, and a warning fails the test."""
    room = QWidget()
    qtbot.addWidget(room)
    layout = QVBoxLayout(room)
    primary = QPushButton("Train")
    primary.setProperty("role", "primary")
    box = QCheckBox("on")
    box.setChecked(True)
    combo = QComboBox()
    combo.addItems(["a", "b"])
    for widget in (primary, QLineEdit(), QSpinBox(), combo, box):
        layout.addWidget(widget)
    room.setStyleSheet(style_sheet(shown))
    room.show()
    picture = room.grab().toImage()
    middle = primary.geometry().center()
    left = picture.pixelColor(primary.geometry().left() + 8, middle.y())
    assert left.name() == shown.accent


@pytest.mark.parametrize("shown", THEMES.values(), ids=lambda t: t.name)
def test_its_pictures_are_there_and_can_be_read(shown):
    paths = re.findall(r'url\("([^"]+)"\)', style_sheet(shown))
    assert len(paths) >= 5
    for path in paths:
        assert QImageReader(path).canRead(), path


def test_no_picture_is_no_failure():
    assert theme_file("no-such-picture.svg") is None
