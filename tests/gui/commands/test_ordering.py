from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu

from nndesigner.gui.commands import editing


@pytest.fixture
def desk(window):
    """TableInput → Linear → ReLU, strewn about."""
    ids = [
        editing.add_at(window.desk, type, QPointF(300 - 90 * i, 130 * i))
        for i, type in enumerate(("TableInput", "Linear", "ReLU"))
    ]
    for a, b in ((0, 1), (1, 2)):
        window.session.edit("", "connect", source=ids[a], out_port="y", target=ids[b], in_port="x")
    window.canvas.select([])
    return window.desk


def nodes(desk):
    return desk.session.document.nodes()


def test_colours_are_one_step_and_the_menu_says_which(desk) -> None:
    made = desk.window.actions_.made
    assert not made["color-teal"].isEnabled()
    ids = [node.id for node in nodes(desk)[:2]]
    desk.canvas.select(ids)
    assert made["color-none"].isChecked() and not made["color-teal"].isChecked()
    made["color-teal"].trigger()
    assert [node.color for node in nodes(desk)] == ["teal", "teal", ""]
    assert made["color-teal"].isChecked() and not made["color-none"].isChecked()
    assert desk.session.editing.undo_name == "Colour 2 items"
    desk.canvas.select([node.id for node in nodes(desk)])
    assert not made["color-teal"].isChecked() and not made["color-none"].isChecked()
    made["color-none"].trigger()
    assert [node.color for node in nodes(desk)] == ["", "", ""]


def test_the_submenus_have_their_actions_when_they_are_opened(desk) -> None:
    (menu,) = (m for m in desk.window.menuBar().findChildren(QMenu) if m.objectName() == "menu:Arrange")
    assert menu.isEmpty()
    menu.aboutToShow.emit()
    ids = [action.objectName() for action in menu.actions() if action.objectName()]
    assert ids[:3] == ["arrange", "arrange-down", "arrange-lines"] and "distribute-vertically" in ids
    menu.aboutToShow.emit()
    assert len([a for a in menu.actions() if a.objectName()]) == len(ids), "once"
