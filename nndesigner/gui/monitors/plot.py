"""One plot of curves over steps, epochs or seconds: pyqtgraph with its costs kept down.

Curves are cut to what is in sight and to 2,000 points, ranges move in steps, and nothing is drawn but when told. It
knows lines, not runs: each `Line` says what it is drawn like.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.monitors.legend import Entry, Legend, with_value
from nndesigner.gui.monitors.series import (
    Floats,
    decimated,
    extent,
    nice_above,
    steady_range,
    thinned,
    within,
)
from nndesigner.gui.theme import Theme

SMOOTH_POINTS = 400
"""points of a smoothed line: more cannot be seen, and its thicker pen costs by the point"""
FEW_POINTS = 60
"""a line of so few points shows each as a dot"""


@dataclass
class Line:
    """One curve. `raw` is drawn thin and pale, without counting extremes for the range; the others clearly."""

    key: str
    family: str
    """lines of one family are one entry of the legend, shown and hidden together"""
    text: str
    color: str
    x: Floats
    y: Floats
    raw: bool = False
    smooth: bool = False
    in_legend: bool = True
    alpha: float = field(default=1.0)


LABEL_GAP = 10
"""pixels from one label of a level axis to the next"""


class Axis(pg.AxisItem):
    """Short tick labels without a common factor that nobody reads."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)
        self.whole = False

    def tickSpacing(self, minVal, maxVal, size):
        """Ticks of a level axis as far apart as their labels need, however narrow the plot is."""
        levels = super().tickSpacing(minVal, maxVal, size)
        reach = abs(maxVal - minVal)
        if self.orientation != "bottom" or self.logMode or not levels or not reach or not size:
            return levels
        metrics = QFontMetricsF(self.style["tickFont"] or self.font())
        spacing = levels[0][0]
        while True:
            first = spacing * math.ceil(min(minVal, maxVal) / spacing)
            marks = [first + spacing * i for i in range(int(reach / spacing) + 1)]
            widest = max((metrics.horizontalAdvance(number(mark)) for mark in marks), default=0.0)
            if len(marks) < 2 or spacing * size / reach >= widest + LABEL_GAP:
                return [(spacing, 0)]
            spacing *= 2

    def tickStrings(self, values, scale, spacing):
        if self.logMode:
            return self.logTickStrings(values, scale, spacing)
        return ["" if self.whole and v != int(v) else number(v) for v in values]

    def logTickStrings(self, values, scale, spacing):
        return [f"{10.0**v:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e0", "") for v in values]


def number(value: float) -> str:
    """A number on an axis: 12k, 1.5M, 0.25, 1e-5."""
    if value == 0:
        return "0"
    size = abs(value)
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            factor = 1e3 if unit == "k" else limit
            return f"{value / factor:.6g}{unit}"
    return f"{value:.4g}"


def reading(value: float) -> str:
    """A value in a legend, always about as wide."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size and (size < 1e-3 or size >= 1e5):
        return f"{value:.2e}"
    return f"{value:.4f}" if size < 10 else f"{value:.2f}"


class Plot(QWidget):
    """`ranged` says that the user moved, zoomed, or asked for everything again; `toggled` names lines to hide."""

    ranged = Signal()
    toggled = Signal(str)

    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__()
        self.title = title
        self.automatic = True
        """whether the ranges follow the data"""
        self.lines: tuple[Line, ...] = ()
        self.hidden: frozenset[str] = frozenset()
        self.log = False
        self._limit_x = 0.0
        self._range_y: tuple[float, float] | None = None
        self._range_x: tuple[float, float] | None = None
        self._unit = ""
        self._cross: float | None = None
        self._now: float | None = None
        self._theme = theme
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.legend = Legend()
        self.legend.setContentsMargins(6, 0, 6, 0)
        self.legend.toggled.connect(self.toggled)
        box.addWidget(self.legend)
        self._axes = {side: Axis(side) for side in ("left", "bottom")}
        self._canvas = pg.PlotWidget(axisItems=self._axes, enableMenu=False)
        self._canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._canvas.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self._canvas.setMinimumSize(90, 40)
        box.addWidget(self._canvas, 1)
        self._item = self._canvas.getPlotItem()
        self._item.hideButtons()
        self._view = self._item.getViewBox()
        self._view.disableAutoRange()
        self._view.setDefaultPadding(0)
        self._view.sigRangeChangedManually.connect(self._moved)
        self._curves: dict[str, pg.PlotCurveItem] = {}
        self._dots: dict[str, pg.ScatterPlotItem] = {}
        self._crosshair = pg.InfiniteLine(angle=90, movable=False)
        self._crosshair.setZValue(50)
        self._cursors: list[pg.InfiniteLine] = []
        self._crosshair.hide()
        self._item.addItem(self._crosshair, ignoreBounds=True)
        self._canvas.scene().sigMouseMoved.connect(self._hover)
        self._canvas.viewport().installEventFilter(self)
        self.theme_changed(theme)

    # -- looks -------------------------------------------------------------------------------------------------------
    def theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self._canvas.setBackground(theme.panel)
        font = QFont(self.font())
        font.setPointSizeF(max(self.font().pointSizeF() * 0.85, 7.0))
        pen = pg.mkPen(theme.border)
        for axis in self._axes.values():
            axis.setPen(pen)
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setTickFont(font)
            axis.setStyle(
                tickLength=-3, tickTextOffset=4, maxTickLevel=1 if axis.orientation == "left" else 0
            )
            axis.setGrid(38 if theme.dark else 60)
        self._axes["left"].setWidth(46)
        self._axes["bottom"].setHeight(20)
        self._crosshair.setPen(pg.mkPen(theme.muted, width=1))
        for key in (*self._curves, *self._dots):
            self._drop(key)

    def show_title(self, unit: str) -> None:
        """What runs along: a word for the readout ("step", "epoch", "second")."""
        self._unit = unit
        self._axes["bottom"].whole = unit != tr("second")

    def show_axis_numbers(self, shown: bool) -> None:
        """Whether the numbers of the x axis are written."""
        self._axes["bottom"].setStyle(showValues=shown)
        self._axes["bottom"].setHeight(20 if shown else 5)

    def set_log(self, log: bool) -> None:
        if log != self.log:
            self.log = log
            self._axes["left"].setLogMode(y=log)
            self._range_y = None
            self.automatic = True

    # -- drawing -----------------------------------------------------------------------------------------------------
    def draw(self, lines: Sequence[Line], hidden: frozenset[str], whole: float = 0.0) -> None:
        """Shows these curves; `whole` is where the x axis is known to end."""
        self.lines, self.hidden = tuple(lines), hidden
        shown = [line for line in lines if line.family not in hidden]
        data = {line.key: self._ready(line) for line in shown}
        if self.automatic:
            self._follow(shown, data, whole)
        (left, right), _ = self._view.viewRange()
        for line in shown:
            x, y = data[line.key]
            inside = within(x, left, right)
            x, y = x[inside], y[inside]
            x, y = thinned(x, y, SMOOTH_POINTS) if line.smooth else decimated(x, y)
            self._curve(line).setData(x, y, skipFiniteCheck=True)
            self._show_dots(line, x, y)
        for key in {*self._curves, *self._dots} - {line.key for line in shown}:
            self._drop(key)
        self._tell()

    def _ready(self, line: Line) -> tuple[Floats, Floats]:
        """Only what can be drawn: finite, and positive on a logarithmic axis."""
        x, y = line.x, line.y
        good = np.isfinite(y)
        if self.log:
            good &= y > 0
        if not good.all():
            x, y = x[good], y[good]
        return x, np.log10(y) if self.log else y

    def _follow(self, shown: Sequence[Line], data: dict[str, tuple[Floats, Floats]], whole: float) -> None:
        ends = [x[-1] for x, _ in data.values() if len(x)]
        newest = max(ends, default=0.0)
        if whole >= newest > 0.15 * whole:
            limit = whole
        else:  # a run that will be long: what there is so far fills the picture
            limit = self._limit_x if self._limit_x >= newest > self._limit_x / 3 else nice_above(newest)
        self._limit_x = limit
        raws = [data[line.key][1] for line in shown if line.raw]
        clear = [data[line.key][1] for line in shown if not line.raw]
        found = extent(clear)
        spread = extent(raws, 0.01)
        both = [pair for pair in (found, spread) if pair is not None]
        ranges: dict[str, tuple[float, float]] = {}
        if (0.0, limit) != self._range_x:
            ranges["xRange"] = self._range_x = (0.0, limit)
        if both:
            low, high = min(pair[0] for pair in both), max(pair[1] for pair in both)
            wanted = steady_range(low, high, self._range_y)
            if wanted != self._range_y:
                ranges["yRange"] = self._range_y = wanted
        if ranges:
            self._view.setRange(**ranges, padding=0, disableAutoRange=False)

    def _curve(self, line: Line) -> pg.PlotCurveItem:
        curve = self._curves.get(line.key)
        if curve is None:
            color = QColor(line.color)
            color.setAlphaF(line.alpha)
            # Thick pens are slow on long lines: raw curves are one pixel wide.
            pen = pg.mkPen(color, width=1 if line.raw else 1.8)
            curve = pg.PlotCurveItem(pen=pen, antialias=not line.raw, skipFiniteCheck=True)
            curve.setZValue(0 if line.raw else 10)
            self._item.addItem(curve, ignoreBounds=True)
            self._curves[line.key] = curve
        return curve

    def _show_dots(self, line: Line, x: Floats, y: Floats) -> None:
        dotted = not line.raw and not line.smooth and len(x) <= FEW_POINTS
        if not dotted:
            if line.key in self._dots:
                self._item.removeItem(self._dots.pop(line.key))
            return
        dots = self._dots.get(line.key)
        if dots is None:
            dots = pg.ScatterPlotItem(size=4.5, pen=None, brush=pg.mkBrush(line.color))
            dots.setZValue(11)
            self._item.addItem(dots, ignoreBounds=True)
            self._dots[line.key] = dots
        dots.setData(x=x, y=y)

    def _drop(self, key: str) -> None:
        for store in (self._curves, self._dots):
            item = store.pop(key, None)
            if item is not None:
                self._item.removeItem(item)

    def drawn(self, key: str) -> tuple[Floats, Floats]:
        """The points on the screen of one curve, logarithms on a logarithmic axis; empty where it is not drawn."""
        curve = self._curves.get(key)
        if curve is None:
            return np.zeros(0), np.zeros(0)
        x, y = curve.getData()
        return (np.zeros(0), np.zeros(0)) if x is None else (x, y)

    @property
    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What is in sight: (left, right), (bottom, top)."""
        (left, right), (low, high) = self._view.viewRange()
        return (left, right), (low, high)

    # -- looking closer ----------------------------------------------------------------------------------------------
    def show_range(self, left: float, right: float) -> None:
        """Looks at a part of the x axis."""
        self._view.setXRange(left, right, padding=0)
        self._moved()

    def _moved(self, *_: object) -> None:
        self.automatic = False
        self._range_x = self._range_y = None
        self.ranged.emit()

    def show_all(self) -> None:
        """The ranges follow the data again."""
        self.automatic = True
        self._range_x = self._range_y = None
        self.ranged.emit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick and isinstance(event, QMouseEvent):
            self.show_all()
            return True
        if event.type() == QEvent.Type.Leave:
            self._cross = None
            self._crosshair.hide()
            self._tell()
        return False

    def _hover(self, place: QPointF) -> None:
        if not self._view.sceneBoundingRect().contains(place):
            self._cross = None
            self._crosshair.hide()
        else:
            self._cross = float(self._view.mapSceneToView(place).x())
            self._crosshair.setPos(self._cross)
            self._crosshair.show()
        self._tell()

    def show_cursors(self, places: Sequence[tuple[float, str]], now: float | None = None) -> None:
        """Lines across the plot at places of the x axis, each in a colour: moments that are looked at. The legend
        gives the values of `now`, None for the newest."""
        while len(self._cursors) > len(places):
            self._item.removeItem(self._cursors.pop())
        while len(self._cursors) < len(places):
            line = pg.InfiniteLine(angle=90, movable=False)
            line.setZValue(40)
            self._item.addItem(line, ignoreBounds=True)
            self._cursors.append(line)
        for line, (x, color) in zip(self._cursors, places, strict=True):
            line.setPen(pg.mkPen(color, width=1.6))
            line.setPos(x)
        if now != self._now:
            self._now = now
            self._tell()

    @property
    def cursors(self) -> tuple[float, ...]:
        """Where the lines of `show_cursors` stand."""
        return tuple(float(line.value()) for line in self._cursors)

    # -- the legend, which is the readout too ------------------------------------------------------------------------
    def _tell(self) -> None:
        lead = f"{self.title}"
        if (at := self._read_at) is not None:
            where = f"{at:,.2f}" if self._unit != tr("step") else f"{round(at):,}"
            lead = f"{self._unit} {where}"
        entries = []
        for line in self.lines:
            if not line.in_legend:
                continue
            gone = line.family in self.hidden
            entry = Entry(line.family, line.text, line.color, hidden=gone)
            entries.append(with_value(entry, self._value(line)))
        self.legend.show_entries(entries, lead)

    @property
    def _read_at(self) -> float | None:
        """Where the mouse is, else the moment that is looked at."""
        return self._cross if self._cross is not None else self._now

    def _value(self, line: Line) -> str:
        if not len(line.x):
            return ""
        where = self._read_at
        if where is None:
            return reading(float(line.y[-1]))
        if self._cross is None:  # of an earlier moment what was known then
            known = int(np.searchsorted(line.x, where, side="right"))
            return reading(float(line.y[known - 1])) if known else ""
        at = int(np.searchsorted(line.x, where))
        if at == len(line.x) and where > line.x[-1]:
            return ""
        if at and (at == len(line.x) or where - line.x[at - 1] < line.x[at] - where):
            at -= 1
        return reading(float(line.y[at]))
