from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar

from nndesigner.document.blocks import BLOCK
from nndesigner.gui.commands import editing
from nndesigner.gui.network_tabs import NetworkTabs

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(window):
    """image1 → a block with two layers → output1."""
    ids = [
        editing.append(window.desk, type) for type in ("ImageInput", "Conv2d", "ReLU", "Flatten", "Output")
    ]
    window.activateWindow()
    window.canvas.setFocus()
    window.session.edit("", "make_block", ids=ids[1:3], name="stem")
    QApplication.processEvents()
    return window.desk


def block(desk):
    (node,) = (node for node in desk.session.document.nodes() if node.type == BLOCK)
    return node


def press(desk, key, keys=CTRL) -> None:
    QTest.keyClick(desk.canvas, key, keys)
    QApplication.processEvents()


def opened(desk) -> NetworkTabs:
    desk.canvas.select([block(desk).id])
    press(desk, Qt.Key.Key_T)
    tabs = desk.window.findChild(NetworkTabs)
    assert tabs is not None
    return tabs


def titles(tabs: NetworkTabs) -> list[str]:
    return [tabs.bar.tabText(i) for i in range(tabs.bar.count())]


def test_a_selected_block_opens_in_a_tab_of_its_own(desk) -> None:
    main, inside = desk.session.network, block(desk).block
    tabs = opened(desk)
    assert titles(tabs) == [desk.session.document.main.name, "stem"] and tabs.isVisible()
    assert desk.session.network == inside and desk.canvas.arrays.network == inside
    press(desk, Qt.Key.Key_Tab)
    assert desk.session.network == main, "round the end"
    press(desk, Qt.Key.Key_PageUp)
    assert desk.session.network == inside


def test_each_tab_is_looked_at_as_it_was(desk) -> None:
    tabs = opened(desk)
    desk.canvas.set_zoom(0.5)
    press(desk, Qt.Key.Key_Tab)
    image = desk.session.document.node_named("image1").id
    desk.canvas.select([image])
    desk.canvas.set_zoom(2.0)
    press(desk, Qt.Key.Key_Tab)
    assert desk.canvas.scale_now == 0.5 and desk.canvas.selection == frozenset()
    press(desk, Qt.Key.Key_Tab)
    assert desk.canvas.scale_now == 2.0 and desk.canvas.selection == {image}
    assert tabs.bar.currentIndex() == 0


def test_a_click_with_the_middle_button_closes_a_tab_and_the_bar_goes_with_the_last(desk) -> None:
    main, tabs = desk.session.document.main.id, opened(desk)
    QTest.mouseClick(tabs.bar, Qt.MouseButton.MiddleButton, pos=tabs.bar.tabRect(1).center())
    assert desk.session.network == main and not tabs.isVisible()
    assert "Only one" in desk.window.actions_.why_not("close-tab")


def test_the_button_of_a_tab_closes_it(desk) -> None:
    tabs = opened(desk)
    button = tabs.bar.tabButton(0, QTabBar.ButtonPosition.RightSide)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert titles(tabs) == ["stem"] and desk.session.network == block(desk).block


def test_entering_a_block_changes_the_tab_that_is_shown(desk) -> None:
    tabs = opened(desk)
    press(desk, Qt.Key.Key_Tab)
    desk.session.editing.enter(block(desk).id)
    assert titles(tabs) == ["stem", "stem"]
    desk.session.editing.leave()
    assert titles(tabs) == [desk.session.document.main.name, "stem"]


def test_names_follow_and_tabs_of_networks_that_are_gone_close(desk) -> None:
    tabs, inside = opened(desk), block(desk).block
    press(desk, Qt.Key.Key_Tab)
    desk.session.edit("", "set_network", network=inside, name="trunk")
    assert titles(tabs)[1] == "trunk"
    while desk.session.document.get(inside) is not None:
        desk.session.undo()
    assert len(titles(tabs)) == 1 and not tabs.isVisible()


def test_the_menu_opens_any_network_and_one_that_is_open_comes_to_the_front(desk) -> None:
    tabs = opened(desk)
    tabs._list_networks()
    names = [action.text() for action in tabs.menu.actions()]
    assert names == [desk.session.document.main.name, "stem"]
    tabs.menu.actions()[0].trigger()
    assert len(tabs.tabs) == 2 and tabs.bar.currentIndex() == 0


def test_another_project_has_one_tab(desk) -> None:
    tabs = opened(desk)
    desk.session.files.new()
    desk.window.show_project()
    assert len(tabs.tabs) == 1 and not tabs.isVisible()
    assert desk.session.network == desk.session.document.main.id
