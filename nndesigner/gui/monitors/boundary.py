"""What the network answers everywhere in the plane, with the training points on top: for data of two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Bytes, Picture, color_scale, rgb_image, short, small_font
from nndesigner.gui.monitors.series import nice_step
from nndesigner.gui.previews import numbers, shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

LEFT, BELOW = 44, 36


class Plane(Picture):
    """A picture of the plane with axes in the data's own units, the second column upwards."""

    def __init__(self) -> None:
        super().__init__(QSize(160, 130))
        self.image = QImage()
        self.extent = (0.0, 1.0, 0.0, 1.0)
        self.columns: tuple[str, ...] = ()
        self.points: npt.NDArray[np.float64] = np.zeros((0, 2))
        self.codes: npt.NDArray[np.int64] | None = None
        self.wrong: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self.classes: tuple[str, ...] = ()
        self._values: tuple[npt.NDArray[Any], npt.NDArray[Any] | None] | None = None

    def show_answer(
        self,
        image: QImage,
        extent: Sequence[float],
        columns: Sequence[str],
        values: npt.NDArray[Any],
        confidence: npt.NDArray[Any] | None,
        classes: Sequence[str],
    ) -> None:
        left, right, low, high = map(float, extent)
        self.image, self.extent = image, (left, right, low, high)
        self.columns, self.classes = tuple(map(str, columns)), tuple(map(str, classes))
        self._values = values, confidence
        self.setAccessibleName(tr("Decision boundary over {columns}", columns=", ".join(self.columns)))
        self.update()

    def show_points(
        self,
        points: npt.NDArray[np.float64],
        codes: npt.NDArray[np.int64] | None,
        wrong: npt.NDArray[np.bool_],
    ) -> None:
        """(n, 2) points, their classes, and which of them the network gets wrong."""
        self.points, self.codes, self.wrong = points, codes, wrong
        self.update()

    def frame(self) -> QRectF:
        """Where the plane is: with equal units on both axes where that does not make it a strip."""
        room = QRectF(LEFT, 6, max(self.width() - LEFT - 8, 20), max(self.height() - BELOW - 8, 20))
        left, right, low, high = self.extent
        ratio = (right - left) / ((high - low) or 1.0)
        if 0.33 < ratio < 3:
            wide = min(room.width(), room.height() * ratio)
            made = QRectF(0, 0, wide, wide / ratio)
            made.moveCenter(room.center())
            return made
        return room

    def place(self, frame: QRectF, x: float, y: float) -> QPointF:
        left, right, low, high = self.extent
        return QPointF(
            frame.left() + (x - left) / ((right - left) or 1.0) * frame.width(),
            frame.bottom() - (y - low) / ((high - low) or 1.0) * frame.height(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, frame = shown_theme(), self.frame()
        painter.drawImage(frame, self.image)
        painter.setPen(QColor(theme.border))
        painter.drawRect(frame)
        self._paint_axes(painter, frame)
        painter.setClipRect(frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = 3.4 if len(self.points) > 80 else 4.0
        for i, (x, y) in enumerate(self.points.tolist()):
            fill = QColor(theme.plot(int(self.codes[i]))) if self.codes is not None else QColor(theme.panel)
            painter.setBrush(fill)
            wrong = bool(self.wrong[i]) if i < len(self.wrong) else False
            painter.setPen(QPen(QColor(theme.text if wrong else theme.panel), 1.8 if wrong else 1.0))
            painter.drawEllipse(self.place(frame, x, y), size, size)
        painter.end()

    def _paint_axes(self, painter: QPainter, frame: QRectF) -> None:
        theme = shown_theme()
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        left, right, low, high = self.extent
        painter.setPen(QColor(theme.muted))
        for value in _ticks(left, right, int(max(frame.width() / 46, 3))):
            x = self.place(frame, value, low).x()
            text = short(value)
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + 3))
            painter.drawText(
                QPointF(x - metrics.horizontalAdvance(text) / 2, frame.bottom() + 4 + metrics.ascent()), text
            )
        for value in _ticks(low, high, int(max(frame.height() / 30, 3))):
            y = self.place(frame, left, value).y()
            text = short(value)
            painter.drawLine(QPointF(frame.left() - 3, y), QPointF(frame.left(), y))
            painter.drawText(
                QPointF(frame.left() - 6 - metrics.horizontalAdvance(text), y + metrics.ascent() / 2 - 1),
                text,
            )
        if len(self.columns) < 2:
            return
        painter.setPen(QColor(theme.text))
        across = metrics.elidedText(self.columns[0], Qt.TextElideMode.ElideRight, int(frame.width()))
        painter.drawText(
            QRectF(frame.left(), frame.bottom() + 17, frame.width(), 16),
            int(Qt.AlignmentFlag.AlignHCenter),
            across,
        )
        up = metrics.elidedText(self.columns[1], Qt.TextElideMode.ElideRight, int(frame.height()))
        painter.save()
        painter.translate(
            frame.left() - LEFT + metrics.ascent(), frame.center().y() + metrics.horizontalAdvance(up) / 2
        )
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), up)
        painter.restore()

    def answer_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the answer at a place in the data's units; None outside."""
        if self._values is None:
            return None
        rows, columns = self._values[0].shape
        left, right, low, high = self.extent
        column = round((x - left) / ((right - left) or 1.0) * (columns - 1))
        row = round((y - low) / ((high - low) or 1.0) * (rows - 1))
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def words_at(self, point: QPointF) -> str:
        frame = self.frame()
        if self._values is None or not frame.contains(point):
            return ""
        left, right, low, high = self.extent
        x = left + (point.x() - frame.left()) / frame.width() * (right - left)
        y = low + (frame.bottom() - point.y()) / frame.height() * (high - low)
        place = self.answer_at(x, y)
        if place is None:
            return ""
        values, confidence = self._values
        at = f"{short(x)}, {short(y)}"
        if confidence is None:
            return f"{at}: {short(float(values[place]))}"
        code = int(values[place])
        name = self.classes[code] if code < len(self.classes) else str(code)
        return f"{at}: {name} ({int(confidence[place]) * 100 // 255} %)"


def _ticks(low: float, high: float, most: int) -> list[float]:
    step = nice_step((high - low) * 8 / max(most, 1))
    first = np.ceil(low / step) * step
    return [float(round(v / step) * step) + 0.0 for v in np.arange(first, high + step * 1e-6, step)]


def class_picture(classes: npt.NDArray[np.uint8], confidence: npt.NDArray[np.uint8], theme: Theme) -> Bytes:
    """(height, width, 3): each class in its colour, paler where the network is less sure; row 0 is the top."""
    known = int(classes.max()) + 1 if classes.size else 1
    colors = np.array([_rgb(theme.plot(i)) for i in range(known)], np.float64)
    ground = np.array(_rgb(theme.panel), np.float64)
    strength = 0.08 + 0.6 * np.clip((confidence.astype(np.float64) / 255 - 0.4) / 0.6, 0, 1)
    mixed = ground + (colors[classes] - ground) * strength[..., None]
    return mixed.round().astype(np.uint8)[::-1]


def _rgb(color: str) -> tuple[int, int, int]:
    made = QColor(color)
    return made.red(), made.green(), made.blue()


class Boundary(Monitor):
    """The decision boundary of the run."""

    def __init__(self) -> None:
        super().__init__(BOUNDARY)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.legend = Legend()
        box.addWidget(self.legend)
        self.plane = Plane()
        box.addWidget(self.plane, 1)
        self.set_content(content)

    def options(self, measurement: str) -> dict[str, object]:
        return {"side": 64}

    def draw(self) -> None:
        frame = self.frame("decision_boundary")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Decision boundary"),
                tr("Press Train and watch the network divide the plane between the classes."),
            )
            return
        self.show_content()
        theme, meta = self.theme, frame.meta
        classes = [str(name) for name in meta.get("classes", ())]
        extent, columns = meta["extent"], meta.get("columns", ())
        if "class" in frame.arrays:
            answer, sure = frame.arrays["class"], frame.arrays["confidence"]
            image = rgb_image(class_picture(answer, sure, theme))
            self.plane.show_answer(image, extent, columns, answer, sure, classes)
            self.legend.show_entries([Entry(str(i), name, theme.plot(i)) for i, name in enumerate(classes)])
        else:
            values = frame.arrays["value"]
            low, high = float(np.nanmin(values)), float(np.nanmax(values))
            grey = np.clip((values - low) / ((high - low) or 1.0) * 255, 0, 255).astype(np.uint8)
            self.plane.show_answer(
                rgb_image(color_scale()[grey][::-1]), extent, columns, values, None, classes
            )
            ends = color_scale()
            self.legend.show_entries(
                [
                    Entry("low", short(low), QColor(*ends[0].tolist()).name()),
                    Entry("high", short(high), QColor(*ends[255].tolist()).name()),
                ]
            )
        self._show_points()

    def _show_points(self) -> None:
        """The training points that the data's record keeps, and which of them are on the wrong side."""
        checked = self.run.checked if self.run is not None else None
        if checked is None or not checked.inputs or checked.inputs[0].use is None:
            return
        wanted = checked.inputs[0].use.values.get("field", "")
        tables = [f for f in checked.fields.values() if isinstance(f.statistics.get("scatter"), dict)]
        field = next((f for f in tables if f.name == wanted), tables[0] if tables else None)
        if field is None:
            return
        scatter = field.statistics["scatter"]
        x, y = numbers(scatter.get("x")), numbers(scatter.get("y"))
        n = min(len(x), len(y))
        points = np.stack((np.array(x[:n]), np.array(y[:n])), axis=1) if n else np.zeros((0, 2))
        found = numbers(scatter.get("classes"))
        codes = np.array(found[:n], np.int64) if n and len(found) >= n and self.plane.classes else None
        wrong = np.zeros(n, bool)
        values = self.plane._values
        if codes is not None and values is not None:
            for i, (px, py) in enumerate(points.tolist()):
                place = self.plane.answer_at(px, py)
                wrong[i] = place is not None and int(values[0][place]) != int(codes[i])
        self.plane.show_points(points, codes, wrong)

    def theme_changed(self, theme: Theme) -> None:
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        frame = self.frame("decision_boundary")
        if not isinstance(frame, Frame):
            return (), ()
        left, right, low, high = map(float, frame.meta["extent"])
        names = [name for name in ("class", "confidence", "value") if name in frame.arrays]
        rows_n, columns_n = frame.arrays[names[0]].shape
        xs, ys = np.linspace(left, right, columns_n), np.linspace(low, high, rows_n)
        columns = [str(c) for c in frame.meta.get("columns", ())] or ["x", "y"]
        return (*columns[:2], *names), [
            (float(x), float(y), *(frame.arrays[name][r, c].item() for name in names))
            for r, y in enumerate(ys)
            for c, x in enumerate(xs)
        ]


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["decision_boundary"].applies_to(checked)


BOUNDARY = View(
    name="boundary",
    label="Boundary",
    icon="boundary",
    help="What the network answers at every point of the plane, for data with two numbers per sample.",
    place="network",
    measurements=("decision_boundary",),
    applies=_applies,
    make=Boundary,
    before_training=True,
    order=10,
    first=True,
)
