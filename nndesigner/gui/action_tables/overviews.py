"""The actions of the menu View that help to find one's way: search, minimap, history, snapping."""

from __future__ import annotations

from functools import partial

from nndesigner.gui.action_tables.rules import a_project
from nndesigner.gui.actions import Action
from nndesigner.gui.commands import overviews

OVERVIEWS: tuple[Action, ...] = (
    Action(
        id="find",
        text="Find a layer…",
        icon="search",
        keys=("Ctrl+F",),
        menu="Edit",
        section=5,
        run=overviews.find,
        enabled=a_project,
        help="By name, type, setting or problem, in all networks of the project.",
    ),
    Action(
        id="history",
        text="Show the history",
        icon="history",
        keys=("Ctrl+H",),
        menu="Edit",
        section=1,
        run=overviews.show_history,
        enabled=a_project,
        help="The list of all steps; a click goes back or forth to one of them.",
        also="undo list steps",
    ),
    Action(
        id="minimap",
        text="Minimap",
        keys=("Alt+M",),
        menu="View",
        section=3,
        run=overviews.toggle_minimap,
        enabled=a_project,
        checked=overviews.has_minimap,
        help="The whole network small, in the corner of the canvas.",
        also="overview navigator map",
    ),
    Action(
        id="snapping",
        text="Snap while dragging",
        menu="View",
        section=3,
        run=overviews.toggle_snapping,
        enabled=a_project,
        checked=overviews.snaps,
        help="What is dragged comes to rest in line with its neighbours or on the grid; Alt moves freely.",
        also="grid align guides",
    ),
    Action(
        id="open-tab",
        text="Open in a tab",
        keys=("Ctrl+T",),
        menu="View",
        section=4,
        run=overviews.open_tab,
        enabled=a_project,
        help="The selected block, or the network that is looked at, in a tab of its own above the canvas.",
    ),
    Action(
        id="next-tab",
        text="Next tab",
        keys=("Ctrl+PgDown", "Ctrl+Tab"),
        menu="View",
        section=4,
        run=partial(overviews.step_tab, way=1),
        enabled=overviews.several_tabs,
    ),
    Action(
        id="previous-tab",
        text="Previous tab",
        keys=("Ctrl+PgUp", "Ctrl+Shift+Tab"),
        menu="View",
        section=4,
        run=partial(overviews.step_tab, way=-1),
        enabled=overviews.several_tabs,
    ),
    Action(
        id="close-tab",
        text="Close the tab",
        keys=("Ctrl+F4",),
        menu="View",
        section=4,
        run=overviews.close_tab,
        enabled=overviews.several_tabs,
    ),
    Action(
        id="split",
        text="Two views side by side",
        icon="split",
        keys=("Ctrl+\\",),
        menu="View",
        section=4,
        run=overviews.split,
        enabled=a_project,
        checked=overviews.is_split,
        help="A second canvas with its own network and zoom; an edit in one is seen in the other.",
        also="split view second canvas",
    ),
)
