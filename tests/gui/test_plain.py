from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument

from nndesigner.gui.plain import Elided, label, menu_text, set_tip, tip

HOSTILE = '<b onclick="x">bold</b> & <img src="http://127.0.0.1/x.png">'


def test_labels_show_markup_as_text(app) -> None:
    made = label(HOSTILE)
    assert made.textFormat() == Qt.TextFormat.PlainText
    assert made.text() == HOSTILE
    assert Elided(HOSTILE).textFormat() == Qt.TextFormat.PlainText


def test_a_tooltip_says_the_text_itself(app) -> None:
    made = label("x")
    set_tip(made, HOSTILE + "\nsecond line")
    document = QTextDocument()
    document.setHtml(made.toolTip())
    assert document.toPlainText() == HOSTILE + "\nsecond line"
    assert "<img" not in made.toolTip()
    assert tip("") == ""


def test_menu_text_has_no_shortcuts() -> None:
    assert menu_text("Add & go") == "Add && go"


def test_a_long_line_keeps_its_whole_text_in_the_tooltip(app) -> None:
    made = Elided("a rather long line that will not fit into so little room")
    made.resize(60, 20)
    made.grab()
    document = QTextDocument()
    document.setHtml(made.toolTip())
    assert document.toPlainText() == made.text()
    made.resize(800, 20)
    made.grab()
    assert made.toolTip() == ""
