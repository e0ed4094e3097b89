"""Answers against the truth for targets that are numbers: the points, or what is left over, and how that is spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Chart, Dots, around
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import HistogramPicture, short
from nndesigner.gui.plain import Elided, set_tip
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

MOST_COLUMNS = 64
BINS = 32


class Regression(Monitor):
    """The points of the newest evaluation."""

    def __init__(self) -> None:
        super().__init__(REGRESSION_VIEW)
        self.column = 0
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.columns = QComboBox()
        self.columns.setAccessibleName(tr("Which number of the target"))
        self.columns.activated.connect(self.show_column)
        self.columns.hide()
        row.addWidget(self.columns)
        self.kind = QComboBox()
        self.kind.addItems([tr("Answers"), tr("Residuals")])
        self.kind.setAccessibleName(tr("Answers, or what they are off by"))
        set_tip(
            self.kind, tr("What was answered against the truth, or by how much it is off (answer − truth)")
        )
        self.kind.currentIndexChanged.connect(lambda _: self.refresh())
        row.addWidget(self.kind)
        box.addLayout(row)
        self._split = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._split.setSpacing(8)
        self.chart = Chart()
        self.histogram = HistogramPicture()
        self._split.addWidget(self.chart, 3)
        self._split.addWidget(self.histogram, 2)
        box.addLayout(self._split, 1)
        self.set_content(content)
        self._truth: npt.NDArray[np.float64] = np.zeros(0)
        self._answer: npt.NDArray[np.float64] = np.zeros(0)
        self._index: npt.NDArray[np.int64] = np.zeros(0, np.int64)

    def show_column(self, column: int) -> None:
        """Another number of the target; shown after the next evaluation."""
        if column != self.column:
            self.column = column
            self.subscription_changed.emit()

    def options(self, measurement: str) -> dict[str, object]:
        return {"column": self.column}

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 1.2 * self.height()
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def draw(self) -> None:
        frame = self.frame("regression")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Answers and truth"),
                tr(
                    "What is answered against what is true: drawn after the first epoch with validation data."
                ),
            )
            return
        self.show_content()
        meta = frame.meta
        self._truth, self._answer = (frame.arrays[key].astype(np.float64) for key in ("truth", "answer"))
        self._index = frame.arrays["index"]
        known = np.isfinite(self._truth) & np.isfinite(self._answer)
        truth, answer = self._truth[known], self._answer[known]
        residual = answer - truth
        name = str(meta.get("name", ""))
        dots = Dots(
            truth, residual if self.kind.currentIndex() else answer, np.zeros(len(truth), np.int64), 2.2
        )
        numbers = np.flatnonzero(known)

        def words(dot: int) -> str:
            i = int(numbers[dot])
            return tr(
                "Sample {n}: truth {truth}, answered {answer}",
                n=f"{int(self._index[i]):,}",
                truth=short(float(self._truth[i])),
                answer=short(float(self._answer[i])),
            )

        left, right = around([truth])
        if self.kind.currentIndex():
            low, high = around([residual, np.zeros(1)])
            guide = ((left, 0.0), (right, 0.0))
            up = tr("answer − truth")
        else:
            low, high = around([answer, truth])
            guide = ((min(left, low), min(left, low)), (max(right, high), max(right, high)))
            up = tr("answer")
        self.chart.show_chart(
            (), dots, (left, right, low, high), (tr("truth: {name}", name=name), up), guide, words
        )
        self._show_spread(residual)
        self._offer(int(meta.get("columns", 1)))
        r2, rmse, bias = (float(meta.get(key, np.nan)) for key in ("r2", "rmse", "bias"))
        parts = [f"R² {short(r2)}", f"RMSE {short(rmse)}", tr("bias {bias}", bias=short(bias))]
        self.words.setText(" · ".join(parts))

    def _show_spread(self, residual: npt.NDArray[np.float64]) -> None:
        if not len(residual):
            return
        # Evenly around zero: a network that is off to one side shows as bars that are not in the middle.
        reach = float(np.abs(residual).max()) or 1.0
        counts, edges = np.histogram(residual, BINS, (-reach, reach))
        self.histogram.show_histogram(
            tr("Residuals"),
            tr("half within ± {value}", value=short(float(np.median(np.abs(residual))))),
            counts.astype(np.int64),
            edges.astype(np.float32),
            float(residual.mean()),
            self.theme.plot(0),
        )

    def _offer(self, number: int) -> None:
        number = min(number, MOST_COLUMNS)
        if self.columns.count() != number:
            self.columns.clear()
            self.columns.addItems([tr("number {n} of {all}", n=i + 1, all=number) for i in range(number)])
        self.columns.setCurrentIndex(min(self.column, number - 1))
        self.columns.setVisible(number > 1 and self.run is not None and self.run.live)

    def sample_at(self, place: QPoint) -> int | None:
        dot = self.chart.dot_at(QPointF(self.chart.mapFromGlobal(place)))
        known = np.flatnonzero(np.isfinite(self._truth) & np.isfinite(self._answer))
        return int(self._index[known[dot]]) if dot is not None else None

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("sample", "truth", "answer", "residual"), [
            (int(i), float(t), float(a), float(a - t))
            for i, t, a in zip(self._index, self._truth, self._answer, strict=True)
        ]


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["regression"].applies_to(checked)


REGRESSION_VIEW = View(
    name="regression",
    label="Regression",
    icon="points",
    help="What was answered against what is true, for every sample of the validation data, and how far off it is.",
    place="network",
    measurements=("regression",),
    applies=_applies,
    make=Regression,
    order=15,
)
