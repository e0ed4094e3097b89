"""Finding one's way: the minimap, the search bar, the history, networks in tabs and side by side; and snapping.

Each is made when it is first wanted; minimap and snapping are remembered for this user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.document.blocks import BLOCK
from nndesigner.gui import window_state
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.session.checking import Place

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.gui.network_tabs import NetworkTabs


def restore(desk: Desk) -> None:
    """What this user left switched on or off; after the first paint."""
    state = window_state.read()
    desk.canvas.snapping = state.snapping
    if state.minimap and _minimap(desk) is None:
        _make_minimap(desk)
    if state.views:
        desk.window.docks[
            "monitors"
        ].fill()  # some of its views stand beside the canvas, whether it is seen or not
    desk.window.actions_.refresh()


def _minimap(desk: Desk) -> QWidget | None:
    return desk.canvas.findChild(QWidget, "minimap")


def _make_minimap(desk: Desk) -> None:
    from nndesigner.gui.canvas.minimap import Minimap

    Minimap(desk.canvas).setObjectName("minimap")


def toggle_minimap(desk: Desk) -> None:
    shown = has_minimap(desk)
    made = _minimap(desk)
    if made is None:
        _make_minimap(desk)
    else:
        made.setVisible(not shown)
    window_state.change(minimap=not shown)


def has_minimap(desk: Desk) -> bool:
    made = _minimap(desk)
    return made is not None and not made.isHidden()


def toggle_snapping(desk: Desk) -> None:
    wanted = not desk.canvas.snapping
    for canvas in desk.window.findChildren(CanvasView):
        canvas.snapping = wanted
    window_state.change(snapping=wanted)


def snaps(desk: Desk) -> bool:
    return desk.canvas.snapping


def find(desk: Desk) -> None:
    """Opens the search bar over the canvas."""
    from nndesigner.gui.find_bar import FindBar

    desk.window.show_page("network")
    bar = desk.canvas.findChild(FindBar)
    (bar if bar is not None else FindBar(desk)).open()


def show_history(desk: Desk) -> None:
    """The list of what was done, to go back and forth in."""
    desk.window.raise_panel("history")


# -- networks in tabs ------------------------------------------------------------------------------------------------
def _tabs(desk: Desk) -> NetworkTabs | None:
    """The tabs, where there are several."""
    from nndesigner.gui.network_tabs import NetworkTabs

    made = desk.window.findChild(NetworkTabs)
    return made if made is not None and len(made.tabs) > 1 else None


def open_tab(desk: Desk) -> None:
    """The selected block, or what is looked at, in a tab of its own."""
    from nndesigner.gui.network_tabs import NetworkTabs

    editing, document = desk.session.editing, desk.session.document
    place = Place(editing.network, editing.trail)
    nodes = desk.selected_nodes()
    if len(nodes) == 1 and nodes[0].type == BLOCK and nodes[0].block in document:
        place = Place(nodes[0].block, (*editing.trail, nodes[0].id))
    tabs = desk.window.findChild(NetworkTabs)
    if tabs is None:
        desk.home_canvas.setFocus()  # of two canvases side by side, the one of the tabs
        tabs = NetworkTabs(desk)
        above = desk.window.breadcrumb.parentWidget()
        layout = above.layout() if above is not None else None
        assert isinstance(layout, QBoxLayout)
        layout.insertWidget(0, tabs)
    tabs.open(place)


def step_tab(desk: Desk, way: int) -> None:
    tabs = _tabs(desk)
    if tabs is not None:
        tabs.step(way)


def close_tab(desk: Desk) -> None:
    tabs = _tabs(desk)
    if tabs is not None:
        tabs.close_tab(tabs.bar.currentIndex())


def several_tabs(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    # Asked after every selection, before anything of it is there: nothing is imported for it.
    made = desk.window.findChild(QWidget, "network-tabs")
    open_ones = len(made.tabs) if made is not None else 1  # type: ignore[attr-defined]
    return "" if open_ones > 1 else tr("Only one network is open: open another one in a tab first.")


# -- side by side ----------------------------------------------------------------------------------------------------
def split(desk: Desk) -> None:
    """A second canvas beside the first, or one again."""
    from nndesigner.gui.split_view import SplitView

    made = desk.window.findChild(SplitView)
    if made is None:
        desk.window.show_page("network")
        SplitView(desk)
    else:
        made.close_second()


def is_split(desk: Desk) -> bool:
    return desk.window.findChild(QWidget, "split-view") is not None
