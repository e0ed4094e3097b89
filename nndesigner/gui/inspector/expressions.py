"""Expressions in a form: what a typed text means inside a block, how a stored expression is written, and the names
that can go on in one.

It knows fields and names; it does not know where a value is kept.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from nndesigner.base.expressions import BadExpression, Names, is_expression, read
from nndesigner.base.fields import BadValue, BoolField, ChoiceField, Field, FloatField, IntField, SizesField


def may_be_expression(field: Field) -> bool:
    """Whether a field takes an expression: numbers, sizes, yes or no, a choice."""
    return isinstance(field, IntField | FloatField | SizesField | BoolField | ChoiceField)


def has_expression(value: Any) -> bool:
    return any(is_expression(item) for item in (value if isinstance(value, list | tuple) else [value]))


def written(value: Any) -> str:
    """A stored value that holds expressions, as it is typed: `=channels * 4`, or `kernel, 3` for sizes."""
    if isinstance(value, list | tuple):
        return ", ".join(str(item).removeprefix("=") for item in value)
    return str(value)


def typed(field: Field, text: str, names: Names | None) -> Any:
    """The value that a person typed. Where `names` are given, what the field itself cannot read may be an expression
    of them, with or without its `=`. Raises BadValue."""
    text = text.strip()
    if names is None or not may_be_expression(field):
        return field.parse(text)
    refused: BadValue | None = None
    if not text.startswith("="):
        try:
            return field.parse(text)
        except BadValue as error:
            refused = error
    value = _expression(field, text.removeprefix("="))
    if refused is not None and not _readable(value):
        raise refused
    field.settle(value, names)
    return value


def _expression(field: Field, text: str) -> Any:
    pieces = (
        [piece.strip().removeprefix("=") for piece in re.split(r"[,×]", text)]
        if _in_pieces(field, text)
        else []
    )
    if len(pieces) > 1:
        return [int(piece) if piece.isdigit() else f"={piece}" for piece in pieces]
    return f"={text.strip()}"


def _in_pieces(field: Field, text: str) -> bool:
    return isinstance(field, SizesField) and "(" not in text


def _readable(value: Any) -> bool:
    try:
        return all(
            bool(read(i).names) for i in (value if isinstance(value, list) else [value]) if is_expression(i)
        )
    except BadExpression:
        return False


_WORD = re.compile(r"[A-Za-z_]\w*$")


class Completion(QObject):
    """Offers known names for the word before the cursor."""

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._line = line
        self._names: list[str] = []
        self._model = QStringListModel(self)
        self.completer = QCompleter(self._model, self)
        self.completer.setWidget(line)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = self.completer.popup()
        assert popup is not None
        popup.setProperty("role", "completion")
        self.completer.activated.connect(self._take)
        line.textEdited.connect(self._offer)

    def offer(self, names: list[str]) -> None:
        """From now on these are the names."""
        if names != self._names:
            self._names = names
            self._model.setStringList(names)

    def _word(self) -> str:
        found = _WORD.search(self._line.text()[: self._line.cursorPosition()])
        return found[0] if found else ""

    def _offer(self) -> None:
        word = self._word()
        popup = self.completer.popup()
        assert popup is not None
        if not word or word in self._names or not self._names:
            popup.hide()
            return
        self.completer.setCompletionPrefix(word)
        if self.completer.completionCount():
            self.completer.complete()
        else:
            popup.hide()

    def _take(self, name: str) -> None:
        at, text, word = self._line.cursorPosition(), self._line.text(), self._word()
        begin = at - len(word)
        self._line.setText(text[:begin] + name + text[at:])
        self._line.setCursorPosition(begin + len(name))
        self._line.textEdited.emit(self._line.text())
