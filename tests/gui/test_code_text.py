"""Code on the screen: colours, line numbers, tabs, marked lines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from nndesigner.gui.code_text import CodeText
from nndesigner.gui.theme import DARK, LIGHT, choose_theme

TEXT = 'class A(B):\n    """One\n    two"""\n\n    def f(self, x=1.5):  # why\n        return None\n'


@pytest.fixture
def text(app, qtbot) -> CodeText:
    made = CodeText()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def color_at(text: CodeText, line: int, word: str) -> str:
    block = text.document().findBlockByNumber(line - 1)
    position = block.text().index(word)
    for part in block.layout().formats():
        if part.start <= position < part.start + part.length:
            return part.format.foreground().color().name()
    return ""


def test_words_have_their_colours_in_both_themes(app, text: CodeText) -> None:
    text.show_text(TEXT)
    for theme in (LIGHT, DARK):
        choose_theme(app, theme.name)
        assert color_at(text, 1, "class") == QColor(theme.accent).name()
        assert color_at(text, 1, "A(") == QColor(theme.group("Embedding")).name()
        assert color_at(text, 2, "One") == color_at(text, 3, "two") == QColor(theme.good).name()
        assert color_at(text, 5, "1.5") == QColor(theme.warning).name()
        assert color_at(text, 5, "# why") == QColor(theme.muted).name()
        assert color_at(text, 5, "x=") == ""
    choose_theme(app, "light")


def test_tab_writes_four_spaces_and_return_keeps_the_indent(text: CodeText) -> None:
    QTest.keyClicks(text, "def f():")
    QTest.keyClick(text, Qt.Key.Key_Return)
    QTest.keyClicks(text, "a")
    QTest.keyClick(text, Qt.Key.Key_Tab)
    QTest.keyClicks(text, "b")
    QTest.keyClick(text, Qt.Key.Key_Return)
    assert text.toPlainText() == "def f():\n    a   b\n    "
    text.selectAll()
    QTest.keyClick(text, Qt.Key.Key_Tab)
    assert text.toPlainText().startswith("    def f():\n        a")
    QTest.keyClick(text, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert text.toPlainText().startswith("def f():\n    a")


def test_a_marked_line_is_underlined_with_its_sentence(text: CodeText) -> None:
    text.show_text(TEXT)
    text.mark(5, "That is wrong.")
    (found,) = [s for s in text.extraSelections() if s.format.underlineColor().isValid()]
    assert found.cursor.blockNumber() == 4 and "That is wrong." in text.toolTip()
    text.mark(0, "")
    assert text.toolTip() == "" and text.marked_line == 0
    text.mark(999, "Beyond the end.")


def test_only_typing_is_told(qtbot, text: CodeText) -> None:
    told: list[int] = []
    text.typed.connect(lambda: told.append(1))
    text.show_text(TEXT)
    text.mark(1, "x")
    assert not told
    QTest.keyClicks(text, "ab")
    assert len(told) == 2


def test_the_numbers_have_room(text: CodeText) -> None:
    narrow = text.numbers_width()
    text.show_text("\n" * 2000)
    assert text.numbers_width() > narrow and text.viewportMargins().left() == text.numbers_width()
