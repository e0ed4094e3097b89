"""Pictures of units: small ones of all units of a layer to choose from, signed numbers as images or bars, a map with a
place in it, samples that can be chosen. Zero is the ground everywhere, one sign blue, the other orange."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent

from nndesigner.base.text import tr
from nndesigner.gui.monitors.errors import Gallery, Sample
from nndesigner.gui.monitors.pictures import Picture, rgb_image, short, signed_scale, small_font
from nndesigner.gui.previews import shown_theme

Floats = npt.NDArray[np.float32]
TITLE, GAP = 18.0, 3.0
MOST_BARS = 96
"""numbers in a row that are drawn as bars"""


def signed_image(values: Floats, most: float, *, root: bool = False) -> QImage:
    """(height, width) numbers as colours; `most` is the strongest one of either sign. With `root` they go by the square
    root, so that small ones are seen beside large ones."""
    shares = np.nan_to_num(values.astype(np.float32), posinf=most, neginf=-most) / (most or 1.0)
    shares = np.sign(shares) * np.sqrt(np.abs(shares)) if root else shares
    codes = np.clip((shares + 1) * 127.5, 0, 255).round().astype(np.uint8)
    return rgb_image(signed_scale(shown_theme())[codes])


def strongest(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0))


def laid_out(area: QRectF, number: int, wide: float, high: float, gap: float = GAP) -> list[QRectF]:
    """Where so many pictures of one shape stand in an area, as large as fits."""
    best, columns = 0.0, 1
    for candidate in range(1, number + 1):
        rows = -(-number // candidate)
        scale = min(
            (area.width() - (candidate - 1) * gap) / (candidate * wide),
            (area.height() - (rows - 1) * gap) / (rows * high),
        )
        if scale > best:
            best, columns = scale, candidate
    w, h = max(best * wide, 1.0), max(best * high, 1.0)
    return [
        QRectF(area.left() + (i % columns) * (w + gap), area.top() + (i // columns) * (h + gap), w, h)
        for i in range(number)
    ]


class SignedTiles(Picture):
    """A title, and below it numbers as bars (a short row) or as images that share one scale."""

    def __init__(self) -> None:
        super().__init__(QSize(92, 116))
        self.title = ""
        self.values: Floats = np.zeros((0, 1, 1), np.float32)
        self._name: Callable[[int], str] = str
        self._images: list[QImage] = []

    @property
    def bars(self) -> bool:
        return len(self.values) == 1 and self.values.shape[1] == 1 and 1 < self.values.shape[2] <= MOST_BARS

    def show_values(
        self, title: str, values: Floats, name: Callable[[int], str] = str, *, root: bool = False
    ) -> None:
        """(tiles, height, width); `name` tells what the number at a flat position belongs to."""
        if values.ndim != 3 or not values.size:
            raise ValueError("signed tiles are (tiles, height, width)")
        self.title, self.values, self._name = title, values, name
        most = strongest(values)
        self._images = [] if self.bars else [signed_image(one, most, root=root) for one in values]
        self.setAccessibleName(tr("{what}: {low} to {high}", what=title, **self._ends()))
        self.update()

    def _ends(self) -> dict[str, str]:
        finite = self.values[np.isfinite(self.values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)
        return {"low": short(low), "high": short(high)}

    def _area(self) -> QRectF:
        return QRectF(1, 2 * TITLE - 3, self.width() - 2, max(self.height() - 2 * TITLE + 1, 8))

    def cells(self) -> list[QRectF]:
        return laid_out(self._area(), len(self.values), *reversed(self.values.shape[1:]))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), shown_theme()
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        for i, (text, color) in enumerate(
            ((self.title, theme.text), (tr("{low} to {high}", **self._ends()), theme.muted))
        ):
            painter.setPen(QColor(color))
            line = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width() - 2)
            painter.drawText(QPointF(1, metrics.ascent() + i * (TITLE - 4)), line)
        if self.bars:
            self._paint_bars(painter)
        else:
            for cell, image in zip(self.cells(), self._images, strict=True):
                painter.drawImage(cell, image)
                painter.setPen(QColor(theme.border))
                painter.drawRect(cell.adjusted(0, 0, -0.5, -0.5))
        painter.end()

    def _paint_bars(self, painter: QPainter) -> None:
        area, row = self._area(), np.nan_to_num(self.values[0, 0].astype(np.float64))
        low, high = min(float(row.min()), 0.0), max(float(row.max()), 0.0)
        span = (high - low) or 1.0
        wide = min(area.width() / len(row), 26.0)
        zero = area.bottom() + low / span * area.height()
        scale = signed_scale(shown_theme())
        colors = [QColor(*scale[i].tolist()) for i in (20, 235)]
        painter.setPen(Qt.PenStyle.NoPen)
        for i, value in enumerate(row.tolist()):
            painter.setBrush(colors[value >= 0])
            end = zero - value / span * area.height()
            left = area.left() + i * wide
            bar = QRectF(QPointF(left, end), QPointF(left + max(wide - (2 if wide > 6 else 0.5), 1.0), zero))
            painter.drawRect(bar.normalized())
        painter.setPen(QColor(shown_theme().border))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.left() + wide * len(row), zero))

    def position(self, point: QPointF) -> int:
        """The flat position of the number at a place; -1 for none."""
        if self.bars:
            number = self.values.shape[2]
            i = int((point.x() - self._area().left()) / min(self._area().width() / number, 26.0))
            return i if 0 <= i < number and self._area().contains(point) else -1
        high, wide = self.values.shape[1:]
        for i, cell in enumerate(self.cells()):
            if cell.contains(point):
                row = min(int((point.y() - cell.top()) / cell.height() * high), high - 1)
                column = min(int((point.x() - cell.left()) / cell.width() * wide), wide - 1)
                return (i * high + row) * wide + column
        return -1

    def words_at(self, point: QPointF) -> str:
        at = self.position(point)
        return f"{self._name(at)}: {float(self.values.reshape(-1)[at]):.5g}" if at >= 0 else ""


class SamplePicture(Picture):
    """What a sample looks like: an image, or a line of points."""

    def __init__(self) -> None:
        super().__init__(QSize(92, 116))
        self.title = ""
        self.image: QImage | None = None
        self.points: tuple[float, ...] = ()

    def show_sample(self, title: str, image: QImage | None = None, points: Sequence[float] = ()) -> None:
        self.title, self.image, self.points = title, image, tuple(points)
        self.setAccessibleName(title)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), shown_theme()
        painter.setFont(small_font(self))
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(1, painter.fontMetrics().ascent()), self.title)
        area = QRectF(1, 2 * TITLE - 3, self.width() - 2, max(self.height() - 2 * TITLE + 1, 8))
        if self.image is not None:
            (cell,) = laid_out(area, 1, self.image.width(), self.image.height())
            painter.drawImage(cell, self.image)
            painter.setPen(QColor(theme.border))
            painter.drawRect(cell.adjusted(0, 0, -0.5, -0.5))
        elif len(self.points) > 1:
            low, high = min(self.points), max(self.points)
            step, span = area.width() / (len(self.points) - 1), (high - low) or 1.0
            line = [
                QPointF(area.left() + i * step, area.bottom() - 1 - (v - low) / span * (area.height() - 2))
                for i, v in enumerate(self.points)
            ]
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.plot(0)), 1.3))
            painter.drawPolyline(QPolygonF(line))
        painter.end()


class UnitStrip(Picture):
    """A small picture for every unit, row by row, as high as it has to be. `picked` carries the unit clicked (int)."""

    picked = Signal(object)
    LARGEST, SMALLEST, HIGHEST = 40.0, 11.0, 96.0

    def __init__(self) -> None:
        super().__init__(QSize(100, 20))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.values: Floats = np.zeros((0, 1, 1), np.float32)
        self.selected = -1
        self.upwards = False
        self._images: list[QImage] = []
        self._ratio = 1.0

    def show_units(self, values: Floats, selected: int, *, upwards: bool = False, root: bool = False) -> None:
        """(units, height, width) of what each gives, all by one scale; `upwards` where the first row belongs below."""
        if values.ndim != 3 or not values.size:
            raise ValueError("units are (units, height, width)")
        self.values, self.selected, self.upwards = values, selected, upwards
        most = strongest(values)
        self._images = [signed_image(one[::-1] if upwards else one, most, root=root) for one in values]
        self._ratio = min(max(values.shape[2] / values.shape[1], 0.5), 3.0)
        self.setAccessibleName(tr("{n} units, unit {unit} is chosen", n=len(values), unit=selected))
        self._fit()
        self.update()

    def cells(self) -> list[QRectF]:
        number = len(self.values)
        side = self.LARGEST
        while side > self.SMALLEST:
            columns = self._columns(side)
            if -(-number // columns) * (side + GAP) <= self.HIGHEST + GAP:
                break
            side -= 1
        columns = self._columns(side)
        wide = side * self._ratio
        return [
            QRectF(1 + (i % columns) * (wide + GAP), 1 + (i // columns) * (side + GAP), wide, side)
            for i in range(number)
        ]

    def _columns(self, side: float) -> int:
        """How many stand in a row, with room for their frames at both ends."""
        return max(int((self.width() - 2 + GAP) // (side * self._ratio + GAP)), 1)

    def _fit(self) -> None:
        cells = self.cells()
        high = int(cells[-1].bottom()) + 3 if cells else 20
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), shown_theme()
        for i, (cell, image) in enumerate(zip(self.cells(), self._images, strict=True)):
            painter.drawImage(cell, image)
            chosen = i == self.selected
            painter.setPen(QPen(QColor(theme.accent if chosen else theme.border), 2 if chosen else 1))
            painter.drawRect(cell)
        painter.end()

    def unit_at(self, point: QPointF) -> int:
        return next((i for i, cell in enumerate(self.cells()) if cell.contains(point)), -1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and unit >= 0:
            self.picked.emit(unit)

    def words_at(self, point: QPointF) -> str:
        unit = self.unit_at(point)
        if unit < 0:
            return ""
        one = self.values[unit]
        if one.size == 1:
            return tr("Unit {n}: {value}", n=unit, value=short(float(one.item())))
        low, high = short(float(np.nanmin(one))), short(float(np.nanmax(one)))
        return tr("Unit {n}: {low} to {high}", n=unit, low=low, high=high)


class PlaceMap(SignedTiles):
    """What one unit gives all over a picture or a sequence, with one place framed. `picked` carries the place clicked,
    counted row by row in the whole map (an int)."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.size_of_map = (1, 1)
        self.place = -1

    @property
    def bars(self) -> bool:
        return False

    def show_place(self, size: Sequence[int], place: int) -> None:
        """Rows and columns of the whole map, of which what is drawn may be a smaller picture; -1 for no place."""
        self.size_of_map, self.place = (int(size[0]), int(size[1])), place
        self.update()

    def cells(self) -> list[QRectF]:
        area, (high, wide) = self._area(), self.values.shape[1:]
        if high == 1:  # a sequence: a strip that can be hit
            return [QRectF(area.left(), area.top(), area.width() - 1, min(area.height(), 26.0))]
        return laid_out(area, 1, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.place < 0:
            return
        rows, columns = self.size_of_map
        row, column = divmod(self.place, columns)
        cell = self.cells()[0]
        w, h = cell.width() / columns, cell.height() / rows
        painter = QPainter(self)
        frame = QRectF(cell.left() + column * w, cell.top() + row * h, max(w, 3), max(h, 3))
        painter.setPen(QPen(QColor(shown_theme().accent), 2))
        painter.drawRect(frame)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.whole_place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self.picked.emit(at)

    def whole_place(self, point: QPointF) -> int:
        """The place in the whole map at a point; -1 outside."""
        cell, (rows, columns) = self.cells()[0], self.size_of_map
        if not cell.contains(point):
            return -1
        row = min(int((point.y() - cell.top()) / cell.height() * rows), rows - 1)
        column = min(int((point.x() - cell.left()) / cell.width() * columns), columns - 1)
        return row * columns + column


class Excited(Gallery):
    """Samples with what they make of a unit; the chosen one is framed. `loss` of a sample holds the unit's value."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = -1
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def first_line(self, sample: Sample) -> str:
        return short(sample.loss) if self.pictured else tr("sample {n}", n=f"{sample.index:,}")

    def second_line(self, sample: Sample) -> str:
        return tr("sample {n}", n=f"{sample.index:,}")

    def number_of(self, sample: Sample) -> str:
        return short(sample.loss)

    def color_of(self, sample: Sample, plain: str) -> str:
        return shown_theme().accent if sample.index == self.chosen else plain

    def told(self, sample: Sample) -> str:
        words = tr("Sample {n}: {value}", n=f"{sample.index:,}", value=short(sample.loss))
        return f"{words}\n{sample.words}" if sample.words else words
