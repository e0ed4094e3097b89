"""A report as a PDF file of A4 pages: text can be selected, drawings are sharp at any size.

It is written piece by piece, so that a window stays awake meanwhile. Lengths are CSS pixels (1/96 inch).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPageSize, QPainter, QPdfWriter, QPen

import nndesigner
from nndesigner.gui.report.blocks import (
    Block,
    Facts,
    Figure,
    Grid,
    Heading,
    Paragraph,
    Report,
    Row,
    Thumbnail,
    Thumbnails,
)
from nndesigner.gui.report.figures import PAGE, PAPER, font

WIDE, HIGH = 793.7, 1122.5
"""of A4"""
LEFT, TOP, BOTTOM = (WIDE - PAGE) / 2, 58.0, 66.0
DOTS = 288
LINE = 16.0
CELL = 17.0
GAP = 14.0
EDGE = 56.0
BETWEEN = 18.0
LAST_LINES = 4
WRAP, BREAK = int(Qt.TextFlag.TextWordWrap), int(Qt.TextFlag.TextWrapAnywhere)


def pdf_pieces(report: Report) -> Generator[tuple[float, str], None, bytes]:
    """Writes piece by piece: gives how far it is, as a fraction and what is being written; returns the file's bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(report.title)
    writer.setCreator(f"nndesigner {nndesigner.__version__}")
    writer.setResolution(DOTS)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    sheet = _Sheet(writer, f"{report.title} · {report.lead.split(' · ')[0]}")
    try:
        sheet.text(report.title, font(26, 700), PAPER.text, after=4)
        sheet.text(report.lead, font(12), PAPER.muted, after=10)
        for number, section in enumerate(report.sections):
            yield number / len(report.sections), section.title
            sheet.section(section.title)
            for block in section.blocks():
                sheet.block(block)
                yield (number + 0.5) / len(report.sections), section.title
    finally:
        sheet.close()
    return bytes(buffer.data().data())


class _Sheet:
    """Pages that fill from the top."""

    def __init__(self, writer: QPdfWriter, foot: str) -> None:
        self._writer = writer
        self._painter = QPainter(writer)
        self._painter.scale(DOTS / 96, DOTS / 96)
        self._foot = foot
        self._page = 0
        self._y = TOP
        self._titles: list[tuple[str, bool]] = []
        """titles of which what comes below them is still to be written; whether they are those of sections"""
        self._begin()

    def close(self) -> None:
        if self._painter.isActive():
            self._write_titles()
            self._painter.end()

    def _begin(self) -> None:
        self._page += 1
        self._y = TOP
        self._painter.setFont(font(10))
        self._painter.setPen(QColor(PAPER.muted))
        place = QRectF(LEFT, HIGH - BOTTOM + 22, PAGE, 16)
        metrics = QFontMetricsF(font(10))
        foot = metrics.elidedText(self._foot, Qt.TextElideMode.ElideRight, PAGE - 60)
        self._painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft), foot)
        self._painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), str(self._page))

    @property
    def _left_over(self) -> float:
        return HIGH - BOTTOM - self._y

    def _need(self, height: float) -> None:
        """A new page where less than this is left of the present one."""
        if height > self._left_over and self._y > TOP:
            self._writer.newPage()
            self._begin()

    # -- text --------------------------------------------------------------------------------------------------------
    def text(self, words: str, face: QFont, color: str, *, after: float = 6.0, indent: float = 0.0) -> None:
        width = PAGE - indent
        room = QFontMetricsF(face).boundingRect(QRectF(0, 0, width, 10_000), WRAP, words)
        height = room.height() + 2
        self._need(min(height, HIGH - TOP - BOTTOM))
        self._painter.setFont(face)
        self._painter.setPen(QColor(color))
        self._painter.drawText(QRectF(LEFT + indent, self._y, width, height + 4), WRAP, words)
        self._y += height + after

    def section(self, title: str) -> None:
        self._titles.append((title, True))

    def block(self, block: Block) -> None:
        """What a title stands above is on the same page, or begins there."""
        if isinstance(block, Heading):
            self._titles.append((block.text, False))
            return
        if self._titles:
            self._need(sum(62 if large else 38 for _, large in self._titles) + self._least(block))
            self._write_titles()
        match block:
            case Paragraph(text, role):
                self._paragraph(text, role)
            case Facts(rows):
                self._facts(rows)
            case Grid():
                self._grid(block)
            case Figure():
                self._figures([block])
            case Row(figures):
                self._figures(figures)
            case Thumbnails(samples):
                self._thumbnails(samples)

    def _write_titles(self) -> None:
        titles, self._titles = self._titles, []
        for title, large in titles:
            if not large:
                self._y += 8
                self.text(title, font(14, 600), PAPER.text, after=6)
                continue
            self._y += 16 if self._y > TOP else 0
            self.text(title, font(18, 600), PAPER.text, after=3)
            self._painter.setPen(QPen(QColor(PAPER.border), 1))
            self._painter.drawLine(QPointF(LEFT, self._y), QPointF(LEFT + PAGE, self._y))
            self._y += 10

    @staticmethod
    def _least(block: Block) -> float:
        """What of a block has to fit below its title."""
        match block:
            case Figure():
                return _fitted([block])[1] + 24
            case Row(figures) if figures:
                return _fitted(figures)[1] + 24
            case Thumbnails():
                return EDGE + 32
            case Facts() | Grid():
                return 4 * CELL
        return 24.0

    def _paragraph(self, text: str, role: str) -> None:
        if role != "remark":
            self.text(text, font(12), PAPER.text, after=4)
            return
        top, page = self._y, self._page
        self.text(text, font(12), PAPER.warning, after=6, indent=12)
        if page == self._page:
            self._painter.fillRect(QRectF(LEFT, top, 3, self._y - top - 6), QColor(PAPER.warning))

    def _facts(self, rows: Sequence[tuple[str, str]]) -> None:
        face = font(12)
        metrics = QFontMetricsF(face)
        left = min(max((metrics.horizontalAdvance(name) for name, _ in rows), default=0) + 24, 240)
        width = PAGE - left
        wraps = [BREAK if " " not in value else WRAP for _, value in rows]  # a hash, a path
        heights = [
            metrics.boundingRect(QRectF(0, 0, width, 10_000), wrap, value or " ").height() + 4
            for (_, value), wrap in zip(rows, wraps, strict=True)
        ]
        for i, ((name, value), wrap, high) in enumerate(zip(rows, wraps, heights, strict=True)):
            # The last ones go to the next page together: one line alone at its top looks lost.
            self._need(sum(heights[i:]) if i == len(rows) - LAST_LINES else high)
            self._painter.setFont(face)
            self._painter.setPen(QColor(PAPER.muted))
            self._painter.drawText(QRectF(LEFT, self._y, left - 8, high), WRAP, name)
            self._painter.setPen(QColor(PAPER.text))
            self._painter.drawText(QRectF(LEFT + left, self._y, width, high + 4), wrap, value)
            self._y += high
        self._y += GAP

    # -- tables ------------------------------------------------------------------------------------------------------
    def _grid(self, grid: Grid) -> None:
        face, bold = font(11), font(11, 600)
        widths = _widths(grid, QFontMetricsF(bold))
        self._need(CELL * 3)
        self._line(grid, grid.header, widths, bold, PAPER.muted, rule=PAPER.wire)
        for number, row in enumerate(grid.rows):
            if self._left_over < CELL:
                self._need(CELL * 2)
                self._line(grid, grid.header, widths, bold, PAPER.muted, rule=PAPER.wire)
            below = number >= len(grid.rows) - grid.below
            self._line(grid, row, widths, bold if below else face, PAPER.text, rule=PAPER.grid)
        self._y += GAP

    def _line(
        self,
        grid: Grid,
        cells: Sequence[str],
        widths: Sequence[float],
        face: QFont,
        color: str,
        *,
        rule: str,
    ) -> None:
        self._painter.setFont(face)
        self._painter.setPen(QColor(color))
        metrics = QFontMetricsF(face)
        x = LEFT
        for i, (text, width) in enumerate(zip(cells, widths, strict=False)):
            side = Qt.AlignmentFlag.AlignRight if i in grid.right else Qt.AlignmentFlag.AlignLeft
            place = QRectF(x, self._y, width - 12, CELL)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 11)
            self._painter.drawText(place, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
            x += width
        self._painter.setPen(QPen(QColor(rule), 0.6))
        end = QPointF(LEFT + sum(widths) - 12, self._y + CELL)
        self._painter.drawLine(QPointF(LEFT, self._y + CELL), end)
        self._y += CELL + 1

    # -- pictures ----------------------------------------------------------------------------------------------------
    def _figures(self, figures: Sequence[Figure]) -> None:
        """Beside each other, no larger than they are and than there is room for."""
        if not figures:
            return
        scale, high = _fitted(figures)
        above = 19.0 if any(figure.titled for figure in figures) else 0.0
        self._need(high + above)
        x = LEFT
        for figure in figures:
            self._painter.setFont(font(11))
            self._painter.setPen(QColor(PAPER.muted))
            width = figure.width * scale
            title = QFontMetricsF(font(11)).elidedText(
                figure.title, Qt.TextElideMode.ElideRight, max(width, 160)
            )
            if figure.titled:
                self._painter.drawText(QRectF(x, self._y, max(width, 160), 16), 0, title)
            self._painter.save()
            self._painter.translate(x, self._y + above)
            self._painter.scale(scale, scale)
            figure.paint(self._painter)
            self._painter.restore()
            x += width + BETWEEN * scale
        self._y += high + above + GAP

    def _thumbnails(self, samples: Sequence[Thumbnail]) -> None:
        across = 10
        wide = PAGE / across
        high = EDGE + 32
        for start in range(0, len(samples), across):
            self._need(high)
            for i, sample in enumerate(samples[start : start + across]):
                self._thumbnail(sample, LEFT + i * wide, wide)
            self._y += high + 4
        self._y += GAP - 4

    def _thumbnail(self, sample: Thumbnail, x: float, wide: float) -> None:
        painter = self._painter
        if sample.image is not None:
            size = sample.image.size().scaled(int(EDGE), int(EDGE), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(x + (wide - size.width()) / 2, self._y, size.width(), size.height())
            # Each pixel of the data stays one: readers of PDF smooth small pictures.
            image = sample.image.scaled(size * 4, mode=Qt.TransformationMode.FastTransformation)
            painter.drawImage(place, image)
            color = PAPER.error if sample.wrong else PAPER.border
            painter.setPen(QPen(QColor(color), 1.4 if sample.wrong else 0.8))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place)
        metrics = QFontMetricsF(font(10))
        painter.setFont(font(10))
        for line, (text, color) in enumerate(((sample.words, PAPER.text), (sample.more, PAPER.muted))):
            painter.setPen(QColor(color))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, wide - 4)
            place = QRectF(x, self._y + EDGE + 3 + 13 * line, wide, 14)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), shown)


def _fitted(figures: Sequence[Figure]) -> tuple[float, float]:
    """How much smaller than they are figures stand beside each other, and how high they are then."""
    most = HIGH - TOP - BOTTOM - 100
    whole = sum(figure.width for figure in figures) + BETWEEN * (len(figures) - 1)
    highest = max(figure.height for figure in figures)
    scale = min(1.0, PAGE / whole, most / highest)
    return scale, highest * scale


def _widths(grid: Grid, metrics: QFontMetricsF) -> list[float]:
    """As wide as what stands in them; where that is too much, the widest give way."""
    wanted = [
        max(
            (metrics.horizontalAdvance(row[i]) for row in (grid.header, *grid.rows) if i < len(row)),
            default=0.0,
        )
        + 18
        for i in range(len(grid.header))
    ]
    while sum(wanted) > PAGE + 12:
        widest = max(wanted)
        at = [i for i, width in enumerate(wanted) if width > widest - 1]
        others = [width for width in wanted if width <= widest - 1]
        over = (sum(wanted) - PAGE - 12) / len(at)
        for i in at:
            wanted[i] -= min(over, max(widest - max(others, default=0.0), 4.0)) + 0.01
    return wanted
