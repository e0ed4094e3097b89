"""What a network writes while it learns: beginnings from the data and how it goes on, or whole answers and the right
ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.errors import Gallery, Sample, looks
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

BETWEEN = "\n· · ·\n"
NOTHING = "∅"
"""stands for an answer without a token"""


class Writings(Gallery):
    """What was read, and below or before it what stands there and what was written."""

    def second_line(self, sample: Sample) -> str:
        return tr("wrong") if sample.wrong else tr("right")

    def number_of(self, sample: Sample) -> str:
        return ""

    def told(self, sample: Sample) -> str:
        said = tr(
            "Sample {n}: {truth} is wanted, {answer} is written",
            n=f"{sample.index:,}",
            truth=f"“{sample.truth}”",
            answer=f"“{sample.answer}”",
        )
        return f"{said}\n{sample.words}" if sample.words else said


class WrittenText(Monitor):
    """The newest texts, one below the other: what was given is grey. Whole answers stand by what was read."""

    def __init__(self) -> None:
        super().__init__(WRITTEN_TEXT_VIEW)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        self.words = Elided(role="muted")
        box.addWidget(self.words)
        self.page = QPlainTextEdit()
        self.page.setReadOnly(True)
        self.page.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.page.setAccessibleName(tr("Texts that the network writes"))
        self.gallery = Writings()
        self.kinds = QStackedWidget()
        self.kinds.addWidget(self.page)
        self.kinds.addWidget(self.scrolled(self.gallery))
        box.addWidget(self.kinds, 1)
        self.set_content(content)
        self._rows: list[tuple[str, str]] = []

    def draw(self) -> None:
        frame = self.frame("written_text")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Written text"),
                tr("What the network writes by itself, looked at while it trains."),
            )
            return
        self.show_content()
        self.kinds.setCurrentIndex("truth" in frame.meta)
        if "truth" in frame.meta:
            self._draw_answers(frame)
            return
        given, written = frame.meta.get("given", ()), frame.meta.get("written", ())
        self._rows = [(str(a), str(b)) for a, b in zip(given, written, strict=False)]
        self.words.setText(tr("Grey is given, the rest is written"))
        scroll = self.page.verticalScrollBar()
        place = scroll.value()
        self.page.clear()
        cursor = QTextCursor(self.page.document())
        for number, (begin, rest) in enumerate(self._rows):
            if number:
                cursor.insertText(BETWEEN, _ink(self.theme.muted))
            cursor.insertText(begin, _ink(self.theme.muted))
            cursor.insertText(rest, _ink(self.theme.text))
        scroll.setValue(place)

    def _draw_answers(self, frame: Frame) -> None:
        truth, written = (list(map(str, frame.meta.get(key, ()))) for key in ("truth", "written"))
        self._rows = list(zip(truth, written, strict=False))
        previews, indices = frame.meta.get("previews", ()), frame.arrays["indices"].tolist()
        samples = []
        for i, (wanted, said) in enumerate(self._rows):
            seen = looks(previews[i]) if i < len(previews) and isinstance(previews[i], Mapping) else {}
            number = int(indices[i]) if i < len(indices) else i
            samples.append(
                Sample(number, math.nan, wanted, said or NOTHING, math.nan, wanted != said, **seen)
            )
        self.gallery.show_samples(samples)
        right = sum(wanted == said for wanted, said in self._rows)
        self.words.setText(
            tr("{right} of {all} right; red: wanted → written", right=right, all=len(self._rows))
        )

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        if self.kinds.currentIndex():
            return ("wanted", "written"), self._rows
        return ("given", "written"), self._rows


def _ink(color: str) -> QTextCharFormat:
    ink = QTextCharFormat()
    ink.setForeground(QColor(color))
    return ink


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["written_text"].applies_to(checked)


WRITTEN_TEXT_VIEW = View(
    name="written_text",
    label="Written text",
    icon="text",
    help="How the network goes on with beginnings of texts of the data, token by token, drawn by their probabilities"
    " with the same random numbers at every look: watch letters become words. Of a network that writes whole answers:"
    " some samples of the data, the right answer and what is written.",
    place="network",
    measurements=("written_text",),
    applies=_applies,
    make=WrittenText,
    order=6,
)
