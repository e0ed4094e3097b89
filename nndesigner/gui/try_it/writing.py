"""Going on with a text: how it is drawn, a button to begin and to stop, and what the network writes, as it comes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.plain import allow, label, set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.protocol.messages import Done, Failed, Frame

if TYPE_CHECKING:
    from nndesigner.session.session import Session

MOST_LENGTH = 5000


class Draw(NamedTuple):
    length: int
    temperature: float
    top_k: int
    seed: int


class Writing(QWidget):
    """`begun` is told when a text is wanted: whoever holds it says from what it goes on (`write`)."""

    begun = Signal()

    def __init__(self, field: DataField, session: Session) -> None:
        super().__init__()
        self.field = field
        self._session = session
        self._open = True
        self._letters = all(len(token) == 1 for token in field.tokens)
        self._running = False
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(label(tr("Go on writing"), "subtitle"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.temperature = QDoubleSpinBox()
        self.temperature.setRange(0.0, 5.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setDecimals(2)
        self.temperature.setValue(0.8)
        self.top_k = QSpinBox()
        self.top_k.setRange(0, len(field.tokens))
        self.top_k.setSpecialValueText(tr("all"))
        self.length = QSpinBox()
        self.length.setRange(1, MOST_LENGTH)
        self.length.setValue(200)
        self.seed = QSpinBox()
        self.seed.setRange(0, 2**31 - 1)
        fields = (
            (
                self.temperature,
                tr("Temperature"),
                tr("0 always takes the likeliest; 1 draws as the network says; above 1 it gets wilder."),
            ),
            (self.top_k, tr("Top-k"), tr("Only this many of the likeliest tokens are drawn from.")),
            (self.length, tr("Length"), tr("How many tokens are written.")),
            (self.seed, tr("Seed"), tr("Equal seeds write equal texts.")),
        )
        for i, (widget, words, tip) in enumerate(fields):
            widget.setAccessibleName(words)
            widget.setMinimumWidth(58)
            widget.lineEdit().setTextMargins(6, 0, 0, 0)
            set_tip(widget, tip)
            grid.addWidget(label(words, role="muted"), i // 2, 2 * (i % 2))
            grid.addWidget(widget, i // 2, 2 * (i % 2) + 1)
        box.addLayout(grid)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.go = QPushButton(tr("Write"))
        self.go.setProperty("role", "primary")
        self.go.setAutoDefault(False)
        self.go.clicked.connect(self._clicked)
        row.addWidget(self.go)
        self.fresh = QCheckBox(tr("New seed each time"))
        self.fresh.setChecked(True)
        row.addWidget(self.fresh)
        row.addStretch(1)
        box.addLayout(row)
        self.text = QTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("What the network writes"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setMinimumHeight(120)
        self.text.setVisible(False)
        box.addWidget(self.text)
        self.said = label(role="muted", wrap=True)
        self.said.setVisible(False)
        box.addWidget(self.said)
        self._prompt: list[str] = []
        self._written = 0

    @property
    def running(self) -> bool:
        return self._running

    @property
    def draw(self) -> Draw:
        return Draw(self.length.value(), self.temperature.value(), self.top_k.value(), self.seed.value())

    def show_reason(self, reason: str) -> None:
        """Why nothing can be written now, "" where it can."""
        allow(self.go, "" if self._running else reason)

    def _clicked(self) -> None:
        if self._running:
            self._session.trying.texts.cancel()
            return
        if self.fresh.isChecked():
            self.seed.setValue(random.randrange(100_000))
        self.begun.emit()

    def close_down(self) -> None:
        """Nothing more is heard."""
        self._open = False
        self._session.trying.texts.drop()

    def write(self, run: Path, prompt: Sequence[int]) -> None:
        """Has the run's network go on from these codes."""

        def said(frame: Frame) -> None:
            if self._open:
                self.show_codes(np.asarray(frame.arrays["codes"]).tolist())

        def ended(outcome: Done | Failed) -> None:
            if not self._open:
                return
            if isinstance(outcome, Done):
                self.end(outcome.result)
            else:
                self.end(None, tr("Stopped.") if outcome.code == "cancelled" else outcome.sentence)

        try:
            draw = self.draw._asdict()
            self._session.trying.generate(run, ended, said, prompt=tuple(prompt), **draw)
        except Refusal as refusal:
            self.end(None, str(refusal))
            return
        self.begin(prompt)

    # -- the text ----------------------------------------------------------------------------------------------------
    def begin(self, prompt: Sequence[int]) -> None:
        self._running = True
        self._prompt = [self.field.tokens[code] for code in prompt]
        self._written = 0
        self.go.setText(tr("Stop"))
        self.text.clear()
        self.text.setVisible(True)
        self.said.setVisible(False)
        self._append(self._joined(self._prompt), shown_theme().muted)

    def show_codes(self, codes: Sequence[int]) -> None:
        """All that was written so far."""
        new = [self.field.tokens[int(code)] for code in codes[self._written :]]
        if new:
            lead = "" if self._letters else " "
            self._append(lead + self._joined(new), shown_theme().text)
            self._written = len(codes)

    def end(self, result: Mapping[str, Any] | None, sentence: str = "") -> None:
        """The whole of it, or why it ended."""
        self._running = False
        self.go.setText(tr("Write"))
        if result is not None:
            codes = np.asarray(result["codes"]).tolist()
            self.show_codes(codes)
            chances = np.asarray(result["chances"], np.float64)
            if len(chances):
                perplexity = float(np.exp(-np.log(np.maximum(chances, 1e-12)).mean()))
                sentence = tr(
                    "{n} tokens. Perplexity {p:.1f}: on average the network was as unsure as among {p:.1f} equally"
                    " likely ones.",
                    n=len(codes),
                    p=perplexity,
                )
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _joined(self, tokens: Sequence[str]) -> str:
        return ("" if self._letters else " ").join(tokens)

    def _append(self, text: str, color: str) -> None:
        bar = self.text.verticalScrollBar()
        below = bar.value() >= bar.maximum() - 4
        how = QTextCharFormat()
        how.setForeground(QColor(color))
        cursor = self.text.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, how)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        if below:
            bar.setValue(bar.maximum())
