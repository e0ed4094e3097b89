from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from nndesigner.gui.action_table import TABLE
from nndesigner.gui.canvas.hit import NOTHING, Hit
from nndesigner.gui.commands import editing
from nndesigner.gui.context_menus import (
    AREA_MENU,
    BLOCK_MENU,
    CANVAS_MENU,
    NODE_MENU,
    SHARING_MENU,
    WIRE_MENU,
    show_canvas_menu,
)

ALL = (AREA_MENU, BLOCK_MENU, CANVAS_MENU, NODE_MENU, SHARING_MENU, WIRE_MENU)


def test_what_stands_in_them_is_in_the_table() -> None:
    known = {action.id for action in TABLE} | {f">{action.submenu}" for action in TABLE if action.submenu}
    for menu in ALL:
        assert {id for id in menu if id} <= known
        assert menu[0] and len({id for id in menu if id}) == len([id for id in menu if id])


@pytest.mark.parametrize(("on", "first"), [("", "Add a layer"), ("node", "Settings of the layer")])
def test_what_is_under_the_pointer_decides(window, on, first) -> None:
    node = editing.append(window.desk, "ReLU")
    window.canvas.select([node])
    show_canvas_menu(window, Hit("node", node) if on else NOTHING, QPoint(20, 20))
    menu = next(menu for menu in window.findChildren(QMenu) if menu.isVisible())
    assert menu.actions()[0].text().startswith(first)
    menu.close()
