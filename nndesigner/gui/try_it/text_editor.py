"""A text to try: typed, and cut into the tokens that the data knows. What it does not know is named."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from nndesigner.base.data_field import DataField
from nndesigner.base.text import listing, tr
from nndesigner.data.tokens import PAD, UNKNOWN, Encoder, padded, pieces, text_of
from nndesigner.gui.answer_bars import visible
from nndesigner.gui.plain import label
from nndesigner.gui.try_it.editor import Editor, Value

MOST_NAMED = 8


class TextEditor(Editor):
    """`length` says how many tokens were typed, where the value is filled up behind to the network's window."""

    takes = "Text (*.txt *.md);;NumPy (*.npy *.npz)"

    def __init__(self, field: DataField, fixed_length: int | None, *, goes_on: bool = False) -> None:
        super().__init__(field)
        self.setAcceptDrops(False)  # the text field takes drops of text itself
        self._fixed, self._goes_on = fixed_length, goes_on
        self._codes = {token: code for code, token in enumerate(field.tokens)}
        spec = field.tokenizer
        self._encode = Encoder(field.tokens, spec, library=False) if spec else None
        self._filled = bool(spec.get("padded"))
        self._letters = all(len(token) == 1 for token in field.tokens)
        self._lower = self._letters and not any(token.isupper() for token in field.tokens)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("Text"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(108)
        self.text.setPlaceholderText(tr("Type or paste a text"))
        self.text.textChanged.connect(self._edited)
        self.count = label(role="muted", wrap=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self.text)
        box.addWidget(self.count)
        self._show_count()

    # -- tokens ------------------------------------------------------------------------------------------------------
    def tokens(self) -> list[str]:
        """What was typed, in tokens, known or not."""
        text = self.text.toPlainText()
        spec = self.field.tokenizer
        if self._encode is not None and spec.get("unit") == "byte-pair":
            return [self.field.tokens[code] if code >= 0 else "?" for code in self._encode(text)]
        if self._encode is not None:
            return pieces(text.lower() if spec.get("lower") else text, str(spec.get("unit")))
        if not self._letters:
            return text.split()
        if self._lower:
            text = text.lower()  # the data was read so
        return list(text)

    def unknown(self) -> list[str]:
        if self._encode is not None and UNKNOWN in self._codes:
            return []  # they have a token of their own
        return sorted({token for token in self.tokens() if token not in self._codes})

    def codes(self) -> list[int]:
        """All of the text; unknown tokens are left out, where there is no token for such."""
        if self._encode is not None:
            return [int(code) for code in self._encode(self.text.toPlainText()) if code >= 0]
        return [self._codes[token] for token in self.tokens() if token in self._codes]

    @property
    def length(self) -> int:
        """Tokens of the value that were typed."""
        typed = len(self.codes())
        return typed if self._fixed is None else min(typed, self._fixed)

    def value(self) -> Value | None:
        if self.problem():
            return None
        codes = self.codes()
        if self._fixed is None:
            return np.array(codes, np.int64)
        if self._filled:
            return padded([np.array(codes, np.int64)], self._fixed, self._codes.get(PAD, 0))[0]
        codes = codes[-self._fixed :]
        # A network that tells the next token at every place is read at the last one typed; what stands behind it
        # is not looked at.
        return np.array(codes + [0] * (self._fixed - len(codes)), np.int64)

    def problem(self) -> str:
        unknown = self.unknown()
        if unknown:
            shown = listing([f"“{visible(token)}”" for token in unknown[:MOST_NAMED]])
            if len(unknown) > MOST_NAMED:
                shown += " …"
            return tr("The network has never seen {shown}. Remove it, or write it otherwise.", shown=shown)
        typed = len(self.codes())
        if not typed:
            return tr("Type a text, or take one from the data.")
        if self._fixed is not None and typed < self._fixed and not (self._goes_on or self._filled):
            return tr(
                "The network reads {want} tokens at once: {n} more are needed.",
                want=self._fixed,
                n=self._fixed - typed,
            )
        return ""

    def remark(self) -> str:
        typed = len(self.codes())
        if self._fixed is not None and typed > self._fixed and self._filled:
            return tr("The network sees the first {n} of {all} tokens.", n=self._fixed, all=typed)
        if self._fixed is not None and typed > self._fixed:
            return tr("The network sees the last {n} of {all} tokens.", n=self._fixed, all=typed)
        return ""

    # -- showing -----------------------------------------------------------------------------------------------------
    def show_value(self, value: Value) -> None:
        codes = np.asarray(value).reshape(-1)
        words = [self.field.tokens[int(code)] for code in codes]
        text = (
            text_of(self.field, codes)
            if self._encode is not None
            else ("" if self._letters else " ").join(words)
        )
        with QSignalBlocker(self.text):
            self.text.setPlainText(text)
        self._show_count()

    def start(self) -> None:
        with QSignalBlocker(self.text):
            self.text.clear()
        self._show_count()

    def _edited(self) -> None:
        self._show_count()
        self.changed.emit()

    def _show_count(self) -> None:
        letters = self._letters or self.field.tokenizer.get("unit") == "character"
        what = tr("characters") if letters else tr("tokens")
        typed = len(self.tokens())
        words = f"{typed:,} {what}"
        if self._fixed is not None:
            words += "  ·  " + tr("the network sees {n}", n=self._fixed)
        self.count.setText(words)
