"""The code panel in a real window: lines and layers select each other, the view stays, words are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from nndesigner.document.document import Document
from nndesigner.gui.code_view import CodeView, SourceText
from nndesigner.gui.main_window import MainWindow
from nndesigner.session.session import Session
from tests.networks import digits_cnn

Open = Callable[[Document], tuple[MainWindow, CodeView]]


@pytest.fixture
def open_on(make_window: Callable[[Session], MainWindow], session: Session, app: QApplication) -> Open:
    def open_on(document: Document) -> tuple[MainWindow, CodeView]:
        session.files.new(document)
        window = make_window(session)
        window.show_project()
        window.actions_.made["code"].trigger()
        app.processEvents()
        view = window.docks["code"].content
        assert isinstance(view, CodeView) and view.isVisible()
        view.show_printed()
        return window, view

    return open_on


def node(window: MainWindow, name: str) -> str:
    found = window.session.document.node_named(name)
    assert found is not None
    return found.id


def line_with(view: CodeView, words: str) -> int:
    lines = view.text.toPlainText().split("\n")
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def click(view: CodeView, line: int) -> None:
    """Into a line, after scrolling to it; the cursor was at the beginning of the text."""
    text = view.text
    text.verticalScrollBar().setValue(max(0, line - 4))
    block = text.document().findBlockByNumber(line - 1)
    box = text.blockBoundingGeometry(block).translated(text.contentOffset())
    place = QPoint(40, round(box.center().y()))
    assert text.viewport().rect().contains(place)
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_selected_layer_is_marked_and_in_sight(open_on: Open) -> None:
    window, view = open_on(digits_cnn())
    assert view.text.toPlainText() + "\n" == window.session.printing.printed.text
    window.canvas.select([node(window, "linear1")])
    places = view.text.marked_places
    assert {line_with(view, "self.linear1 ="), line_with(view, "self.linear1(")} == {p[0] for p in places}
    top = view.text.firstVisibleBlock().blockNumber() + 1
    assert top <= places[0][0] < top + view.text.viewport().height() // view.text.fontMetrics().lineSpacing()
    window.canvas.select([])
    assert view.text.marked_places == []


def test_a_click_into_a_line_selects_its_layer_and_scrolls_nothing(open_on: Open) -> None:
    window, view = open_on(digits_cnn())
    line = line_with(view, "x = self.pool1(")
    click(view, line)
    assert set(window.canvas.selection) == {node(window, "pool1")}
    assert view.text.textCursor().blockNumber() + 1 == line
    assert (line, line) in view.text.marked_places


def test_an_edit_changes_its_lines_and_leaves_the_view_where_it_was(open_on: Open, app: QApplication) -> None:
    window, view = open_on(digits_cnn())
    bar = view.text.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    stood = bar.value()
    assert stood > 0
    values = {"node": node(window, "conv1"), "parameter": "out_channels", "value": 7}
    window.session.edit("", "set_parameter", **values)
    view.show_printed()
    assert "out_channels=7" in view.text.toPlainText() and bar.value() == stood
    assert view.text.toPlainText() + "\n" == window.session.printing.printed.text
    window.session.undo()
    view.show_printed()
    assert view.text.toPlainText() + "\n" == window.session.printing.printed.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc", "a\nx\nc"),
        ("a\nb\nc", "a\nc"),
        ("a\nb\nc", "b\nc"),
        ("a\nb\nc", "a\nb"),
        ("a\nb", "a\nb\nc\nd"),
        ("b", "a\nb"),
        ("a\na", "a\na\na"),
        ("a", ""),
        ("", "a\nb"),
        ("a\nb\nc", "x\ny"),
        ("a\n\n\nb", "a\n\nb"),
    ],
)
def test_texts_become_each_other(app: QApplication, old: str, new: str) -> None:
    text = SourceText()
    for shown in (old, new, old):
        text.replace_text(shown)
        assert text.toPlainText() == shown
    text.deleteLater()


def test_with_an_error_the_text_fades_and_says_why(open_on: Open) -> None:
    window, view = open_on(digits_cnn())
    text = view.text.toPlainText()
    values = {"node": node(window, "pool1"), "parameter": "kernel_size", "value": 99}
    window.session.edit("", "set_parameter", **values)
    view.show_printed()
    assert view.text.faded and view.text.toPlainText() == text
    assert window.session.problems[0].message in view.state.text()
    window.session.undo()
    view.show_printed()
    assert not view.text.faded and "lines" in view.state.text()


def test_what_nobody_sees_is_not_printed(open_on: Open, app: QApplication) -> None:
    window, _ = open_on(digits_cnn())
    window.raise_panel("problems")
    app.processEvents()
    values = {"node": node(window, "conv1"), "parameter": "out_channels", "value": 7}
    window.session.edit("", "set_parameter", **values)
    assert "out_channels=7" not in window.session.printing.printed.text
    window.raise_panel("code")
    app.processEvents()
    assert "out_channels=7" in window.session.printing.printed.text


def test_words_are_found_round_the_end(open_on: Open, app: QApplication) -> None:
    window, view = open_on(digits_cnn())
    window.activateWindow()
    view.text.setFocus()
    app.processEvents()
    QTest.keyClick(view.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.find_bar.isVisible()
    QTest.keyClicks(view.find_bar.words, "conv1")
    total = view.text.toPlainText().lower().count("conv1")
    assert view.find_bar.count.text() == f"1 of {total}"
    for _ in range(total):
        QTest.keyClick(view.find_bar.words, Qt.Key.Key_Return)
    assert view.find_bar.count.text() == f"1 of {total}"
    QTest.keyClick(view.find_bar.words, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert view.find_bar.count.text() == f"{total} of {total}"
    QTest.keyClicks(view.find_bar.words, "nowhere")
    assert view.find_bar.count.text() == "not found"
    QTest.keyClick(view.find_bar.words, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()


def test_the_text_is_copied_and_saved(
    open_on: Open, app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, view = open_on(digits_cnn())
    view.copy_button.click()
    text = window.session.printing.printed.text
    assert app.clipboard().text() == text
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "net"), ""))
    view.save_button.click()
    assert (tmp_path / "net.py").read_text(encoding="utf-8") == text
