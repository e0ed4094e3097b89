"""The training samples that the network takes for most like the sample that is tried: pictures or rows, with distances.

It shows and says whether it is wanted; whoever holds it asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.answer_bars import visible
from nndesigner.gui.plain import empty, label, set_tip
from nndesigner.gui.previews import rows_table, shown_theme
from nndesigner.gui.sample_widget import image_from
from nndesigner.protocol.messages import Progress

MOST = 8
EDGE, GAP = 62, 10
MOST_TEXT = 48
MOST_COLUMNS = 4


class Nearest(QWidget):
    """`changed` is told when it is switched on, `cancelled` when it takes too long."""

    changed = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        self.wanted = QCheckBox(tr("Nearest training samples"))
        set_tip(
            self.wanted,
            tr(
                "Those whose values before the last layer are nearest to this sample's: what the network takes for like"
                " it. The first time, all training samples (5,000 at most) go through the network."
            ),
        )
        self.wanted.toggled.connect(self._toggled)
        box.addWidget(self.wanted)
        self._busy = QWidget()
        row = QHBoxLayout(self._busy)
        row.setContentsMargins(0, 0, 0, 0)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        row.addWidget(self.bar, 1)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self._cancel)
        row.addWidget(self.cancel)
        self._busy.setVisible(False)
        box.addWidget(self._busy)
        self._shown = QVBoxLayout()
        self._shown.setSpacing(6)
        box.addLayout(self._shown)

    @property
    def on(self) -> bool:
        return self.wanted.isChecked()

    def _toggled(self, on: bool) -> None:
        if not on:
            self.clear()
        self.changed.emit()

    def _cancel(self) -> None:
        self.wanted.setChecked(False)
        self.cancelled.emit()

    def clear(self) -> None:
        self._busy.setVisible(False)
        empty(self._shown)

    def show_progress(self, progress: Progress) -> None:
        if self.on:
            self.bar.setValue(round(1000 * progress.fraction))
            self._busy.setVisible(True)

    def say(self, sentence: str) -> None:
        self.clear()
        self._shown.addWidget(label(sentence, role="muted", wrap=True))

    def show_result(
        self, result: Mapping[str, Any], fields: Mapping[str, DataField], checked: CheckedNetwork | None
    ) -> None:
        """What the job "nearest" gave. Raises KeyError, TypeError or ValueError for what is no such result."""
        words = self._labels(result, checked)
        distances = [f"{float(d):.3g}" for d in result["distances"]]
        picture = next((n for n in result["inputs"] if n in fields and fields[n].kind == "image"), None)
        if picture is not None:
            values = np.asarray(result["inputs"][picture])
            images = [image_from(fields[picture], value) for value in values]
            shown: QWidget = Neighbours(images, words, distances)
        else:
            shown = self._table(result, fields, words, distances)
        self.clear()
        self._shown.addWidget(shown)
        sentence = tr(
            "Distance between the values that “{layer}” gives.",
            layer=str(result.get("layer") or tr("the input")),
        )
        compared, training = int(result["compared"]), int(result["training"])
        if compared < training:
            sentence += " " + tr("{n:,} of {all:,} training samples were compared.", n=compared, all=training)
        self._shown.addWidget(label(sentence, role="muted", wrap=True))

    @staticmethod
    def _labels(result: Mapping[str, Any], checked: CheckedNetwork | None) -> list[str]:
        """What each sample is: the class, or the number."""
        for head in checked.heads if checked is not None else ():
            truth, target = result.get("targets", {}).get(head.node.name), head.target
            if truth is None or target is None:
                continue
            flat = np.asarray(truth).reshape(len(truth), -1)
            if target.kind in ("class", "tokens") and flat.shape[1] >= 1:
                names = target.classes or target.tokens
                return [visible(names[int(row[-1])]) for row in flat]
            if flat.shape[1] == 1:
                return [f"{float(row[0]):.4g}" for row in flat]
        return ["" for _ in result["distances"]]

    @staticmethod
    def _table(
        result: Mapping[str, Any], fields: Mapping[str, DataField], words: list[str], distances: list[str]
    ) -> QWidget:
        name, values = next(iter(result["inputs"].items()))
        field = fields[name]
        header, rows = (
            [tr("Distance"), tr("Truth")],
            [list(pair) for pair in zip(distances, words, strict=True)],
        )
        if field.kind == "tokens":
            header.append(tr("Text"))
            for row, codes in zip(rows, np.asarray(values), strict=True):
                text = "".join(visible(field.tokens[int(code)]) for code in codes.reshape(-1)[-MOST_TEXT:])
                row.append(text)
        elif field.kind == "table":
            header.append(", ".join(field.columns[:MOST_COLUMNS]) or tr("Values"))
            for row, numbers in zip(rows, np.asarray(values), strict=True):
                row.append(", ".join(f"{float(x):.3g}" for x in numbers[:MOST_COLUMNS]))
        else:
            header.append(tr("Sample"))
            for row, index in zip(rows, result["indices"], strict=True):
                row.append(f"{int(index):,}")
        table = rows_table(header, rows)
        table.horizontalHeader().setStretchLastSection(True)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return table


class Neighbours(QWidget):
    """Pictures in lines, under each what it is and how far away."""

    def __init__(self, images: list[QImage], words: list[str], distances: list[str]) -> None:
        super().__init__()
        self.images, self.words, self.distances = images, words, distances
        self.setMinimumWidth(EDGE)
        said = [
            tr("{what} at distance {distance}", what=what, distance=distance)
            for what, distance in zip(words, distances, strict=True)
        ]
        self.setAccessibleName(tr("Nearest training samples: {list}", list=", ".join(said)))

    def _columns(self, width: int) -> int:
        return max(1, (width + GAP) // (EDGE + GAP))

    def resizeEvent(self, event) -> None:
        lines = -(-len(self.images) // self._columns(self.width()))
        self.setFixedHeight(max(lines, 1) * (EDGE + 40))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        columns = self._columns(self.width())
        center = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        for i, image in enumerate(self.images):
            x, y = (i % columns) * (EDGE + GAP), (i // columns) * (EDGE + 40)
            size = image.size().scaled(EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(x + (EDGE - size.width()) / 2, y, size.width(), size.height())
            painter.drawImage(target, image)
            painter.setPen(QColor(theme.border))
            painter.drawRect(target.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.setPen(QColor(theme.text))
            what = self.fontMetrics().elidedText(self.words[i], Qt.TextElideMode.ElideRight, EDGE + GAP)
            painter.drawText(QRectF(x - GAP / 2, y + EDGE, EDGE + GAP, 18), center, what)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(x - GAP / 2, y + EDGE + 16, EDGE + GAP, 18), center, self.distances[i])
        painter.end()
