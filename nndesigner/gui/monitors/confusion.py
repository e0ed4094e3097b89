"""Which classes are taken for which, over the whole validation part: a row per true class, a column per answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Picture, small_font
from nndesigner.gui.plain import Elided
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

LONGEST_NAME = 84
ALL_NAMES = 13
"""room that a class needs for its name to be written"""


class Matrix(Picture):
    """The counts as coloured cells: right ones in one colour, wrong ones in another, each by its share of the row."""

    def __init__(self) -> None:
        super().__init__(QSize(150, 130))
        self.counts: npt.NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self.before: npt.NDArray[np.int64] | None = None
        self.classes: tuple[str, ...] = ()

    @property
    def changes(self) -> npt.NDArray[np.int64] | None:
        """(classes, classes) int64: how many were added since the moment that is compared with."""
        return self.counts.astype(np.int64) - self.before if self.before is not None else None

    def show_counts(
        self,
        counts: npt.NDArray[np.int64],
        classes: Sequence[str],
        before: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """(classes, classes): rows are the truth. With the counts of another moment, what was added since is shown."""
        if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
            raise ValueError("a confusion matrix is square")
        if before is not None and before.shape != counts.shape:
            before = None
        self.counts, self.before = counts, before
        names = [str(name) for name in classes][: len(counts)]
        self.classes = (*names, *(str(i) for i in range(len(names), len(counts))))
        self.setAccessibleName(tr("Confusion matrix of {n} classes", n=len(counts)))
        self.update()

    def frame(self) -> QRectF:
        """Where the cells are: square, beside the names of the rows."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name in self.classes), default=0)
        left, top = min(widest, LONGEST_NAME) + 26, 36
        edge = max(min(self.width() - left - 6, self.height() - top - 6), 20)
        return QRectF(left, top, edge, edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter, shown_theme())
        painter.end()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """The matrix in the colours of a theme, on the screen or in a file, at the size of the widget."""
        n = len(self.counts)
        if not n:
            return
        painter.save()
        frame = self.frame()
        cell = frame.width() / n
        totals = np.maximum(self.counts.sum(axis=1), 1)
        shown = self.changes if self.changes is not None else self.counts
        right, wrong = QColor(theme.accent), QColor(theme.error)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.hover))
        painter.drawRect(frame)
        gap = 1.0 if cell >= 6 else 0.0
        for row, column in np.argwhere(shown != 0).tolist():
            share = abs(float(shown[row, column] / totals[row]))
            # More right answers, and fewer wrong ones, are good.
            good = (row == column) == bool(shown[row, column] > 0)
            color = QColor(right if good else wrong)
            color.setAlphaF(min(0.12 + 0.88 * share if row == column else 0.22 + 1.6 * share, 1.0))
            painter.setBrush(color)
            painter.drawRect(self._cell(frame, cell, row, column).adjusted(0, 0, -gap, -gap))
        self._paint_numbers(painter, frame, cell, totals, shown, theme)
        self._paint_names(painter, frame, cell, theme)
        painter.restore()

    @staticmethod
    def _cell(frame: QRectF, cell: float, row: int, column: int) -> QRectF:
        return QRectF(frame.left() + column * cell, frame.top() + row * cell, cell, cell)

    def _paint_numbers(
        self,
        painter: QPainter,
        frame: QRectF,
        cell: float,
        totals: npt.NDArray[np.int64],
        shown: npt.NDArray[np.int64],
        theme: Theme,
    ) -> None:
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        form = "+,d" if self.before is not None else ",d"
        widest = max(metrics.horizontalAdvance(f"{int(n):{form}}") for n in (shown.max(), shown.min()))
        if widest + (1 if self.before is not None else 4) > cell or metrics.height() > cell + 2:
            return
        for row, column in np.argwhere(shown != 0).tolist():
            share = abs(float(shown[row, column] / totals[row]))
            strong = share > 0.5 if row == column else share > 0.35
            painter.setPen(QColor(theme.accent_text if strong else theme.text))
            place = self._cell(frame, cell, row, column)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), f"{int(shown[row, column]):{form}}")

    def _paint_names(self, painter: QPainter, frame: QRectF, cell: float, theme: Theme) -> None:
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        every = max(1, int(np.ceil(ALL_NAMES / cell)))
        painter.setPen(QColor(theme.text))
        for i in range(0, len(self.classes), every):
            name = metrics.elidedText(self.classes[i], Qt.TextElideMode.ElideRight, LONGEST_NAME)
            place = QRectF(18, frame.top() + i * cell, frame.left() - 24, cell * every)
            place.setHeight(max(cell, metrics.height()) if every == 1 else metrics.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)
        widest = max(metrics.horizontalAdvance(name) for name in self.classes)
        step = every
        while step < len(self.classes) and min(widest, LONGEST_NAME) + 6 > cell * step and cell * step < 44:
            step += 1
        for i in range(0, len(self.classes), step):
            name = metrics.elidedText(
                self.classes[i], Qt.TextElideMode.ElideRight, int(max(cell * step - 4, 8))
            )
            place = QRectF(frame.left() + i * cell, frame.top() - 18, cell * step, 16)
            align = Qt.AlignmentFlag.AlignHCenter if step == 1 else Qt.AlignmentFlag.AlignLeft
            painter.drawText(place, int(align | Qt.AlignmentFlag.AlignVCenter), name)
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            QRectF(frame.left(), 0, frame.width(), 16), int(Qt.AlignmentFlag.AlignHCenter), tr("answered")
        )
        painter.save()
        words = tr("truth")
        painter.translate(metrics.ascent() + 1, frame.center().y() + metrics.horizontalAdvance(words) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), words)
        painter.restore()

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The row and the column under a place."""
        frame, n = self.frame(), len(self.counts)
        if not n or not frame.contains(point):
            return None
        column = min(int((point.x() - frame.left()) / frame.width() * n), n - 1)
        return min(int((point.y() - frame.top()) / frame.height() * n), n - 1), column

    def words_at(self, point: QPointF) -> str:
        cell = self.cell_at(point)
        if cell is None:
            return ""
        row, column = cell
        total, here = int(self.counts[row].sum()), int(self.counts[row, column])
        share = f"{100 * here / total:.0f}" if total else "0"
        truth, answer = self.classes[row], self.classes[column]
        if row == column:
            return tr(
                "{n} of {all} “{truth}” were right ({share} %)", n=here, all=total, truth=truth, share=share
            )
        return tr(
            "{n} of {all} “{truth}” were taken for “{answer}” ({share} %)",
            n=here,
            all=total,
            truth=truth,
            answer=answer,
            share=share,
        )


class Confusion(Monitor):
    """The confusion matrix of the run."""

    def __init__(self) -> None:
        super().__init__(CONFUSION)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.matrix = Matrix()
        box.addWidget(self.matrix, 1)
        self.set_content(content)

    def draw(self) -> None:
        frame = self.frame("confusion_matrix")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Confusion matrix"),
                tr(
                    "Which classes are mistaken for which: it is drawn after the first epoch with validation data."
                ),
            )
            return
        self.show_content()
        counts = frame.arrays["counts"]
        before = self.compared_frame("confusion_matrix")
        earlier = before.arrays["counts"] if before is not None else None
        self.matrix.show_counts(counts, frame.meta.get("classes", ()), earlier)
        total, right = int(counts.sum()), int(np.trace(counts))
        words = tr("{right} of {all} right (validation)", right=f"{right:,}", all=f"{total:,}")
        if before is not None and self.matrix.changes is not None:
            added = int(np.trace(self.matrix.changes))
            words = (
                tr("{n} right since step {step}", n=f"{added:+,}", step=f"{before.step:,}") + " · " + words
            )
        self.words.setText(words)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        header = (tr("truth"), *self.matrix.classes)
        rows = [
            (name, *row) for name, row in zip(self.matrix.classes, self.matrix.counts.tolist(), strict=True)
        ]
        return header, rows


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["confusion_matrix"].applies_to(checked)


CONFUSION = View(
    name="confusion",
    label="Confusion",
    icon="table",
    help="For each class of the validation data, which classes were answered. The diagonal is right.",
    place="network",
    measurements=("confusion_matrix",),
    applies=_applies,
    make=Confusion,
    order=20,
)
