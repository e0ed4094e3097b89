"""What a language model writes while it learns: beginnings from the data, and how the network goes on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.messages import Frame

BETWEEN = "\n· · ·\n"


class WrittenText(Monitor):
    """The newest texts, one below the other: what was given is grey."""

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
        box.addWidget(self.page, 1)
        self.set_content(content)
        self._rows: list[tuple[str, str]] = []

    def draw(self) -> None:
        frame = self.frame("written_text")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("Written text"), tr("How the network goes on with a text: written while it trains.")
            )
            return
        self.show_content()
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

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
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
    " with the same random numbers at every look: watch letters become words.",
    place="network",
    measurements=("written_text",),
    applies=_applies,
    make=WrittenText,
    order=6,
)
