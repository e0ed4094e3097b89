from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from nndesigner.gui.help_page import HelpPage, layer_page
from nndesigner.gui.theme import DARK, LIGHT, choose_theme
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Port


@pytest.fixture
def page(app, qtbot) -> Iterator[HelpPage]:
    made = HelpPage()
    qtbot.addWidget(made)
    yield made
    made.close_down()


def _text(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


@pytest.mark.parametrize("type", list(layers()))
def test_every_page_tells_the_whole_declaration(app, type: str) -> None:
    entry = layers()[type]
    words = _text(layer_page(entry, LIGHT))
    for said in (entry.label, entry.summary, entry.help, entry.reference, *entry.synonyms):
        assert said in words
    for field in entry.parameters:
        for said in (field.label, field.name, field.help, field.limits()):
            assert said in words, field.name
        assert (field.describe(field.default) or "none") in words
    for port in (*entry.input_ports(entry.defaults()), *entry.output_ports(entry.defaults())):
        assert not port.help or ((port.help in words and port.name in words) or port.label in words)


def test_shapes_of_the_samples_are_shown_as_they_come_out(app) -> None:
    words = _text(layer_page(layers()["Flatten"], LIGHT))
    sample = layers()["Flatten"].samples[0]
    assert str(sample.inputs["x"]) in words and "batch × feature" in words
    assert "torch.nn.Conv2d" in _text(layer_page(layers()["Conv2d"], LIGHT))


def test_words_of_a_block_from_somebodys_file_are_never_read_as_markup(app) -> None:
    words = '<img src="x.png"><b>&amp;</b>'
    port = Port("x", label=words, help=words)
    block = msgspec.structs.replace(
        layers()["Identity"],
        label=words,
        group=words,
        summary=words,
        help=words,
        formula=words,
        reference=words,
        synonyms=(words,),
        inputs=(port,),
        samples=(),
    )
    html = layer_page(block, LIGHT)
    assert "<img" not in html and _text(html).count(words) >= 7


def test_it_follows_the_theme(app, page) -> None:
    page.show_layer(layers()["LSTM"])
    assert LIGHT.canvas in page.view.toHtml()
    choose_theme(app, "dark")
    assert DARK.canvas in page.view.toHtml() and LIGHT.canvas not in page.view.toHtml()


def test_others_of_its_kind_are_a_click_away(app, page) -> None:
    page.show_layer(layers()["LSTM"])
    document = page.view.document()
    cursor = document.find("GRU")
    while not cursor.isNull() and cursor.charFormat().anchorHref() != "layer:GRU":
        cursor = document.find("GRU", cursor)
    page.view.setTextCursor(cursor)
    page.view.ensureCursorVisible()
    place = page.view.cursorRect(cursor).center() - QPoint(6, 0)
    QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.layer is layers()["GRU"] and "GRU" in page.windowTitle()


# -- where it is asked for -------------------------------------------------------------------------------------------
def test_shift_f1_on_a_node_and_the_inspectors_button(window, qtbot) -> None:
    done = window.session.edit("", "add_node", type="Linear")
    window.activateWindow()
    window.canvas.select(list(done.added))
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert window.help_page.isVisible() and window.help_page.layer is layers()["Linear"]
    qtbot.waitUntil(window.help_page.isActiveWindow)
    QTest.keyClick(window.help_page.view, Qt.Key.Key_F1)
    assert not window.help_page.isVisible()
    button = window.inspector.findChild(QToolButton, "layer-help")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.help_page.isVisible()


def test_the_palettes_button(window) -> None:
    window.palette_panel.search_field.setText("gru")
    QTest.mouseClick(window.palette_panel.ask, Qt.MouseButton.LeftButton)
    assert window.help_page.layer is layers()["GRU"]
    window.palette_panel.search_field.setText("zzzz")
    assert not window.palette_panel.ask.isVisible()


def test_f1_with_nothing_at_hand_shows_the_keys(window) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_F1)
    shown = [w for w in window.findChildren(object) if type(w).__name__ == "Shortcuts"]
    assert len(shown) == 1 and shown[0].isVisible()
    shown[0].close()
