"""What a network answered for one sample: bars of classes, numbers in their units, maps as pictures; how sure it is.

It shows what it is given and asks nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.data.tokens import text_of
from nndesigner.gui.answer_bars import AnswerBars, Chance, chances, visible
from nndesigner.gui.plain import IconLabel, empty, label
from nndesigner.gui.previews import rows_table, shown_theme
from nndesigner.gui.sample_widget import SamplePicture, image_from

MOST_CELLS = 40
MOST_NAMED = 8
Numbers = npt.NDArray[np.float64]


class Answers(QWidget):
    """`show_result` takes what the job "predict" gives; `bars` are those of the outputs that tell classes."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: dict[str, AnswerBars] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)

    def clear(self) -> None:
        self.bars = {}
        empty(self._box)

    def show_result(
        self, result: Mapping[str, Any], checked: CheckedNetwork | None, place: int | None = None
    ) -> None:
        """The first sample of a result. `place` is the place of a text whose next token is told, None for the last.
        Raises KeyError, IndexError, TypeError or ValueError for what is no such result."""
        heads = {head.node.name: head for head in checked.heads} if checked is not None else {}
        made: list[QWidget] = []
        bars: dict[str, AnswerBars] = {}
        for name, said in result["answers"].items():
            head = heads.get(name)
            target = head.told if head is not None else None
            if len(result["answers"]) > 1:
                made.append(label(str(name), "subtitle"))
            truth = result.get("targets", {}).get(name)
            truth = None if truth is None else np.asarray(truth)[0]
            values = np.asarray(said["values"], np.float64)[0]
            if head is not None and target is not None and not head.aligned:
                made.append(_written(target, head.blank, said["text"][0], truth))
                continue
            if target is not None and target.kind in ("class", "tokens"):
                names: Sequence[str] = target.classes or [visible(token) for token in target.tokens]
                if values.ndim == 3:
                    made.append(ClassMap(values, names))
                    continue
                shares = shares_of(values, len(names), place)
                right = None
                if truth is not None:
                    right = int(np.ravel(truth)[-1 if place is None else place])
                found, left_out = chances(list(names), shares.tolist(), right)
                bars[name] = AnswerBars()
                bars[name].show_chances(found, left_out)
                made += [verdict(found), bars[name], label(certainty(shares), role="muted", wrap=True)]
            elif values.ndim == 3 and min(values.shape[1:]) > 3:
                made.append(_picture(values, target))
            else:
                made.append(_numbers(values, truth, target))
        self.clear()
        self.bars = bars
        for widget in made:
            self._box.addWidget(widget)


def shares_of(values: Numbers, classes: int, place: int | None = None) -> Numbers:
    """Probabilities of the classes: of one place where there are several, of both for a single value."""
    if values.size == 1:
        chance = float(values.reshape(()))
        return np.array([1 - chance, chance])
    if values.ndim == 1:
        return values
    axis = next((i for i, n in enumerate(values.shape) if n == classes), values.ndim - 1)
    moved = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])
    return moved[-1 if place is None else place]


def certainty(shares: Numbers) -> str:
    """How sure the network is, in its own numbers: the largest probability, and the entropy beside the most that it
    can be, which is where all classes are equally likely."""
    total = float(shares.sum())
    if len(shares) < 2 or not np.isfinite(total) or shares.min() < -1e-6 or abs(total - 1.0) > 0.02:
        return ""  # scores, not probabilities
    sure = np.clip(shares, 1e-12, 1.0)
    entropy = float(-(sure * np.log2(sure)).sum())
    most = math.log2(len(shares))
    share = float(shares.max())
    words = tr("certain") if share > 0.99 else tr("fairly sure") if share > 0.8 else tr("undecided")
    return tr(
        "{words}: largest probability {share:.1f} %, entropy {entropy:.2f} of {most:.2f} bits. These are the"
        " network's own words: it is often as sure of what it has never seen.",
        words=words.capitalize(),
        share=100 * share,
        entropy=abs(entropy),
        most=most,
    )


def verdict(found: Sequence[Chance]) -> QWidget:
    """The answer as a sentence, and whether it is right where that is known."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    answer = next((chance for chance in found if chance.answered), None)
    right = next((chance for chance in found if chance.right), None)
    if answer is not None:
        _say(row, answer.name, right.name if right is not None else None)
    return made


def _written(target: DataField, blank: int, said: str, truth: npt.NDArray[Any] | None) -> QWidget:
    """A whole text that was read off, and the right one where that is known."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    right = None if truth is None else text_of(target, [code for code in truth.tolist() if code != blank])
    _say(row, said, right)
    return made


def _say(row: QHBoxLayout, answer: str, right: str | None) -> None:
    if right is None:
        words, mark, role = tr("Says “{answer}”", answer=answer), "info", "hint"
    elif answer == right:
        words, mark, role = tr("Right: “{answer}”", answer=answer), "ok", "good"
    else:
        words = tr("Says “{answer}”, but it is “{truth}”", answer=answer, truth=right)
        mark, role = "error", "error"
    row.addWidget(IconLabel(mark, role, 18), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words, wrap=True), 1)


class ClassMap(QWidget):
    """The class of every pixel in a colour, and which colour is which."""

    EDGE = 180

    def __init__(self, values: Numbers, names: Sequence[str]) -> None:
        """`values` are (class, height, width)."""
        super().__init__()
        self.classes = values.argmax(axis=0) if len(values) > 1 else (values[0] > 0.5).astype(np.int64)
        counts = np.bincount(self.classes.reshape(-1), minlength=len(names))
        order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]][:MOST_NAMED]
        self._legend = [
            (i, names[i] if i < len(names) else str(i), counts[i] / self.classes.size) for i in order
        ]
        self.setMinimumHeight(max(self.EDGE, 20 * len(self._legend)) + 2)
        self.setAccessibleName(", ".join(f"{name}: {100 * share:.0f} %" for _, name, share in self._legend))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = shown_theme()
        height, width = self.classes.shape
        colors = [QColor(theme.plot(i)) for i in range(int(self.classes.max()) + 1)]
        table = np.array([(c.red(), c.green(), c.blue()) for c in colors])
        rgb = np.ascontiguousarray(table[self.classes].astype(np.uint8))
        image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        painter = QPainter(self)
        size = image.size().scaled(self.EDGE, self.EDGE, Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRectF(0, 1, size.width(), size.height()), image)
        left = size.width() + 12
        for row, (i, name, share) in enumerate(self._legend):
            painter.fillRect(QRectF(left, 4 + 20 * row, 12, 12), QColor(theme.plot(i)))
            painter.setPen(QColor(theme.text))
            words = self.fontMetrics().elidedText(
                f"{name}  {100 * share:.0f} %", Qt.TextElideMode.ElideRight, max(self.width() - left - 20, 20)
            )
            painter.drawText(
                QRectF(left + 18, 20 * row, self.width(), 20), int(Qt.AlignmentFlag.AlignVCenter), words
            )
        painter.end()


def _picture(values: Numbers, target: DataField | None) -> QWidget:
    """Numbers for every pixel, as an image: in the range of the target where it is one."""
    field = target if target is not None and target.kind == "image" else None
    if field is None:
        field = DataField(name="answer", role="target", kind="image", element="float")
    return SamplePicture(image_from(field, values.astype(np.float32)))


def _numbers(values: Numbers, truth: npt.NDArray[Any] | None, target: DataField | None) -> QWidget:
    """Answered numbers beside the true ones and how far they are off, where those are known."""
    flat = values.reshape(-1)[:MOST_CELLS]
    true = np.asarray(truth, np.float64).reshape(-1) if truth is not None else np.zeros(0)
    columns = target.columns if target is not None else ()
    name = target.name if target is not None else tr("value")
    rows: list[list[Any]] = []
    for i, value in enumerate(flat.tolist()):
        what = columns[i] if i < len(columns) else name if len(flat) == 1 else str(i)
        known = float(true[i]) if i < len(true) else None
        rows.append([what, value, known, value - known if known is not None else None])
    if not len(true):
        return rows_table((tr("What"), tr("Answer")), [row[:2] for row in rows])
    return rows_table((tr("What"), tr("Answer"), tr("Truth"), tr("Off by")), rows)
