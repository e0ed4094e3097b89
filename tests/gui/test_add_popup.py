from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from nndesigner.gui.add_popup import AddPopup
from nndesigner.gui.block_list import BlockEntry
from nndesigner.layers.catalogue import layers
from nndesigner.layers.fitting import Offer

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


def test_what_fits_stands_there_and_the_rest_is_found_grey_with_its_reason(popup: AddPopup, qtbot) -> None:
    offered = [
        Offer(layer=layers()["ReLU"]),
        Offer(layer=layers()["MultiheadAttention"], values={"num_heads": 3}),
        Offer(layer=layers()["Conv2d"], reason="A row is no image."),
    ]
    popup.ask(QPoint(50, 50), offered)
    assert _types(popup) == ["ReLU", "MultiheadAttention"], "in the order in which they are offered"
    assert "heads 3" in popup.list.item(1).text()
    QTest.keyClicks(popup.search_field, "conv")
    assert _types(popup) == ["Conv2d"] and popup.said == "A row is no image."
    assert popup.list.item(0).foreground().color() != popup.palette().text().color()
    place = popup.list.visualItemRect(popup.list.item(0)).center()
    with qtbot.assertNotEmitted(popup.chosen):
        QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
        QTest.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert popup.isVisible()


def test_who_types_a_name_sees_it_first_even_where_it_does_not_fit(popup: AddPopup) -> None:
    offers = [Offer(layer=layers()["ELU"]), Offer(layer=layers()["Linear"], reason="No.")]
    popup.ask(QPoint(50, 50), offers, text="linear")
    assert _types(popup) == ["Linear", "ELU"]
    popup.search_field.setText("conv")
    one, two = Offer(layer=layers()["Conv1d"], reason="No."), Offer(layer=layers()["Conv2d"])
    popup.ask(QPoint(50, 50), [two, one], text="conv")
    assert _types(popup) == ["Conv2d", "Conv1d"], "of two that match alike the one that fits leads"


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


BLOCKS = (
    BlockEntry("block:abc", "Residual stage", "Used at 2 places.", menu=True),
    BlockEntry("library:Inception", "Inception", "Several sizes side by side."),
)


def test_blocks_stand_behind_the_layers_and_are_found_by_name(popup: AddPopup, qtbot) -> None:
    popup.ask(QPoint(50, 50), blocks=BLOCKS)
    assert _types(popup)[-2:] == ["block:abc", "library:Inception"]
    QTest.keyClicks(popup.search_field, "incep")
    assert _types(popup) == ["library:Inception"]
    with qtbot.waitSignal(popup.chosen) as chosen:
        QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    assert chosen.args == ["library:Inception"]
    popup.ask(QPoint(50, 50), blocks=BLOCKS)
    assert _types(popup)[0] == "library:Inception", "it was used last"


def test_favourites_lead_and_what_was_used_last_comes_next(popup: AddPopup) -> None:
    popup.ask(QPoint(50, 50), text="gelu")
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    popup.ask(QPoint(50, 50), text="lstm")
    QTest.keyClicks(popup.search_field, "*")
    assert popup.isVisible() and popup.search_field.text() == "lstm"
    popup.ask(QPoint(50, 50))
    assert _types(popup)[:2] == ["LSTM", "GELU"]
    assert _types(popup).count("GELU") == 1
    popup.search_field.setText("elu")
    assert _types(popup)[0] == "ELU", "a name that begins so is nearer than one that is used more"


def test_where_something_fits_what_was_used_last_leads_if_it_fits(popup: AddPopup) -> None:
    for type in ("Linear", "Dropout"):
        popup.ask(QPoint(50, 50), text=type)
        QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    offers = [Offer(layer=layers()[type]) for type in ("ReLU", "Tanh", "Dropout")]
    popup.ask(QPoint(50, 50), [*offers, Offer(layer=layers()["Linear"], reason="No.")])
    assert _types(popup) == ["Dropout", "ReLU", "Tanh"]
