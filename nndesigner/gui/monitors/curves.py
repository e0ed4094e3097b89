"""Loss and metric curves, train and validation, of one run or several: every step thin, smoothed on top.

It reads the histories of the runs; nothing is measured for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.metrics import METRICS
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.plot import Line, Plot
from nndesigner.gui.monitors.series import Floats, Peaks, Smoother, within
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.plain import menu_text, set_tip
from nndesigner.gui.theme import Theme
from nndesigner.runs.history import Series

SMOOTHINGS = {"none": 0.0, "little": 0.7, "medium": 0.92, "strong": 0.985}
"""word → decay of the moving average over steps"""
MOST_CHIPS = 3
CHIP_WORDS = 240
"""pixels that their words may take together: a row of long names leaves no room for the views beside the curves"""
LONG = 40
"""points from which on a curve of single steps is noise that wants smoothing"""
VERY_LONG = 200_000
"""points from which on a curve is drawn from its peaks and dips, unless a part of it that is shorter is in sight"""
SPLITS = ("train", "validation", "test")


def metric_label(name: str) -> str:
    """The name of a metric as a person says it; the name of an output after it stays."""
    bare, dot, head = name.partition(" · ")
    words = {
        "loss": tr("Loss"),
        "iou": tr("IoU") if dot else tr("Mean IoU"),
        "accuracy": tr("Accuracy"),
        "learning rate": tr("Learning rate"),
        "mae": tr("Mean absolute error"),
        "rmse": tr("Root mean square error"),
        "r2": tr("R²"),
    } | {metric: tr(known.label) for metric, known in METRICS.items() if not known.usual}
    return words.get(bare, bare) + dot + head


def metrics_of(runs: Sequence[ShownRun]) -> tuple[str, ...]:
    """The metrics that any of the runs has: loss first, scores, the rest, the learning rate last."""
    found = {name.removeprefix("epoch ") for run in runs for _, name in run.history.curves()}
    first = ("loss", "iou", "accuracy", "r2", "rmse", "mae", *METRICS)

    def place(name: str) -> tuple[int, int, str]:
        bare = name.partition(" · ")[0]
        rank = first.index(bare) if bare in first else len(first) + (bare == "learning rate")
        return rank, len(name) > len(bare), name

    return tuple(sorted(found, key=place))


class Curves(Monitor):
    """The curves of all runs that are looked at, a plot per metric."""

    def __init__(self) -> None:
        super().__init__(CURVES)
        self.along = "step"
        self.smoothing = "medium"
        self.chosen: list[str] | None = None
        """the metrics that the user wants to see; None for loss and the main score"""
        self.hidden: frozenset[str] = frozenset()
        self.plots: dict[str, Plot] = {}
        self._metrics: tuple[str, ...] = ()
        self._smoothers: dict[tuple[int, str, str, float], Smoother] = {}
        self._peaks: dict[tuple[int, str, str], Peaks] = {}
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(8, 4, 8, 4)
        box.setSpacing(2)
        box.addLayout(self._bar())
        self._area = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._area.setSpacing(8)
        box.addLayout(self._area, 1)
        self.set_content(content)

    # -- the bar above -----------------------------------------------------------------------------------------------
    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(2)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(2)
        bar.addLayout(self._chips)
        bar.addStretch(1)
        self.all_button = QToolButton()
        self.all_button.setIcon(icon("fit", role="accent"))
        set_tip(self.all_button, tr("Show everything again (double-click)"))
        self.all_button.setAccessibleName(tr("Show everything again"))
        self.all_button.clicked.connect(self.show_all)
        self.all_button.hide()
        bar.addWidget(self.all_button)
        self.log_button = QToolButton()
        self.log_button.setText(tr("log"))
        self.log_button.setCheckable(True)
        set_tip(
            self.log_button, tr("Loss on a logarithmic axis: small changes late in the run become visible.")
        )
        self.log_button.toggled.connect(self._restyle)
        bar.addWidget(self.log_button)
        self.settings = QToolButton()
        self.settings.setIcon(icon("settings", role="muted"))
        self.settings.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.settings.setAccessibleName(tr("How curves are drawn"))
        set_tip(self.settings, tr("What runs along, and how much is smoothed"))
        menu = QMenu(self.settings)
        along = {"step": tr("Over steps"), "epoch": tr("Over epochs"), "second": tr("Over time")}
        self._choices(menu, along, self.along, self.set_along)
        menu.addSeparator()
        smoothing = {
            "none": tr("No smoothing"),
            "little": tr("A little smoothing"),
            "medium": tr("Smoothed"),
            "strong": tr("Strongly smoothed"),
        }
        self._choices(menu, smoothing, self.smoothing, self.set_smoothing)
        self.settings.setMenu(menu)
        bar.addWidget(self.settings)
        return bar

    def _choices(self, menu: QMenu, words: dict[str, str], now: str, choose) -> None:
        group = QActionGroup(menu)
        for word, text in words.items():
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(word == now)
            action.triggered.connect(lambda _=False, word=word: choose(word))
            group.addAction(action)
            menu.addAction(action)

    def set_along(self, along: str) -> None:
        """What runs along: "step", "epoch" or "second"."""
        self.along = along
        self._restyle()

    def set_smoothing(self, smoothing: str) -> None:
        """One of `SMOOTHINGS`."""
        self.smoothing = smoothing
        self._smoothers.clear()
        self._restyle()

    def choose(self, metrics: Sequence[str]) -> None:
        """Shows a plot for each of these metrics."""
        self.chosen = list(metrics)
        self._metrics = ()
        self._restyle()

    def show_all(self) -> None:
        for plot in self.plots.values():
            plot.show_all()

    def _restyle(self, *_: object) -> None:
        for plot in self.plots.values():
            plot.show_title(self._word())
            plot.automatic = True
            plot.show_all()
        self._draw_now()

    def _word(self) -> str:
        return {"step": tr("step"), "epoch": tr("epoch"), "second": tr("second")}[self.along]

    def _toggle_metric(self, name: str, on: bool) -> None:
        shown = [m for m in self.shown_metrics() if m != name]
        self.choose([*shown, name] if on else shown or [name])

    def _toggle_lines(self, family: str) -> None:
        self.hidden = self.hidden ^ {family}
        self._draw_now()

    def _draw_now(self) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self.stale = True

    def shown_metrics(self) -> tuple[str, ...]:
        if self.chosen is not None:
            kept = tuple(m for m in self._known if m in self.chosen)
            if kept:
                return kept
        scores = [m for m in self._known if m.partition(" · ")[0] in ("iou", "accuracy", "r2")]
        return tuple(m for m in self._known if m in ("loss", *scores[:1])) or self._known[:2]

    _known: tuple[str, ...] = ()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def show_runs(self, runs: Sequence[ShownRun]) -> None:
        if [run.history for run in runs] != [run.history for run in self.runs]:
            self._smoothers.clear()
            self._peaks.clear()
            self.hidden = frozenset()
            for plot in self.plots.values():
                plot.automatic = True
        super().show_runs(runs)

    def draw(self) -> None:
        known = metrics_of(self.runs)
        if not known:
            self.show_empty(
                tr("Curves"),
                tr("Press Train: the loss appears here with the first step.")
                if not self.runs
                else tr("The first numbers appear in a moment.")
                if any(run.live for run in self.runs)
                else tr("This run ended before its first step."),
            )
            return
        self._known = known
        self._make_plots(self.shown_metrics())
        self.show_content()
        for name, plot in self.plots.items():
            plot.set_log(self.log_button.isChecked() and name.partition(" · ")[0] in ("loss", "rmse", "mae"))
            plot.draw(self.lines(name), self.hidden, self._whole())
        self._show_cursors()
        self.all_button.setVisible(any(not plot.automatic for plot in self.plots.values()))

    def show_moment(self, moment: int | None, compared: int | None = None) -> None:
        """A line at the moment: the curves themselves stay."""
        stale = self.stale
        super().show_moment(moment, compared)
        if self.stale != stale:
            self.stale = stale
            self._show_cursors()

    def _show_cursors(self) -> None:
        both = ((self.compared, self.theme.warning), (self.moment, self.theme.accent))
        places = [(self._along(step), color) for step, color in both if step is not None]
        now = self._along(self.moment) if self.moment is not None else None
        for plot in self.plots.values():
            plot.show_cursors(places, now)

    def _along(self, step: int) -> float:
        """A step of the first run in what runs along."""
        if self.along == "step" or self.run is None:
            return float(step)
        series = max((self.run.history.series(*key) for key in self.run.history.curves()), key=len)
        return float(np.interp(step, series.steps, self._x(series)))

    def _whole(self) -> float:
        """Where the curves are known to end; 0 where they are not."""
        ends = []
        for run in self.runs:
            clock = run.history.clock
            if not run.live:
                ends.append(self._newest(run))
            elif clock is not None:
                ends.append({"step": float(clock.steps), "epoch": float(clock.epochs)}.get(self.along, 0.0))
        return max(ends, default=0.0)

    def _newest(self, run: ShownRun) -> float:
        series = [run.history.series(*key) for key in run.history.curves()]
        return max((float(self._column(s)[-1]) for s in series if len(s)), default=0.0)

    def _x(self, series: Series) -> Floats:
        return self._column(series).astype(np.float64, copy=False)

    def _column(self, series: Series) -> npt.NDArray[np.float64 | np.int64]:
        """What runs along, as the series keeps it."""
        if self.along == "step":
            return series.steps
        return series.epochs if self.along == "epoch" else series.seconds

    def lines(self, metric: str) -> list[Line]:
        """The lines of one metric, of all runs. One run has a colour per part of the data; of several, each has one
        colour, with the training data pale."""
        several = len(self.runs) > 1
        made: list[Line] = []
        for i, run in enumerate(self.runs):
            found = {split: s for split in SPLITS if len(s := self._series(run, split, metric))}
            main = "validation" if "validation" in found else next(iter(found), "")
            for split, series in found.items():
                color = self.theme.plot(i if several else SPLITS.index(split))
                text = run.name if several else tr(split)
                lines = self._line(run, i, split, metric, series, color, text)
                if several:
                    for line in lines:
                        line.family = str(i)
                        line.in_legend = line.in_legend and split == main
                        line.alpha *= 1.0 if split == main else 0.5
                made += lines
        return made

    @staticmethod
    def _series(run: ShownRun, split: str, metric: str) -> Series:
        """Every step where there is that, else every epoch."""
        series = run.history.series(split, metric)
        return series if len(series) else run.history.series(split, f"epoch {metric}")

    def _line(
        self, run: ShownRun, i: int, split: str, metric: str, series: Series, color: str, text: str
    ) -> list[Line]:
        family = f"{i}:{split}"
        key = f"{family}:{metric}"
        y = series.values
        if metric == "learning rate":
            x, y = _as_steps(self._x(series), y, self._newest(run))
            return [Line(key, family, text, color, x, y)]
        if len(y) > VERY_LONG and (found := self._very_long(run, split, metric, series)) is not None:
            places, smooth = found
            x, y = self._column(series)[places].astype(np.float64), y[places]
            raw = Line(f"{key}:raw", family, text, color, x, y, raw=True, in_legend=False, alpha=0.3)
            if smooth is None:
                return [replace(raw, key=key, in_legend=True, alpha=1.0)]
            return [raw, Line(key, family, text, color, x, smooth[places], smooth=True)]
        x = self._x(series)
        decay = SMOOTHINGS[self.smoothing]
        by_step = len(y) >= LONG and len(y) > 2 * (series.epochs[-1] - series.epochs[0] + 1)
        if not by_step or decay == 0.0:
            return [Line(key, family, text, color, x, y, raw=by_step)]
        good = np.isfinite(y)
        if not good.all():
            x, y = x[good], y[good]
        # A short curve is smoothed over fewer steps, or the line would lag far behind it; in powers of two, so that
        # it is worked out anew only now and then.
        steps = 2.0 ** int(np.log2(len(y))) / 16
        decay = min(decay, 1 - 1 / max(steps, 1.5))
        smoother = self._smoothers.setdefault((id(run.history), split, metric, decay), Smoother(decay))
        return [
            Line(f"{key}:raw", family, text, color, x, y, raw=True, in_legend=False, alpha=0.3),
            Line(key, family, text, color, x, smoother(y), smooth=True),
        ]

    def _very_long(
        self, run: ShownRun, split: str, metric: str, series: Series
    ) -> tuple[npt.NDArray[np.int64], Floats | None] | None:
        """Which points of a curve of very many are looked at, and its moving average (None without smoothing): the
        peaks and dips, or every point of a short part that is in sight. None where not every value is finite."""
        values = series.values
        peaks = self._peaks.setdefault((id(run.history), split, metric), Peaks())
        places = peaks(values)
        if not peaks.finite:
            return None
        plot = self.plots.get(metric)
        if plot is not None and not plot.automatic:
            part = within(self._column(series), *plot.ranges[0])
            if part.stop - part.start < VERY_LONG:
                newest = len(values) - 1  # the legend tells it
                places = np.arange(part.start, part.stop)
                places = places if part.stop > newest else np.append(places, newest)
        decay = SMOOTHINGS[self.smoothing]
        if decay == 0.0:
            return places, None
        return places, self._smoothers.setdefault((id(run.history), split, metric, decay), Smoother(decay))(
            values
        )

    def _make_plots(self, names: tuple[str, ...]) -> None:
        """A plot for each name; those that are there already stay as they are, the part in sight too."""
        if names != tuple(self.plots):
            before, self.plots = self.plots, {}
            for name, plot in before.items():
                self._area.removeWidget(plot)
                if name not in names:
                    plot.hide()
                    plot.deleteLater()
            for name in names:
                plot = self.plots[name] = before.get(name) or self._made(name)
                self._area.addWidget(plot, 1)
                plot.show()  # at once: a layout shows what is new in it with the next turn of the event loop
            self._turn()
        if self._metrics != self._known or names != self._chips_for:
            self._metrics, self._chips_for = self._known, names
            self._show_chips()

    _chips_for: tuple[str, ...] = ()

    def _made(self, name: str) -> Plot:
        plot = Plot(metric_label(name), self.theme)
        plot.show_title(self._word())
        plot.ranged.connect(self._ranged)
        plot.toggled.connect(self._toggle_lines)
        return plot

    def _ranged(self) -> None:
        self._draw_now()

    def _show_chips(self) -> None:
        while self._chips.count():
            item = self._chips.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        shown = self.shown_metrics()
        number = self._number_of_chips()
        for name in self._known[:number]:
            chip = QToolButton()
            chip.setText(menu_text(metric_label(name)))
            chip.setCheckable(True)
            chip.setChecked(name in shown)
            chip.setObjectName(f"metric:{name}")
            chip.toggled.connect(lambda on, name=name: self._toggle_metric(name, on))
            self._chips.addWidget(chip)
        rest = self._known[number:]
        if rest:
            more = QToolButton()
            more.setIcon(icon("more", role="muted"))
            more.setAccessibleName(tr("More curves"))
            set_tip(more, tr("More curves"))
            more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            menu = QMenu(more)
            for name in rest:
                action = menu.addAction(menu_text(metric_label(name)))
                action.setCheckable(True)
                action.setChecked(name in shown)
                action.toggled.connect(lambda on, name=name: self._toggle_metric(name, on))
            more.setMenu(menu)
            self._chips.addWidget(more)

    def _number_of_chips(self) -> int:
        """So many of the known numbers stand beside the curves, the others in a menu."""
        wide, number = 0, 0
        for name in self._known[:MOST_CHIPS]:
            wide += self.fontMetrics().horizontalAdvance(tr(metric_label(name)))
            if number and wide > CHIP_WORDS:
                break
            number += 1
        return number

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """Plots side by side where that leaves each wider than high; below each other they share what runs along."""
        low = self.height() < 110 + 95 * len(self.plots)
        wide = (self.width() > 1.9 * self.height() and self.width() > 480) or (low and self.width() > 330)
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._area.direction() != direction:
            self._area.setDirection(direction)
        for i, plot in enumerate(self.plots.values()):
            plot.show_axis_numbers(wide or i == len(self.plots) - 1)

    def theme_changed(self, theme: Theme) -> None:
        for plot in self.plots.values():
            plot.theme_changed(theme)
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows: list[tuple[object, ...]] = []
        for run in self.runs:
            for split, name in run.history.curves():
                if name.removeprefix("epoch ") not in self.shown_metrics():
                    continue
                series = run.history.series(split, name)
                rows += [
                    (run.name, split, name, step, epoch, value, second)
                    for step, epoch, value, second in zip(
                        series.steps.tolist(),
                        series.epochs.tolist(),
                        series.values.tolist(),
                        series.seconds.tolist(),
                        strict=True,
                    )
                ]
        return ("run", "split", "name", "step", "epoch", "value", "seconds"), rows


def _as_steps(x: Floats, y: Floats, end: float) -> tuple[Floats, Floats]:
    """A value that stays until the next one, as corners of a line up to `end`."""
    if not len(x):
        return x, y
    xs = np.concatenate((np.repeat(x, 2)[1:], [max(end, x[-1])]))
    return xs, np.repeat(y, 2)


def _applies(checked: CheckedNetwork) -> bool:
    return True


CURVES = View(
    name="curves",
    label="Curves",
    icon="chart",
    help="How loss and scores develop: on the training data, and on validation data that is not learned from.",
    place="curves",
    measurements=(),
    applies=_applies,
    make=Curves,
    order=0,
)
