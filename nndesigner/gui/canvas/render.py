"""The drawing of a network as a file: PNG, SVG or PDF, through the painter of the screen. Text stays text.

It needs a QGuiApplication and makes one without a screen where there is none; it needs no window.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.cards import Pictures
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.painter import draw_background, paint
from nndesigner.gui.canvas.paper import PAPER, for_paper
from nndesigner.gui.theme import LIGHT, Theme

BORDER = 32.0
FORMATS = (".png", ".svg", ".pdf")
STYLES = ("screen", "print")
PNG_SCALE = 2.0
MOST_PIXELS = 60_000_000
LONGEST_PAGE = 14_000.0
"""Points: PDF readers stop at 14,400."""
_PDF_RESOLUTION = 288


def render(
    document: Document,
    checked: CheckedNetwork | None,
    path: str | os.PathLike[str],
    *,
    style: str = "screen",
    theme: Theme = LIGHT,
    network: str = "",
) -> Path:
    """Draws one network (the checked one, else `network`, else the main one) into a file; returns its path.

    The ending says the format. "print" is black on white, without dots, shadows and problems (`paper.py`), whatever the
    theme. Raises Refusal for another ending or style, for an empty network, and where the file cannot be written.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise Refusal(
            tr(
                "A drawing is saved as .png, .svg or .pdf, not as “{ending}”.",
                ending=path.suffix or path.name,
            )
        )
    if style not in STYLES:
        raise Refusal(tr("The style of a drawing is “screen” or “print”, not “{style}”.", style=style))
    _application()
    shown = checked.network if checked is not None else network or document.main.id
    plan = _page(document, checked, shown, style, theme)
    name = next((n.name for n in document.networks if n.id == shown), "")
    content = {".png": _png, ".svg": _svg, ".pdf": _pdf}[ending](plan, name)
    try:
        write_atomically(path, content)
    except WriteError as error:
        raise Refusal(str(error)) from error
    return path


def picture(
    document: Document, checked: CheckedNetwork | None, network: str, style: str, theme: Theme, size: QSize
) -> QImage:
    """The drawing as it fits into a size in pixels: a look at what `render` would write. Raises Refusal."""
    plan = _page(document, checked, network, style, theme)
    width, height = plan.view.width(), plan.view.height()
    scale = min(size.width() / width, size.height() / height, PNG_SCALE)
    plan.pictures = Pictures()  # at that size: without what could not be read
    return _image(plan, scale)


def figure(
    document: Document, checked: CheckedNetwork | None, network: str, theme: Theme
) -> tuple[QSizeF, Callable[[QPainter], None]]:
    """The drawing in the colours of a theme, but without what belongs to the screen (dots, shadows, problems), for a
    page with other things on it: its size, and what paints it at (0, 0). Raises Refusal for an empty network."""
    plan = _page(document, checked, network, "screen", theme)
    plan.faces = for_paper(plan.faces)
    plan.on_paper = True
    return plan.view.size(), lambda painter: plan.draw(painter, 1.0)


def _page(
    document: Document, checked: CheckedNetwork | None, network: str, style: str, theme: Theme
) -> _Page:
    arrays = NetworkArrays.rebuild(document, network)
    bounds = arrays.bounds()
    if bounds is None:
        raise Refusal(tr("There is nothing to draw yet: the network is empty."))
    left, top, right, bottom = bounds
    view = QRectF(left, top, right - left, bottom - top).adjusted(-BORDER, -BORDER, BORDER, BORDER)
    faces = Faces(document, network, checked)
    if style == "print":
        return _Page(arrays, for_paper(faces), view, PAPER, style)
    return _Page(arrays, faces, view, theme, style)


class _Page:
    """What is painted, the same for every format."""

    def __init__(self, arrays: NetworkArrays, faces: Faces, view: QRectF, theme: Theme, style: str) -> None:
        self.arrays, self.faces, self.view, self.theme = arrays, faces, view, theme
        self.on_paper = style == "print"
        self.pictures: Pictures | None = None

    def paint(self, painter: QPainter, scale: float) -> None:
        self.draw(painter, scale)
        painter.end()

    def draw(self, painter: QPainter, scale: float) -> None:
        painter.scale(scale, scale)
        painter.translate(-self.view.topLeft())
        if self.on_paper:
            painter.fillRect(self.view, QColor(self.theme.canvas))
        else:
            draw_background(painter, self.view, 1.0, self.theme)
        paint(
            painter,
            self.arrays,
            self.faces,
            self.theme,
            self.view,
            scale,
            pictures=self.pictures,
            shadows=not self.on_paper,
        )


def _png(page: _Page, name: str) -> bytes:
    width, height = page.view.width(), page.view.height()
    scale = min(PNG_SCALE, (MOST_PIXELS / (width * height)) ** 0.5)
    image = _image(page, scale)
    image.setText("Title", name)
    buffer = _buffer()
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _image(page: _Page, scale: float) -> QImage:
    width, height = page.view.width(), page.view.height()
    image = QImage(
        max(1, round(width * scale)), max(1, round(height * scale)), QImage.Format.Format_ARGB32_Premultiplied
    )
    if image.isNull():
        raise Refusal(
            tr("There is not enough memory for a picture of this network; save it as .svg instead.")
        )
    image.fill(QColor(page.theme.canvas))
    page.paint(QPainter(image), scale)
    return image


def _svg(page: _Page, name: str) -> bytes:
    buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setTitle(name)
    generator.setDescription(tr("Drawn by nndesigner"))
    generator.setResolution(96)
    generator.setSize(QSize(round(page.view.width()), round(page.view.height())))
    generator.setViewBox(QRectF(0, 0, page.view.width(), page.view.height()))
    page.paint(QPainter(generator), 1.0)
    return bytes(buffer.data().data())


def _pdf(page: _Page, name: str) -> bytes:
    width, height = (
        page.view.width() * 0.75,
        page.view.height() * 0.75,
    )  # a scene unit is a CSS pixel: 1/96 inch
    shrink = min(1.0, LONGEST_PAGE / max(width, height))
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle(name)
    writer.setCreator("nndesigner")
    writer.setResolution(_PDF_RESOLUTION)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setPageSize(QPageSize(QSizeF(width * shrink, height * shrink), QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    page.paint(QPainter(writer), 0.75 * shrink * _PDF_RESOLUTION / 72)
    return bytes(buffer.data().data())


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


_own: list[QGuiApplication] = []


def _application() -> None:
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _own.append(QGuiApplication(["nndesigner"]))
