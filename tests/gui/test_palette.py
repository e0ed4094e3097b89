from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nndesigner.gui import window_state
from nndesigner.gui.canvas.tools.place import MIME
from nndesigner.gui.formula import formula_html
from nndesigner.gui.palette import LAYER_MIME, Palette
from nndesigner.layers.catalogue import grouped, layers

TYPE = Qt.ItemDataRole.UserRole


@pytest.fixture
def palette(app, qtbot) -> Palette:
    made = Palette()
    qtbot.addWidget(made)
    made.resize(240, 700)
    made.show()
    return made


def _types(palette: Palette) -> list[str]:
    tree = palette.tree
    found = []
    for i in range(tree.topLevelItemCount()):
        top = tree.topLevelItem(i)
        found += (
            [top.data(0, TYPE)]
            if top.data(0, TYPE)
            else [top.child(j).data(0, TYPE) for j in range(top.childCount())]
        )
    return found


def test_common_layers_stand_in_their_groups_and_the_rest_on_demand(palette: Palette) -> None:
    groups = [palette.tree.topLevelItem(i).text(0) for i in range(palette.tree.topLevelItemCount())]
    assert groups == [g for g, entries in grouped().items() if any(e.common for e in entries)]
    assert set(_types(palette)) == {t for t, entry in layers().items() if entry.common}
    QTest.mouseClick(palette.all_layers, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert set(_types(palette)) == set(layers())
    assert window_state.read().all_layers


def test_the_switch_is_remembered_for_this_user(palette: Palette, qtbot) -> None:
    palette.all_layers.click()
    again = Palette()
    qtbot.addWidget(again)
    assert again.all_layers.isChecked() and set(_types(again)) == set(layers())
    again.all_layers.click()
    assert not window_state.read().all_layers


def test_a_search_finds_the_rare_ones_without_the_switch(palette: Palette) -> None:
    rare = next(entry for entry in layers().values() if not entry.common)
    assert rare.type not in _types(palette)
    palette.search_field.setText(rare.label)
    assert _types(palette)[0] == rare.type


def test_typing_searches_and_return_appends_the_first(palette: Palette, qtbot) -> None:
    palette.focus_search()
    QTest.keyClicks(palette.search_field, "dense")
    assert _types(palette)[0] == "Linear"
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.keyClick(palette.search_field, Qt.Key.Key_Return)
    assert chosen.args == ["Linear"]


def test_arrows_walk_through_what_was_found(palette: Palette, qtbot) -> None:
    palette.focus_search()
    QTest.keyClicks(palette.search_field, "pool")
    second = _types(palette)[1]
    QTest.keyClick(palette.search_field, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.keyClick(palette.search_field, Qt.Key.Key_Return)
    assert chosen.args == [second]


def test_escape_clears_the_search_and_nothing_found_is_said(palette: Palette) -> None:
    palette.focus_search()
    QTest.keyClicks(palette.search_field, "zzzz")
    assert "zzzz" in palette.tree.topLevelItem(0).text(0)
    assert _types(palette) == []
    QTest.keyClick(palette.search_field, Qt.Key.Key_Escape)
    assert palette.search_field.text() == ""
    assert "Linear" in _types(palette)


def test_the_keyboard_goes_from_search_to_list_and_letters_go_back(palette: Palette, qtbot) -> None:
    palette.focus_search()
    QTest.keyClick(palette.search_field, Qt.Key.Key_Down)
    assert palette.tree.currentItem().data(0, TYPE) == _types(palette)[0]
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert chosen.args == [_types(palette)[0]]
    QTest.keyClicks(palette.tree, "r")
    assert palette.search_field.text() == "r"


def test_a_double_click_appends(palette: Palette, qtbot) -> None:
    item = palette.tree.topLevelItem(1).child(0)
    place = palette.tree.visualItemRect(item).center()
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [item.data(0, TYPE)]


def test_a_click_on_a_group_folds_it(palette: Palette) -> None:
    group = palette.tree.topLevelItem(0)
    assert group.isExpanded()
    place = palette.tree.visualItemRect(group).center() + QPoint(20, 0)
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not group.isExpanded()
    palette.search_field.setText("relu")
    palette.search_field.clear()
    assert not palette.tree.topLevelItem(0).isExpanded()


def test_a_drag_carries_the_type_under_the_name_that_the_canvas_reads(palette: Palette) -> None:
    assert LAYER_MIME == MIME
    item = palette.tree.topLevelItem(1).child(0)
    data = palette.tree.mimeData([item])
    assert bytes(data.data(MIME).data()).decode() == item.data(0, TYPE)


def test_the_picked_layer_is_explained(palette: Palette) -> None:
    palette.tree.setCurrentItem(palette.tree.topLevelItem(1).child(0))
    words = " ".join(part.text() for part in palette.help.findChildren(type(palette.help._title)))
    assert layers()["Linear"].summary in words and formula_html(layers()["Linear"].formula) in words


def _group(palette: Palette, name: str) -> list[str]:
    top = next((t for t in palette.tree.tops() if t.text(0) == name), None)
    return [top.child(i).data(0, TYPE) for i in range(top.childCount())] if top is not None else []


def _pick(palette: Palette, type: str):
    """The row of a layer in its own group, made current."""
    item = [row for row in palette.tree.rows() if row.data(0, TYPE) == type][-1]
    palette.tree.setCurrentItem(item)
    palette.tree.scrollToItem(item)
    return item


def test_a_star_marks_a_favourite_and_a_new_window_knows_it(palette: Palette, app, qtbot) -> None:
    _pick(palette, "LSTM")
    QTest.keyClicks(palette.tree, "*")
    app.processEvents()
    assert _group(palette, "Favourites") == ["LSTM"] and palette.star.isChecked()
    assert palette.tree.currentItem().data(0, TYPE) == "LSTM", "the keyboard stays where it is"
    again = Palette()
    qtbot.addWidget(again)
    assert _group(again, "Favourites") == ["LSTM"]
    QTest.keyClicks(palette.tree, "*")
    app.processEvents()
    assert _group(palette, "Favourites") == []


def test_the_star_at_the_end_of_a_row_is_clicked(palette: Palette, app, qtbot) -> None:
    item = _pick(palette, "Linear")
    rect = palette.tree.visualItemRect(item)
    place = QPoint(rect.right() - 10, rect.center().y())
    with qtbot.assertNotEmitted(palette.chosen):
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        app.processEvents()
    assert window_state.read().favourites == ("Linear",)


def test_what_was_added_last_leads_and_the_list_does_not_move_under_the_pointer(
    palette: Palette, app, qtbot
) -> None:
    chosen = []
    palette.chosen.connect(chosen.append)
    palette.resize(240, 420)
    item = _pick(palette, "Conv2d")
    place = palette.tree.visualItemRect(item).center()
    for _ in range(2):
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        app.processEvents()
    assert chosen == ["Conv2d", "Conv2d"], "the second double-click meets the same row"
    assert _group(palette, "Used last") == ["Conv2d"]
    palette.usual.remember("ReLU")
    app.processEvents()
    assert _group(palette, "Used last") == ["ReLU", "Conv2d"]
    palette.usual.toggle_favourite("Conv2d")
    app.processEvents()
    assert (_group(palette, "Favourites"), _group(palette, "Used last")) == (["Conv2d"], ["ReLU"])
    assert window_state.read().used_layers == ("ReLU", "Conv2d")


def test_groups_are_folded_by_keyboard(palette: Palette) -> None:
    group = palette.tree.topLevelItem(0)
    palette.tree.setFocus()
    palette.tree.setCurrentItem(group)
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert not group.isExpanded()
    QTest.keyClick(palette.tree, Qt.Key.Key_Right)
    assert group.isExpanded()
    QTest.keyClick(palette.tree, Qt.Key.Key_Down)
    assert palette.tree.currentItem() is group.child(0)
    QTest.keyClick(palette.tree, Qt.Key.Key_Left)
    assert palette.tree.currentItem() is group
    QTest.keyClick(palette.tree, Qt.Key.Key_Up)
    assert palette.search_field.hasFocus()


def test_the_menu_of_a_layer(palette: Palette, app) -> None:
    item = _pick(palette, "GRU")
    palette._ask_menu(palette.tree.visualItemRect(item).center())
    menu = app.activePopupWidget()
    words = [action.text().partition("\t")[0] for action in menu.actions()]
    assert words == ["Add", "Add to the favourites", "Help on GRU"]
    menu.actions()[1].trigger()
    menu.close()
    assert palette.usual.is_favourite("GRU")
