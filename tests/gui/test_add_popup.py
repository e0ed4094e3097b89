from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from nndesigner.gui.add_popup import AddPopup
from nndesigner.layers.catalogue import layers

TYPE = Qt.ItemDataRole.UserRole


@pytest.fixture
def popup(app, qtbot) -> AddPopup:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    made = AddPopup(parent)
    yield made
    made.hide()


def _types(popup: AddPopup) -> list[str]:
    return [popup.list.item(i).data(TYPE) for i in range(popup.list.count()) if popup.list.item(i).data(TYPE)]


def test_letters_narrow_and_return_takes_the_first(popup: AddPopup, qtbot) -> None:
    popup.ask(QPoint(50, 50))
    QTest.keyClicks(popup.search_field, "conv")
    assert _types(popup)[0].startswith("Conv")
    first = _types(popup)[0]
    with qtbot.waitSignal(popup.chosen) as chosen:
        QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    assert chosen.args == [first] and not popup.isVisible()


def test_it_opens_with_the_letter_that_called_it(popup: AddPopup) -> None:
    popup.ask(QPoint(50, 50), text="r")
    assert popup.search_field.text() == "r" and popup.search_field.selectedText() == ""
    QTest.keyClicks(popup.search_field, "elu")
    assert "ReLU" in _types(popup)


def test_only_what_is_offered_can_be_chosen(popup: AddPopup, qtbot) -> None:
    offered = [layers()["ReLU"], layers()["Linear"]]
    popup.ask(QPoint(50, 50), offered)
    assert _types(popup) == ["ReLU", "Linear"], "in the order in which they are offered"
    QTest.keyClicks(popup.search_field, "conv")
    assert _types(popup) == []
    with qtbot.assertNotEmitted(popup.chosen):
        QTest.keyClick(popup.search_field, Qt.Key.Key_Return)


def test_escape_leaves_without_a_word(popup: AddPopup, qtbot) -> None:
    popup.ask(QPoint(50, 50))
    with qtbot.assertNotEmitted(popup.chosen):
        QTest.keyClick(popup.search_field, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_arrows_and_a_click_choose(popup: AddPopup, qtbot) -> None:
    popup.ask(QPoint(50, 50))
    second = _types(popup)[1]
    QTest.keyClick(popup.search_field, Qt.Key.Key_Down)
    with qtbot.waitSignal(popup.chosen) as chosen:
        QTest.mouseClick(
            popup.list.viewport(),
            Qt.MouseButton.LeftButton,
            pos=popup.list.visualItemRect(popup.list.currentItem()).center(),
        )
    assert chosen.args == [second]


def test_it_stays_on_the_screen(popup: AddPopup, app) -> None:
    area = app.primaryScreen().availableGeometry()
    popup.ask(area.bottomRight())
    assert area.contains(popup.geometry())
