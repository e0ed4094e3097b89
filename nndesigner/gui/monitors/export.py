"""What a view shows, as a PNG picture, an SVG drawing or a CSV table. It knows no view."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QRegion
from PySide6.QtWidgets import QFileDialog, QWidget

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.csv_text import csv_text
from nndesigner.base.text import tr
from nndesigner.gui.dialogs import tell

_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
SCALE = 2.0
"""pixels per point of a saved picture"""


def picture(widget: QWidget, scale: float = SCALE) -> QImage:
    """The widget as it is on the screen, sharper."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().color(widget.backgroundRole()))
    widget.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return image


def copy_picture(widget: QWidget) -> None:
    QGuiApplication.clipboard().setImage(picture(widget))


def save_picture(widget: QWidget, path: Path) -> None:
    """Raises WriteError."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture(widget).save(buffer, "PNG")  # type: ignore[call-overload]
    write_atomically(path, bytes(buffer.data().data()))


def drawing(widget: QWidget, title: str) -> bytes:
    """The widget as an SVG document: lines and words stay lines and words, pictures are embedded."""
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(title)
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.palette().color(widget.backgroundRole()))
    widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    painter.end()
    # A name from somebody's file may hold what no XML document may.
    return _NOT_IN_XML.sub(b"", bytes(buffer.data().data()))


def save_drawing(widget: QWidget, path: Path, title: str = "") -> None:
    """Raises WriteError."""
    write_atomically(path, drawing(widget, title))


def save_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Raises WriteError."""
    write_atomically(path, csv_text(header, rows).encode())


def ask_and_save_picture(widget: QWidget, name: str) -> None:
    chosen, _ = QFileDialog.getSaveFileName(
        widget, tr("Save the picture"), f"{name}.png", tr("Picture (*.png)")
    )
    if chosen:
        _try(widget, lambda: save_picture(widget, _with_suffix(chosen, ".png")))


def ask_and_save_drawing(widget: QWidget, name: str) -> None:
    chosen, _ = QFileDialog.getSaveFileName(
        widget, tr("Save the drawing"), f"{name}.svg", tr("Drawing (*.svg)")
    )
    if chosen:
        _try(widget, lambda: save_drawing(widget, _with_suffix(chosen, ".svg"), name))


def ask_and_save_table(
    widget: QWidget, name: str, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    chosen, _ = QFileDialog.getSaveFileName(
        widget, tr("Save the numbers"), f"{name}.csv", tr("Table (*.csv)")
    )
    if chosen:
        _try(widget, lambda: save_table(_with_suffix(chosen, ".csv"), header, rows))


def _with_suffix(chosen: str, suffix: str) -> Path:
    path = Path(chosen)
    return path if path.suffix else path.with_name(path.name + suffix)


def _try(widget: QWidget, save: Callable[[], object]) -> None:
    try:
        save()
    except WriteError as error:
        tell(widget, tr("The file could not be written"), str(error))
