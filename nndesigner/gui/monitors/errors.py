"""The samples that the network gets most wrong, as small pictures or lines: truth, answer, and how certain it was."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import Picture, short, small_font
from nndesigner.gui.plain import Elided, set_tip
from nndesigner.gui.previews import image_of, numbers, shown_theme
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

WIDE, IMAGE, LINE = 92, 64, 15
STRIP_WIDE, STRIP = 248, 30
"""the same for pictures that are much wider than high"""
ROW = 30
ORDERS = (("loss", "Largest loss"), ("certain", "Most certain and wrong"))


@dataclass(frozen=True)
class Sample:
    """One sample: what it looks like (an image, a line of points or words), and what was said of it."""

    index: int
    loss: float
    truth: str
    answer: str
    certain: float
    wrong: bool
    image: QImage | None = None
    points: tuple[float, ...] = ()
    words: str = ""


class Gallery(Picture):
    """Images in a grid, everything else line by line. `picked` carries the place in the row of a sample that was
    clicked (an int)."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__(QSize(WIDE + 8, 100))
        self.samples: tuple[Sample, ...] = ()

    def show_samples(self, samples: Sequence[Sample]) -> None:
        self.samples = tuple(samples)
        self.setAccessibleName("; ".join(self.told(sample) for sample in self.samples[:8]))
        self._fit()
        self.update()

    # -- what is said of a sample; galleries of another kind say something else ----------------------------------------
    def first_line(self, sample: Sample) -> str:
        return _verdict(sample)

    def second_line(self, sample: Sample) -> str:
        return _measure_of(sample)

    def number_of(self, sample: Sample) -> str:
        """What stands beside a line."""
        return f"{100 * sample.certain:.0f} %" if math.isfinite(sample.certain) else short(sample.loss)

    def told(self, sample: Sample) -> str:
        return _told(sample)

    def color_of(self, sample: Sample, plain: str) -> str:
        """The colour of what frames a sample, `plain` for none in particular."""
        return shown_theme().error if sample.wrong else plain

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for i, cell in enumerate(self.cells()):
            if event.button() == Qt.MouseButton.LeftButton and cell.contains(event.position()):
                self.picked.emit(i)
                return

    @property
    def pictured(self) -> bool:
        return any(sample.image is not None for sample in self.samples)

    @property
    def _sizes(self) -> tuple[int, int]:
        """The least width of a cell, and the height of the picture in it."""
        images = [sample.image for sample in self.samples if sample.image is not None]
        strips = all(image.width() > 3 * image.height() for image in images)
        return (STRIP_WIDE, STRIP) if strips else (WIDE, IMAGE)

    def cells(self) -> list[QRectF]:
        """Where each sample stands."""
        if not self.pictured:
            return [QRectF(0, i * ROW, self.width(), ROW) for i in range(len(self.samples))]
        least, image = self._sizes
        columns = max(int(self.width() // least), 1)
        wide, high = self.width() / columns, image + 2 * LINE + 10
        return [
            QRectF((i % columns) * wide, (i // columns) * high, wide, high) for i in range(len(self.samples))
        ]

    def _fit(self) -> None:
        cells = self.cells()
        high = int(cells[-1].bottom()) + 2 if cells else 60
        if self.minimumHeight() != high:
            self.setMinimumHeight(high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint = self._paint_picture if self.pictured else self._paint_line
        for sample, cell in zip(self.samples, self.cells(), strict=True):
            if cell.intersects(QRectF(event.rect())):
                paint(painter, sample, cell)
        painter.end()

    def _paint_picture(self, painter: QPainter, sample: Sample, cell: QRectF) -> None:
        theme, (least, image) = shown_theme(), self._sizes
        if sample.image is not None:
            room = QSize(image if image == IMAGE else least - 12, image)
            size = sample.image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QPointF(cell.center().x(), cell.top() + 2 + image / 2))
            painter.drawImage(target, sample.image)  # without smoothing: a pixel of the data is a pixel
            painter.setPen(QPen(QColor(self.color_of(sample, theme.border)), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(target.adjusted(-0.5, -0.5, 0.5, 0.5))
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        width = int(cell.width() - 4)
        for i, (text, color) in enumerate(
            ((self.first_line(sample), theme.text), (self.second_line(sample), theme.muted))
        ):
            painter.setPen(QColor(color))
            place = QRectF(cell.left() + 2, cell.top() + image + 5 + i * LINE, cell.width() - 4, LINE)
            painter.drawText(place, middle, metrics.elidedText(text, Qt.TextElideMode.ElideRight, width))

    def _paint_line(self, painter: QPainter, sample: Sample, cell: QRectF) -> None:
        theme, metrics = shown_theme(), painter.fontMetrics()
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        widest = max(metrics.horizontalAdvance(self.first_line(one)) for one in self.samples)
        left = min(widest + 66, cell.width() * 0.62)
        painter.setPen(QColor(theme.border))
        painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        painter.setPen(QColor(self.color_of(sample, theme.text)))
        verdict = metrics.elidedText(self.first_line(sample), Qt.TextElideMode.ElideRight, int(left - 58))
        painter.drawText(QRectF(cell.left() + 2, cell.top(), left - 58, cell.height()), middle, verdict)
        painter.setFont(small_font(self))
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            QRectF(cell.left() + left - 66, cell.top(), 58, cell.height()),
            middle | int(Qt.AlignmentFlag.AlignRight),
            self.number_of(sample),
        )
        rest = QRectF(cell.left() + left + 4, cell.top(), cell.width() - left - 6, cell.height())
        if len(sample.points) > 1:
            self._paint_points(painter, sample.points, rest.adjusted(0, 5, 0, -5))
        else:
            metrics = painter.fontMetrics()
            words = metrics.elidedText(sample.words, Qt.TextElideMode.ElideRight, int(rest.width()))
            painter.drawText(rest, middle, words)
        painter.setFont(self.font())

    @staticmethod
    def _paint_points(painter: QPainter, points: Sequence[float], place: QRectF) -> None:
        low, high = min(points), max(points)
        span = (high - low) or 1.0
        step = place.width() / (len(points) - 1)
        line = [
            QPointF(place.left() + i * step, place.bottom() - (v - low) / span * place.height())
            for i, v in enumerate(points)
        ]
        painter.setPen(QPen(QColor(shown_theme().plot(0)), 1.2))
        painter.drawPolyline(QPolygonF(line))

    def words_at(self, point: QPointF) -> str:
        for sample, cell in zip(self.samples, self.cells(), strict=True):
            if cell.contains(point):
                return self.told(sample)
        return ""


def _verdict(sample: Sample) -> str:
    """ "3 → 8": the truth and what was answered."""
    if not sample.truth and not sample.answer:
        return tr("sample {n}", n=f"{sample.index:,}")
    return f"{sample.truth} → {sample.answer}" if sample.truth != sample.answer else sample.truth


def _measure_of(sample: Sample) -> str:
    parts = [f"{100 * sample.certain:.0f} %"] if math.isfinite(sample.certain) else []
    if math.isfinite(sample.loss) or not parts:
        parts.append(tr("loss {value}", value=short(sample.loss)))
    return " · ".join(parts)


def _told(sample: Sample) -> str:
    """A sentence for the tooltip and for those who do not see the picture."""
    words = tr("Sample {n}", n=f"{sample.index:,}")
    if sample.truth or sample.answer:
        words += ": " + tr("truth {truth}, answered {answer}", truth=sample.truth, answer=sample.answer)
    words += ", " + _measure_of(sample)
    return f"{words}\n{sample.words}" if sample.words else words


class Errors(Monitor):
    """The worst samples of the validation part."""

    def __init__(self) -> None:
        super().__init__(ERRORS)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 6, 4)
        box.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.order = QComboBox()
        self.order.addItems([tr(words) for _, words in ORDERS])
        self.order.setAccessibleName(tr("Which samples come first"))
        set_tip(self.order, tr("Which samples come first; shown after the next evaluation"))
        self.order.activated.connect(lambda _: self.subscription_changed.emit())
        row.addWidget(self.order)
        box.addLayout(row)
        self.gallery = Gallery()
        box.addWidget(self.scrolled(self.gallery), 1)
        self.set_content(content)

    def options(self, measurement: str) -> dict[str, object]:
        return {"order": ORDERS[self.order.currentIndex()][0]}

    def draw(self) -> None:
        frame = self.frame("worst_samples")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Worst samples"),
                tr("The samples with the largest loss are shown after the first epoch with validation data."),
            )
            return
        self.show_content()
        self.gallery.show_samples(samples_of(frame))
        self.order.setVisible(self.run is not None and self.run.live and frame.meta.get("wrong", -1) >= 0)
        wrong, number = int(frame.meta.get("wrong", -1)), int(frame.meta["samples"])
        if wrong >= 0:
            words = tr("{wrong} of {all} wrong (validation)", wrong=f"{wrong:,}", all=f"{number:,}")
        else:
            words = tr("the largest errors of {all} samples (validation)", all=f"{number:,}")
        self.words.setText(words)

    def sample_at(self, place: QPoint) -> int | None:
        point = QPointF(self.gallery.mapFromGlobal(place))
        cells = zip(self.gallery.samples, self.gallery.cells(), strict=True)
        return next((sample.index for sample, cell in cells if cell.contains(point)), None)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        return ("sample", "truth", "answer", "certainty", "loss"), [
            (s.index, s.truth, s.answer, s.certain, s.loss) for s in self.gallery.samples
        ]


def samples_of(frame: Frame) -> list[Sample]:
    """The samples of a frame, in its order."""
    classes = [str(name) for name in frame.meta.get("classes", ())]
    kind, previews = frame.meta.get("kind"), frame.meta.get("previews", ())
    columns = [frame.arrays[key].tolist() for key in ("index", "loss", "truth", "answer", "certain")]
    found = []
    for i, (index, loss, truth, answer, certain) in enumerate(zip(*columns, strict=True)):
        words = [_said(value, classes, kind) for value in (truth, answer)]
        wrong = kind != "number" and math.isfinite(truth) and truth != answer
        seen = looks(previews[i]) if i < len(previews) and isinstance(previews[i], Mapping) else {}
        found.append(Sample(int(index), float(loss), words[0], words[1], float(certain), wrong, **seen))
    return found


def _said(value: float, classes: Sequence[str], kind: object) -> str:
    if not math.isfinite(value):
        return ""
    if kind == "number":
        return short(value)
    return classes[int(value)] if 0 <= int(value) < len(classes) else str(int(value))


def looks(preview: Mapping[str, Any]) -> dict[str, Any]:
    """What a preview is drawn as."""
    if preview.get("kind") == "image":
        return {"image": image_of(preview)}
    if isinstance(preview.get("points"), list | tuple) and preview["points"]:
        return {"points": tuple(float(v) for v in np.nan_to_num(numbers(preview["points"][0])))}
    if isinstance(preview.get("values"), list | tuple):
        cells = [
            "–" if v is None else v if isinstance(v, str) else short(float(v)) for v in preview["values"]
        ]
        return {"words": " · ".join(cells)}
    return {"words": str(preview.get("text", ""))}


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["worst_samples"].applies_to(checked)


def _opens(checked: CheckedNetwork) -> bool:
    return any(
        node.field is not None and node.field.kind in ("image", "series", "tokens") for node in checked.inputs
    )


ERRORS = View(
    name="errors",
    label="Errors",
    icon="warning",
    help="The validation samples that the network gets most wrong, or of which it is wrongly most certain.",
    place="network",
    measurements=("worst_samples",),
    applies=_applies,
    make=Errors,
    order=25,
    opens=_opens,
)
