"""Python in colours: keywords, texts, comments, numbers and the names that are defined. It knows no more of it."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from nndesigner.gui.theme import Theme

_TOKENS = re.compile(
    r"(?P<comment>\#.*)"
    r"|(?P<open>[rRbBuUfF]{0,2}(?:\"\"\"|'''))"
    r"|(?P<text>[rRbBuUfF]{0,2}(?:\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    r"|(?P<decorator>^\s*@[\w.]+)"
    r"|(?P<number>\b(?:0[xX][0-9a-fA-F_]+|\d[\d_]*\.?[\d_]*(?:[eE][-+]?\d+)?)\b)"
    r"|(?P<word>[A-Za-z_]\w*)"
)
_OWN = frozenset({"self", "super", "True", "False", "None"})
_INSIDE = {'"""': 1, "'''": 2}
"""States of a block that ends inside a text of several lines."""


class PythonColors(QSyntaxHighlighter):
    """Colours a document as long as it lives; `show` takes another theme."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._theme = ""
        self.show(theme)

    def show(self, theme: Theme) -> None:
        """The colours of a theme."""
        if theme.name == self._theme:
            return
        self._theme = theme.name
        colors = {
            "comment": theme.muted,
            "text": theme.good,
            "number": theme.warning,
            "keyword": theme.accent,
            "own": theme.group("Attention"),
            "defined": theme.group("Embedding"),
            "decorator": theme.group("Embedding"),
        }
        for name, color in colors.items():
            self._formats[name] = QTextCharFormat()
            self._formats[name].setForeground(QColor(color))
        self._formats["comment"].setFontItalic(True)
        self._formats["keyword"].setFontWeight(QFont.Weight.DemiBold)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        position = 0
        self.setCurrentBlockState(0)
        for quotes, state in _INSIDE.items():
            if self.previousBlockState() == state:
                position = self._text_of_lines(text, 0, 0, quotes)
        before = ""
        while (match := _TOKENS.search(text, position)) is not None:
            kind, start, end = match.lastgroup or "", match.start(), match.end()
            if kind == "open":
                position = self._text_of_lines(text, start, end, match[0][-3:])
                continue
            if kind == "word":
                kind = self._word(match[0], before)
            if kind:
                self.setFormat(start, end - start, self._formats[kind])
            before, position = match[0], end

    def _text_of_lines(self, text: str, start: int, searched: int, quotes: str) -> int:
        """Colours up to the closing quotes, or the whole rest; where to go on."""
        end = text.find(quotes, searched)
        if end < 0:
            self.setCurrentBlockState(_INSIDE[quotes])
            end = len(text)
        else:
            end += len(quotes)
        self.setFormat(start, end - start, self._formats["text"])
        return end

    @staticmethod
    def _word(word: str, before: str) -> str:
        if before in ("def", "class"):
            return "defined"
        if word in _OWN:
            return "own"
        return "keyword" if keyword.iskeyword(word) else ""
