"""Every unit of the selected layer as a small map of the plane, for data of two numbers. A click looks at one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import count, tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.monitors.unit_pictures import Floats, laid_out, signed_image
from nndesigner.gui.plain import Elided
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame

CAPTION = 14.0
LARGEST = 150.0


class Maps(Picture):
    """Maps with their unit below. `picked` carries the unit clicked (an int)."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(120, 90))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.maps: Floats = np.zeros((0, 1, 1), np.float32)
        self.most: Floats = np.zeros(0, np.float32)
        self._images: list[QImage] = []

    def show_units(self, maps: Floats, most: Floats) -> None:
        """(units, side, side) from -1 to 1, the second column upwards, and the value that 1 stands for in each."""
        if maps.ndim != 3 or not maps.size or len(most) != len(maps):
            raise ValueError("maps are (units, side, side), each with its scale")
        self.maps, self.most = maps, most
        self._images = [signed_image(one[::-1], 1.0) for one in maps]
        self.setAccessibleName(tr("Maps of {what}", what=count(len(maps), "unit", "units")))
        self.update()

    def cells(self) -> list[QRectF]:
        """Where each map stands."""
        area = QRectF(0, 0, self.width() - 1, self.height())
        cells = laid_out(area, len(self.maps), LARGEST, LARGEST + CAPTION, 6.0)
        side = min(cells[0].width(), LARGEST) if cells else 0.0
        if cells and side < cells[0].width():
            columns = max(int((area.width() + 6) // (side + 6)), 1)
            return [
                QRectF(i % columns * (side + 6), i // columns * (side + CAPTION + 6), side, side)
                for i in range(len(cells))
            ]
        return [
            QRectF(c.left(), c.top(), c.width(), max(c.height() - CAPTION, c.width() * 0.8)) for c in cells
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), shown_theme()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        for i, (cell, image) in enumerate(zip(self.cells(), self._images, strict=True)):
            painter.drawImage(cell, image)
            painter.setPen(QColor(theme.border))
            painter.drawRect(cell)
            painter.setPen(QColor(theme.muted))
            words = f"{i}   ± {short(float(self.most[i]))}"
            text = words if metrics.horizontalAdvance(words) <= cell.width() else str(i)
            painter.drawText(QPointF(cell.left(), cell.bottom() + metrics.ascent()), text)
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
        cell, one = self.cells()[unit], self.maps[unit]
        row = min(int((cell.bottom() - point.y()) / cell.height() * len(one)), len(one) - 1)
        column = min(int((point.x() - cell.left()) / cell.width() * one.shape[1]), one.shape[1] - 1)
        value = float(one[row, column]) * float(self.most[unit])
        return tr(
            "Unit {n}: {value} here, up to ± {most}",
            n=unit,
            value=short(value),
            most=short(float(self.most[unit])),
        )


class UnitMaps(NodeView):
    """The maps of the selected layer's units."""

    def __init__(self) -> None:
        super().__init__(UNIT_MAPS_VIEW)
        self.unsuitable = tr("Only layers that give one row of numbers per sample have units to draw here.")
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(6)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.maps = Maps()
        self.maps.picked.connect(self.unit_activated)
        box.addWidget(self.maps, 1)
        self.set_content(content)

    def subscriptions(self) -> tuple[Subscription, ...]:
        run = self.run
        if run is None or run.checked is None or not self.node or run.node(self.node) is None:
            return ()
        maps = measurements()["unit_maps"]
        return (Subscription("", maps.name),) if maps.applies_to(run.checked) else ()

    def looks(self) -> tuple[int, ...]:
        if self.run is None:
            return ()
        return tuple(frame.step for frame in self.run.history.trail("", "unit_maps"))

    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("unit_maps")
        if not isinstance(frame, Frame):
            return False
        if self.node not in frame.arrays:
            return True  # `draw` says so
        codes = frame.arrays[self.node].astype(np.float32)
        self.maps.show_units(codes / 127.5 - 1, frame.arrays[f"{self.node}.most"])
        number = int(frame.meta["all"][self.node])
        units = count(number, "unit", "units")
        shown = units if number == len(codes) else tr("{n} of {units}", n=len(codes), units=units)
        columns = [str(c) for c in frame.meta.get("columns", ())]
        axes = (
            tr("{across} to the right, {up} upwards", across=columns[0], up=columns[1])
            if len(columns) == 2
            else ""
        )
        self.words.setText(
            " · ".join(p for p in (node.name, shown, axes, tr("click one to look closely")) if p)
        )
        return True

    def draw(self) -> None:
        super().draw()
        frame = self.frame("unit_maps")
        if self.node and isinstance(frame, Frame) and self.node not in frame.arrays:
            node = self.run.node(self.node) if self.run is not None else None
            if node is not None:
                self.show_empty(node.name, self.unsuitable)

    def theme_changed(self, theme: Theme) -> None:
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        values = self.maps.maps * self.maps.most[:, None, None]
        return ("unit", "row", "column", "value"), [
            (*(int(i) for i in at), float(value)) for at, value in np.ndenumerate(values)
        ]


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["unit_maps"].applies_to(checked)


UNIT_MAPS_VIEW = View(
    name="unit_maps",
    label="Units",
    icon="boundary",
    help="What every unit of the selected layer says at every point of the plane, one small map each: blue below zero,"
    " orange above.",
    place="node",
    measurements=("unit_maps",),
    applies=_applies,
    make=UnitMaps,
    before_training=True,
    order=8,
)
