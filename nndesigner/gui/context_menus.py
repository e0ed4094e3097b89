"""The menus of the right mouse button, on the canvas and on the blocks of the palette.

They are words: which actions stand in them, for what is under the pointer. What an action does stands in its table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.commands import blocks
from nndesigner.gui.plain import set_tip

if TYPE_CHECKING:
    from nndesigner.gui.main_window import MainWindow

NODE_MENU: tuple[str, ...] = (
    *("properties", "rename", "swap", "connect-to", "layer-help", "", "cut", "copy", "duplicate", ""),
    *("delete", "delete-reconnect", "pull-out", ""),
    *("make-block", "frame", "collapse", "bypass", "freeze", "", ">Arrange", ">Colour"),
)
WIRE_MENU: tuple[str, ...] = ("unbend", "", "delete")
AREA_MENU: tuple[str, ...] = ("rename", "", ">Arrange", ">Colour", "", "delete")
BLOCK_MENU: tuple[str, ...] = ("enter-block", "open-tab", "dissolve-block", "")
SHARING_MENU: tuple[str, ...] = ("share-weights", "unshare-weights")
CANVAS_MENU: tuple[str, ...] = ("add", "note", "", "paste", "select-all", "", "arrange", "fit")
"""Actions of the right mouse button; "" is a line, ">" begins the title of a submenu."""


def show_canvas_menu(window: MainWindow, under: Hit, place: QPoint) -> None:
    """What can be done with what is under the pointer; `place` is a point of the screen."""
    menu = _menu(window)
    if under.kind in ("node", "port"):
        block = BLOCK_MENU if window.canvas.selected_block() else ()
        sharing = [id for id in SHARING_MENU if not window.actions_.why_not(id)]
        wanted = (*block, *NODE_MENU, *sharing)
    else:
        wanted = {"edge": WIRE_MENU, "bend": WIRE_MENU, "": CANVAS_MENU}.get(under.kind, AREA_MENU)
    for id in wanted:
        if id.startswith(">"):
            menu.addMenu(window.actions_.submenu(id[1:], menu))
        elif id:
            menu.addAction(window.actions_.made[id])
        else:
            menu.addSeparator()
    menu.popup(place)


def show_palette_menu(window: MainWindow, type: str, place: QPoint) -> None:
    """What can be done with a block that the palette lists."""
    menu = _menu(window)
    for words, reason, run in blocks.palette_menu(window.desk, type):
        action = menu.addAction(words)
        action.setEnabled(not reason)
        set_tip(action, reason)
        action.triggered.connect(lambda _=False, run=run: run())
    menu.popup(place)


def _menu(window: MainWindow) -> QMenu:
    menu = QMenu(window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    return menu
