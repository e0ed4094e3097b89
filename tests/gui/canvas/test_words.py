from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest

from nndesigner.gui.canvas.words import WordsField


@pytest.fixture
def write(view, qtbot):
    taken: list[str] = []

    def make(text: str = "old", lines: bool = True) -> tuple[WordsField, list[str]]:
        view.activateWindow()
        qtbot.waitActive(view)
        return WordsField(view, QRectF(300, 100, 200, 80), text, taken.append, lines, "Text"), taken

    return make


def test_it_stands_over_its_place_and_follows_it(view, write):
    field, _ = write()
    assert field.pos() == view.mapFromScene(300, 100) and field.width() == 200
    view.set_zoom(2.0)
    assert field.pos() == view.mapFromScene(300, 100) and field.width() == 400
    view.pan_by(30, 10)
    assert field.pos() == view.mapFromScene(300, 100)
    view.set_zoom(0.1)
    assert field.width() >= 120, "it can still be written in"


def test_a_title_covers_no_more_than_a_title_needs(view, write):
    field, _ = write(lines=False)
    view.set_zoom(4.0)
    assert field.width() == 320 < 800


def test_return_takes_a_line_and_ctrl_return_a_text(view, write):
    field, taken = write(lines=False)
    QTest.keyClicks(field, "new")  # a line is selected as a whole
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert taken == ["new"] and view.hasFocus() and not field.isVisible()
    field, taken = write()
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "more")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert taken == ["new", "old\nmore"]


def test_esc_leaves_it_and_the_focus_takes_it_along(view, write):
    field, taken = write()
    QTest.keyClicks(field, "!")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert taken == [] and view.hasFocus()
    field, taken = write()
    QTest.keyClicks(field, "!")
    view.setFocus()
    assert taken == ["old!"], "once"
