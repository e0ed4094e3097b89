"""Loss landscape: the loss on a plane through the weights as colours and contours with the path of the run in it, or
along two lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QStackedWidget

from nndesigner.base.text import tr
from nndesigner.gui.monitors.chart import Stroke, around
from nndesigner.gui.monitors.explorer import Explorer, choice_button
from nndesigner.gui.monitors.lr_finder import learns
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.pictures import (
    Picture,
    color_scale,
    colored,
    rgb_image,
    short,
    small_font,
)
from nndesigner.gui.monitors.power_chart import Mark, PowerChart
from nndesigner.gui.plain import allow
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame
from nndesigner.session.session import Session

Floats = npt.NDArray[np.float64]
LEVELS = 12
BELOW, SCALE = 20, 10
"""pixels for the words below the picture, and the width of the scale beside it"""


class Surface(Picture):
    """The loss on a grid, dark where it is small, with lines of equal loss; the path as dots, its end as a ring."""

    def __init__(self) -> None:
        super().__init__(QSize(150, 120))
        self.xs = self.ys = np.linspace(-1, 1, 3)
        self.loss: Floats = np.zeros((3, 3))
        self.path: Floats = np.zeros((0, 2))
        self.labels: tuple[str, ...] = ()
        self._image = QImage()
        self._contours: list[QLineF] = []
        self.low = self.high = 0.0

    def show_surface(self, x: Floats, y: Floats, loss: Floats, path: Floats, labels: Sequence[str]) -> None:
        """`loss` is (len(y), len(x)), NaN where it is not known yet; `path` is (moments, 2), the weights last."""
        if loss.shape != (len(y), len(x)) or min(loss.shape) < 2 or path.ndim != 2 or path.shape[1:] != (2,):
            raise ValueError("a surface is (y, x)")
        self.xs, self.ys, self.loss, self.path, self.labels = x, y, loss, path, tuple(labels)
        heights = scaled(loss)
        known = np.isfinite(heights)
        finite = loss[np.isfinite(loss)]
        self.low, self.high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        codes = np.where(known, np.clip(np.nan_to_num(heights) * 255, 0, 255), 0).astype(np.uint8)
        colors = color_scale()[codes]
        ground = QColor(shown_theme().raised)
        colors[~known] = ground.red(), ground.green(), ground.blue()
        self._image = rgb_image(colors[::-1])  # row 0 of a picture is on top
        self._contours = contours(np.where(known, heights, np.nan), LEVELS)
        self.setAccessibleName(tr("Loss landscape"))
        self.update()

    def frame(self) -> QRectF:
        """Where the plane is: a square."""
        wide, high = self.width() - 8 - SCALE - 10 - 44, self.height() - BELOW - 8
        edge = max(min(wide, high), 20)
        left = max((self.width() - edge - SCALE - 10 - 44) / 2, 4)
        return QRectF(left, 4 + max((high - edge) / 2, 0), edge, edge)

    def place(self, x: float, y: float) -> QPointF:
        frame = self.frame()
        return QPointF(
            frame.left() + (x - self.xs[0]) / (self.xs[-1] - self.xs[0]) * frame.width(),
            frame.bottom() - (y - self.ys[0]) / (self.ys[-1] - self.ys[0]) * frame.height(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, frame = shown_theme(), self.frame()
        rows, columns = self.loss.shape
        # A value stands at the middle of its cell, and the outermost ones on the edge.
        inside = QRectF(0.5, 0.5, columns - 1, rows - 1)
        painter.drawImage(frame, self._image, inside)
        painter.save()
        painter.setClipRect(frame)
        painter.translate(frame.left(), frame.bottom())
        painter.scale(frame.width() / (columns - 1), -frame.height() / (rows - 1))
        line = QPen(QColor(255, 255, 255, 90), 1.0)
        line.setCosmetic(True)
        painter.setPen(line)
        painter.drawLines(self._contours)
        painter.restore()
        painter.setPen(QColor(theme.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        self._paint_path(painter, frame)
        self._paint_scale(painter, frame)
        painter.end()

    def _paint_path(self, painter: QPainter, frame: QRectF) -> None:
        painter.save()
        painter.setClipRect(frame.adjusted(-1, -1, 1, 1))
        here = self.place(0.0, 0.0)
        places = [self.place(float(x), float(y)) for x, y in self.path]
        white, dark = QColor(255, 255, 255), QColor(0, 0, 0, 170)
        for color, wide in ((dark, 3.4), (white, 1.6)):
            painter.setPen(QPen(color, wide))
            painter.drawPolyline(QPolygonF(places))
        painter.setPen(QPen(dark, 1))
        painter.setBrush(white)
        for place in places[:-1]:
            painter.drawEllipse(place, 3.5, 3.5)
        painter.setBrush(QColor(214, 96, 22))
        painter.drawEllipse(here, 4.5, 4.5)
        painter.restore()

    def _paint_scale(self, painter: QPainter, frame: QRectF) -> None:
        theme = shown_theme()
        bar = QRectF(frame.right() + 10, frame.top(), SCALE, frame.height())
        painter.drawImage(bar, colored(np.arange(255, -1, -1, dtype=np.uint8).reshape(-1, 1)))
        painter.setFont(small_font(self))
        painter.setPen(QColor(theme.muted))
        metrics = painter.fontMetrics()
        painter.drawText(QPointF(bar.right() + 4, bar.top() + metrics.ascent()), short(self.high))
        painter.drawText(QPointF(bar.right() + 4, bar.bottom()), short(self.low))
        below = tr("first direction →, second ↑")
        painter.drawText(
            QPointF(frame.left(), frame.bottom() + 4 + metrics.ascent()),
            metrics.elidedText(below, Qt.TextElideMode.ElideRight, int(frame.width())),
        )

    def words_at(self, point: QPointF) -> str:
        frame = self.frame()
        for (x, y), label in zip(self.path, self.labels, strict=False):
            away = self.place(float(x), float(y)) - point
            if away.manhattanLength() < 8:
                return str(label)
        if not frame.contains(point):
            return ""
        column = round((point.x() - frame.left()) / frame.width() * (len(self.xs) - 1))
        row = round((frame.bottom() - point.y()) / frame.height() * (len(self.ys) - 1))
        return tr(
            "{x} along the first direction, {y} along the second: loss {loss}",
            x=short(float(self.xs[column])),
            y=short(float(self.ys[row])),
            loss=short(float(self.loss[row, column])),
        )


def scaled(loss: Floats) -> Floats:
    """0 to 1 by the order of sizes above the smallest loss: what is steep at the edge must not flatten the middle."""
    finite = loss[np.isfinite(loss)]
    if not len(finite) or finite.max() <= finite.min():
        return np.where(np.isfinite(loss), 0.0, np.nan)
    low, high = float(finite.min()), float(finite.max())
    middle = max(float(np.median(finite)) - low, 1e-9 * (high - low))
    # Straight near the bottom, logarithmic far above it.
    found: Floats = np.log1p((loss - low) / middle) / np.log1p((high - low) / middle)
    return np.where(np.isfinite(loss), found, np.nan)


def contours(heights: Floats, levels: int) -> list[QLineF]:
    """Lines of equal height in cells of a grid, in columns and rows: each cell is cut into two triangles."""
    known = heights[np.isfinite(heights)]
    if not len(known):
        return []
    found: list[QLineF] = []
    rows, columns = heights.shape
    row, column = np.mgrid[0 : rows - 1, 0 : columns - 1]
    corners = np.array(
        [[[0, 0], [0, 1], [1, 1]], [[0, 0], [1, 0], [1, 1]]]
    )  # (triangle, corner, (row, column))
    for triangle in corners:
        at = [(row + r, column + c) for r, c in triangle]
        values = np.stack([heights[r, c] for r, c in at], axis=-1).reshape(-1, 3)
        places = np.stack([np.stack((c, r), axis=-1) for r, c in at], axis=2).reshape(-1, 3, 2).astype(float)
        for level in np.linspace(0, 1, levels + 2)[1:-1]:
            above = values > level
            cut = np.flatnonzero(np.isfinite(values).all(axis=1) & above.any(axis=1) & ~above.all(axis=1))
            # One corner stands alone on its side: the line crosses the two edges that meet in it.
            lone = np.argmax(above[cut] == (above[cut].sum(axis=1) == 1)[:, None], axis=1)
            ends = []
            for other in ((lone + 1) % 3, (lone + 2) % 3):
                share = (level - values[cut, lone]) / (values[cut, other] - values[cut, lone])
                ends.append(places[cut, lone] + share[:, None] * (places[cut, other] - places[cut, lone]))
            found += [QLineF(*line) for line in np.concatenate(ends, axis=1).tolist()]
    return found


class LossLandscape(Explorer):
    def __init__(self) -> None:
        self.surface = Surface()
        self.chart = PowerChart()
        pictures = QStackedWidget()
        pictures.addWidget(self.surface)
        pictures.addWidget(self.chart)
        super().__init__(LOSS_LANDSCAPE, "loss_landscape", pictures)
        self._drawn: tuple[Frame, Theme] | None = None
        self.kind = QComboBox()
        self.kind.addItems([tr("Plane"), tr("Lines")])
        self.kind.setAccessibleName(tr("The loss on a plane, or along two lines in it"))
        self.kind.currentIndexChanged.connect(pictures.setCurrentIndex)
        self.line.insertWidget(self.line.count() - 1, self.kind)
        self.other_plane = choice_button("", self.change_plane)
        self.choices.addWidget(self.other_plane)

    def change_plane(self) -> None:
        """Starts again in the plane of the run's way, or in a random one."""
        along = self.options_given.get("directions") == "path"
        self.set_option("directions", None if along else "path")
        if not self.busy:
            self.start_or_cancel()

    def begin(self, session: Session) -> None:
        if self.place is None:
            self.set_option("directions", None)  # fresh weights have come no way
        super().begin(session)

    def _show_state(self) -> None:
        super()._show_state()
        self.kind.setVisible(not self.busy)

    def _offer_plane(self, along: bool) -> None:
        self.options_given["directions"] = "path" if along else "random"
        self.other_plane.setText(tr("Random directions") if along else tr("Show the way of training"))
        words = (
            tr("Explore a plane of two random directions")
            if along
            else tr("Explore the plane in which training went from its start to these weights")
        )
        allow(self.other_plane, "", words)
        self.other_plane.setVisible(self.place is not None and not self.busy)

    def show_found(self, frame: Frame) -> None:
        x, y, loss, path = (np.asarray(frame.arrays[key], np.float64) for key in ("x", "y", "loss", "path"))
        meta = frame.meta
        if not self.busy:
            self._offer_plane(meta["directions"] == "path")
        else:
            self.other_plane.hide()
        if self._drawn != (frame, self.theme):  # progress alone draws no contours anew
            self.surface.show_surface(x, y, loss, path, [str(label) for label in meta["path_labels"]])
            self._drawn = frame, self.theme
        lines = [np.asarray(frame.arrays[key], np.float64) for key in ("slice_x", "slice_y")]
        heights = np.asarray(frame.arrays["slice"], np.float64)
        strokes = [
            Stroke(line[known], height[known], self.theme.plot(i))
            for i, (line, height) in enumerate(zip(lines, heights, strict=True))
            if (known := np.isfinite(height)).any()
        ]
        ends = around([*lines], 0.0)
        low, high = around([heights.reshape(-1)])
        labels = (tr("along the first (blue) and second direction"), tr("loss"))
        self.chart.show_chart(strokes, None, (*ends, low, high), labels)
        self.chart.show_marks([Mark(0.0, tr("these weights"), self.theme.muted)])
        self.tell(*self._words(frame, loss, heights))

    def _words(self, frame: Frame, loss: Floats, heights: Floats) -> tuple[str, str]:
        meta = frame.meta
        centre = float(meta["centre"])
        finite = np.concatenate([loss[np.isfinite(loss)], heights[np.isfinite(heights)]])
        least = float(finite.min()) if len(finite) else centre
        verdict = tr("Loss {value} at these weights", value=short(centre))
        held = [float(share) for share in meta["held"]]
        parts = []
        if meta["directions"] == "path":
            parts.append(
                tr("The plane holds the way from the start of training (white) to these weights (orange).")
            )
        else:
            parts.append(
                tr(
                    "Two random directions, scaled filter by filter to these weights (orange): a wide, smooth bowl is"
                    " easy to train and keeps its value when the data changes a little; a narrow or ragged one is not."
                )
            )
            if len(held) > 1:
                parts.append(
                    tr(
                        "Only {share} % of the way of training lies in this plane: have that way shown to see it.",
                        share=f"{100 * held[0]:.0f}" if held[0] >= 0.01 else f"{100 * held[0]:.1f}",
                    )
                )
        if least < centre - 0.02 * max(abs(centre), 1e-9):
            parts.append(
                tr("Nearby it falls to {value}: these weights are not at the bottom.", value=short(least))
            )
        lost = int((~np.isfinite(loss)).sum())
        if lost and not self.busy:
            parts.append(tr("At {n} points the loss is no number: they are blank.", n=f"{lost:,}"))
        return verdict, " ".join(parts)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        frame = self.found()
        if frame is None:
            return (), ()
        x, y, loss = (frame.arrays[key].tolist() for key in ("x", "y", "loss"))
        return ("x", "y", "loss"), [(a, b, loss[j][i]) for j, b in enumerate(y) for i, a in enumerate(x)]


LOSS_LANDSCAPE = View(
    name="loss_landscape",
    label="Loss landscape",
    icon="image",
    help="The loss around these weights, on a plane through them: how wide and how smooth the place is that training"
    " has found, and the way that led there.",
    place="network",
    measurements=(),
    applies=learns,
    make=LossLandscape,
    order=66,
    opens=no_network,
    before_training=True,
)
