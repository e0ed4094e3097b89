"""The actions that bring order onto the canvas: the submenus Arrange and Colour of the menu Network."""

from __future__ import annotations

from functools import partial

from nndesigner.document.records import COLORS
from nndesigner.gui.action_tables.rules import several_nodes, some_nodes
from nndesigner.gui.actions import Action
from nndesigner.gui.commands import ordering

ARRANGE, COLOR = "Arrange", "Colour"

_SIDES = (
    ("left", "Align left edges"),
    ("centre", "Align centres"),
    ("right", "Align right edges"),
    ("top", "Align tops"),
    ("middle", "Align middles"),
    ("bottom", "Align bottoms"),
)
_WORDS = {
    "red": "Red",
    "orange": "Orange",
    "yellow": "Yellow",
    "green": "Green",
    "teal": "Teal",
    "blue": "Blue",
    "purple": "Purple",
    "grey": "Grey",
}

ORDER: tuple[Action, ...] = (
    Action(
        id="arrange",
        text="Arrange from left to right",
        icon="layout",
        keys=("Ctrl+L",),
        menu="Network",
        section=3,
        submenu=ARRANGE,
        toolbar=3,
        run=ordering.arrange,
        enabled=some_nodes,
        help="Places the layers in the order of the data; only the selected ones where several are selected.",
        also="auto-layout layout tidy order",
    ),
    Action(
        id="arrange-down",
        text="Arrange from top to bottom",
        keys=("Ctrl+Shift+L",),
        menu="Network",
        section=3,
        submenu=ARRANGE,
        run=partial(ordering.arrange, direction=ordering.DOWN),
        enabled=some_nodes,
        help="As above, one step below the other; wires run back between the rows.",
        also="auto-layout layout vertical",
    ),
    Action(
        id="arrange-lines",
        text="Arrange in lines",
        keys=("Ctrl+Alt+L",),
        menu="Network",
        section=3,
        submenu=ARRANGE,
        run=partial(ordering.arrange, direction=ordering.LINES),
        enabled=some_nodes,
        help="From left to right in several lines, one below the other: a long network fits into the window.",
    ),
    Action(
        id="straighten",
        text="Straighten wires",
        keys=("Q",),
        menu="Network",
        section=3,
        submenu=ARRANGE,
        part=1,
        where="canvas",
        run=ordering.straighten,
        enabled=several_nodes,
        help="Moves the selected layers up or down until the wires between them run level.",
    ),
    *(
        Action(
            id=f"align-{side}",
            text=text,
            menu="Network",
            section=3,
            submenu=ARRANGE,
            part=2 if number < 3 else 3,
            run=partial(ordering.align, side=side),
            enabled=ordering.several_things,
        )
        for number, (side, text) in enumerate(_SIDES)
    ),
    Action(
        id="distribute-horizontally",
        text="Distribute horizontally",
        menu="Network",
        section=3,
        submenu=ARRANGE,
        part=4,
        run=partial(ordering.distribute, axis="horizontally"),
        enabled=ordering.three_things,
        help="The same gap between neighbours; the first and the last stay.",
    ),
    Action(
        id="distribute-vertically",
        text="Distribute vertically",
        menu="Network",
        section=3,
        submenu=ARRANGE,
        part=4,
        run=partial(ordering.distribute, axis="vertically"),
        enabled=ordering.three_things,
        help="The same gap between neighbours; the first and the last stay.",
    ),
    *(
        Action(
            id=f"color-{color}",
            text=_WORDS[color],
            icon="swatch",
            icon_role=f"tint:{color}",
            menu="Network",
            section=3,
            submenu=COLOR,
            run=partial(ordering.set_color, color=color),
            enabled=ordering.something_to_color,
            checked=partial(ordering.has_color, color=color),
        )
        for color in COLORS
    ),
    Action(
        id="color-none",
        text="Usual colour",
        menu="Network",
        section=3,
        submenu=COLOR,
        part=1,
        run=partial(ordering.set_color, color=""),
        enabled=ordering.something_to_color,
        checked=partial(ordering.has_color, color=""),
        help="The colour of its group for a layer, the usual one for notes and frames.",
    ),
)
